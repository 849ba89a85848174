"""Tails: the probability of the observed counts if the PDs are right."""

from collections.abc import Sequence

import numpy as np
from scipy.special import betainc, ndtr
from scipy.stats import binom


def two_sided(z: float) -> float:
    """Chance that a standard normal lies at least as far from 0 as z."""
    return float(2 * ndtr(-abs(z)))


def jeffreys_tail(bad: int, n: int, pd: float) -> float | None:
    """One-sided p-value that the true rate does not exceed `pd`: the posterior's mass up to `pd`.

    The posterior under Jeffreys' prior is beta(bad + 1/2, n - bad + 1/2); the test is the one required by the ECB
    (2019, Instructions for reporting the validation results of internal models, PD back-testing). A PD of 0 is
    refuted by one bad and by nothing else. None without cases.
    """
    if not n:
        return None
    return float(betainc(bad + 0.5, n - bad + 0.5, pd)) if pd > 0 else float(bad == 0)


def binomial_tail(bad: int, n: int, pd: float) -> float | None:
    """Exact chance of at least so many bads of n independent cases of probability `pd`. None without cases."""
    return float(binom.sf(bad - 1, n, pd)) if n else None


def binomial_two_sided(bad: int, n: int, pd: float) -> float | None:
    """Twice the smaller exact tail, at most 1. None without cases."""
    if not n:
        return None
    return float(min(1.0, 2 * min(binom.sf(bad - 1, n, pd), binom.cdf(bad, n, pd))))


def power(n: int, pd: float, *, factor: float, level: float) -> float | None:
    """Chance that the one-sided binomial test at `level` rejects `pd` when the truth is `factor` times it.

    The test rejects from the smallest count whose chance under `pd` is at most `level`. None without cases, or where
    `pd` is 0 or 1 and no alternative is `factor` times as large.
    """
    if not n or not 0 < pd < 1:
        return None
    rejects_above = binom.isf(level, n, pd)
    return float(binom.sf(rejects_above, n, min(1.0, factor * pd)))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for multiple tests (Holm 1979), in the order given."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(raised, 1.0)
    return [float(value) for value in adjusted]
