"""Calibration: Platt's targets, the prior on the slope, the gate on the free slope."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.calibration import _sigmoid_calibration

from training import calibrate


def drawn(n=4000, slope=1.4, intercept=-2.5, seed=1):
    rng = np.random.default_rng(seed)
    margin = rng.normal(size=n)
    return margin, (rng.random(n) < 1 / (1 + np.exp(-(intercept + slope * margin)))).astype(float)


def test_targets_are_smoothed_as_platt_wrote():
    targets = calibrate.smoothed_targets(np.array([1.0, 1.0, 0.0, 0.0, 0.0]), np.ones(5))
    assert targets == pytest.approx([3 / 4, 3 / 4, 1 / 5, 1 / 5, 1 / 5])


def test_the_free_slope_is_the_one_scikit_learn_fits():
    margin, bad = drawn()
    a, _ = _sigmoid_calibration(margin, bad)  # theirs: 1 / (1 + exp(a m + b))
    assert calibrate.platt(margin, bad).free_slope == pytest.approx(-a, rel=1e-4)


def test_the_slope_is_the_penalised_optimum_that_scipy_finds():
    margin, bad = drawn(n=120)
    target = calibrate.smoothed_targets(bad, np.ones(120))

    def objective(ab):
        log_odds = ab[0] * margin + ab[1]
        return (np.logaddexp(0, log_odds) - target * log_odds).sum() + (ab[0] - 1) ** 2 / (2 * 0.3**2)

    best = minimize(objective, [1.0, 0.0], tol=1e-12).x
    fitted = calibrate.platt(margin, bad)
    assert (fitted.slope, fitted.intercept) == pytest.approx(tuple(best), abs=1e-5)


def test_margins_that_say_nothing_fail_the_gate_and_keep_a_moderate_slope():
    rng = np.random.default_rng(2)
    fitted = calibrate.platt(rng.normal(size=120), (np.arange(120) < 27).astype(float))
    assert not fitted.holds
    assert 0 < fitted.slope < 1.2


def test_a_strong_sample_overrules_the_prior():
    fitted = calibrate.platt(*drawn(n=40_000))
    assert fitted.slope == pytest.approx(1.4, abs=0.06)
    assert fitted.holds
    assert fitted.free_low < 1.4 < fitted.free_high


def test_mean_pd_equals_the_rate_it_was_calibrated_on():
    margin, bad = drawn()
    assert calibrate.platt(margin, bad).pd(margin).mean() == pytest.approx(bad.mean(), abs=5e-4)


def test_a_weight_of_two_is_the_case_twice():
    margin, bad = drawn(n=300)
    weight = np.where(np.arange(300) < 100, 2.0, 1.0)
    twice = calibrate.platt(np.concatenate([margin, margin[:100]]), np.concatenate([bad, bad[:100]]))
    assert calibrate.platt(margin, bad, weight).slope == pytest.approx(twice.slope, rel=1e-9)


def test_perfectly_separated_margins_still_give_finite_figures():
    fitted = calibrate.platt([-2.0, -1.0, 1.0, 2.0], [0, 0, 1, 1])
    assert np.isfinite([fitted.slope, fitted.intercept, fitted.free_slope]).all()


def test_margins_without_spread_fail_the_gate():
    assert not calibrate.platt(np.full(50, 0.3), (np.arange(50) < 5).astype(float)).holds
