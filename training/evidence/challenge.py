"""The challenge: a champion and a challenger on the same cases, and whether their difference is more than chance.

Cases of one supplier are dependent, so whole suppliers are resampled. Both scorecards are judged on every draw, so an
effect of the draw on both is not counted as a difference.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from training.evidence import figures_and_gates
from training.figures import Floats, Interval, auc
from training.validation.measures.ranked import Ranked
from training.validation.measures.resample import DRAWS, SEED, numbered, percentile, supplier_counts

Winner = Literal["challenger", "champion", "neither"]


@dataclass(frozen=True)
class Challenge:
    """The result of the comparison.

    Attributes:
        champion, challenger: figures as `figures_and_gates.figures` gives them.
        auc: the challenger's AUC less the champion's.
        loss: the challenger's mean cross-entropy less the champion's; below 0 it is the better one.
        winner: the one whose loss is lower over the whole interval; `neither` otherwise.
    """

    champion: Mapping[str, Any]
    challenger: Mapping[str, Any]
    auc: Interval
    loss: Interval
    winner: Winner

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def challenge(
    bad: Floats, supplier: np.ndarray, *, champion: Floats, challenger: Floats, draws: int = DRAWS, seed: int = SEED
) -> Challenge:
    """Judge two scorecards' probabilities of the same cases.

    Args:
        bad: 1 for bad, of cases that neither was fitted on.
        supplier: the supplier of each case.
        champion, challenger: calibrated probabilities of bad, above 0 and below 1.

    Raises:
        ValueError: there is no case, or the arrays differ in length.
    """
    if not len(bad) or len({len(array) for array in (bad, supplier, champion, challenger)}) > 1:
        raise ValueError(f"There are {len(bad)} cases; both scorecards must have judged the same, and at least one.")
    (codes,), suppliers = numbered(supplier)
    loss = _loss(bad, challenger) - _loss(bad, champion)
    ranked = Ranked.of(bad, champion, codes), Ranked.of(bad, challenger, codes)
    areas, losses = np.full(draws, np.nan), np.full(draws, np.nan)
    for i, counts in enumerate(supplier_counts(suppliers, draws=draws, seed=seed)):
        (was, _), (now, _) = (one.figures(counts) for one in ranked)
        areas[i], losses[i] = now - was, np.average(loss, weights=counts[codes])
    before, after = auc(bad, champion), auc(bad, challenger)
    area = None if before is None or after is None else after - before
    difference = percentile(float(loss.mean()), losses, suppliers=suppliers)
    return Challenge(
        champion=figures_and_gates.figures(bad, champion, supplier),
        challenger=figures_and_gates.figures(bad, challenger, supplier),
        auc=percentile(area, areas, suppliers=suppliers),
        loss=difference,
        winner=_winner(difference),
    )


def _loss(bad: Floats, pd: Floats) -> Floats:
    return -np.where(bad == 1, np.log(pd), np.log1p(-pd))


def _winner(difference: Interval) -> Winner:
    if difference.low is None or difference.high is None:
        return "neither"
    if difference.high < 0:
        return "challenger"
    return "champion" if difference.low > 0 else "neither"
