"""Resampling: whole suppliers are drawn with replacement, because the cases of one supplier go together.

The cluster bootstrap (Efron 1979 for the bootstrap; Davison and Hinkley 1997, section 3.8, for drawing whole groups).
A draw is how often each supplier counts; a figure of the draw weighs each case by its supplier's count, so that
nothing is copied and cases are sorted once. Counts are integers: sums of them have the same bits in any order.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.calibrate import LEVEL
from training.figures import Interval

Codes = NDArray[np.intp]
Counts = NDArray[np.int64]

SEED = 20250701
DRAWS = 500
SUPPLIERS_MIN = 20  # with fewer clusters the interval is too narrow (Cameron, Gelbach and Miller 2008)
USED_SHARE_MIN = 0.9  # of draws that have the figure at all; the others had no bad or no good


def numbered(*suppliers: NDArray[Any]) -> tuple[list[Codes], int]:
    """Each array's suppliers as numbers from 0, the same supplier the same number; and how many there are."""
    if not sum(map(len, suppliers)):
        return [np.zeros(0, dtype=np.intp) for _ in suppliers], 0
    every, codes = np.unique(np.concatenate(suppliers), return_inverse=True)
    ends = np.cumsum([len(s) for s in suppliers])[:-1]
    return [np.asarray(part, dtype=np.intp) for part in np.split(codes, ends)], len(every)


def supplier_counts(n: int, *, draws: int = DRAWS, seed: int = SEED) -> Iterator[Counts]:
    """Draw n of n suppliers with replacement, again and again: how often each was drawn."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.bincount(rng.integers(n, size=n), minlength=n).astype(np.int64)


def percentile(
    value: float | None, drawn: Sequence[float] | NDArray[np.float64], *, suppliers: int, level: float = LEVEL
) -> Interval:
    """An estimate with the percentile interval and the standard deviation of its draws (NaN: the draw had none)."""
    estimates = np.asarray(drawn, dtype=np.float64)
    used = estimates[np.isfinite(estimates)]
    if value is None or suppliers < SUPPLIERS_MIN or len(used) < max(2, USED_SHARE_MIN * len(estimates)):
        return Interval(value, None, None, None, level)
    low, high = np.quantile(used, ((1 - level) / 2, (1 + level) / 2))
    return Interval(value, float(low), float(high), float(used.std(ddof=1)), level)
