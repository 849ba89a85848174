"""Figures against published numbers and independent implementations."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from training import figures


@pytest.fixture
def drawn():
    rng = np.random.default_rng(3)
    risk = np.round(rng.normal(size=900), 1)  # rounding makes ties
    bad = (rng.random(900) < 1 / (1 + np.exp(2 - risk))).astype(int)
    return bad, risk


def test_auc_agrees_with_scikit_learn_in_the_presence_of_ties(drawn):
    bad, risk = drawn
    assert figures.auc(bad, risk) == pytest.approx(metrics.roc_auc_score(bad, risk), abs=1e-12)


def test_auc_of_a_sample_without_bads_is_not_evaluable():
    assert figures.auc([0, 0], [0.1, 0.2]) is None
    assert figures.auc_interval([0, 0], [0.1, 0.2]).low is None


def test_delongs_standard_error_equals_the_placement_values_written_out(drawn):
    """DeLong's structural components by their definition: all pairs, one by one."""
    bad, risk = drawn
    x, y = risk[bad == 1], risk[bad == 0]
    pairs = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    variance = pairs.mean(axis=1).var(ddof=1) / len(x) + pairs.mean(axis=0).var(ddof=1) / len(y)
    interval = figures.auc_interval(bad, risk)
    assert interval.se == pytest.approx(np.sqrt(variance), rel=1e-12)
    assert interval.high - interval.value == pytest.approx(1.6448536269514722 * np.sqrt(variance), rel=1e-9)


def test_delongs_interval_covers_the_true_auc_about_nine_times_in_ten():
    rng = np.random.default_rng(11)
    true = stats.norm.cdf(1 / np.sqrt(2))  # bads one standard deviation riskier
    covered = 0
    for _ in range(300):
        risk = np.concatenate([rng.normal(1, 1, 60), rng.normal(0, 1, 240)])
        interval = figures.auc_interval([1] * 60 + [0] * 240, risk)
        covered += interval.low <= true <= interval.high
    assert 0.85 <= covered / 300 <= 0.95


def test_ks_agrees_with_scipys_two_sample_statistic(drawn):
    bad, risk = drawn
    assert figures.ks(bad, risk) == pytest.approx(stats.ks_2samp(risk[bad == 1], risk[bad == 0]).statistic, abs=1e-12)


def test_brier_and_log_loss_agree_with_scikit_learn(drawn):
    bad, risk = drawn
    pd = figures.sigmoid(risk - 2)
    assert figures.brier(bad, pd) == pytest.approx(metrics.brier_score_loss(bad, pd), abs=1e-12)
    assert figures.log_loss(bad, risk - 2) == pytest.approx(metrics.log_loss(bad, pd), abs=1e-12)


def test_psi_of_equal_distributions_is_zero_and_of_a_doubled_bin_as_computed_by_hand():
    assert figures.psi([0.2, 0.8], [0.2, 0.8]) == 0
    assert figures.psi([0.1, 0.9], [0.2, 0.8]) == pytest.approx(0.1 * np.log(2) - 0.1 * np.log(0.8 / 0.9))


def test_psi_counts_a_bin_that_became_empty_and_one_that_was_empty():
    assert figures.psi([0.5, 0.3, 0.2, 0.0], [0.5, 0.3, 0.0, 0.2]) > 1
    assert figures.psi([0.5, 0.3, 0.2], [0.6, 0.4, 0.0]) > 0.25


def test_expected_auc_is_the_mean_of_aucs_over_drawn_outcomes():
    rng = np.random.default_rng(5)
    truth = rng.beta(1, 6, 400)
    risk = np.round(truth + rng.normal(0, 0.1, 400), 2)
    drawn = [figures.auc(rng.random(400) < truth, risk) for _ in range(400)]
    assert figures.expected_auc(risk, truth) == pytest.approx(np.mean(drawn), abs=0.004)


def test_figures_are_written_with_ten_significant_digits():
    assert figures.rounded({"a": [1 / 3, np.float64(2e-9) / 3, True, None, np.int64(4)]}) == {
        "a": [0.3333333333, 6.666666667e-10, True, None, 4]
    }
