"""Part 2, data: sources of the facts, use of the cases, and representativeness of the sample."""

from collections.abc import Mapping
from typing import Any

from training.report.blocks import Block, Cell, Facts, Part, Prose, Sub, Table
from training.report.parts.identity import horizon
from training.report.report_input import ReportInput
from training.report.tables.cells import columns, label, table
from training.report.words import Words

POPULATIONS = ("development", "applicants", "suppliers")
MOVED_MAX = 6  # columns listed for each population


def data(report: ReportInput, words: Words) -> Part:
    """Sources, windows, the definition of bad, all cases by state and use, and representativeness."""
    counts = report.counts
    usable = counts["good"] + counts["bad"]
    states = {k: n for k, n in counts.items() if k != "not_known_before_split"}
    finding = words(
        "data.finding",
        all=words.figure(sum(states.values()), "count"),
        usable=words.figure(usable, "count"),
        bad=words.figure(counts["bad"], "count"),
        rate=words.figure(counts["bad"] / usable if usable else None, "pd"),
    )
    blocks: list[Block] = [
        _windows(report, words),
        Prose(words("data.clocks")),
        _definition(report, words),
        _cases(report, words),
        _kinds(report, words),
        _sources(report, words),
        Sub(words("data.represent"), words("data.represent_lead")),
        _populations(report, words),
        *_outside(report, words),
    ]
    return Part("part-2", "2", words("data.name"), finding, words("data.lead"), blocks)


def _windows(report: ReportInput, words: Words) -> Facts:
    spec, who = report.spec, report.spec.population
    vintages = [v["vintage"] for v in report.validation["discrimination"]["vintages"]]
    ages = report.validation["out_of_fold"]
    pairs = [
        (
            words("data.development"),
            words("data.period", first=words.day(who["as_of_first"]), last=words.day(who["as_of_last"])),
        ),
        (
            words("data.test"),
            words("data.test_is", day=words.day(spec.data["out_of_time_from"]), first=vintages[0], last=vintages[-1]),
        ),
        (
            words("data.learned"),
            words(
                "data.cases_of",
                n=words.figure(ages["n"], "count"),
                bad=words.figure(ages["bad"], "count"),
                suppliers=words.figure(who["suppliers"], "count"),
            ),
        ),
        (words("data.clock_zone"), spec.data["tz"]),
        (words("data.currency"), spec.data["currency"]),
    ]
    return Facts(pairs, frozenset({3, 4}))


def _definition(report: ReportInput, words: Words) -> Facts:
    declared = report.spec.data["outcome"]
    kind = declared["kind"]
    pairs: list[tuple[str, Cell]] = [
        (words("data.outcome"), declared["id"]),
        (
            words("data.bad_is"),
            words(f"data.bad_{kind}", **{k: str(declared.get(k, "")) for k in ("dpd", "late_days_min")}),
        ),
        (words("data.watched"), horizon(report, words)),
        (words("data.lag"), words("data.days", n=str(declared["lag_days"]))),
        (words("data.indeterminate"), words(f"data.indeterminate_{kind}")),
    ]
    return Facts(pairs, frozenset({0}))


def _cases(report: ReportInput, words: Words) -> Table:
    counts = dict(report.counts)
    waiting = counts.pop("not_known_before_split")
    beside = counts.pop("without_an_outcome", None)
    every = sum(counts.values())
    tested, learned = report.validation["discrimination"]["n"], report.validation["out_of_fold"]["n"]
    rows: list[list[Cell]] = [
        [
            words.meaning("case", name),
            words.figure(n, "count"),
            words.figure(n / every if every else None, "share"),
            words.meaning("case_use", name),
        ]
        for name, n in counts.items()
    ]
    rows.append([words("data.total"), words.figure(every, "count"), words.figure(1.0, "share"), ""])
    for name, n in (("learned", learned), ("not_known_before_split", waiting), ("tested", tested)):
        rows.append(
            [
                words.meaning("case", name),
                words.figure(n, "count"),
                words.figure(n / every if every else None, "share"),
                words.meaning("case_use", name),
            ]
        )
    note = words("data.without", n=words.figure(beside, "count")) if beside is not None else ""
    return table(
        words, "data.cases_caption", ("case", "n#", "share#", "used"), rows, strong=frozenset({len(counts)}), note=note
    )


def _kinds(report: ReportInput, words: Words) -> Table:
    kinds = report.spec.population["kinds"]
    rows = [[words.meaning("segment", kind), words.figure(n, "count")] for kind, n in kinds.items()]
    return table(words, "data.kinds_caption", ("kind", "suppliers#"), rows or [[words("data.no_kinds"), "–"]])


def _sources(report: ReportInput, words: Words) -> Table:
    rows = [
        [words.meaning("source", s.table), s.table, words.figure(s.rows, "count"), _known(s.known_at_max)]
        for s in report.sources
    ]
    return table(
        words, "data.sources_caption", ("source", "table@", "rows#", "known_until#"), rows or [["–", "–", "–", "–"]]
    )


def _populations(report: ReportInput, words: Words) -> Table:
    compared = report.validation["representativeness"]
    rows = []
    for name in POPULATIONS:
        who = compared[name]
        if who is None:
            rows.append([words(f"data.who_{name}"), *[words.figure(None, "count")] * 6])
            continue
        medians = who["medians"]
        rows.append(
            [
                words(f"data.who_{name}"),
                words("data.of", n=words.figure(who["n"], "count"), of=words.figure(who["of"], "count")),
                words.figure(who["limited"], "share"),
                words.figure(who["refused"], "share"),
                words.figure(medians.get("history_contracts"), "count"),
                words.figure(medians.get("history_months"), "one"),
                words.figure(who["moved"], "count"),
            ]
        )
    heads = ("population", "looked_at#", "limited#", "refused#", "contracts#", "months#", "moved#")
    note = words(
        "data.represent_note", day=words.day(compared["as_of"]), columns=words.figure(compared["columns"], "count")
    )
    return Table(words("data.represent_caption"), columns(words, *heads), rows, note=note)


def _outside(report: ReportInput, words: Words) -> list[Block]:
    """The columns in which applicants and other suppliers differ most from the development sample."""
    compared: Mapping[str, Any] = report.validation["representativeness"]
    blocks: list[Block] = []
    if compared["applicants"] is None:
        blocks.append(Prose(words("data.no_applicants")))
    for name in POPULATIONS[1:]:
        who = compared[name]
        if who is None or not who["most_moved"]:
            continue
        most = [
            words("data.moved_one", label=label(report, column, words), index=words.figure(index, "two"))
            for column, index in list(who["most_moved"].items())[:MOVED_MAX]
        ]
        blocks.append(Prose(words(f"data.differ_{name}", most=words.listed(most))))
    return blocks


def _known(at: str | None) -> str:
    """A day, or a dash if the table has no row or its rows have no time of knowledge."""
    return "–" if at is None or at < "1900" else at[:10]
