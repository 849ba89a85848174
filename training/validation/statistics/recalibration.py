"""Recalibration: the logistic regression of the outcomes on the predicted log-odds (Cox 1958).

log-odds of bad = intercept + slope x margin: a slope of 1 and an intercept of 0 are perfect; a slope below 1 says that
the probabilities are too extreme. The intercept in the large is the intercept with the slope fixed at 1: the common
shift, in log-odds, that would make the expected bads equal to the observed.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtri

from training.calibrate import LEVEL
from training.figures import Floats, Interval, log_loss, sigmoid
from training.validation.measures.resample import SUPPLIERS_MIN, Codes
from training.validation.rules.rules import C2
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict

STEPS_MAX = 200
STEP_SMALL = 1e-9  # Newton's steps square their error: the next one would be far below a double's last bit
ROUNDING = 1e-13  # a loss that rises by less has not risen
NOTHING = Interval(None, None, None, None, LEVEL)


def recalibration(bad: Floats, margin: Floats, supplier: Codes) -> dict[str, Any]:
    """Slope, intercept and intercept in the large with Wald intervals, and the test of slope 1 and intercept 0.

    The intervals are of independent cases; `slope_by_supplier` allows for suppliers with several (Liang and Zeger
    1986) and is None with fewer than 20 suppliers. `p_value` is of the likelihood ratio with two degrees of freedom
    (Miller, Hui and Tierney 1991). Slope and intercept are None where they do not exist: without overlap of the
    margins of bads and goods.
    """
    fitted = _fitted(bad, margin) if overlapping(bad, margin) else None
    slope = intercept = clustered = NOTHING
    ratio = None
    if fitted is not None:
        a, b, covariance = fitted
        slope, intercept = _wald(a, float(np.sqrt(covariance[0, 0]))), _wald(b, float(np.sqrt(covariance[1, 1])))
        if supplier.max() + 1 >= SUPPLIERS_MIN:
            clustered = _wald(a, _sandwich(bad, margin, supplier, fitted))
        ratio = max(0.0, 2 * len(bad) * (log_loss(bad, margin) - log_loss(bad, b + a * margin)))
    return {
        "in_the_large": asdict(in_the_large(bad, margin)),
        "slope": asdict(slope),
        "intercept": asdict(intercept),
        "slope_by_supplier": asdict(clustered),
        "likelihood_ratio": ratio,
        "p_value": None if ratio is None else float(chdtrc(2, ratio)),
        "verdict": slope_verdict(bad, slope if clustered.value is None else clustered),
    }


def slope_verdict(bad: Floats, slope: Interval) -> Verdict:
    """Rule C2. Watch: the interval leaves out 1; bad: the slope lies outside 0.7 to 1.3 as well. Needs ten of each."""
    enough = bad.sum() >= C2["bads_min"] and (1 - bad).sum() >= C2["goods_min"]
    if not enough or slope.value is None or slope.low is None or slope.high is None:
        return NOT_EVALUABLE
    if slope.low <= 1 <= slope.high:
        return GOOD
    return WATCH if C2["low"] <= slope.value <= C2["high"] else BAD


def overlapping(bad: Floats, margin: Floats) -> bool:
    """Whether the margins of bads and goods overlap; without it no finite slope is the most likely one.

    Albert and Anderson (1984), for one explanatory variable.
    """
    bads, goods = margin[bad > 0], margin[bad == 0]
    return bool(len(bads) and len(goods) and bads.max() > goods.min() and goods.max() > bads.min())


def in_the_large(bad: Floats, margin: Floats) -> Interval:
    """The intercept with the slope fixed at 1, with its Wald interval; None without a bad or without a good."""
    if not bad.any() or bad.all():
        return NOTHING
    # The expected bads rise with the shift: halving finds it however extreme the margins are.
    high = float(np.abs(margin).max()) + 50.0
    low = -high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if sigmoid(margin + middle).sum() < bad.sum() else (low, middle)
    shift = (low + high) / 2
    p = sigmoid(margin + shift)
    information = float((p * (1 - p)).sum())
    return _wald(shift, information**-0.5) if information > 0 else NOTHING


def _fitted(bad: Floats, margin: Floats) -> tuple[float, float, Floats] | None:
    """Slope, intercept and their covariance; None where Newton's method finds no end.

    The 2 x 2 algebra is written out: a library's may differ in the last bits between numbers of threads.
    """
    centre, spread = float(margin.mean()), float(margin.std())
    x = (margin - centre) / spread  # well-conditioned steps; undone below
    solution = _newton(bad, x)
    if solution is None:
        return None
    a, b = solution
    (haa, hab, hbb), _ = _curvature(bad, x, a, b)
    determinant = haa * hbb - hab * hab
    if determinant <= 0:
        return None
    back = np.array([[1 / spread, 0.0], [-centre / spread, 1.0]])  # from the standardised margin to the margin
    inner = np.array([[hbb, -hab], [-hab, haa]]) / determinant
    return a / spread, b - a * centre / spread, np.einsum("ij,jk,lk->il", back, inner, back)


def _newton(bad: Floats, x: Floats) -> tuple[float, float] | None:
    rate = float(bad.mean())
    a, b = 0.0, float(np.log(rate / (1 - rate)))
    loss = log_loss(bad, a * x + b)
    for _ in range(STEPS_MAX):
        (haa, hab, hbb), (ga, gb) = _curvature(bad, x, a, b)
        determinant = haa * hbb - hab * hab
        if determinant <= 0:
            return None
        da, db = (hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant
        step = 1.0
        while (new := log_loss(bad, (a - step * da) * x + b - step * db)) > loss + ROUNDING and step > STEP_SMALL:
            step /= 2
        a, b, loss = a - step * da, b - step * db, new
        if abs(da) + abs(db) < STEP_SMALL * (1 + abs(a) + abs(b)):
            return a, b
    return None


def _curvature(bad: Floats, x: Floats, a: float, b: float) -> tuple[tuple[float, float, float], tuple[float, float]]:
    p = sigmoid(a * x + b)
    v, residual = p * (1 - p), p - bad
    second = float((v * x * x).sum()), float((v * x).sum()), float(v.sum())
    return second, (float((residual * x).sum()), float(residual.sum()))


def _sandwich(bad: Floats, margin: Floats, supplier: Codes, fitted: tuple[float, float, Floats]) -> float:
    slope, intercept, covariance = fitted
    residual = bad - sigmoid(intercept + slope * margin)
    scores = [np.bincount(supplier, weights=residual * x) for x in (margin, np.ones(len(bad)))]
    along = covariance[0, 0] * scores[0] + covariance[0, 1] * scores[1]  # each supplier's pull on the slope
    return float(np.sqrt((along * along).sum()))


def _wald(value: float, se: float) -> Interval:
    reach = float(ndtri(0.5 + LEVEL / 2)) * se
    return Interval(value, value - reach, value + reach, se, LEVEL)
