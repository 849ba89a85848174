"""Goodness of fit: by hand, by simulation, and by the identities that the scores obey."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from training.figures import brier
from training.validation.statistics import goodness

CASES = st.integers(1, 200).flatmap(
    lambda n: st.tuples(st.integers(0, 2**32 - 1), st.just(n), st.sampled_from([1, 2, 6]))
)


def cases(seed, n, digits):
    rng = np.random.default_rng(seed)
    pd = np.round(rng.beta(1, 4, n), digits)
    return (rng.random(n) < pd).astype(float), pd


@pytest.fixture
def by_hand():
    """Ten groups of 100 cases, PDs 0.05 to 0.50, with so many bads."""
    pd = np.repeat(np.arange(1, 11) * 0.05, 100)
    bads = [7, 8, 15, 25, 22, 30, 41, 33, 46, 55]
    return np.concatenate([np.arange(100) < b for b in bads]).astype(float), pd, bads


def test_hosmer_lemeshow_of_ten_groups_worked_by_hand(by_hand):
    bad, pd, bads = by_hand
    expected = [5, 10, 15, 20, 25, 30, 35, 40, 45, 50]
    chi = sum((o - e) ** 2 / (e * (1 - e / 100)) for o, e in zip(bads, expected, strict=True))
    assert chi == pytest.approx(7.9935, abs=5e-5)
    result = goodness.hosmer_lemeshow(bad, pd)
    assert result["statistic"] == pytest.approx(chi, rel=1e-12)
    assert (result["df"], result["least_expected"]) == (10, pytest.approx(5))
    assert result["p_value"] == pytest.approx(stats.chi2.sf(chi, 10), rel=1e-12)


def test_hosmer_lemeshow_is_pearsons_chi_square_of_goods_and_bads(by_hand):
    """(O - E)^2 / (E (1 - E/n)) is the sum of Pearson's two terms, for bads and for goods."""
    bad, pd, bads = by_hand
    observed, expected = np.array(bads), np.arange(1, 11) * 5.0
    pearson = ((observed - expected) ** 2 / expected + (observed - expected) ** 2 / (100 - expected)).sum()
    assert goodness.hosmer_lemeshow(bad, pd)["statistic"] == pytest.approx(pearson)


def test_hosmer_lemeshow_follows_chi_square_with_as_many_degrees_as_groups():
    """Nothing was fitted on the cases; with two degrees less it would reject twice as often as it says."""
    rng = np.random.default_rng(4)
    result = []
    for _ in range(300):
        pd = rng.uniform(0.03, 0.4, 800)
        result.append(goodness.hosmer_lemeshow((rng.random(800) < pd).astype(float), pd))
    assert np.mean([f["statistic"] for f in result]) == pytest.approx(10, abs=0.8)
    assert np.mean([f["p_value"] < 0.1 for f in result]) == pytest.approx(0.1, abs=0.05)


def test_small_expected_counts_give_no_p_value():
    pd = np.linspace(0.001, 0.02, 500)
    result = goodness.hosmer_lemeshow(np.zeros(500), pd)
    assert result["least_expected"] < 1
    assert (result["statistic"] > 0, result["p_value"]) == (True, None)
    assert goodness.hosmer_lemeshow(np.zeros(9), np.full(9, 0.3))["df"] == 1
    assert goodness.hosmer_lemeshow(np.zeros(0), np.zeros(0)) == {
        "statistic": None,
        "df": 0,
        "p_value": None,
        "least_expected": None,
    }
    assert goodness.hosmer_lemeshow(np.zeros(3), np.zeros(3))["statistic"] is None


def test_spiegelhalters_z_is_standard_normal_if_the_probabilities_are_right():
    rng = np.random.default_rng(12)
    z = []
    for _ in range(400):
        pd = rng.beta(2, 12, 500)
        z.append(goodness.spiegelhalter((rng.random(500) < pd).astype(float), pd)["z"])
    assert stats.kstest(z, "norm").pvalue > 0.01
    assert np.std(z) == pytest.approx(1, abs=0.1)


def test_spiegelhalters_z_is_the_brier_score_less_its_expectation_over_its_error():
    """Spiegelhalter's first form of it: E(B) = mean p(1-p), Var(B) = sum (1-2p)^2 p(1-p) / n^2."""
    bad, pd = cases(5, 700, 6)
    expectation = (pd * (1 - pd)).mean()
    error = np.sqrt(((1 - 2 * pd) ** 2 * pd * (1 - pd)).sum()) / len(pd)
    assert goodness.spiegelhalter(bad, pd)["z"] == pytest.approx((brier(bad, pd) - expectation) / error, rel=1e-9)


