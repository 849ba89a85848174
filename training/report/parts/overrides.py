"""Part 8, overrides: how often officers decide otherwise than the score. Nothing is known before decisions are."""

from training.report.blocks import Part, Prose
from training.report.report_input import Told
from training.report.tables.cells import state
from training.report.words import Words
from training.validation.rules.verdicts import NOT_EVALUABLE


def overrides(_: Told, words: Words) -> Part:
    """That nothing can be said yet, and what will be."""
    return Part(
        "part-8",
        "8",
        words("overrides.name"),
        words("overrides.finding"),
        words("overrides.lead"),
        [Prose(words("overrides.then"))],
        state(NOT_EVALUABLE, words),
    )
