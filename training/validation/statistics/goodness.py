"""Goodness of fit: tests and scores that compare probabilities with outcomes case by case and by tenths of risk."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from training.figures import Floats, brier, midranks
from training.validation.measures.tails import two_sided
from training.validation.rules.rules import C3
from training.validation.statistics.ratio import calibrated, ratio_verdict

GROUPS = 10
EXPECTED_LEAST = 1.0  # Cochran (1954): no expected count below 1 ...
EXPECTED_FEW, FEW_SHARE_MAX = 5.0, 0.2  # ... and at most a fifth of them below 5, or chi-square does not hold


def tenths(pd: Floats) -> NDArray[np.intp]:
    """The tenth of the cases, by rising PD, that each lies in, numbered from 0 without gaps.

    Equal probabilities share a group, so that the order of the cases decides nothing; there may be fewer than ten.
    """
    if not len(pd):
        return np.empty(0, dtype=np.intp)
    place = np.floor((midranks(pd) - 0.5) * GROUPS / len(pd)).astype(np.intp)
    return np.asarray(np.unique(place, return_inverse=True)[1], dtype=np.intp)


def deciles(bad: Floats, pd: Floats) -> list[dict[str, Any]]:
    """Each tenth's PDs, counts, rates, ratio and its verdict, safest first."""
    place, tenth_rows = tenths(pd), []
    for group in range(int(place.max(initial=-1)) + 1):
        rows = place == group
        figures = calibrated(bad[rows], pd[rows])
        bounds = {"pd_low": float(pd[rows].min()), "pd_high": float(pd[rows].max())}
        tenth_rows.append({**bounds, **figures, "verdict": ratio_verdict(figures)})
    return tenth_rows


def hosmer_lemeshow(bad: Floats, pd: Floats) -> dict[str, Any]:
    """The chi-square of tenths of risk (Hosmer and Lemeshow 1980).

    sum of (O - E)^2 / (E (1 - E/n)) over the groups. The degrees of freedom are the groups, not the groups less two:
    nothing was fitted on these cases (Hosmer, Lemeshow and Sturdivant 2013, on external
    validation). `p_value` is None where expected
    counts are too small by Cochran's rule, or where there are fewer than three groups.
    """
    n, observed, expected = _tables(bad, pd)
    spread = expected * (1 - expected / np.maximum(n, 1))
    known = len(n) > 0 and bool((spread > 0).all())
    statistic = float(((observed - expected) ** 2 / spread).sum()) if known else None
    counts = np.concatenate((expected, n - expected))
    enough = len(n) > 2 and counts.min() >= EXPECTED_LEAST and (counts < EXPECTED_FEW).mean() <= FEW_SHARE_MAX
    return {
        "statistic": statistic,
        "df": len(n),
        "p_value": float(chdtrc(len(n), statistic)) if statistic is not None and enough else None,
        "least_expected": float(counts.min()) if len(n) else None,
    }


def spiegelhalter(bad: Floats, pd: Floats) -> dict[str, float | None]:
    """Whether the Brier score is what the probabilities themselves foretell (Spiegelhalter 1986).

    z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p)), standard normal if the probabilities are right. None
    where nothing could vary: no cases, or only PDs of 0, 1/2 and 1. `p_value` is None where the bads' variance,
    sum p (1 - p), is below 5: the normal distribution does not hold there yet.
    """
    spread = float(((1 - 2 * pd) ** 2 * pd * (1 - pd)).sum())
    if not spread > 0:
        return {"z": None, "p_value": None}
    z = float(((bad - pd) * (1 - 2 * pd)).sum()) / spread**0.5
    enough = float((pd * (1 - pd)).sum()) >= C3["variance_min"]
    return {"z": z, "p_value": two_sided(z) if enough else None}


def brier_parts(bad: Floats, pd: Floats) -> dict[str, float | None]:
    """The Brier score and what it is made of (Murphy 1973), over tenths of risk.

    value = reliability - resolution + uncertainty + within. Murphy's three terms add up exactly where every case of a
    group has the same probability; `within` is what grouping leaves over: the spread of the probabilities inside the
    groups, less twice their covariance with the outcomes there (Stephenson, Coelho and Jolliffe 2008). `skill` is
    1 - value / uncertainty: the share of the base rate's score that is saved.
    """
    names = ("value", "reliability", "resolution", "uncertainty", "within", "skill")
    if not len(bad):
        return dict.fromkeys(names)
    n, observed, expected = _tables(bad, pd)
    rate, total = float(bad.mean()), len(bad)
    value = brier(bad, pd)
    reliability = float(((expected - observed) ** 2 / n).sum()) / total
    resolution = float((n * (observed / n - rate) ** 2).sum()) / total
    uncertainty = rate * (1 - rate)
    within = value - (reliability - resolution + uncertainty)
    skill = 1 - value / uncertainty if uncertainty > 0 else None
    return dict(zip(names, (value, reliability, resolution, uncertainty, within, skill), strict=True))


def calibration_error(bad: Floats, pd: Floats) -> dict[str, float | None]:
    """Expected calibration error: mean distance of observed rate and mean PD over tenths, weighted by their cases.

    Naeini, Cooper and Hauskrecht (2015). Never 0 by chance: `by_chance` is about what perfect probabilities would
    show on as many cases, sqrt(2 / pi) standard deviations a group.
    """
    if not len(bad):
        return {"value": None, "by_chance": None}
    _, observed, expected = _tables(bad, pd)
    spread = np.bincount(tenths(pd), weights=pd * (1 - pd))
    chance = float(np.sqrt(2 / np.pi * spread).sum()) / len(bad)
    return {"value": float(np.abs(observed - expected).sum()) / len(bad), "by_chance": chance}


def _tables(bad: Floats, pd: Floats) -> tuple[Floats, Floats, Floats]:
    """Cases, bads and expected bads of each tenth."""
    place = tenths(pd)
    n, bads, expected = (np.bincount(place, weights=w).astype(np.float64) for w in (np.ones(len(pd)), bad, pd))
    return n, bads, expected
