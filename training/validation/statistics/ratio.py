"""Ratio: bads observed for each bad expected, the one figure of calibration that every part of the cases is given."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.scorecard.grades import jeffreys
from training.calibrate import LEVEL
from training.figures import Floats, Interval, supplier_codes
from training.validation.measures.tails import binomial_two_sided
from training.validation.rules.rule import Rule
from training.validation.rules.rules import C1
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict


def calibrated(
    bad: Floats, pd: Floats, supplier: NDArray[Any] | None = None, *, level: float = LEVEL
) -> dict[str, Any]:
    """Counts, rates and observed over expected of a part of the cases.

    The interval of the ratio is Jeffreys' interval of the rate (Brown, Cai and DasGupta 2001), `low` to `high`,
    divided by the mean PD. Where suppliers have several cases, the counts behind it are divided by `clustering`.
    """
    n, n_bad = len(bad), int(bad.sum())
    if not n:
        nothing = dict.fromkeys(("observed", "low", "high", "mean_pd"))
        empty = {"n": 0, "bad": 0, "expected": 0.0, "clustering": 1.0}
        return {**empty, **nothing, "ratio": asdict(Interval(None, None, None, None, level))}
    mean, expected = float(pd.mean()), float(pd.sum())
    shared = 1.0 if supplier is None else clustering(bad, pd, supplier)
    low, high = jeffreys(n_bad / shared, n / shared, level)
    ratio = Interval(None, None, None, None, level)
    if mean > 0:
        ratio = Interval(n_bad / expected, low / mean, high / mean, None, level)
    return {
        "n": n,
        "bad": n_bad,
        "expected": expected,
        "observed": n_bad / n,
        "low": low,
        "high": high,
        "mean_pd": mean,
        "clustering": shared,
        "ratio": asdict(ratio),
    }


def clustering(bad: Floats, pd: Floats, supplier: NDArray[Any]) -> float:
    """How many times the cases of one supplier multiply the variance of the bads, at least 1 (Kish 1965).

    Squared sums of the residuals a supplier over the sum of their squares. The residuals are those of PDs that were
    brought to the observed level, so that a wrong level is not taken for dependence.
    """
    expected = float(pd.sum())
    residual = bad - pd * (float(bad.sum()) / expected if expected > 0 else 0.0)
    squares = float((residual * residual).sum())
    sums = np.bincount(supplier_codes(supplier), weights=residual)
    return max(1.0, float((sums * sums).sum()) / squares) if squares > 0 else 1.0


def evaluable(figures: dict[str, Any], rule: Rule) -> bool:
    """Whether enough bads are expected for a rule, divided by what clustering by supplier costs."""
    return bool(figures["expected"] / figures["clustering"] >= rule["expected_min"])


def ratio_verdict(figures: dict[str, Any]) -> Verdict:
    """Rules C1 and P1. Bad: outside the band for sure. Watch: the ratio lies outside and the interval leaves out 1.
    Not evaluable: fewer than ten expected bads, unless it is bad all the same. Good: otherwise.
    """
    ratio = figures["ratio"]
    value, low, high = ratio["value"], ratio["low"], ratio["high"]
    if value is None:
        return NOT_EVALUABLE
    if surely_outside(figures, C1):
        return BAD
    if not evaluable(figures, C1):
        return NOT_EVALUABLE
    return GOOD if C1["low"] <= value <= C1["high"] or low <= 1 <= high else WATCH


def surely_outside(figures: dict[str, Any], rule: Rule, *, at_once: int = 1) -> bool:
    """Whether the whole interval of the ratio lies outside a rule's band.

    Jeffreys' interval is a little short of its level where few bads are expected; there the exact binomial test must
    reject the mean PD at the rule's `exact_level` as well, divided by how many parts are judged at once (Bonferroni).
    """
    low, high = figures["ratio"]["low"], figures["ratio"]["high"]
    if low is None or (rule["low"] <= high and low <= rule["high"]):
        return False
    if evaluable(figures, rule):
        return True
    bad, n = (round(figures[count] / figures["clustering"]) for count in ("bad", "n"))
    p_value = binomial_two_sided(bad, n, figures["mean_pd"])
    return p_value is not None and p_value < rule["exact_level"] / at_once


def design_effect(bad: Floats, pd: Floats, supplier: np.ndarray, suppliers: int) -> float | None:
    """How many times the cases' clustering by supplier multiplies the variance of the bads (Kish 1965).

    Squared sums of (bad - PD) a supplier, over the sum of PD (1 - PD): 1 where a supplier's cases are independent.
    None without cases, or where every PD is 0 or 1.
    """
    independent = float((pd * (1 - pd)).sum())
    if not independent > 0:
        return None
    sums = np.bincount(supplier, weights=bad - pd, minlength=suppliers)
    return float((sums * sums).sum()) / independent
