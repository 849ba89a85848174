"""Calibration: whether as many cases turn bad as the PDs say, in all and by part of the PD range."""

from dataclasses import asdict
from typing import Any

import numpy as np

from training.figures import Interval
from training.validation.measures.evidence import Evidence, evaluable
from training.validation.measures.periods import by_period
from training.validation.measures.resample import DRAWS, SEED, numbered, percentile, supplier_counts
from training.validation.measures.tails import binomial_tail, binomial_two_sided, jeffreys_tail
from training.validation.rules.rules import C3
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict
from training.validation.statistics.goodness import (
    brier_parts,
    calibration_error,
    deciles,
    hosmer_lemeshow,
    spiegelhalter,
)
from training.validation.statistics.ratio import calibrated, design_effect, ratio_verdict
from training.validation.statistics.recalibration import recalibration


def calibration(evidence: Evidence, *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Any]:
    """Everything about calibration on the test."""
    (codes,), _ = numbered(evidence.supplier)
    tenths, briers = hosmer_lemeshow(evidence.bad, evidence.pd), spiegelhalter(evidence.bad, evidence.pd)
    return {
        "portfolio": portfolio(evidence, draws=draws, seed=seed),
        "recalibration": recalibration(evidence.bad, evidence.margin, codes),
        "hosmer_lemeshow": tenths,
        "spiegelhalter": briers,
        "fit_verdict": fit_verdict(tenths["p_value"], briers["p_value"]),
        "brier": brier_parts(evidence.bad, evidence.pd),
        "expected_calibration_error": calibration_error(evidence.bad, evidence.pd),
        "deciles": deciles(evidence.bad, evidence.pd),
        "vintages": vintages(evidence),
    }


def portfolio(evidence: Evidence, *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Any]:
    """All cases together: observed over expected, the tests of the whole, and what clustering by supplier adds.

    The verdict (rule C1) needs as many effective bads as rule D1, because the bads of one supplier are one event.

    The binomial tests take every case at the mean PD, which is a little cautious (the true variance is smaller), and
    all cases as independent, which is not: `design_effect` says how many times the variance is larger for it, and
    `ratio_by_supplier` is the interval over draws of whole suppliers.
    """
    figures = calibrated(evidence.bad, evidence.pd, evidence.supplier)
    (codes,), suppliers = numbered(evidence.supplier)
    mean, verdict = figures["mean_pd"] or 0.0, ratio_verdict(figures)
    return {
        **figures,
        "verdict": verdict if verdict == BAD or evaluable(evidence.bad, evidence.supplier) else NOT_EVALUABLE,
        "jeffreys_p": jeffreys_tail(figures["bad"], figures["n"], mean),
        "binomial_p": binomial_tail(figures["bad"], figures["n"], mean),
        "binomial_two_sided_p": binomial_two_sided(figures["bad"], figures["n"], mean),
        "design_effect": design_effect(evidence.bad, evidence.pd, codes, suppliers),
        "ratio_by_supplier": asdict(_by_supplier(evidence, figures["ratio"]["value"], draws=draws, seed=seed)),
    }


def fit_verdict(*p_values: float | None) -> Verdict:
    """Rule C3. Watch: either test rejects at 2.5 %; never worse."""
    known = [p for p in p_values if p is not None]
    if not known:
        return NOT_EVALUABLE
    return WATCH if min(known) < C3["watch"] else GOOD


def vintages(evidence: Evidence) -> list[dict[str, Any]]:
    """Counts, rates, ratio and verdict of each calendar quarter of the test."""
    quarters = []
    for name, rows in by_period(evidence.as_of):
        figures = calibrated(evidence.bad[rows], evidence.pd[rows], evidence.supplier[rows])
        quarters.append({"vintage": name, **figures, "verdict": ratio_verdict(figures)})
    return quarters


def _by_supplier(evidence: Evidence, value: float | None, *, draws: int, seed: int) -> Interval:
    (codes,), suppliers = numbered(evidence.supplier)
    if value is None:
        return percentile(None, [], suppliers=suppliers)
    bads = np.bincount(codes, weights=evidence.bad, minlength=suppliers)
    expected = np.bincount(codes, weights=evidence.pd, minlength=suppliers)
    drawn = [
        float((counts * bads).sum()) / max(float((counts * expected).sum()), np.finfo(float).tiny)
        for counts in supplier_counts(suppliers, draws=draws, seed=seed)
    ]
    return percentile(value, drawn, suppliers=suppliers)
