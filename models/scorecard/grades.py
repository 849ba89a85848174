"""Grades: published intervals of the probability of default, the same for every scorecard of a master scale."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

MASTER_SCALE = "ms-1"


@dataclass(frozen=True)
class Observed:
    """The outcomes of a grade's validation cases, with the Jeffreys interval of its bad rate."""

    n: int
    bad: int
    low: float
    high: float
    level: float = 0.9
    method: str = "jeffreys"


@dataclass(frozen=True)
class Grade:
    """One grade: `pd_low <= pd < pd_high`, and what was observed in it, if anything was."""

    code: str
    pd_low: float
    pd_high: float
    observed: Observed | None = None


# Each bound is twice the one before it: 20 points, on the standard scale, from grade to grade.
GRADES = tuple(
    Grade(code, low, high)
    for code, low, high in (
        ("AAA", 0.0, 0.0015),
        ("AA", 0.0015, 0.003),
        ("A", 0.003, 0.006),
        ("BBB", 0.006, 0.012),
        ("BB", 0.012, 0.024),
        ("B", 0.024, 0.048),
        ("CCC", 0.048, 0.096),
        ("CC", 0.096, 0.192),
        ("C", 0.192, 0.384),
        ("E", 0.384, 1.0),
    )
)


def grade_index(pd: float, grades: Sequence[Grade] = GRADES) -> int:
    """Return the position of the grade that a probability falls into."""
    return min(bisect_right([grade.pd_high for grade in grades], pd), len(grades) - 1)


def grade(pd: float, grades: Sequence[Grade] = GRADES) -> Grade:
    """Return the grade that a probability falls into."""
    return grades[grade_index(pd, grades)]


def jeffreys(bad: float, n: float, level: float = 0.9) -> tuple[float, float]:
    """Return the equal-tailed Jeffreys interval of a rate: quantiles of beta(bad + 1/2, n - bad + 1/2).

    Counts need not be whole: those of dependent cases are divided by how dependent they are.
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if bad == 0 else float(betaincinv(bad + 0.5, n - bad + 0.5, tail))
    high = 1.0 if bad == n else float(betaincinv(bad + 0.5, n - bad + 0.5, 1 - tail))
    return low, high


def observe(pd: Any, bad: Any, *, grades: Sequence[Grade] = GRADES, level: float = 0.9) -> tuple[Grade, ...]:
    """Return the grades with what was observed in each: `pd` and `bad` (0 or 1) of the same validation cases.

    A grade without cases has no observation.
    """
    place = np.searchsorted([g.pd_high for g in grades[:-1]], np.asarray(pd, dtype=np.float64), side="right")
    n = np.bincount(place, minlength=len(grades))
    bads = np.bincount(place, weights=np.asarray(bad, dtype=np.float64), minlength=len(grades))
    return tuple(_observed(g, int(k), round(b), level) for g, k, b in zip(grades, n, bads, strict=True))


def _observed(bare: Grade, n: int, bad: int, level: float) -> Grade:
    if n == 0:
        return replace(bare, observed=None)
    low, high = jeffreys(bad, n, level)
    # Six digits: the last bits of the quantile function are the library's, not the data's.
    return replace(bare, observed=Observed(n, bad, float(f"{low:.6g}"), float(f"{high:.6g}"), level))
