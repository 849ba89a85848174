"""The parts of a report in their order: the summary with the verdict, and thirteen parts."""

from collections.abc import Callable

from training.report.blocks import Part
from training.report.parts.calibration import calibration
from training.report.parts.data import data
from training.report.parts.discrimination import discrimination
from training.report.parts.explanations import explanations
from training.report.parts.identity import identity
from training.report.parts.implementation import implementation
from training.report.parts.limits import limits
from training.report.parts.low_default import low_default
from training.report.parts.method import method
from training.report.parts.overrides import overrides
from training.report.parts.rulings import rulings
from training.report.parts.segments import segments
from training.report.parts.stability import stability
from training.report.parts.summary import summary
from training.report.report_input import ReportInput
from training.report.words import Words

ORDER: tuple[Callable[[ReportInput, Words], Part], ...] = (
    summary,
    identity,
    data,
    method,
    discrimination,
    calibration,
    stability,
    low_default,
    overrides,
    explanations,
    segments,
    implementation,
    limits,
    rulings,
)


def parts(report: ReportInput, words: Words) -> list[Part]:
    """All parts of the report in one language."""
    return [part(report, words) for part in ORDER]
