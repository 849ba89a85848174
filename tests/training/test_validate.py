"""Validation: figures beside rivals, by decile, by grade, by quarter; the gate on the slope."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from models.gates import better_than_constant
from training import validate
from training.calibrate import platt


@pytest.fixture
def tested():
    rng = np.random.default_rng(8)
    margin = rng.normal(-2, 1, size=3000)
    pd = 1 / (1 + np.exp(-margin))
    bad = (rng.random(3000) < pd).astype(float)
    as_of = np.datetime64("2024-01-15", "us") + rng.integers(0, 180, 3000) * np.timedelta64(1, "D")
    return validate.Tested(bad, pd, 0.15, np.full(3000, 0.2), as_of, {"suppliers_never_seen": margin > -2})


def test_figures_agree_with_scikit_learn(tested):
    found = validate.figures(tested.bad, tested.pd)
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(tested.bad, tested.pd), abs=1e-9)
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(tested.bad, tested.pd), abs=1e-9)
    assert found["auc_low"] < found["auc"] < found["auc_high"]


def test_a_constant_ranks_nobody_and_promotion_compares_with_it(tested):
    found = validate.contenders(tested)
    assert found["constant"]["auc"] == 0.5
    gates = better_than_constant({"figures": found})
    assert gates["auc"].passed
    assert gates["brier"].passed


def test_figures_of_a_test_without_bads_cannot_be_evaluated():
    found = validate.contenders(
        validate.Tested(np.zeros(5), np.full(5, 0.1), 0.1, np.full(5, 0.1), np.full(5, np.datetime64("2024-01-01")), {})
    )
    assert found["model"]["auc"] is None
    assert not better_than_constant({"figures": found})["auc"].passed
    assert validate.figures(np.empty(0), np.empty(0))["n"] == 0


def test_deciles_hold_everybody_once_and_rise(tested):
    found = validate.deciles(tested.bad, tested.pd)
    assert sum(d["n"] for d in found) == 3000
    assert sum(d["bad"] for d in found) == tested.bad.sum()
    assert [d["mean_pd"] for d in found] == sorted(d["mean_pd"] for d in found)
    top = found[-1]
    assert top["low"] == pytest.approx(stats.beta.ppf(0.05, top["bad"] + 0.5, top["n"] - top["bad"] + 0.5), rel=1e-9)


def test_grades_carry_what_was_observed_in_them(tested):
    seen = [g.observed for g in validate.grades(tested.bad, tested.pd) if g.observed]
    assert sum(o.n for o in seen) == 3000
    assert all(o.method == "jeffreys" and o.level == 0.9 and o.low <= o.bad / o.n <= o.high for o in seen)


def test_quarters_are_named_and_complete(tested):
    found = validate.quarters(tested.bad, tested.pd, tested.as_of)
    assert [q["quarter"] for q in found] == ["2024Q1", "2024Q2", "2024Q3"]
    assert sum(q["n"] for q in found) == 3000


def test_the_slope_gate_fails_where_the_interval_reaches_nought():
    rng = np.random.default_rng(2)
    nothing = validate.slope_gate(platt(rng.normal(size=200), (np.arange(200) < 40).astype(float)))
    assert not nothing.passed
    assert "reaches 0" in nothing.text
    margin = rng.normal(size=4000)
    told = validate.slope_gate(platt(margin, (rng.random(4000) < 1 / (1 + np.exp(2 - margin))).astype(float)))
    assert told.passed
