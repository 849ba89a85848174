"""Recalibration: Cox's slope and intercept against an optimiser and against what was put in."""

import numpy as np
import pytest
from scipy import optimize
from sklearn.linear_model import LogisticRegression

from training.figures import sigmoid
from training.validation.measures.resample import numbered
from training.validation.statistics.recalibration import in_the_large, overlapping, recalibration, slope_verdict


def loss(parameters, bad, margin):
    log_odds = parameters[1] + parameters[0] * margin
    return (np.logaddexp(0, log_odds) - bad * log_odds).sum()


def fitted(evidence):
    (codes,), _ = numbered(evidence.supplier)
    return recalibration(evidence.bad, evidence.margin, codes)


def test_slope_and_intercept_are_those_of_an_unpenalised_logistic_regression(draw):
    evidence = draw(3000, off=0.3)
    result = fitted(evidence)
    rival = LogisticRegression(C=np.inf, tol=1e-10).fit(evidence.margin[:, None], evidence.bad)
    assert result["slope"]["value"] == pytest.approx(rival.coef_[0, 0], rel=1e-5)
    assert result["intercept"]["value"] == pytest.approx(rival.intercept_[0], rel=1e-5)


def test_standard_errors_are_those_of_the_losss_curvature_by_differences(draw):
    evidence = draw(2000)
    result = fitted(evidence)
    at = np.array([result["slope"]["value"], result["intercept"]["value"]])
    step = 1e-4
    hessian = np.array(
        [
            optimize.approx_fprime(
                at, lambda x, i=i: optimize.approx_fprime(x, loss, step, evidence.bad, evidence.margin)[i], step
            )
            for i in range(2)
        ]
    )
    covariance = np.linalg.inv(hessian)
    assert result["slope"]["se"] == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-3)
    assert result["intercept"]["se"] == pytest.approx(np.sqrt(covariance[1, 1]), rel=1e-3)
    assert result["slope"]["high"] == pytest.approx(result["slope"]["value"] + 1.6448536 * result["slope"]["se"])


def test_the_likelihood_ratio_is_twice_the_loss_that_recalibration_saves(draw):
    evidence = draw(2000, off=0.2)
    result = fitted(evidence)
    best = (result["slope"]["value"], result["intercept"]["value"])
    saved = loss((1, 0), evidence.bad, evidence.margin) - loss(best, evidence.bad, evidence.margin)
    assert result["likelihood_ratio"] == pytest.approx(2 * saved, rel=1e-6)
    assert result["p_value"] == pytest.approx(np.exp(-saved), rel=1e-5)  # chi-square of two degrees of freedom


def test_what_was_put_in_is_found(draw):
    """Margins twice too far from 0 are slope 1/2; a shift of 0.4 is an intercept in the large of 0.4."""
    evidence = draw(30_000, off=0.4, seed=8)
    (codes,), _ = numbered(evidence.supplier)
    assert in_the_large(evidence.bad, evidence.margin).value == pytest.approx(0.4, abs=0.06)
    assert fitted(evidence)["slope"]["value"] == pytest.approx(1, abs=0.06)
    assert recalibration(evidence.bad, 2 * evidence.margin, codes)["slope"]["value"] == pytest.approx(0.5, abs=0.03)
    assert recalibration(evidence.bad, 2 * evidence.margin, codes)["verdict"] == "bad"


def test_the_intercept_in_the_large_makes_expected_bads_equal_observed(draw):
    evidence = draw(700, off=1.0)
    shift = in_the_large(evidence.bad, evidence.margin)
    p = sigmoid(evidence.margin + shift.value)
    assert p.sum() == pytest.approx(evidence.bads, rel=1e-9)
    assert shift.se == pytest.approx((p * (1 - p)).sum() ** -0.5)


def test_the_p_value_is_uniform_if_the_probabilities_are_right(draw):
    p_values = np.array([fitted(draw(600, seed=seed))["p_value"] for seed in range(150)])
    assert np.mean(p_values < 0.1) == pytest.approx(0.1, abs=0.06)
    assert np.mean(p_values < 0.5) == pytest.approx(0.5, abs=0.12)


def test_copied_cases_widen_the_suppliers_error_alone(draw):
    once = draw(1500, each=1)
    (codes,), _ = numbered(once.supplier)
    result = recalibration(once.bad, once.margin, codes)
    nine = recalibration(*(np.repeat(x, 9) for x in (once.bad, once.margin, codes)))
    assert nine["slope"]["se"] == pytest.approx(result["slope"]["se"] / 3)
    assert nine["slope_by_supplier"]["se"] == pytest.approx(result["slope_by_supplier"]["se"])


@pytest.mark.parametrize(
    ("bad", "margin", "overlap"),
    [
        ([0, 0, 1, 1], [-2.0, -1.0, 1.0, 2.0], False),
        ([0, 0, 1, 1], [-2.0, 1.0, 1.0, 2.0], False),  # touching is not overlapping
        ([1, 1, 0, 0], [-2.0, -1.0, 1.0, 2.0], False),
        ([0, 1, 0, 1], [-2.0, -1.0, 1.0, 2.0], True),
        ([0, 1, 0, 1], [1.0, 1.0, 1.0, 1.0], False),
        ([0, 0], [1.0, 2.0], False),
        ([], [], False),
    ],
)
def test_without_overlap_there_is_no_slope(bad, margin, overlap):
    bad, margin = np.array(bad, dtype=float), np.array(margin)
    assert overlapping(bad, margin) is overlap
    result = recalibration(bad, margin, np.arange(len(bad)))
    assert (result["slope"]["value"] is not None) is overlap
    assert result["verdict"] == "not evaluable"


def test_a_constant_margin_still_has_an_intercept_in_the_large():
    bad = (np.arange(100) < 20).astype(float)
    result = in_the_large(bad, np.full(100, -3.0))
    assert result.value == pytest.approx(3 + np.log(0.25), abs=1e-9)
    assert in_the_large(np.zeros(5), np.zeros(5)).value is None


def test_slope_verdicts(evidence_of):
    from training.figures import Interval

    bad = (np.arange(100) < 50).astype(float)
    verdicts = [
        slope_verdict(bad, Interval(v, v - r, v + r)) for v, r in ((1.1, 0.2), (0.8, 0.1), (0.6, 0.1), (1.5, 0.6))
    ]
    assert verdicts == ["good", "watch", "bad", "good"]
    assert slope_verdict(bad[:55], Interval(0.6, 0.5, 0.7)) == "not evaluable"
