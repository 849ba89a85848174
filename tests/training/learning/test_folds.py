"""The folds that contenders are judged on: the limit of few bads, the judged cases, and folds with one class."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.learning.samples import drawn
from training.learning.folds import FEW, FOLDS, LATE_SHARE, REPEATS, compared, few, judging


def of(bads, goods, *, late=False):
    """A sample of so many of each class; `late` puts every bad into the last tenth of the time."""
    n = bads + goods
    sample = drawn(n=n)
    bad = np.zeros(n)
    order = np.argsort(sample.as_of, kind="stable") if late else np.random.default_rng(1).permutation(n)
    bad[order[n - bads :]] = 1.0
    return replace(sample, bad=bad, supplier=[f"s{i}" for i in range(n)])


@pytest.mark.parametrize(("bads", "goods"), [(FEW, 900), (900, FEW), (FEW, FEW)])
def test_two_hundred_of_the_rarer_class_are_not_few(bads, goods):
    assert not few(of(bads, goods))


@pytest.mark.parametrize(("bads", "goods"), [(FEW - 1, 900), (900, FEW - 1), (10, 10)])
def test_one_less_is_few_be_it_of_bads_or_of_goods(bads, goods):
    assert few(of(bads, goods))


def test_bads_of_one_supplier_are_few_however_many():
    sample = of(FEW + 100, 900)
    one = replace(sample, supplier=["big" if b else s for b, s in zip(sample.bad, sample.supplier, strict=True)])
    assert few(one)


def test_a_part_to_compare_on_keeps_every_supplier_with_a_bad_and_stands_for_the_whole():
    """A million cases with a thousand bads left about sixty of them before."""
    n, bads = 200_000, 400
    sample = replace(
        drawn(n=300),
        values=np.zeros((n, 1)),
        bad=(np.arange(n) < bads).astype(float),
        weight=np.ones(n),
        as_of=np.full(n, np.datetime64("2024-03-01", "us")),
        supplier=[f"s{i % 120_000}" for i in range(n)],
    )
    part = compared(sample)
    assert part.bad.sum() == bads
    assert len(part.bad) < 0.5 * n
    assert np.average(part.bad, weights=part.weight) == pytest.approx(bads / n, rel=0.05)
    assert part.weight.sum() == pytest.approx(n, rel=0.05)


def test_where_bads_are_few_every_case_is_judged_as_often_as_every_other():
    sample = of(FEW - 1, 900)
    folds = judging(sample)
    assert len(folds) == FOLDS * REPEATS
    assert set(np.sum([f.judged for f in folds], axis=0).tolist()) == {REPEATS}


def test_nobody_is_judged_by_what_was_learned_from_the_same_supplier():
    for sample in (of(FEW - 1, 900), of(FEW, 900)):
        supplier = np.array(sample.supplier)
        for fold in judging(sample):
            assert not set(supplier[fold.learned]) & set(supplier[fold.judged])
            assert not (fold.learned & fold.judged).any()


def test_the_repeats_part_the_suppliers_otherwise_each_time():
    sample = of(FEW - 1, 900)
    folds = judging(sample)
    parts = [tuple(np.flatnonzero(f.judged).tolist()) for f in folds]
    assert len(set(parts)) == len(parts)


def test_where_bads_are_many_the_latest_two_fifths_are_judged_and_each_case_once():
    sample = of(FEW, 900)
    times = np.sum([f.judged for f in judging(sample)], axis=0)
    assert set(times.tolist()) <= {0, 1}
    assert sample.as_of[times == 1].min() > sample.as_of[times == 0].max()
    assert times.mean() == pytest.approx(LATE_SHARE, abs=0.01)
    for fold in judging(sample):
        assert sample.as_of[fold.learned].max() > sample.as_of[times == 1].min()


def test_cases_of_one_day_are_judged_together():
    sample = of(FEW, 900)
    days = np.where(sample.as_of < np.datetime64("2023-01-01"), sample.as_of.min(), sample.as_of.max())
    folds = judging(replace(sample, as_of=days))
    for fold in folds:
        assert set(days[fold.learned]) == {days.min(), days.max()}
        assert set(days[fold.judged]) == {days.max()}


def test_bads_that_all_came_late_are_judged_on_the_late_cases():
    folds = judging(of(FEW, 1900, late=True))
    assert len(folds) == FOLDS


def test_a_fold_that_would_teach_one_class_alone_is_left_out():
    """All bads are one supplier's: without it there is no bad to learn from, so it is never judged."""
    sample = of(50, 900)
    one = replace(sample, bad=np.array([float(s == sample.supplier[0]) for s in sample.supplier]))
    folds = judging(one)
    assert folds
    assert not np.any([f.judged[one.bad == 1].any() for f in folds])
    assert all(one.bad[f.learned].sum() > 0 for f in folds)


def test_the_order_of_the_cases_decides_nothing():
    sample = of(FEW - 1, 900)
    turned = np.arange(len(sample.bad))[::-1]
    for fold, again in zip(judging(sample), judging(sample.rows(turned)), strict=True):
        assert np.array_equal(fold.judged[turned], again.judged)
