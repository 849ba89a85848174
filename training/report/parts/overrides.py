"""Part 8, overrides: how often officers decide differently from the score. It needs recorded decisions."""

from training.report.blocks import Part, Prose
from training.report.report_input import ReportInput
from training.report.tables.cells import state
from training.report.words import Words
from training.validation.rules.verdicts import NOT_EVALUABLE


def overrides(_: ReportInput, words: Words) -> Part:
    """Overrides are not evaluable yet; the part says which figures it will show."""
    return Part(
        "part-8",
        "8",
        words("overrides.name"),
        words("overrides.finding"),
        words("overrides.lead"),
        [Prose(words("overrides.then"))],
        state(NOT_EVALUABLE, words),
    )
