"""Platt's calibration: the affine map from the booster's margin to the log-odds of bad.

Affine, so that points remain a sum of contributions; fitted on out-of-fold margins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from training.figures import Floats, sigmoid, supplier_codes

SLOPE_PRIOR_MEAN, SLOPE_PRIOR_SD = 1.0, 0.3  # few bads make the free slope wild (-0.17 to 0.83 on 27 bads)
LEVEL = 0.9
STEPS_MAX = 100
STEP_SMALL = 1e-12


@dataclass(frozen=True)
class Platt:
    """Calibrated log-odds of bad = intercept + slope × margin.

    `free_slope` and its interval come from the same cases without the prior; they show whether the margins rank the
    outcomes at all.
    """

    slope: float
    intercept: float
    free_slope: float
    free_low: float
    free_high: float
    free_se: float = 0.0

    def log_odds(self, margin: ArrayLike) -> Floats:
        """Calibrated log-odds of bad."""
        return self.intercept + self.slope * np.asarray(margin, dtype=np.float64)

    def pd(self, margin: ArrayLike) -> Floats:
        """Calibrated probability of bad."""
        return sigmoid(self.log_odds(margin))

    @property
    def holds(self) -> bool:
        """Whether the interval of the free slope stays above 0."""
        return self.free_low > 0


AS_IT_IS = Platt(1.0, 0.0, 0.0, 0.0, 0.0)
"""No calibration: the margins are log-odds already."""


def platt(
    margin: ArrayLike,
    bad: ArrayLike,
    weight: ArrayLike | None = None,
    supplier: Sequence[Any] | NDArray[Any] | None = None,
) -> Platt:
    """Fit on out-of-fold margins, with Platt's target smoothing and a N(1, 0.3²) prior on the slope.

    Args:
        supplier: of each case; given, the interval of the free slope allows for suppliers with several cases.
    """
    m, y = np.asarray(margin, dtype=np.float64), np.asarray(bad, dtype=np.float64)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not y.any() or y.all():
        raise ValueError("Calibration needs both good and bad cases.")
    targets = smoothed_targets(y, w)
    slope, intercept, _ = _newton(m, targets, w, penalty=1 / SLOPE_PRIOR_SD**2)
    free, level, se = _newton(m, targets, w, penalty=0.0)
    if supplier is not None:
        se = _error_by_supplier(m, w * (sigmoid(free * m + level) - targets), w, free, level, supplier)
    reach = float(ndtri(0.5 + LEVEL / 2)) * se
    return Platt(slope, intercept, free, free - reach, free + reach, se)


def smoothed_targets(bad: Floats, weight: Floats) -> Floats:
    """Platt's targets: (N+ + 1)/(N+ + 2) for a bad, 1/(N- + 2) for a good."""
    n_bad, n_good = float((weight * bad).sum()), float((weight * (1 - bad)).sum())
    return np.where(bad > 0, (n_bad + 1) / (n_bad + 2), 1 / (n_good + 2))


def _error_by_supplier(
    m: Floats, residual: Floats, weight: Floats, slope: float, level: float, supplier: Sequence[Any] | NDArray[Any]
) -> float:
    """Standard error of the slope from each supplier's pull on it (Liang and Zeger 1986)."""
    p = sigmoid(slope * m + level)
    v = weight * p * (1 - p)
    total = float(v.sum())
    centred = m - float((v * m).sum()) / total if total > 0 else m
    information = float((v * centred * centred).sum())
    codes = supplier_codes(supplier)
    suppliers = int(codes.max()) + 1
    if information <= 0 or suppliers < 2:
        return float("inf")
    sums = np.bincount(codes, weights=residual * centred)
    return float(np.sqrt((sums * sums).sum() * suppliers / (suppliers - 1))) / information


def _newton(m: Floats, target: Floats, weight: Floats, *, penalty: float) -> tuple[float, float, float]:
    """Minimise the (penalised) cross-entropy; return slope, intercept and the slope's standard error."""
    centre, spread = float(m.mean()), float(m.std()) or 1.0
    x = (m - centre) / spread  # well-conditioned steps; undone below
    prior, pull = SLOPE_PRIOR_MEAN * spread, penalty / spread**2
    a, b = (prior if penalty else 0.0), float(np.log((weight * target).sum() / (weight * (1 - target)).sum()))
    loss = _loss(a, b, x, target, weight, prior, pull)
    haa = hab = hbb = 1.0
    for _ in range(STEPS_MAX):
        p = sigmoid(a * x + b)
        residual, v = weight * (p - target), weight * p * (1 - p)
        ga, gb = float((residual * x).sum()) + pull * (a - prior), float(residual.sum())
        haa, hab, hbb = float((v * x * x).sum()) + pull, float((v * x).sum()), float(v.sum())
        determinant = haa * hbb - hab * hab
        if determinant <= 0:  # margins without any spread have no slope
            break
        da, db = (hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant
        step = 1.0
        while step > 1e-6 and (new := _loss(a - step * da, b - step * db, x, target, weight, prior, pull)) > loss:
            step /= 2
        a, b, loss = a - step * da, b - step * db, min(new, loss)
        if abs(step * da) + abs(step * db) < STEP_SMALL:
            break
    determinant = haa * hbb - hab * hab
    se = float(np.sqrt(hbb / determinant)) / spread if determinant > 0 else float("inf")
    return a / spread, b - a * centre / spread, se


def _loss(a: float, b: float, x: Floats, target: Floats, weight: Floats, prior: float, pull: float) -> float:
    log_odds = a * x + b
    entropy = weight * (np.logaddexp(0.0, log_odds) - target * log_odds)
    return float(entropy.sum()) + pull * (a - prior) ** 2 / 2
