"""The true risk: effects as the world says them, and the integral over the disturbance."""

import numpy as np
import pytest

from sandbox.lending.risk import best_pd, effect, factor
from sandbox.world.world import Effect, Factor


def test_without_a_disturbance_the_best_pd_is_the_logistic():
    logit = np.array([-5.0, -2.0, 0.0, 3.0])
    np.testing.assert_allclose(best_pd(logit, 0.0), 1 / (1 + np.exp(-logit)), rtol=1e-12)


@pytest.mark.parametrize("noise", [0.3, 1.0, 2.0])
def test_the_best_pd_is_the_mean_over_the_disturbance(noise: float):
    u = np.linspace(-12, 12, 40_001)
    density = np.exp(-u * u / 2)
    density /= density.sum()
    for logit in (-6.0, -3.0, 0.5):
        mean = (density / (1 + np.exp(-(logit + noise * u)))).sum()
        assert best_pd(np.array([logit]), noise)[0] == pytest.approx(mean, rel=1e-6)


def test_a_factor_is_capped_then_logged_then_measured_in_its_unit():
    values = np.array([0.0, 3.0, 50.0])
    rule = Factor(variable="contracts", cap=9.0, log=True, per=2.0)
    np.testing.assert_allclose(factor(values, rule), np.log1p([0.0, 3.0, 9.0]) / 2.0)


def test_a_threshold_is_strict_on_either_side():
    values = np.array([0.2, 0.25, 0.3])
    assert factor(values, Factor(variable="amount_ratio", above=0.25)).tolist() == [0, 0, 1]
    assert factor(values, Factor(variable="amount_ratio", below=0.25)).tolist() == [1, 0, 0]


def test_factors_of_one_effect_multiply_and_change_with_the_shift():
    view = {"amount_ratio": np.array([0.5, 0.5]), "contracts": np.array([2.0, 2.0])}
    rule = Effect(
        coefficient=3.0,
        coefficient_after=1.0,
        factors=(Factor(variable="amount_ratio"), Factor(variable="contracts", below=3.0)),
    )
    assert effect(view, rule, after=np.array([False, True])).tolist() == [1.5, 0.5]
