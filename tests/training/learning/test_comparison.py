"""The comparison of contenders: same cases, same calibration, and a standard error by supplier."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from features.declarations.feature import Text
from tests.training.learning.samples import drawn
from training.calibrate import AS_IT_IS
from training.learning.comparison import Comparison, Judged, compare
from training.learning.contenders import Contender, Fitted
from training.learning.folds import FEW, FOLDS, REPEATS, judging


@dataclass
class Learning:
    """A way of scoring by one column, which records its training samples."""

    column: int = 0
    taught: list = field(default_factory=list)

    def __call__(self, sample):
        self.taught.append(sample)
        return Fitted(lambda values: np.nan_to_num(values[:, self.column]))


def contender(name, learn, **how):
    return Contender(name, Text(name, name), learn, **how)


@pytest.fixture(scope="module")
def scarce():
    sample = drawn(n=900, level=-2.2)
    assert 50 < sample.bad.sum() < FEW
    return sample


def between(losses: Mapping[str, list[float]], supplier):
    """A comparison of losses that are given by margins: of a good, the loss grows with the margin alone."""
    n = len(supplier)
    sample = replace(drawn(n=n), bad=np.zeros(n), supplier=list(supplier))
    judged = {
        name: Judged(contender(name, None), np.log(np.expm1(np.asarray(result)))[None, :], AS_IT_IS, 0.0)
        for name, result in losses.items()
    }
    return Comparison(sample, np.ones(n, dtype=bool), judged)


def test_the_difference_and_its_error_by_hand():
    comparison = between({"a": [1.0, 2.0, 3.0, 2.0], "b": [1.0, 1.0, 1.0, 1.0]}, "stuv")
    assert comparison.behind("a", "b") == pytest.approx((1.0, np.sqrt(2) / 4))
    assert comparison.behind("b", "a") == pytest.approx((-1.0, np.sqrt(2) / 4))


def test_a_supplier_with_many_cases_is_one_witness():
    """Copies of one supplier's cases do not reduce the standard error; cases of other suppliers do."""
    rng = np.random.default_rng(2)
    a, b = rng.uniform(0.5, 2, 40), rng.uniform(0.5, 2, 40)
    once = between({"a": a, "b": b}, [f"s{i}" for i in range(40)])
    copied = {"a": np.tile(a, 4), "b": np.tile(b, 4)}
    same = between(copied, [f"s{i % 40}" for i in range(160)])
    others = between(copied, [f"s{i}" for i in range(160)])
    assert same.behind("a", "b") == pytest.approx(once.behind("a", "b"))
    assert others.behind("a", "b")[1] == pytest.approx(once.behind("a", "b")[1] / 2)


def test_cases_that_were_never_judged_count_for_nothing():
    comparison = between({"a": [1.0, 2.0, 3.0, 9.0], "b": [1.0, 1.0, 1.0, 1.0]}, "stuv")
    first = replace(comparison, rows=np.array([True, True, False, False]))
    assert first.behind("a", "b")[0] == pytest.approx(0.5)
    assert len(first.bad) == 2


def test_every_contender_is_taught_the_same_cases_and_a_rival_once(scarce):
    serves, rival = Learning(), Learning()
    compare(scarce, [contender("serves", serves), contender("rival", rival, serves=False)])
    assert (len(serves.taught), len(rival.taught)) == (FOLDS * REPEATS, FOLDS)
    for one, other in zip(serves.taught, rival.taught, strict=False):
        assert np.array_equal(one.values, other.values, equal_nan=True)
    assert [len(s.bad) for s in serves.taught] == [int(f.learned.sum()) for f in judging(scarce)]


def test_repeats_are_judged_one_by_one_and_not_averaged(scarce):
    """An average of two fits is better than the one fit that is served; each result counts by itself."""
    numbers = iter(range(1, 1 + FOLDS * REPEATS))

    def learn(_):
        number = float(next(numbers))
        return Fitted(lambda values: np.full(len(values), number))

    comparison = compare(scarce, [contender("numbers", learn)])
    result = comparison.judged["numbers"]
    losses = [
        np.logaddexp(0.0, m) - scarce.bad * m
        for repeat in range(REPEATS)
        for m in [result.platt.log_odds(np.array(expected_margins(scarce, repeat)))]
    ]
    assert comparison.losses("numbers") == pytest.approx(np.mean(losses, axis=0))


def expected_margins(sample, repeat):
    margins = np.zeros(len(sample.bad))
    for number, fold in enumerate(judging(sample), start=1):
        if number > FOLDS * repeat and number <= FOLDS * (repeat + 1):
            margins[fold.judged] = number
    return margins


def test_slope_and_level_are_set_for_all_and_of_the_constant_the_level(scarce):
    constant = contender("constant", lambda _: Fitted(lambda v: np.full(len(v), 0.7)), calibrated=False)
    result = compare(scarce, [constant, contender("learned", Learning())])
    for name in ("constant", "learned"):
        assert result.judged[name].pd(result.rows).mean() == pytest.approx(scarce.bad.mean(), abs=0.02)
    assert result.judged["constant"].platt.slope == 1
    assert result.loss("learned") < result.loss("constant")


def test_weights_decide_which_contender_is_ahead():
    """Case by case a is ahead as often as b; the weights say that the cases in which b is ahead are ten times more."""
    comparison = between({"a": [1.0, 2.0, 1.0, 2.0], "b": [2.0, 1.0, 2.0, 1.0]}, "stuv")
    weighted = replace(comparison, sample=replace(comparison.sample, weight=np.array([1.0, 10.0, 1.0, 10.0])))
    assert comparison.behind("a", "b")[0] == pytest.approx(0)
    assert weighted.behind("a", "b")[0] == pytest.approx(9 / 11)


def test_compared_is_what_all_of_them_judged(scarce):
    """One of them gives no margin for some cases: those are left out for all."""
    silent = contender("silent", lambda _: Fitted(lambda v: np.where(np.isnan(v[:, 1]), np.nan, 0.0)), calibrated=False)
    comparison = compare(scarce, [contender("speaks", Learning()), silent])
    known = ~np.isnan(scarce.values[:, 1])
    assert np.array_equal(comparison.rows, known)
    assert len(comparison.losses("speaks")) == known.sum() < len(scarce.bad)


def test_what_tells_good_from_bad_is_ahead_of_what_does_not_by_more_than_chance(scarce):
    comparison = compare(scarce, [contender("noise", Learning(column=7)), contender("signal", Learning(column=0))])
    gap, se = comparison.behind("noise", "signal")
    assert gap > 2 * se > 0
