"""Step functions as a booster's text: LightGBM reads it, and explains it exactly."""

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scorecard.trial_load import trial_load
from training.learning.additive import Steps, blended, booster_text

COLUMNS, MONOTONE = ["a", "b", "c"], [1, 0, -1]


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(3)
    drawn = np.round(rng.normal(size=(800, 3)), 1)
    drawn[rng.random(drawn.shape) < 0.2] = np.nan
    return drawn


@pytest.fixture(scope="module")
def steps(values):
    return [
        Steps.of("a", [-1.0, 0.0, 1.5], [0.1, 0.2, 0.5, 0.9], 0.3, values[:, 0]),
        Steps.of("c", [], [0.7], -0.1, values[:, 2]),
        Steps.of("b", [0.0], [-0.7, 0.2], -0.1, values[:, 1]),
    ]


def margins(text, values):
    return lgb.Booster(model_str=text).predict(values, raw_score=True)


def test_the_margin_is_the_intercept_and_the_sum_of_the_steps(values, steps):
    text = booster_text(COLUMNS, MONOTONE, values, steps, -2.0)
    expected = -2.0 + steps[0].at(values[:, 0]) + steps[1].at(values[:, 2]) + steps[2].at(values[:, 1])
    assert np.array_equal(margins(text, values), expected)


def test_a_columns_contribution_is_its_step_less_the_mean_step(values, steps):
    shares = lgb.Booster(model_str=booster_text(COLUMNS, MONOTONE, values, steps, -2.0)).predict(
        values, pred_contrib=True
    )
    for place, step in ((0, steps[0]), (2, steps[1]), (1, steps[2])):
        values_of_x = step.at(values[:, place])
        assert shares[:, place] == pytest.approx(values_of_x - values_of_x.mean(), abs=1e-12)


def test_contributions_stay_finite_where_nobody_took_a_step(values):
    lonely = Steps.of("a", [10.0, 20.0], [0.0, 1.0, 2.0], 5.0, np.nan_to_num(values[:, 0]))
    assert lonely.counts[1:] == (0, 0)
    assert lonely.missing_count == 0
    booster = lgb.Booster(model_str=booster_text(COLUMNS, MONOTONE, values, [lonely], 0.0))
    strange = np.array([[15.0, 0, 0], [np.nan, 0, 0], [25.0, 0, 0], [0.0, 0, 0]])
    shares = booster.predict(strange, pred_contrib=True)
    assert np.isfinite(shares).all()
    assert shares.sum(axis=1) == pytest.approx([1.0, 5.0, 2.0, 0.0], abs=1e-12)


def test_a_value_on_an_edge_takes_the_step_below_it(values):
    one = Steps.of("a", [1.0], [-1.0, 1.0], 0.0, values[:, 0])
    text = booster_text(COLUMNS, MONOTONE, values, [one], 0.0)
    rows = np.array([[1.0, 0, 0], [np.nextafter(1.0, 2.0), 0, 0], [1e300, 0, 0], [-1e300, 0, 0]])
    assert margins(text, rows).tolist() == [-1.0, 1.0, 1.0, -1.0]


def test_without_steps_everybody_has_the_intercept(values):
    assert margins(booster_text(COLUMNS, MONOTONE, values, [], -3.25), values).tolist() == [-3.25] * len(values)


def test_a_trial_process_accepts_the_text(values, steps):
    trial_load(booster_text(COLUMNS, MONOTONE, values, steps, -2.0), COLUMNS)
    trial_load(booster_text(COLUMNS, MONOTONE, values, [], -2.0), COLUMNS)


def test_the_text_says_the_declared_constraints(values, steps):
    values_of_x = lgb.Booster(model_str=booster_text(COLUMNS, MONOTONE, values, steps, 0.0)).dump_model()
    assert values_of_x["monotone_constraints"] == MONOTONE


def test_a_blend_is_the_weighted_sum_of_its_parts_and_an_intercept(values, steps):
    rng = np.random.default_rng(5)
    bad = (rng.random(len(values)) < 0.3).astype(float)
    values_of_x = {"objective": "binary", "num_leaves": 4, "monotone_constraints": MONOTONE, "verbosity": -1}
    grown = lgb.train(values_of_x, lgb.Dataset(values, bad, feature_name=COLUMNS), 15)
    text = booster_text(COLUMNS, MONOTONE, values, steps, -2.0)
    both = lgb.Booster(model_str=blended([(grown.model_to_string(), 0.3), (text, 0.7)], 0.25))
    expected = 0.25 + 0.3 * grown.predict(values, raw_score=True) + 0.7 * margins(text, values)
    assert both.predict(values, raw_score=True) == pytest.approx(expected, abs=1e-12)
    assert both.num_trees() == 15 + 3
    assert both.predict(values, pred_contrib=True).sum(axis=1) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    edges=st.lists(st.integers(-40, 40), unique=True, max_size=6),
    levels=st.lists(st.floats(-5, 5), min_size=7, max_size=7),
    missing=st.floats(-5, 5),
    seed=st.integers(0, 100),
)
def test_any_step_function_is_read_back_as_it_was_meant(edges, levels, missing, seed):
    values_of_x = np.random.default_rng(seed).integers(-50, 50, 60).astype(float)
    values_of_x[::7] = np.nan
    cuts = sorted(edge / 4 for edge in edges)
    step = Steps.of("a", cuts, levels[: len(cuts) + 1], missing, values_of_x)
    rows = np.column_stack([values_of_x, values_of_x, values_of_x])
    assert np.array_equal(margins(booster_text(COLUMNS, [0, 0, 0], rows, [step], 0.0), rows), step.at(values_of_x))
