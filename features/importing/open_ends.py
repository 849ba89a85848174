"""Ends such as `9999-12-31`, which count as no end: what the summary and the quality report show of them."""

from collections import Counter
from dataclasses import replace

from features.intake.cells import YEAR_MAX
from features.intake.intake import Intake
from features.sources.notes import Action, NoteCount, NoteKind
from features.sources.report import SourceReport


def with_open_ends(report: SourceReport, intake: Intake) -> SourceReport:
    """Return a source's report with a note for each table some of whose ends count as none."""
    kinds, found, notes = dict(report.kinds), dict(report.found), Counter(report.notes)
    for table, (count, places) in sorted(intake.open_ends.items()):
        text = f"an end of {table} after the year {YEAR_MAX} (such as 9999-12-31) counts as no end"
        kind = NoteKind(f"OPEN_END_OF_{table.upper()}", table, Action.REPAIRED, text)
        kinds[kind.code], found[kind.code], notes[text] = kind, NoteCount(count, list(places)), count
    return replace(report, kinds=kinds, found=found, notes=notes)
