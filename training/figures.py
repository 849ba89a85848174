"""Figures of scorecards: pure functions of outcomes (1 = bad) and predicted risk.

Everything here is plain numpy on one thread, so a figure has the same bits for any OMP_NUM_THREADS.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]

DIGITS = 10  # of every figure that enters a digested file
SHARE_MIN = 1e-4  # an empty bin must not make the population stability index infinite


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval at `level`; all None where it cannot be evaluated."""

    value: float | None
    low: float | None
    high: float | None
    se: float | None = None
    level: float = 0.9


def midranks(values: ArrayLike) -> Floats:
    """Ranks from 1, ties sharing the middle of theirs."""
    x = np.asarray(values, dtype=np.float64)
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    ends = np.append(starts[1:], len(x))
    ranks = np.empty(len(x))
    ranks[order] = np.repeat((starts + ends + 1) / 2, ends - starts)
    return ranks


def auc(bad: ArrayLike, risk: ArrayLike) -> float | None:
    """Share of (bad, good) pairs in which the bad one has the higher risk, ties half; None without both."""
    y = np.asarray(bad, dtype=bool)
    n_bad, n_good = int(y.sum()), int((~y).sum())
    if not n_bad or not n_good:
        return None
    return float((midranks(risk)[y].sum() - n_bad * (n_bad + 1) / 2) / (n_bad * n_good))


def auc_interval(
    bad: ArrayLike, risk: ArrayLike, *, supplier: Sequence[Any] | NDArray[Any] | None = None, level: float = 0.9
) -> Interval:
    """AUC with DeLong's interval (DeLong, DeLong and Clarke-Pearson 1988, by the ranks of Sun and Xu 2014).

    Args:
        supplier: of each case; given, the interval allows for suppliers with several cases (Obuchowski 1997).
    """
    y, r = np.asarray(bad, dtype=bool), np.asarray(risk, dtype=np.float64)
    value = auc(y, r)
    n_bad, n_good = int(y.sum()), int((~y).sum())
    if value is None or n_bad < 2 or n_good < 2:
        return Interval(value, None, None, None, level)
    ranks = midranks(r)
    of_bad = (ranks[y] - midranks(r[y])) / n_good
    of_good = 1 - (ranks[~y] - midranks(r[~y])) / n_bad
    if supplier is None:
        se = float(np.sqrt(of_bad.var(ddof=1) / n_bad + of_good.var(ddof=1) / n_good))
    else:
        pull = np.empty(len(y))
        pull[y], pull[~y] = (of_bad - value) / n_bad, (of_good - value) / n_good
        codes = supplier_codes(supplier)
        suppliers = int(codes.max()) + 1
        if suppliers < 2:
            return Interval(value, None, None, None, level)
        sums = np.bincount(codes, weights=pull)
        se = float(np.sqrt((sums * sums).sum() * suppliers / (suppliers - 1)))
    reach = float(ndtri(0.5 + level / 2)) * se
    return Interval(value, max(0.0, value - reach), min(1.0, value + reach), se, level)


def supplier_codes(supplier: Sequence[Any] | NDArray[Any]) -> NDArray[np.intp]:
    """Suppliers as numbers from 0, the same supplier the same number."""
    codes = np.unique(np.asarray(supplier, dtype=str), return_inverse=True)[1]
    return np.asarray(codes, dtype=np.intp)


def effective_count(flag: ArrayLike, supplier: Sequence[Any] | NDArray[Any], weight: ArrayLike | None = None) -> float:
    """How many suppliers the flagged cases are worth: (Σ n)² / Σ n² of the flagged cases n of each supplier (Kish).

    66 bads of which one supplier has 47 are worth 2; bads of different suppliers count fully.
    """
    counted = np.asarray(flag, dtype=np.float64)
    counted = counted if weight is None else counted * np.asarray(weight, dtype=np.float64)
    if not len(counted) or not counted.any():
        return 0.0
    sums = np.bincount(supplier_codes(supplier), weights=counted)
    return float(sums.sum() ** 2 / (sums * sums).sum())


def expected_auc(risk: ArrayLike, pd_true: ArrayLike) -> float:
    """AUC without label noise: every ordered pair counts with the chance that the first is bad and the second good."""
    r, p = np.asarray(risk, dtype=np.float64), np.asarray(pd_true, dtype=np.float64)
    values, index = np.unique(r, return_inverse=True)
    bads = np.bincount(index, weights=p, minlength=len(values))
    goods = np.bincount(index, weights=1 - p, minlength=len(values))
    below = np.cumsum(goods) - goods
    itself = float((p * (1 - p)).sum())  # a case is not paired with itself
    won = float((bads * (below + goods / 2)).sum()) - itself / 2
    return won / (float(p.sum()) * float((1 - p).sum()) - itself)


def ks(bad: ArrayLike, risk: ArrayLike) -> float | None:
    """Largest distance between the distributions of risk among bads and among goods."""
    y, r = np.asarray(bad, dtype=bool), np.asarray(risk, dtype=np.float64)
    if not y.any() or y.all():
        return None
    cuts = np.unique(r)
    of_bad = np.searchsorted(np.sort(r[y]), cuts, side="right") / y.sum()
    of_good = np.searchsorted(np.sort(r[~y]), cuts, side="right") / (~y).sum()
    return float(np.abs(of_bad - of_good).max())


def brier(bad: ArrayLike, pd: ArrayLike | float) -> float:
    """Mean squared distance between the probability and the outcome."""
    y = np.asarray(bad, dtype=np.float64)
    return float(((np.asarray(pd, dtype=np.float64) - y) ** 2).mean())


def log_loss(bad: ArrayLike, margin: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Mean negative log-likelihood of log-odds `margin`, by weight where it is given."""
    y, m = np.asarray(bad, dtype=np.float64), np.asarray(margin, dtype=np.float64)
    losses = np.logaddexp(0.0, m) - y * m
    return float(losses.mean() if weight is None else np.average(losses, weights=np.asarray(weight)))


def psi(expected: ArrayLike, observed: ArrayLike) -> float:
    """Population stability index between two distributions over the same bins."""
    e = np.maximum(np.asarray(expected, dtype=np.float64), SHARE_MIN)
    o = np.maximum(np.asarray(observed, dtype=np.float64), SHARE_MIN)
    return float(((o - e) * np.log(o / e)).sum())


def sigmoid(log_odds: ArrayLike) -> Floats:
    """Probability of log-odds."""
    x = np.asarray(log_odds, dtype=np.float64)
    return np.asarray(np.exp(-np.logaddexp(0.0, -x)), dtype=np.float64)


def rounded(value: object) -> object:
    """`value` with every float in it at ten significant digits, as digested files hold them."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.{DIGITS}g}") if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [rounded(item) for item in value]
    return value
