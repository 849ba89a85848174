"""The summary: overall verdict, key figures with the verdicts of their rules, and the gravest findings."""

from training.report.blocks import Block, Bullets, Key, Keys, Part, Prose, Sub, Verdict
from training.report.report_input import ReportInput
from training.report.tables.cells import rule, state, tendency
from training.report.tables.findings import findings, severities
from training.report.words import Words

FINDINGS_MAX = 5  # listed in the summary; part 12 lists all


def summary(report: ReportInput, words: Words) -> Part:
    """The overall verdict, the key figures, and the gravest findings."""
    verdict = report.validation["verdict"]
    tested = report.validation["discrimination"]
    lead = words(
        "summary.lead",
        n=words.figure(tested["n"], "count"),
        bad=words.figure(tested["bad"], "count"),
        suppliers=words.figure(tested["by_supplier"]["suppliers"], "count"),
        day=words.day(report.spec.data["out_of_time_from"]),
    )
    blocks: list[Block] = [
        Verdict(state(verdict["overall"], words), words.tidied(verdict["text"])),
        _keys(report, words),
    ]
    blocks.append(_proposed(report, words))
    if served := tendency(report, words):
        blocks.append(Prose(served))
    if report.validation["findings"]:
        blocks.append(findings(report, words, most=FINDINGS_MAX))
    failed = [words.meaning("gate", name) for name, gate in sorted(report.gates.items()) if not gate.passed]
    if failed:
        blocks.append(Prose(words("summary.gates_failed", names=words.listed(failed))))
    if report.validation["cannot_conclude"]:
        blocks += [
            Sub(words("summary.cannot")),
            Bullets([words.tidied(s) for s in report.validation["cannot_conclude"]]),
        ]
    headline = severities(report, words)
    return Part("verdict", "", words("summary.name"), headline, lead, blocks)


def _proposed(report: ReportInput, words: Words) -> Prose:
    proposal = report.validation["proposal"]
    labels = {name: words.of(c["label"]) for name, c in report.validation["comparison"].items()}
    key = "summary.proposed" if proposal["name"] == proposal["written"] else "summary.not_proposed"
    return Prose(words(key, name=labels[proposal["name"]], written=labels[proposal["written"]]))


def _keys(report: ReportInput, words: Words) -> Keys:
    validation = report.validation
    by = validation["discrimination"]["by_supplier"]["auc"]
    auc = by if by["value"] is not None and by["low"] is not None else validation["discrimination"]["auc"]
    slope = validation["calibration"]["recalibration"]["slope_by_supplier"]
    slope = slope if slope["value"] is not None else validation["calibration"]["recalibration"]["slope"]
    ratio = validation["calibration"]["portfolio"]["ratio"]
    score, migration = validation["stability"]["score"], validation["stability"]["migration"]
    reasons, grades = validation["explanations"]["stability"], validation["grades"]["concentration"]
    chance = words("summary.by_chance", psi=words.figure(score["by_chance"], "three"))
    moves = words("summary.moves", n=words.figure(migration["moves"], "count"))
    refits = words("summary.refits", n=words.figure(reasons["refits"], "count"))
    largest = words("summary.grade", code=str(grades["largest"]["code"])) if grades["largest"] else ""
    gain = validation["benefit"]["gain"]
    rows = (
        ("D1", words.figure(auc["value"], "three"), _interval(auc, "three", words)),
        ("C1", words.figure(ratio["value"], "two"), _interval(ratio, "two", words, "summary.jeffreys")),
        ("C2", words.figure(slope["value"], "two"), _interval(slope, "two", words)),
        ("S1", words.figure(score["psi"], "three"), chance),
        ("S4", words.figure(migration["far"], "share"), moves),
        ("G3", words.figure(grades["largest"]["share"] if grades["largest"] else None, "share"), largest),
        ("E2", words.figure(reasons["jaccard"], "two"), refits),
        ("B1", words.figure(gain["value"], "+five"), _interval(gain, "+five", words)),
    )
    keys = []
    for number, value, note in rows:
        verdict = rule(report, number)["verdict"]
        keys.append(Key(words(f"summary.key_{number}"), value, note, state(verdict, words)))
    return Keys(keys)


def _interval(interval: dict[str, float | None], form: str, words: Words, key: str = "summary.interval") -> str:
    if interval["low"] is None:
        return words("summary.no_interval")
    return words(key, between=words.between(interval, form))
