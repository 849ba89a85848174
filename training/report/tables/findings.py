"""Findings as a table, for the summary and for the limits, and their count by severity."""

from training.report.blocks import Table
from training.report.report_input import ReportInput
from training.report.tables.cells import state, table
from training.report.words import Words


def severities(report: ReportInput, words: Words) -> str:
    """The number of findings by severity, in one sentence."""
    listed = [f["severity"] for f in report.validation["findings"]]
    if not listed:
        return words("findings.none")
    return words("findings.counts", **{s: str(listed.count(s)) for s in ("high", "medium", "low")})


def findings(report: ReportInput, words: Words, *, most: int | None = None, due: bool = False) -> Table:
    """The findings, the gravest first; `due` adds an empty column for the due date."""
    listed = report.validation["findings"][:most]
    rows = [
        [
            words.meaning("severity", f["severity"]),
            f["rule"],
            state(f["verdict"], words),
            words.tidied(f["text"]),
            words.tidied(f["mend"]),
            *(["＿＿＿＿＿＿"] if due else []),
        ]
        for f in listed
    ]
    more = len(report.validation["findings"]) - len(listed)
    note = words("findings.more", n=str(more)) if more else ""
    heads = ("severity!", "rule@", "state", "finding", "mend", *(["due!"] if due else []))
    return table(words, "findings.caption", heads, rows, note=note)
