"""Discrimination: intervals that agree where they should and differ where they should, curves, and the drop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from training.validation.measures import curves
from training.validation.parts.discrimination import (
    against_development,
    area_verdict,
    by_supplier,
    discrimination,
    drop_verdict,
    separation,
)


def copied(evidence, times):
    """The same cases several times over, still of the same suppliers."""
    rows = np.repeat(np.arange(evidence.n), times)
    return type(evidence)(
        evidence.bad[rows],
        evidence.pd[rows],
        evidence.margin[rows],
        evidence.points[rows],
        evidence.supplier[rows],
        evidence.as_of[rows],
    )


def test_auc_and_gini_agree_with_scikit_learn(draw):
    evidence = draw(3000)
    result = separation(evidence.bad, evidence.pd)
    area = metrics.roc_auc_score(evidence.bad, evidence.pd)
    assert result["auc"]["value"] == pytest.approx(area, abs=1e-12)
    assert result["gini"]["value"] == pytest.approx(2 * area - 1, abs=1e-12)
    assert result["gini"]["high"] - result["gini"]["low"] == pytest.approx(
        2 * (result["auc"]["high"] - result["auc"]["low"])
    )


def test_delong_agrees_with_the_bootstrap_where_every_supplier_has_one_case(evidence_of, draw):
    evidence = draw(4000, seed=3)
    alone = evidence_of(evidence.bad, evidence.margin)
    delong, bootstrap = separation(alone.bad, alone.pd)["auc"], by_supplier(alone)["auc"]
    assert bootstrap["se"] == pytest.approx(delong["se"], rel=0.1)
    assert bootstrap["low"] == pytest.approx(delong["low"], abs=0.006)
    assert bootstrap["high"] == pytest.approx(delong["high"], abs=0.006)


def test_cases_copied_within_suppliers_teach_delong_and_not_the_bootstrap(draw):
    """Four copies of every case halve DeLong's standard error; nothing new was seen."""
    once = draw(2000, seed=3)
    four = copied(once, 4)
    delong = [separation(e.bad, e.pd)["auc"]["se"] for e in (once, four)]
    clustered = [by_supplier(e, draws=300)["auc"]["se"] for e in (once, four)]
    assert delong[1] == pytest.approx(delong[0] / 2, rel=0.01)
    assert clustered[1] == pytest.approx(clustered[0], rel=1e-9)


def test_nine_bads_are_counted_and_not_judged(evidence_of):
    result = separation(np.arange(200) < 9, np.linspace(0.5, 0.1, 200))
    assert (result["n"], result["bad"], result["auc"]["value"], result["ks"]) == (200, 9, None, None)
    assert separation((np.arange(200) < 10).astype(float), np.linspace(0.5, 0.1, 200))["auc"]["value"] == 1


def test_the_order_of_the_cases_decides_nothing(draw):
    evidence = draw(1500, digits=1)
    shuffled = np.random.default_rng(2).permutation(evidence.n)
    other = type(evidence)(
        *(getattr(evidence, name)[shuffled] for name in ("bad", "pd", "margin", "points")),
        evidence.supplier[shuffled],
        evidence.as_of[shuffled],
    )
    assert by_supplier(evidence, draws=50) == by_supplier(other, draws=50)


def test_vintages_are_quarters_and_hold_everybody(draw):
    evidence = draw(3000)
    result = discrimination(evidence, None, draws=5)["vintages"]
    assert [v["vintage"] for v in result] == ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    assert sum(v["n"] for v in result) == 3000
    assert sum(v["bad"] for v in result) == evidence.bads


def test_two_samples_of_one_kind_do_not_differ_and_a_worse_scorecard_does(draw):
    development, same = draw(4000, seed=1), draw(3000, seed=2)
    assert against_development(same, development)["verdict"] == "good"
    blurred = type(same)(
        same.bad, np.random.default_rng(3).permutation(same.pd), same.margin, same.points, same.supplier, same.as_of
    )
    result = against_development(blurred, development)
    assert result["difference"] < -0.1
    assert result["p_value"] < 1e-6
    assert result["verdict"] == "bad"
    assert result["low"] < result["difference"] < result["high"]


