"""Figures of contenders, grades, and the gates that are decided in training."""

import numpy as np
import pytest
from sklearn import metrics

from models.scorecard.gates import better_than_constant
from training.calibrate import platt
from training.evidence import figures_and_gates


@pytest.fixture
def tested():
    rng = np.random.default_rng(8)
    pd = 1 / (1 + np.exp(-rng.normal(-2, 1, size=3000)))
    return (rng.random(3000) < pd).astype(float), pd


def test_figures_agree_with_scikit_learn(tested):
    bad, pd = tested
    figures = figures_and_gates.figures(bad, pd)
    assert figures["auc"] == pytest.approx(metrics.roc_auc_score(bad, pd), abs=1e-9)
    assert figures["brier"] == pytest.approx(metrics.brier_score_loss(bad, pd), abs=1e-9)
    assert figures["auc_low"] < figures["auc"] < figures["auc_high"]


def test_a_constant_ranks_nobody_and_promotion_compares_with_it(tested):
    bad, pd = tested
    figures = figures_and_gates.contenders(bad, {"model": pd, "constant": np.full(3000, 0.15)})
    assert figures["constant"]["auc"] == 0.5
    gates = better_than_constant({"figures": figures})
    assert gates["auc"].passed
    assert gates["brier"].passed


def test_figures_of_a_test_without_bads_cannot_be_evaluated():
    figures = figures_and_gates.contenders(np.zeros(5), {"model": np.full(5, 0.1), "constant": np.full(5, 0.1)})
    assert figures["model"]["auc"] is None
    assert not better_than_constant({"figures": figures})["auc"].passed
    assert figures_and_gates.figures(np.empty(0), np.empty(0))["n"] == 0


def test_grades_carry_what_was_observed_in_them(tested):
    seen = [g.observed for g in figures_and_gates.grades(*tested) if g.observed]
    assert sum(o.n for o in seen) == 3000
    assert all(o.method == "jeffreys" and o.level == 0.9 and o.low <= o.bad / o.n <= o.high for o in seen)


def group_figures(value, *, sure=False, verdict="holds"):
    return {"ratio": {"value": value}, "sure": sure, "verdict": verdict}


def test_a_group_that_is_off_for_sure_fails_its_gate():
    groups = {"clean_delivery": group_figures(1.9, sure=True, verdict="fails"), "no_loans_history": group_figures(1.0)}
    gate = figures_and_gates.groups_gate({"groups": groups})
    assert not gate.passed
    assert "clean_delivery 1.90" in gate.text


def test_groups_that_hold_or_cannot_be_evaluated_pass():
    groups = {"clean_delivery": group_figures(1.1), "no_loans_history": group_figures(None, verdict="not evaluable")}
    assert figures_and_gates.groups_gate({"groups": groups}).passed
    assert figures_and_gates.groups_gate({"groups": {}}).passed


def test_one_cell_that_differs_between_batch_and_service_fails_the_gate():
    assert figures_and_gates.parity_gate({"cases": 50, "cells": 700, "differing": 0}).passed
    assert not figures_and_gates.parity_gate({"cases": 50, "cells": 700, "differing": 1}).passed


def test_the_slope_gate_fails_where_the_interval_reaches_nought():
    rng = np.random.default_rng(2)
    nothing = figures_and_gates.slope_gate(platt(rng.normal(size=200), (np.arange(200) < 40).astype(float)))
    assert not nothing.passed
    assert "reaches 0" in nothing.text
    margin = rng.normal(size=4000)
    gate = figures_and_gates.slope_gate(platt(margin, (rng.random(4000) < 1 / (1 + np.exp(2 - margin))).astype(float)))
    assert gate.passed
