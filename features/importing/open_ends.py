"""Ends such as `9999-12-31`, which count as no end: what the summary and the quality report show of them."""

from collections import Counter
from dataclasses import replace

from features.facts.tables import TABLES
from features.intake.cells import YEAR_MAX, is_open_end
from features.intake.intake import Intake
from features.sources.notes import Action, NoteCount, NoteKind, catalogue
from features.sources.report import SourceReport


def _kind(table: str) -> NoteKind:
    text = f"an end of {table} after the year {YEAR_MAX} (such as 9999-12-31) counts as no end"
    return NoteKind(f"OPEN_END_OF_{table.upper()}", table, Action.REPAIRED, text)


KINDS = catalogue(*(_kind(name) for name, table in TABLES.items() if any(map(is_open_end, table.columns))))
"""A kind of note for each table that has ends."""


def with_open_ends(report: SourceReport, intake: Intake) -> SourceReport:
    """Return a source's report with a note for each table some of whose ends count as none."""
    counts, notes = dict(report.counts_by_code), Counter(report.notes)
    for table, (count, places) in sorted(intake.open_ends.items()):
        kind = _kind(table)
        counts[kind.code], notes[kind.text] = NoteCount(count, list(places)), count
    return replace(report, kinds={**report.kinds, **KINDS}, counts_by_code=counts, notes=notes)
