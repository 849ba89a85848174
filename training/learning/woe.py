"""The weight-of-evidence scorecard: coarse monotone bins, few columns, a logistic regression that keeps their signs.

The usual hand-made scorecard of banks (Siddiqi 2006), and the standard for a booster to beat. Every bin is smoothed
towards the sample's bad rate, so that a bin of three cases has little weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from training.figures import Floats, sigmoid
from training.learning.additive import Steps, booster_text
from training.learning.fit import Sample

BINS_MAX = 6
BIN_SHARE_MIN = 0.05
BIN_CASES_MIN = 15
PRIOR_CASES = 10.0  # cases of the average bad rate added to every bin
BADS_PER_COLUMN = 8  # one column for so many bads (or goods, where they are fewer)
COLUMNS_MAX = 16
ALIKE = 0.75  # correlation of two columns' evidence from which the weaker is left out
EVIDENCE_MIN = 0.02  # information value below which a column is not predictive (Siddiqi 2006)
RIDGE = 1.0  # penalty that draws each coefficient to 1, its value where bins were independent


@dataclass(frozen=True)
class Binned:
    """A column's bins with their weight of evidence: log-odds of bad less the sample's."""

    column: int
    edges: tuple[float, ...]
    evidence: tuple[float, ...]
    missing: float
    value: float  # information value

    def at(self, x: Floats) -> Floats:
        """The evidence of each value."""
        steps = np.asarray(self.evidence)[
            np.searchsorted(np.asarray(self.edges), x, side="left").clip(0, len(self.edges))
        ]
        return np.where(np.isnan(x), self.missing, steps)


@dataclass(frozen=True)
class Woe:
    """A fitted scorecard: log-odds of bad = intercept + Σ coefficient × evidence."""

    bins: tuple[Binned, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def margin(self, values: Floats) -> Floats:
        """Log-odds of bad."""
        parts = [c * b.at(values[:, b.column]) for b, c in zip(self.bins, self.coefficients, strict=True)]
        return self.intercept + np.sum(parts, axis=0) if parts else np.full(len(values), self.intercept)

    def text(self, sample: Sample) -> str:
        """The scorecard as a booster's text, its steps counted on the sample."""
        steps = [
            Steps.of(
                sample.columns[b.column],
                b.edges,
                [c * e for e in b.evidence],
                c * b.missing,
                sample.values[:, b.column],
            )
            for b, c in zip(self.bins, self.coefficients, strict=True)
            if c > 0
        ]
        return booster_text(sample.columns, sample.monotone, sample.values, steps, self.intercept)


def woe(sample: Sample, *, columns_max: int = COLUMNS_MAX) -> Woe:
    """Fit the scorecard on at most so many columns, fewer where bads are few."""
    binned = [b for j in range(len(sample.columns)) if (b := bins(sample, j)).value >= EVIDENCE_MIN]
    rarer = min(sample.bad.sum(), len(sample.bad) - sample.bad.sum())
    chosen = _chosen(sample, binned, min(columns_max, max(1, int(rarer / BADS_PER_COLUMN))))
    evidence = np.column_stack([b.at(sample.values[:, b.column]) for b in chosen] or [np.empty((len(sample.bad), 0))])
    coefficients, intercept = _logistic(evidence, sample)
    return Woe(tuple(chosen), coefficients, intercept)


def bins(sample: Sample, j: int) -> Binned:
    """Bin one column, merging neighbours until the bad rate goes the declared way."""
    x, sign = sample.values[:, j], sample.monotone[j]
    known = ~np.isnan(x)
    edges = _edges(x[known], len(x))
    place = np.searchsorted(edges, x[known], side="left")
    n, bad = _counted(place, sample.weight[known], sample.bad[known], len(edges) + 1)
    if sign:
        edges, n, bad = _merged(edges, n, bad, sign)
    rate = float((sample.weight * sample.bad).sum() / sample.weight.sum())
    base = np.log(rate / (1 - rate))
    evidence = _log_odds(bad, n, rate) - base
    weight, lost = sample.weight[~known], sample.bad[~known]
    missing = float(_log_odds((weight * lost).sum(), weight.sum(), rate) - base) if (~known).any() else 0.0
    n_all = np.append(n, weight.sum())
    bad_all = np.append(bad, (weight * lost).sum())
    spread = bad_all / max(bad_all.sum(), 1e-9) - (n_all - bad_all) / max((n_all - bad_all).sum(), 1e-9)
    value = float((spread * np.append(evidence, missing)).sum())
    return Binned(j, tuple(map(float, edges)), tuple(map(float, evidence)), missing, value)


