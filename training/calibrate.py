"""Platt's calibration: the affine map from the booster's margin to the log-odds of bad.

Affine, so that points remain a sum of contributions; fitted on out-of-fold margins.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from training.figures import Floats, sigmoid

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


def platt(margin: ArrayLike, bad: ArrayLike, weight: ArrayLike | None = None) -> Platt:
    """Fit on out-of-fold margins, with Platt's target smoothing and a N(1, 0.3²) prior on the slope."""
    m, y = np.asarray(margin, dtype=np.float64), np.asarray(bad, dtype=np.float64)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not y.any() or y.all():
        raise ValueError("Calibration needs both good and bad cases.")
    targets = smoothed_targets(y, w)
    slope, intercept, _ = _newton(m, targets, w, penalty=1 / SLOPE_PRIOR_SD**2)
    free, _, se = _newton(m, targets, w, penalty=0.0)
    reach = float(ndtri(0.5 + LEVEL / 2)) * se
    return Platt(slope, intercept, free, free - reach, free + reach)


def smoothed_targets(bad: Floats, weight: Floats) -> Floats:
    """Platt's targets: (N+ + 1)/(N+ + 2) for a bad, 1/(N- + 2) for a good."""
    n_bad, n_good = float((weight * bad).sum()), float((weight * (1 - bad)).sum())
    return np.where(bad > 0, (n_bad + 1) / (n_bad + 2), 1 / (n_good + 2))


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
