"""Ranked cases: sorted by risk once, so that many weightings of them are judged quickly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.figures import Floats
from training.validation.measures.resample import Codes, Counts


@dataclass(frozen=True, eq=False)
class Ranked:
    """Cases from the least risk to the most.

    Attributes:
        bad: 1 for bad, 0 for good.
        supplier: the number of its supplier.
        ends: the last place of each run of equal risk.
    """

    bad: NDArray[np.int64]
    supplier: Codes
    ends: Codes

    @classmethod
    def of(cls, bad: Floats, risk: Floats, supplier: Codes) -> "Ranked":
        """Sort at least one case by risk."""
        order = np.argsort(risk, kind="stable")
        ordered = risk[order]
        ends = np.flatnonzero(np.concatenate((ordered[1:] != ordered[:-1], [True])))
        return cls(bad[order].astype(np.int64), supplier[order], ends)

    def figures(self, counts: Counts) -> tuple[float, float]:
        """AUC and KS when each case counts as often as its supplier; NaN, NaN without a bad or without a good.

        AUC is the weighted share of (bad, good) pairs in which the bad one has the higher risk, ties half (Hanley and
        McNeil 1982), read off cumulative counts: two passes over sorted cases instead of a sort for each draw. All
        sums are of integers, so both figures are exact to the last division.
        """
        weight = counts[self.supplier]
        bads = np.cumsum(weight * self.bad)[self.ends]
        goods = np.cumsum(weight)[self.ends] - bads
        n_bad, n_good = int(bads[-1]), int(goods[-1])
        if not n_bad or not n_good:
            return float("nan"), float("nan")
        # A run's bads beat the goods up to the run before, and half of their own run's.
        won_twice = int(bads[0] * goods[0]) + int((np.diff(bads) * (goods[1:] + goods[:-1])).sum())
        distance = int(np.abs(bads * n_good - goods * n_bad).max())
        return won_twice / (2 * n_bad * n_good), distance / (n_bad * n_good)
