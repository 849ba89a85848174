"""What one column alone says of the outcome: its skill out of fold, and the part of the cases that it marks.

The measure is a small tree, because a leak need not be monotone. It is grown on counts a bin, so that a hundred columns
take seconds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.scorecard.grades import jeffreys
from training.figures import Floats, Interval, auc_interval

LEVEL = 0.9  # of the intervals
CLASS_MIN = 10  # bads, and goods: with fewer a column is not judged
MARKED_MIN = 20  # bads in a part that a column marks
MARKED_TIMES = 10.0  # the base rate; beyond it the part warns (where bads are frequent: a tenth of the share of goods)

FOLDS = 5
DEPTH = 3
BINS = 255
LEAF_SHARE_MIN = 0.01
LEAF_CASES_MIN = 5
PRIOR_CASES = 1.0  # cases of the average bad rate added to each leaf, so that small leaves do not lead the ranking

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Marked:
    """A part of the cases that a column marks: its bads, and the lower end of the interval of their share."""

    bads: int
    low: float


def skill(values: Floats, bad: Floats, fold: Integers) -> Interval | None:
    """Out-of-fold AUC of a small tree on the known values; None where too few are known of either class.

    Not max(auc, 1 - auc): the tree learns the direction of a column, and an out-of-fold AUC below a half is noise,
    which is common in small samples.
    """
    known = ~np.isnan(values)
    x, y, part = values[known], bad[known], fold[known]
    bads = int(y.sum())
    if min(bads, len(y) - bads) < CLASS_MIN or x.min() == x.max():
        return None
    bins = _binned(x)
    size = int(bins.max()) + 1
    place = part * size + bins
    n = np.bincount(place, minlength=FOLDS * size).reshape(FOLDS, size)
    hits = np.bincount(place, weights=y, minlength=FOLDS * size).reshape(FOLDS, size)
    risk = np.stack([_risk(n.sum(axis=0) - n[k], hits.sum(axis=0) - hits[k]) for k in range(FOLDS)])
    return auc_interval(y, risk[part, bins], level=LEVEL)


def marks(values: Floats, bad: Floats, fold: Integers, weight: Floats, base: float) -> Marked | None:
    """Whether a column marks a part of the cases of which far more are bad than of all; None where it does not.

    A leak that is known for some bads alone has a modest AUC: of 60 % of the bads and no good it is 0.80. So the part
    that the other folds say is the riskiest is counted in each fold. It counts where its share of bads is above ten
    times that of all for sure, with 20 bads.
    """
    known = ~np.isnan(values)
    x, y, part, w = values[known], bad[known], fold[known], weight[known]
    if y.sum() < MARKED_MIN or (x.size and x.min() == x.max()):
        return None
    bins = _binned(x)
    size = int(bins.max()) + 1
    n = np.bincount(part * size + bins, weights=w, minlength=FOLDS * size).reshape(FOLDS, size)
    hits = np.bincount(part * size + bins, weights=w * y, minlength=FOLDS * size).reshape(FOLDS, size)
    base = max(base, float(np.average(y, weights=w)))  # that a value is known at all is a signal of its own
    limit = min(MARKED_TIMES * base, 1 - (1 - base) / MARKED_TIMES)
    inside = np.zeros(len(x), dtype=bool)
    for k in range(FOLDS):
        others, theirs = n.sum(axis=0) - n[k], hits.sum(axis=0) - hits[k]
        share = _risk(others, theirs) + (theirs.sum() / others.sum() if others.sum() else 0.0)
        inside[part == k] = (share > limit)[bins[part == k]]
    if (bads := int(y[inside].sum())) < MARKED_MIN:
        return None
    rate = float(np.average(y[inside], weights=w[inside]))
    worth = float(w[inside].sum() ** 2 / (w[inside] ** 2).sum())
    low, _ = jeffreys(rate * worth, worth, LEVEL)
    if low <= limit:
        return None
    return Marked(bads, low)


def _binned(x: Floats) -> Integers:
    """The bin of each value: its distinct value, or a quantile where there are many distinct values."""
    edges = np.unique(x)
    if len(edges) > BINS:
        edges = np.unique(np.quantile(x, np.arange(1, BINS) / BINS, method="inverted_cdf"))
    return np.searchsorted(edges, x, side="left").astype(np.int64)


def _risk(n: Floats | Integers, hits: Floats) -> Floats:
    """The risk of each bin from a tree grown on counts, minus the sample's risk, because folds differ in base rate."""
    total = n.sum()
    base = float(hits.sum() / total) if total else 0.0
    risk = np.zeros(len(n))
    least = max(LEAF_CASES_MIN, LEAF_SHARE_MIN * total)
    open_ = [(0, len(n), DEPTH)]
    while open_:
        start, stop, depth = open_.pop()
        split = _best_split(n[start:stop], hits[start:stop], least) if depth else None
        if split is None:
            inside, bads = n[start:stop].sum(), hits[start:stop].sum()
            risk[start:stop] = (bads + PRIOR_CASES * base) / (inside + PRIOR_CASES) - base
        else:
            open_ += [(start, start + split, depth - 1), (start + split, stop, depth - 1)]
    return risk


def _best_split(n: Floats | Integers, hits: Floats, least: float) -> int | None:
    """The split that reduces the Gini impurity most, with `least` cases on both sides; None where none helps."""
    left, bads = np.cumsum(n)[:-1], np.cumsum(hits)[:-1]
    total, all_bads = n.sum(), hits.sum()
    right = total - left
    allowed = (left >= least) & (right >= least)
    if not allowed.any():
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(allowed, bads**2 / left + (all_bads - bads) ** 2 / right, -np.inf)
    best = int(np.argmax(gain))
    return best + 1 if gain[best] > all_bads**2 / total + 1e-9 else None
