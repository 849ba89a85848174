"""The summary: verdict, key figures with their rules' verdicts, and what was found, before anything else."""

from training.report.blocks import Block, Bullets, Key, Keys, Part, Prose, Sub, Verdict
from training.report.report_input import Told
from training.report.tables.cells import rule, state, tendency
from training.report.tables.findings import findings, severities
from training.report.words import Words

FINDINGS_MAX = 5  # here; part 12 has all


def summary(told: Told, words: Words) -> Part:
    """The verdict in all, the figures behind it, and the gravest findings."""
    found = told.validation["verdict"]
    tested = told.validation["discrimination"]
    lead = words(
        "summary.lead",
        n=words.figure(tested["n"], "count"),
        bad=words.figure(tested["bad"], "count"),
        suppliers=words.figure(tested["by_supplier"]["suppliers"], "count"),
        day=words.day(told.spec.data["out_of_time_from"]),
    )
    blocks: list[Block] = [Verdict(state(found["overall"], words), words.said(found["text"])), _keys(told, words)]
    blocks.append(_proposed(told, words))
    if served := tendency(told, words):
        blocks.append(Prose(served))
    if told.validation["findings"]:
        blocks.append(findings(told, words, most=FINDINGS_MAX))
    failed = [words.known("gate", name) for name, gate in sorted(told.gates.items()) if not gate.passed]
    if failed:
        blocks.append(Prose(words("summary.gates_failed", names=words.listed(failed))))
    if told.validation["cannot_conclude"]:
        blocks += [Sub(words("summary.cannot")), Bullets([words.said(s) for s in told.validation["cannot_conclude"]])]
    headline = severities(told, words)
    return Part("verdict", "", words("summary.name"), headline, lead, blocks)


def _proposed(told: Told, words: Words) -> Prose:
    found = told.validation["proposal"]
    labels = {name: words.of(c["label"]) for name, c in told.validation["comparison"].items()}
    key = "summary.proposed" if found["name"] == found["written"] else "summary.not_proposed"
    return Prose(words(key, name=labels[found["name"]], written=labels[found["written"]]))


def _keys(told: Told, words: Words) -> Keys:
    found = told.validation
    by = found["discrimination"]["by_supplier"]["auc"]
    auc = by if by["value"] is not None and by["low"] is not None else found["discrimination"]["auc"]
    slope = found["calibration"]["recalibration"]["slope_by_supplier"]
    slope = slope if slope["value"] is not None else found["calibration"]["recalibration"]["slope"]
    ratio = found["calibration"]["portfolio"]["ratio"]
    score, migration = found["stability"]["score"], found["stability"]["migration"]
    reasons, grades = found["explanations"]["stability"], found["grades"]["concentration"]
    chance = words("summary.by_chance", psi=words.figure(score["by_chance"], "three"))
    moves = words("summary.moves", n=words.figure(migration["moves"], "count"))
    refits = words("summary.refits", n=words.figure(reasons["refits"], "count"))
    largest = words("summary.grade", code=str(grades["largest"]["code"])) if grades["largest"] else ""
    gain = found["benefit"]["gain"]
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
        verdict = rule(told, number)["verdict"]
        keys.append(Key(words(f"summary.key_{number}"), value, note, state(verdict, words)))
    return Keys(keys)


def _interval(found: dict[str, float | None], form: str, words: Words, key: str = "summary.interval") -> str:
    if found["low"] is None:
        return words("summary.no_interval")
    return words(key, between=words.between(found, form))
