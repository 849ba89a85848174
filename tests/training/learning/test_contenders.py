"""The contenders that serve: their texts give their margins, explain them exactly and keep the declared directions."""

from dataclasses import replace

import numpy as np
import pytest

from features.declarations.catalogue import column
from models.scorecard.score import ADDITIVE_WITHIN
from models.scorecard.scorecard import Scorecard
from tests.training.learning.samples import drawn
from training.figures import sigmoid
from training.learning import contenders as ways
from training.learning import expert, fit
from training.learning.fit import Sample

pytestmark = pytest.mark.slow  # learns from a market

KINDS = ("constant", "expert", "one_feature", "woe", "blend", "lightgbm")
SMALL = fit.Shape(depth=3, leaves=8, rate=0.1, trees=30)
CASES = 400


def worsened(values, monotone, seed=1):
    """Every row with some signed columns moved the risky way, by little or to an end; nulls stay, and the unsigned."""
    rng = np.random.default_rng(seed)
    span = np.nanmax(values, axis=0) - np.nanmin(values, axis=0)
    step = rng.exponential(size=values.shape) * span * (rng.random(values.shape) < 0.3)
    return values + step * np.asarray(monotone)


def falls(margin, values, monotone):
    """The largest fall of a margin where every change is towards more risk."""
    return float(np.max(margin(values) - margin(worsened(values, monotone))))


@pytest.fixture(scope="module")
def rows(learned):
    """Profiles after the split, and as many made up between them, with more nulls than there are."""
    data = learned.studied.data
    real = data.values[data.split.test][:CASES]
    rng = np.random.default_rng(5)
    mixed = np.column_stack([rng.permutation(column) for column in real.T])
    mixed[rng.random(mixed.shape) < 0.2] = np.nan
    return np.vstack([real, mixed])


def test_every_kind_contends_on_a_real_market_the_simplest_first(learned):
    names = [name for name, one in learned.studied.learned.items() if one.contender.serves]
    assert names == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_its_text_gives_its_margins_and_the_columns_add_up_to_them(learned, rows, kind):
    fitted = learned.studied.learned[kind].fitted
    shares = fit.shares(fitted.text(), rows)
    assert shares.shape == (len(rows), len(learned.studied.data.columns) + 1)
    assert np.abs(shares.sum(axis=1) - fitted.margin(rows)).max() <= ADDITIVE_WITHIN


@pytest.mark.parametrize("kind", KINDS)
def test_base_and_contributions_are_its_points_as_it_serves_them(learned, rows, kind):
    studied = learned.studied
    one = studied.learned[kind]
    calibration = replace(learned.spec.calibration, slope=one.platt.slope, intercept=one.platt.intercept)
    served = Scorecard(replace(learned.spec, calibration=calibration), one.fitted.text())
    base, parts = served.contributions(rows)
    assert np.abs(base + parts.sum(axis=1) - served.points(rows)).max() <= ADDITIVE_WITHIN
    at_median = [np.nan if c.nullable else c.median for c in learned.spec.columns]  # where training saw no null
    assert np.abs(served.pd(rows) - one.pd(np.where(np.isnan(rows), at_median, rows))).max() <= 1e-12
    assert served.monotone_constraints == [c.monotone for c in learned.spec.columns]


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_for_the_worse_lowers_its_risk(learned, rows, kind):
    fitted = learned.studied.learned[kind].fitted
    monotone = [c.monotone for c in learned.studied.data.columns]
    assert falls(lambda values: fit.margin(fit.lgb.Booster(model_str=fitted.text()), values), rows, monotone) <= 1e-12


def test_trees_without_constraints_would_be_found_out(learned, rows):
    """The test above can fail: the unconstrained rival does, on the same pairs."""
    free = learned.studied.learned["unconstrained"].fitted
    assert falls(free.margin, rows, [c.monotone for c in learned.studied.data.columns]) > 0.01


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "constant"])
def test_every_kind_but_the_constant_tells_suppliers_apart(learned, rows, kind):
    assert np.ptp(learned.studied.learned[kind].fitted.margin(rows)) > 0.1


def test_the_constant_says_the_weighted_bad_rate():
    sample = replace(drawn(n=400), weight=np.linspace(0.5, 2, 400))
    constant = ways.contenders(sample, SMALL, "loan")[0]
    rate = (sample.weight * sample.bad).sum() / sample.weight.sum()
    assert sigmoid(constant.learn(sample).margin(sample.values)) == pytest.approx(rate)


def contradicted():
    """Suppliers whose outcomes contradict every declared direction."""
    names = [w.name for w in expert.declared_weights("loan").weights]
    rng = np.random.default_rng(2)
    values = np.round(rng.exponential(size=(1500, len(names))), 2)
    monotone = [column(name).monotone for name in names]
    risk = (values - 1) @ np.asarray(monotone, dtype=float)
    return Sample(
        values=values,
        bad=(rng.random(1500) < sigmoid(-1.5 - risk)).astype(float),
        weight=np.ones(1500),
        as_of=np.full(1500, np.datetime64("2024-01-01", "us")),
        supplier=[f"s{i}" for i in range(1500)],
        columns=names,
        monotone=monotone,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_outcomes_that_contradict_every_declaration_turn_no_scorecard_round(kind):
    """With its own negative slope, the declared weights would be reversed and would reward lateness."""
    sample = contradicted()
    fitted = {c.name: c for c in ways.contenders(sample, SMALL, "loan")}[kind].learn(sample)
    assert falls(fitted.margin, sample.values, sample.monotone) <= 1e-12
    margins = fit.margin(fit.lgb.Booster(model_str=fitted.text()), sample.values)
    assert margins == pytest.approx(fitted.margin(sample.values), abs=1e-9)
