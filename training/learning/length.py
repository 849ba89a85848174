"""How many trees: grown until the loss out of fold stops falling and the slope is within noise of 1.

A slope above 1 says that the trees stopped too early: their differences are smaller than those of the outcomes.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from training.calibrate import platt
from training.cases.split import supplier_folds
from training.figures import Floats, log_loss
from training.learning.fit import TREES_TRIED_MAX, Sample, Shape, staged

FOLDS = 4
STAGES: Final = tuple(range(10, TREES_TRIED_MAX + 1, 10))
Z = 1.0  # standard errors of the slope, by supplier, that count as noise


@dataclass(frozen=True)
class Grown:
    """A shape with its number of trees, judged out of fold.

    Attributes:
        losses: of each judged case, with that number of trees.
        rows: the judged cases.
        loss: their mean by weight.
    """

    shape: Shape
    losses: Floats
    rows: np.ndarray
    loss: float


def grown(sample: Sample, shape: Shape) -> Grown:
    """Choose the number of trees of a shape on folds of suppliers."""
    fold = supplier_folds(sample.supplier, FOLDS, salt="length ")
    margins = np.full((len(STAGES), len(sample.bad)), np.nan)
    for k in range(FOLDS):
        learned, judged = sample.rows(fold != k), sample.rows(fold == k)
        if len(judged.bad) and 0 < learned.bad.sum() < len(learned.bad):
            margins[:, fold == k] = staged(learned, judged, shape, stages=STAGES)
    rows = ~np.isnan(margins[0])
    if not rows.any():
        return Grown(replace(shape, trees=STAGES[0]), np.zeros(1), np.zeros(len(sample.bad), dtype=bool), 0.0)
    bad, weight = sample.bad[rows], sample.weight[rows]
    losses = [log_loss(bad, m[rows], weight) for m in margins]
    place = int(np.argmin(losses))
    supplier = np.asarray(sample.supplier, dtype=object)[rows]
    while place + 1 < len(STAGES) and _too_early(margins[place, rows], bad, weight, supplier):
        place += 1
    log_odds = margins[place, rows]
    each = np.logaddexp(0.0, log_odds) - bad * log_odds
    return Grown(replace(shape, trees=STAGES[place]), each, rows, losses[place])


def _too_early(margin: Floats, bad: Floats, weight: Floats, supplier: np.ndarray) -> bool:
    """Whether the slope is above 1 by more than noise; false where there is no slope."""
    if not 0 < bad.sum() < len(bad):
        return False
    fitted = platt(margin, bad, weight, supplier)
    return bool(fitted.free_slope - Z * fitted.free_se > 1)