def test_the_independent_error_adds_delongs_variances(draw):
    development, now = draw(3000, seed=1), draw(2000, seed=2)
    result = against_development(now, development, draws=200)
    squared = [separation(e.bad, e.pd)["auc"]["se"] ** 2 for e in (development, now)]
    assert result["se_independent"] == pytest.approx(np.sqrt(sum(squared)), rel=1e-12)
    assert result["z"] == pytest.approx(result["difference"] / result["se"])


def test_a_sample_against_itself_differs_by_nothing_and_without_error(draw):
    """All suppliers are shared, so that whatever is drawn, the difference is 0."""
    evidence = draw(1000)
    result = against_development(evidence, evidence, draws=50)
    assert (result["difference"], result["verdict"]) == (0, "good")


def test_without_development_the_drop_is_not_evaluable(draw):
    assert against_development(draw(500), None)["verdict"] == "not evaluable"
    assert against_development(draw(500), draw(20, seed=2))["p_value"] is None


@pytest.mark.parametrize(
    ("difference", "se", "p_value", "verdict"),
    [
        (-0.06, 0.01, 0.001, "bad"),
        (-0.03, 0.01, 0.003, "watch"),
        (-0.01, 0.003, 0.001, "good"),
        (-0.04, 0.03, 0.2, "good"),
        (-0.04, 0.06, 0.5, "not evaluable"),
        (0.04, 0.06, 0.5, "good"),
        (0.1, 0.01, 0.001, "good"),
    ],
)
def test_a_drop_counts_where_chance_does_not_explain_it(difference, se, p_value, verdict):
    assert drop_verdict(difference, se, p_value) == verdict


@pytest.mark.parametrize(
    ("value", "low", "verdict"),
    [
        (0.75, 0.7, "good"),
        (0.69, 0.6, "watch"),
        (0.59, 0.55, "bad"),
        (0.65, 0.49, "bad"),
        (None, None, "not evaluable"),
    ],
)
def test_an_auc_that_may_be_chance_is_bad_however_high(value, low, verdict):
    assert area_verdict({"value": value, "low": 0.9}, {"low": low}) == verdict


def test_without_an_interval_over_suppliers_the_auc_is_not_evaluable():
    assert area_verdict({"value": 0.8, "low": 0.75}, {"low": None}) == "not evaluable"


def test_the_roc_curve_encloses_the_auc(draw):
    evidence = draw(5000, digits=2)
    result = curves.roc(evidence.bad, evidence.pd)
    assert len(result["goods"]) <= 200
    assert (result["goods"][0], result["bads"][0], result["goods"][-1], result["bads"][-1]) == (0, 0, 1, 1)
    enclosed = np.trapezoid(result["bads"], result["goods"])
    assert enclosed == pytest.approx(metrics.roc_auc_score(evidence.bad, evidence.pd), abs=2e-4)


def test_the_ks_curve_holds_the_widest_place(draw):
    evidence = draw(5000)
    result = curves.ks_curve(evidence)
    at = result["points"].index(result["widest_at"])
    assert result["bads"][at] - result["goods"][at] == pytest.approx(separation(evidence.bad, evidence.pd)["ks"])
    assert len(result["points"]) < 200
    assert result["points"] == sorted(result["points"])


def test_the_histogram_counts_everybody_once_beyond_its_edges_too(evidence_of):
    evidence = evidence_of([0, 1, 0, 1, 0], [-30, 30, -2.5, -2.5, -4])
    result = curves.histogram(evidence)
    assert len(result["edges"]) == len(result["goods"]) + 1 == len(result["bads"]) + 1
    assert (sum(result["goods"]), sum(result["bads"])) == (3, 2)
    assert (result["goods"][-1], result["bads"][0]) == (1, 1)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(0, 2))
def test_curves_stay_within_nought_and_one_and_rise(seed, n, digits):
    rng = np.random.default_rng(seed)
    result = curves.roc((rng.random(n) < 0.3).astype(float), np.round(rng.random(n), digits))
    for axis in result.values():
        assert axis == sorted(axis)
        assert not axis or (axis[0], axis[-1]) == (0, 1)


@pytest.mark.parametrize(("n", "keep"), [(3, 1), (199, 7), (200, 123), (5000, 4321)])
def test_thinning_keeps_the_ends_and_the_place_to_keep(n, keep):
    places = curves.thinned(n, keep=keep)
    assert len(places) <= 199
    assert {0, keep, n - 1} <= set(places.tolist())
