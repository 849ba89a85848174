"""Findings: what is to be mended, as a table of the summary and of the limits, and in one line."""

from training.report.blocks import Table
from training.report.report_input import Told
from training.report.tables.cells import state, table
from training.report.words import Words


def severities(told: Told, words: Words) -> str:
    """How many findings there are of each severity."""
    found = [f["severity"] for f in told.validation["findings"]]
    if not found:
        return words("findings.none")
    return words("findings.counts", **{s: str(found.count(s)) for s in ("high", "medium", "low")})


def findings(told: Told, words: Words, *, most: int | None = None, due: bool = False) -> Table:
    """The findings, the gravest first; with `due` a column to be filled in."""
    found = told.validation["findings"][:most]
    rows = [
        [
            words.known("severity", f["severity"]),
            f["rule"],
            state(f["verdict"], words),
            words.said(f["text"]),
            words.said(f["mend"]),
            *(["＿＿＿＿＿＿"] if due else []),
        ]
        for f in found
    ]
    more = len(told.validation["findings"]) - len(found)
    note = words("findings.more", n=str(more)) if more else ""
    heads = ("severity!", "rule@", "state", "finding", "mend", *(["due!"] if due else []))
    return table(words, "findings.caption", heads, rows, note=note)