def _edges(known: Floats, cases: int) -> Floats:
    """Quantiles that occur as values, far enough apart that each bin holds some cases."""
    if not known.size:
        return np.empty(0)
    least = max(BIN_CASES_MIN, BIN_SHARE_MIN * cases)
    count = int(min(BINS_MAX, max(1, len(known) // least)))
    return (
        np.unique(np.quantile(known, np.arange(1, count) / count, method="inverted_cdf")) if count > 1 else np.empty(0)
    )


def _counted(place: np.ndarray, weight: Floats, bad: Floats, size: int) -> tuple[Floats, Floats]:
    n, bads = (np.bincount(place, weights=w, minlength=size) for w in (weight, weight * bad))
    return n.astype(np.float64), bads.astype(np.float64)


def _merged(edges: Floats, n: Floats, bad: Floats, sign: int) -> tuple[Floats, Floats, Floats]:
    """Pool adjacent violators (Ayer et al. 1955)."""
    pools = [(float(c), float(b)) for c, b in zip(n, bad, strict=True)]
    merged_edges, at = list(edges), 0
    while at < len(pools) - 1:
        (n0, b0), (n1, b1) = pools[at], pools[at + 1]
        if sign * (b1 * n0 - b0 * n1) > 0:
            at += 1
            continue
        pools[at : at + 2] = [(n0 + n1, b0 + b1)]
        del merged_edges[at]
        at = max(0, at - 1)
    return np.array(merged_edges), np.array([c for c, _ in pools]), np.array([b for _, b in pools])


def _log_odds(bad: Floats | float, n: Floats | float, rate: float) -> Floats:
    p = (np.asarray(bad) + PRIOR_CASES * rate) / (np.asarray(n) + PRIOR_CASES)
    return np.asarray(np.log(p / (1 - p)), dtype=np.float64)


def _chosen(sample: Sample, binned: Sequence[Binned], most: int) -> list[Binned]:
    """The strongest columns; of correlated ones only the strongest."""
    chosen: list[Binned] = []
    chosen_evidence: list[Floats] = []
    for candidate in sorted(binned, key=lambda b: (-b.value, b.column)):
        evidence = candidate.at(sample.values[:, candidate.column])
        if evidence.std() > 0 and all(abs(_correlation(evidence, other)) < ALIKE for other in chosen_evidence):
            chosen.append(candidate)
            chosen_evidence.append(evidence)
        if len(chosen) == most:
            break
    return chosen


def _correlation(a: Floats, b: Floats) -> float:
    x, y = a - a.mean(), b - b.mean()
    return float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))


def _logistic(evidence: Floats, sample: Sample) -> tuple[tuple[float, ...], float]:
    """Coefficients of at least 0, drawn to 1: a bin's evidence may be reduced, never reversed."""
    y, w, k = sample.bad, sample.weight, evidence.shape[1]

    def loss(theta: Floats) -> tuple[float, Floats]:
        log_odds = evidence @ theta[:k] + theta[k]
        residual = w * (sigmoid(log_odds) - y)
        value = float(
            (w * (np.logaddexp(0.0, log_odds) - y * log_odds)).sum() + RIDGE * ((theta[:k] - 1) ** 2).sum() / 2
        )
        return value, np.append(evidence.T @ residual + RIDGE * (theta[:k] - 1), residual.sum())

    rate = float((w * y).sum() / w.sum())
    start = np.append(np.full(k, 1.0 / max(1, k) ** 0.5), np.log(rate / (1 - rate)))
    with threadpool_limits(1):  # the same bits whatever OMP_NUM_THREADS says
        optimum = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * k + [(None, None)])
    digits = [float(f"{v:.10g}") for v in optimum.x]
    return tuple(digits[:k]), digits[k]
