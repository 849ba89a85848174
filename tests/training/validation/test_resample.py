"""Resampling: whole suppliers, the same draws each time; weighted figures equal those of copied cases."""

import time

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from training.figures import auc, ks
from training.validation.measures.ranked import Ranked
from training.validation.measures.resample import numbered, percentile, supplier_counts


def test_the_same_supplier_has_the_same_number_in_both_samples():
    (now, then), n = numbered(np.array(["b", "a", "c"], dtype=object), np.array(["c", "b"], dtype=object))
    assert n == 3
    assert now[0] == then[1]
    assert now[2] == then[0]
    assert numbered(np.empty(0, dtype=object)) == ([pytest.approx([])], 0)


def test_a_draw_takes_as_many_suppliers_as_there_are_and_is_the_same_again():
    first, again = (np.array(list(supplier_counts(50, draws=400, seed=9))) for _ in range(2))
    assert (first == again).all()
    assert (first.sum(axis=1) == 50).all()
    # Multinomial counts: mean 1, variance 1 - 1/n.
    assert first.mean() == 1
    assert first.var() == pytest.approx(1 - 1 / 50, abs=0.02)


def test_weighted_figures_are_those_of_cases_copied_as_often(draw):
    evidence = draw(300, seed=4, digits=1)  # ties
    (codes,), suppliers = numbered(evidence.supplier)
    ranked = Ranked.of(evidence.bad, evidence.pd, codes)
    for counts in supplier_counts(suppliers, draws=20, seed=2):
        copied = np.repeat(np.arange(evidence.n), counts[codes])
        area, distance = ranked.figures(counts)
        assert area == pytest.approx(auc(evidence.bad[copied], evidence.pd[copied]), abs=1e-12)
        assert area == pytest.approx(metrics.roc_auc_score(evidence.bad[copied], evidence.pd[copied]), abs=1e-12)
        assert distance == pytest.approx(ks(evidence.bad[copied], evidence.pd[copied]), abs=1e-12)


def test_a_draw_without_bads_has_no_figures():
    ranked = Ranked.of(np.array([1.0, 0.0]), np.array([0.5, 0.1]), np.array([0, 1]))
    assert np.isnan(ranked.figures(np.array([0, 2]))).all()


def test_percentile_interval_of_known_draws():
    result = percentile(5.0, np.arange(1001) / 100, suppliers=100, level=0.9)
    assert (result.low, result.high) == (pytest.approx(0.5), pytest.approx(9.5))
    assert result.se == pytest.approx(np.std(np.arange(1001) / 100, ddof=1))


def test_too_few_suppliers_or_too_many_empty_draws_give_no_interval():
    drawn = np.linspace(0, 1, 100)
    assert percentile(0.5, drawn, suppliers=19).low is None
    assert percentile(0.5, drawn, suppliers=20).low is not None
    assert percentile(0.5, np.where(drawn < 0.2, np.nan, drawn), suppliers=100).low is None
    assert percentile(None, [], suppliers=100).low is None


def test_the_interval_over_suppliers_covers_the_truth_where_independence_does_not():
    """Ten cases a supplier that share their outcome and their score: the true AUC is that of two normals."""
    rng = np.random.default_rng(6)
    true = stats.norm.cdf(1 / np.sqrt(2))
    covered = 0
    for _ in range(120):
        bad = np.repeat((np.arange(80) < 25).astype(float), 10)
        risk = np.repeat(rng.normal(size=80), 10) + bad
        codes = np.repeat(np.arange(80), 10)
        ranked = Ranked.of(bad, risk, codes)
        drawn = [ranked.figures(counts)[0] for counts in supplier_counts(80, draws=150, seed=1)]
        result = percentile(auc(bad, risk), drawn, suppliers=80)
        covered += result.low <= true <= result.high
    assert 0.8 <= covered / 120 <= 0.97


def test_five_hundred_draws_of_twenty_thousand_cases_take_a_few_seconds(draw):
    evidence = draw(20_000, each=3)
    (codes,), suppliers = numbered(evidence.supplier)
    ranked = Ranked.of(evidence.bad, evidence.pd, codes)
    started = time.process_time()  # of this process: a busy machine does not count
    for counts in supplier_counts(suppliers, draws=500):
        ranked.figures(counts)
    assert time.process_time() - started < 8
