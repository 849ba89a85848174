"""Low default: upper bounds of each grade's PD, from the bads in it and in every worse grade.

The most prudent estimation of Pluto and Tasche (2005, "Estimating probabilities of default for low default
portfolios"): the PD of a grade is no higher than that of the worse ones, so its upper bound is that of the grade
pooled with all worse grades, as if all of them had its PD. Grades run from safe to risky.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaincc, betaincinv, ndtr

from models.scorecard.grades import GRADES, Grade
from training.figures import Floats
from training.validation.measures.evidence import Evidence
from training.validation.parts.master_scale import placed
from training.validation.rules.rules import L1
from training.validation.rules.verdicts import GOOD, NOT_EVALUABLE, WATCH, Verdict

LEVELS = (0.5, 0.75, 0.9)
RHO = 0.12  # the paper's; the least asset correlation of corporates in Basel II
FACTOR_REACH, FACTOR_NODES = 8.0, 801  # of the common factor, in standard deviations
SCORE_REACH = 12.0  # a PD of 1e-33 at one end


def low_default(evidence: Evidence, grades: Sequence[Grade] = GRADES, *, rho: float | None = RHO) -> dict[str, Any]:
    """Upper bounds of every grade's PD at 50, 75 and 90 %, and the margin above the mean PD of its cases.

    Rule L1: with fewer than 20 bads in all the portfolio is one of low default (watch), and the bounds are the margin
    of conservatism; with more they are given for information (good).
    """
    place = placed(evidence.pd, grades)
    n = np.bincount(place, minlength=len(grades))
    bad = np.bincount(place[evidence.bad > 0], minlength=len(grades))
    expected = np.bincount(place, weights=evidence.pd, minlength=len(grades))
    independent = {level: upper_bounds(n, bad, level=level) for level in LEVELS}
    correlated = {level: upper_bounds(n, bad, level=level, rho=rho) for level in LEVELS} if rho else {}
    rows = []
    for i, grade in enumerate(grades):
        mean = float(expected[i]) / int(n[i]) if n[i] else None
        bounds = {f"{level:g}": by_grade[i] for level, by_grade in independent.items()}
        rows.append(
            {
                "code": grade.code,
                "n": int(n[i]),
                "bad": int(bad[i]),
                "pooled_n": int(n[i:].sum()),
                "pooled_bad": int(bad[i:].sum()),
                "mean_pd": mean,
                "bounds": bounds,
                "correlated": {f"{level:g}": by_grade[i] for level, by_grade in correlated.items()},
                "margin": {k: None if b is None or mean is None else b - mean for k, b in bounds.items()},
            }
        )
    verdict: Verdict = NOT_EVALUABLE if not evidence.n else WATCH if evidence.bads < L1["watch"] else GOOD
    return {"bads": evidence.bads, "levels": list(LEVELS), "rho": rho, "grades": rows, "verdict": verdict}


def upper_bounds(
    n: Sequence[int] | np.ndarray, bad: Sequence[int] | np.ndarray, *, level: float, rho: float | None = None
) -> list[float | None]:
    """The most prudent PD of each grade at a confidence level, safe grades first; None from where there are no cases.

    The bound solves P(at most so many bads of the pool | PD) = 1 - level: with independent cases a quantile of
    beta(bad + 1, n - bad), else under one common normal factor with asset correlation `rho` (sections 2 to 4 of the
    paper). A bound below that of a safer grade is raised to it, as the order of the grades demands.
    """
    pooled_n, pooled_bad = (np.cumsum(np.asarray(x)[::-1])[::-1] for x in (n, bad))
    bounds: list[float | None] = []
    least, before = 0.0, None
    for pool in zip(pooled_n.tolist(), pooled_bad.tolist(), strict=True):
        if not pool[0]:
            bounds.append(None)
            continue
        if pool != before:  # an empty grade's pool is the next one's
            least, before = max(least, _bound(*pool, level, rho)), pool
        bounds.append(least)
    return bounds


def _bound(n: int, bad: int, level: float, rho: float | None) -> float:
    if bad == n:
        return 1.0
    if not rho:
        return float(betaincinv(bad + 1, n - bad, level))

    def excess(score: float) -> float:
        return _at_most(bad, n, score, rho) - (1 - level)

    return float(ndtr(brentq(excess, -SCORE_REACH, SCORE_REACH, xtol=1e-12)))


def _at_most(bad: int, n: int, score: float, rho: float) -> float:
    """Chance of at most so many bads of n when the PD is the normal distribution at `score`, over the common factor."""
    factor, weight = _factor()
    given = ndtr((score - np.sqrt(rho) * factor) / np.sqrt(1 - rho))  # Vasicek (2002)
    return float((weight * betaincc(bad + 1, n - bad, given)).sum())


@cache
def _factor() -> tuple[Floats, Floats]:
    """Nodes of a standard normal and their weights, which add up to 1: the trapezoid rule on a fixed grid."""
    nodes = np.linspace(-FACTOR_REACH, FACTOR_REACH, FACTOR_NODES)
    density = np.exp(-nodes * nodes / 2)
    return nodes, density / density.sum()
