"""The weight-of-evidence scorecard: coarse bins in the declared direction, few columns, signs as declared."""

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from tests.training.learning.samples import drawn
from training.figures import auc
from training.learning.woe import BADS_PER_COLUMN, bins, woe


@pytest.fixture(scope="module")
def sample():
    return drawn(n=2400)


def test_it_finds_the_columns_that_tell_good_from_bad(sample):
    assert {0, 1} <= {b.column for b in woe(sample).bins}
    assert auc(sample.bad, woe(sample).margin(sample.values)) > 0.7


def test_the_evidence_of_a_signed_column_goes_the_declared_way(sample):
    assert np.all(np.diff(bins(sample, 0).evidence) >= 0)
    assert np.all(np.diff(bins(sample, 1).evidence) <= 0)


def test_a_column_that_runs_against_its_declaration_says_nothing(sample):
    turned = replace(sample, monotone=[-1, 1] + [0] * 6)
    assert bins(turned, 0).edges == ()
    assert bins(turned, 0).evidence == pytest.approx((0.0,), abs=0.2)


def test_a_null_has_evidence_of_its_own(sample):
    values = sample.values.copy()
    values[:, 3] = np.where(sample.bad == 1, np.nan, 0.0)
    assert bins(replace(sample, values=values), 3).missing > 3


def test_a_bin_of_few_cases_says_little(sample):
    few = sample.rows(np.arange(len(sample.bad)) < 40)
    assert max(map(abs, bins(few, 4).evidence)) < 1.5


def test_few_bads_allow_few_columns(sample):
    few = sample.rows(np.arange(len(sample.bad)) < 120)
    assert len(woe(few).bins) <= max(1, few.bad.sum() // BADS_PER_COLUMN)


def test_coefficients_are_never_negative(sample):
    assert min(woe(sample).coefficients) >= 0


def test_its_text_gives_its_margins_under_the_declared_constraints(sample):
    fitted = woe(sample)
    booster = lgb.Booster(model_str=fitted.text(sample))
    assert booster.predict(sample.values, raw_score=True) == pytest.approx(fitted.margin(sample.values), abs=1e-12)
    sweep = np.tile(sample.values[:50], (60, 1, 1)).reshape(-1, 8)
    for column, sign in ((0, 1), (1, -1)):
        swept = sweep.copy()
        swept[:, column] = np.repeat(np.linspace(-4, 4, 60), 50)
        assert (np.diff(booster.predict(swept, raw_score=True).reshape(60, 50), axis=0) * sign >= -1e-12).all()


def test_columns_that_say_the_same_are_taken_once(sample):
    twice = replace(
        sample,
        values=np.column_stack([sample.values, sample.values[:, 0]]),
        columns=[*sample.columns, "again"],
        monotone=[*sample.monotone, 1],
    )
    assert {0, 8} - {b.column for b in woe(twice).bins}


def test_a_sample_without_any_evidence_gives_the_bad_rate():
    rng = np.random.default_rng(0)
    silent = replace(drawn(n=400), values=np.full((400, 8), 1.0), bad=(rng.random(400) < 0.2).astype(float))
    fitted = woe(silent)
    assert fitted.bins == ()
    assert fitted.margin(silent.values) == pytest.approx(np.log(silent.bad.mean() / (1 - silent.bad.mean())), abs=1e-4)
