"""The study: contenders judged out of fold, one proposed by written rules."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from tests.training.learning.samples import drawn
from training.calibrate import platt
from training.evidence.too_few_cases import cannot_conclude
from training.figures import auc
from training.learning import contenders as ways
from training.learning import fit
from training.learning.comparison import compare
from training.learning.folds import CASES_MAX, FEW, FOLDS, compared, few, judging
from training.learning.length import grown
from training.learning.proposal import propose
from training.learning.study import out_of_fold
from training.learning.tuning import Budget, tune

SMALL = fit.Shape(depth=3, leaves=8, rate=0.1, trees=40)


def judged(sample, shape=SMALL):
    """The serving contenders, without those of declared weights: made-up columns have none."""
    return compare(sample, ways.serving(ways.contenders(sample, shape, "loan")))


@pytest.fixture(scope="module")
def many():
    return drawn(n=3000)


@pytest.fixture(scope="module")
def scarce():
    return drawn(n=400, level=-2.5)


def test_folds_of_many_bads_are_judged_on_the_latest_cases_of_other_suppliers(many):
    folds = judging(many)
    assert not few(many)
    assert len(folds) == FOLDS
    supplier = np.array(many.supplier)
    for fold in folds:
        assert not set(supplier[fold.learned]) & set(supplier[fold.judged])
        assert many.as_of[fold.judged].min() > np.median(many.as_of.astype(np.int64)).astype("datetime64[us]")


def test_where_bads_are_few_every_case_is_judged_several_times(scarce):
    times = np.sum([f.judged for f in judging(scarce)], axis=0)
    assert few(scarce)
    assert min(scarce.bad.sum(), len(scarce.bad) - scarce.bad.sum()) < FEW
    assert (times >= 2).all()


def test_bads_that_all_lie_late_leave_folds_that_teach_both_classes(many):
    late = many.as_of >= np.quantile(many.as_of.astype(np.int64), 0.7).astype("datetime64[us]")
    turned = replace(many, bad=many.bad * late)
    for fold in judging(turned):
        assert turned.bad[fold.learned].sum() > 0


def test_what_is_compared_on_is_whole_suppliers_and_the_same_each_time(many):
    assert compared(many) is many
    huge = replace(
        many,
        values=np.zeros((CASES_MAX + 1, 1)),
        bad=np.zeros(CASES_MAX + 1),
        weight=np.ones(CASES_MAX + 1),
        as_of=np.full(CASES_MAX + 1, np.datetime64("2024-01-01", "us")),
        supplier=[f"s{i % 9000}" for i in range(CASES_MAX + 1)],
    )
    huge.bad[:30_000] = 1.0
    part = compared(huge)
    assert len(part.bad) <= CASES_MAX + 100
    assert set(part.supplier) == set(compared(huge).supplier)
    suppliers = set(part.supplier)
    assert sum(s in suppliers for s in huge.supplier) == len(part.supplier)


def test_every_contender_is_judged_on_the_same_cases(many):
    comparison = judged(many)
    assert set(comparison.judged) == {"constant", "one_feature", "woe", "lightgbm"}
    for one in comparison.judged.values():
        assert np.isfinite(one.margins[:, comparison.rows]).all()
    assert comparison.behind("lightgbm", "lightgbm") == (0.0, 0.0)
    assert comparison.behind("constant", "lightgbm")[0] > 0


def test_rivals_that_cannot_be_served_are_judged_too(scarce):
    names = {c.name for c in ways.contenders(scarce, SMALL, "loan") if not c.serves}
    assert {"unconstrained", "histogram_boosting"} <= names


def test_the_declared_scorecard_and_its_blend_contend_where_they_have_columns(scarce):
    named = replace(scarce, columns=["late_delivery_rate_365d", "turnover_trend", *scarce.columns[2:]])
    by_name = {c.name: c for c in ways.contenders(named, SMALL, "loan")}
    assert list(by_name)[:2] == ["constant", "expert"]
    fitted = by_name["blend"].learn(named)
    margins = fit.lgb.Booster(model_str=fitted.text()).predict(named.values, raw_score=True)
    assert margins == pytest.approx(fitted.margin(named.values), abs=1e-12)


def test_where_columns_tell_nothing_the_constant_is_proposed(many):
    rng = np.random.default_rng(4)
    silent = replace(many, values=rng.normal(size=many.values.shape))
    proposal = propose(judged(silent))
    assert (proposal.name, proposal.rule) == ("constant", 4)
    assert proposal.written != "constant"


def test_trees_grow_until_the_slope_out_of_fold_is_within_noise_of_1(many):
    """Trees that are far too slow do not stop early: their slope would be well above 1."""
    slow = fit.Shape(depth=3, leaves=8, rate=0.02, trees=1)
    size = replace(grown(many, slow).shape)
    margins = out_of_fold(many, lambda sample: ways.Fitted(_margin_of(fit.fit(sample, size))))
    slope = platt(margins, many.bad, many.weight, many.supplier)
    assert slope.free_slope - 1.645 * slope.free_se < 1.05


def _margin_of(booster):
    return lambda values: fit.margin(booster, values)


def test_where_bads_are_few_trees_are_counted_on_what_they_learn_from_alone(scarce, monkeypatch):
    seen = []
    real = ways.length.grown
    monkeypatch.setattr(ways.length, "grown", lambda sample, shape: seen.append(len(sample.bad)) or real(sample, shape))
    compare(scarce, [c for c in ways.contenders(scarce, SMALL, "loan") if c.name == "lightgbm"])
    assert seen == [int(f.learned.sum()) for f in judging(scarce)]


def test_it_is_said_what_few_cases_do_not_allow_to_conclude():
    assert cannot_conclude(5000, 50_000, 2000, 20_000) == []
    sentences = cannot_conclude(27, 93, 9, 30)
    assert len(sentences) == 2
    assert "27 bads" in sentences[0]["en"]
    assert all(s["zh"] for s in sentences)


def test_every_out_of_fold_margin_comes_from_a_scorecard_that_never_saw_the_supplier(many):
    """A column unique to each supplier is predictive in sample and worthless out of fold."""
    rng = np.random.default_rng(1)
    secret = {s: rng.random() for s in sorted(set(many.supplier))}
    bad = np.array([float(secret[s] < 0.2) for s in many.supplier])
    values = np.array([[int(hashlib.sha256(s.encode()).hexdigest()[:6], 16) / 16**6] for s in many.supplier])
    memorable = replace(many, values=values, bad=bad, columns=["secret"], monotone=[0])

    def learn(sample):
        return ways.Fitted(_margin_of(fit.fit(sample, replace(SMALL, trees=80))))

    margins = out_of_fold(memorable, learn)
    assert np.isfinite(margins).all()
    assert auc(bad, learn(memorable).margin(values)) > 0.7
    assert 0.35 < auc(bad, margins) < 0.65


def test_tuning_gives_at_least_three_hundred_small_trees(many):
    tuned = tune(many, Budget(trials=2))
    assert tuned.shape.trees >= 300
    assert tuned.shape.rate <= fit.RATE_TRIED
    assert (tuned.trials, tuned.stopped) == (2, False)


@pytest.mark.slow
def test_optuna_looks_further_and_the_same_trials_give_the_same_shape(many):
    sentences = []
    once, again = (tune(many, Budget(trials=5), sentences.append) for _ in range(2))
    assert once == again
    assert once.trials == 5
    assert once.best <= once.loss
    assert any(line.startswith("trial 5") for line in sentences)


def test_a_search_that_ran_out_of_time_is_recorded(many):
    tuned = tune(many, Budget(trials=50, seconds=0.0))
    assert (tuned.stopped, tuned.trials) == (True, 2)
