"""Ratio: bads observed for each bad expected, the one figure of calibration that every part of the cases is given."""

from dataclasses import asdict
from typing import Any

import numpy as np

from models.scorecard.grades import jeffreys
from training.calibrate import LEVEL
from training.figures import Floats, Interval
from training.validation.measures.tails import binomial_two_sided
from training.validation.rules.rule import Rule
from training.validation.rules.rules import C1
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict


def calibrated(bad: Floats, pd: Floats, *, level: float = LEVEL) -> dict[str, Any]:
    """Counts, rates and observed over expected of a part of the cases.

    The interval of the ratio is Jeffreys' interval of the rate (Brown, Cai and DasGupta 2001), `low` to `high`,
    divided by the mean PD. It takes the cases as independent; see `portfolio` for what clustering adds.
    """
    n, n_bad = len(bad), int(bad.sum())
    if not n:
        nothing = dict.fromkeys(("observed", "low", "high", "mean_pd"))
        return {"n": 0, "bad": 0, "expected": 0.0, **nothing, "ratio": asdict(Interval(None, None, None, None, level))}
    mean, expected = float(pd.mean()), float(pd.sum())
    low, high = jeffreys(n_bad, n, level)
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
        "ratio": asdict(ratio),
    }


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
    if figures["expected"] < C1["expected_min"]:
        return NOT_EVALUABLE
    return GOOD if C1["low"] <= value <= C1["high"] or low <= 1 <= high else WATCH


def surely_outside(figures: dict[str, Any], rule: Rule) -> bool:
    """Whether the whole interval of the ratio lies outside a rule's band.

    Jeffreys' interval is a little short of its level where few bads are expected; there the exact binomial test must
    reject the mean PD at the rule's `exact_level` as well.
    """
    low, high = figures["ratio"]["low"], figures["ratio"]["high"]
    if low is None or (rule["low"] <= high and low <= rule["high"]):
        return False
    if figures["expected"] >= rule["expected_min"]:
        return True
    p_value = binomial_two_sided(figures["bad"], figures["n"], figures["mean_pd"])
    return p_value is not None and p_value < rule["exact_level"]


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