def test_spiegelhalter_says_nothing_of_cases_that_cannot_vary():
    nothing = {"z": None, "p_value": None}
    assert goodness.spiegelhalter(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == nothing
    assert goodness.spiegelhalter(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == nothing
    assert goodness.spiegelhalter(np.zeros(0), np.zeros(0)) == nothing
    assert goodness.spiegelhalter(np.zeros(1), np.array([0.1]))["p_value"] is None


@settings(deadline=None)
@given(CASES)
def test_murphys_parts_add_up_and_the_rest_is_what_grouping_leaves_over(drawn):
    """Stephenson, Coelho and Jolliffe: the rest is the spread of PDs within groups less twice their covariance."""
    bad, pd = cases(*drawn)
    result = goodness.brier_parts(bad, pd)
    place = goodness.tenths(pd)
    rest = 0.0
    for group in np.unique(place):
        rows = place == group
        p, y = pd[rows] - pd[rows].mean(), bad[rows] - bad[rows].mean()
        rest += (p * p - 2 * p * y).sum() / len(bad)
    assert result["within"] == pytest.approx(rest, abs=1e-12)
    assert result["value"] == pytest.approx(brier(bad, pd), abs=1e-15)
    assert result["reliability"] >= 0
    assert 0 <= result["resolution"] <= result["uncertainty"] + 1e-12
    assert result["uncertainty"] <= 0.25


def test_with_one_pd_a_group_murphys_three_terms_are_the_whole(by_hand):
    bad, pd, _ = by_hand
    result = goodness.brier_parts(bad, pd)
    assert result["within"] == pytest.approx(0, abs=1e-15)
    assert result["value"] == pytest.approx(result["reliability"] - result["resolution"] + result["uncertainty"])
    assert result["reliability"] == pytest.approx(np.mean([4, 4, 0, 25, 9, 0, 36, 49, 1, 25]) / 1e4)
    assert result["skill"] == pytest.approx(1 - result["value"] / (bad.mean() * (1 - bad.mean())))


def test_the_calibration_error_by_hand_and_by_chance(by_hand):
    bad, pd, _ = by_hand
    assert goodness.calibration_error(bad, pd)["value"] == pytest.approx(np.mean([2, 2, 0, 5, 3, 0, 6, 7, 1, 5]) / 100)
    rng = np.random.default_rng(1)
    result = [goodness.calibration_error((rng.random(1000) < pd).astype(float), pd) for _ in range(300)]
    assert np.mean([f["value"] for f in result]) == pytest.approx(result[0]["by_chance"], rel=0.05)


@settings(deadline=None)
@given(CASES)
def test_tenths_keep_equal_pds_together_and_do_not_depend_on_the_order(drawn):
    _, pd = cases(*drawn)
    place = goodness.tenths(pd)
    assert set(place) == set(range(place.max() + 1))
    assert place.max() < 10
    order = np.random.default_rng(0).permutation(len(pd))
    assert (goodness.tenths(pd[order]) == place[order]).all()
    for value in np.unique(pd):
        assert len(set(place[pd == value])) == 1


def test_a_thousand_different_pds_make_ten_equal_groups_in_order():
    pd = np.random.default_rng(2).permutation(1000) / 1000
    place = goodness.tenths(pd)
    assert np.bincount(place).tolist() == [100] * 10
    assert (place == np.floor(pd * 10)).all()


def test_deciles_hold_everybody_once_and_rise(draw):
    evidence = draw(3000)
    result = goodness.deciles(evidence.bad, evidence.pd)
    assert sum(d["n"] for d in result) == 3000
    assert sum(d["bad"] for d in result) == evidence.bads
    means = [d["mean_pd"] for d in result]
    assert means == sorted(means)
    assert all(d["pd_low"] <= d["mean_pd"] <= d["pd_high"] for d in result)
    top = result[-1]
    assert top["low"] == pytest.approx(stats.beta.ppf(0.05, top["bad"] + 0.5, top["n"] - top["bad"] + 0.5), rel=1e-9)
    assert goodness.deciles(np.zeros(0), np.zeros(0)) == []
