"""Calibration in all: the tests of the whole, the quarters, and the interval over suppliers."""

import numpy as np
import pytest
from scipy import stats

from training.validation.parts.calibration import calibration, fit_verdict, portfolio, vintages


def test_the_portfolios_tests_are_scipys(draw):
    evidence = draw(900, off=0.3)
    result = portfolio(evidence, draws=50)
    n, bad, mean = 900, evidence.bads, evidence.pd.mean()
    assert result["jeffreys_p"] == pytest.approx(stats.beta.cdf(mean, bad + 0.5, n - bad + 0.5), rel=1e-9)
    assert result["binomial_p"] == pytest.approx(stats.binomtest(bad, n, mean, alternative="greater").pvalue, rel=1e-9)
    assert result["ratio"]["value"] == pytest.approx(bad / evidence.pd.sum())


def test_the_interval_over_suppliers_is_jeffreys_where_they_have_one_case_and_wider_where_more(evidence_of, draw):
    evidence = draw(3000, seed=5)
    alone = portfolio(evidence_of(evidence.bad, evidence.margin))
    width = alone["ratio"]["high"] - alone["ratio"]["low"]
    assert alone["ratio_by_supplier"]["high"] - alone["ratio_by_supplier"]["low"] == pytest.approx(width, rel=0.15)
    three = [np.repeat(x, 3) for x in (evidence.bad, evidence.margin, np.arange(3000))]
    many = portfolio(evidence_of(three[0], three[1], supplier=three[2]))
    assert many["ratio"]["high"] - many["ratio"]["low"] == pytest.approx(width, rel=0.05)
    assert many["ratio_by_supplier"]["high"] - many["ratio_by_supplier"]["low"] == pytest.approx(width, rel=0.15)
    assert many["design_effect"] == pytest.approx(3 * alone["design_effect"])


def test_right_probabilities_are_good_and_a_missed_downturn_is_bad(draw):
    right, missed = calibration(draw(6000), draws=30), calibration(draw(6000, off=0.7), draws=30)
    assert (right["portfolio"]["verdict"], right["recalibration"]["verdict"], right["fit_verdict"]) == ("good",) * 3
    assert missed["portfolio"]["verdict"] == "bad"
    assert missed["recalibration"]["in_the_large"]["value"] == pytest.approx(0.7, abs=0.1)
    assert missed["fit_verdict"] == "watch"


def test_vintages_add_up_to_the_whole(draw):
    evidence = draw(2000)
    result = vintages(evidence)
    assert [v["vintage"] for v in result] == ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    assert sum(v["expected"] for v in result) == pytest.approx(evidence.pd.sum())
    assert sum(v["bad"] for v in result) == evidence.bads


def test_tests_of_fit_are_watched_and_never_worse():
    assert fit_verdict(0.5, None) == "good"
    assert fit_verdict(0.5, 1e-9) == "watch"
    assert fit_verdict(None, None) == "not evaluable"
