"""Champion and challenger on cases drawn from a known truth."""

import numpy as np
import pytest

from training.evidence.challenge import challenge
from training.figures import sigmoid

N = 3_000


@pytest.fixture(scope="module")
def market():
    """Outcomes, suppliers of three cases each, and the true log-odds behind them."""
    rng = np.random.default_rng(5)
    truth = rng.normal(-2.5, 1.2, N)
    return (rng.random(N) < sigmoid(truth)).astype(float), np.array([f"s{i // 3}" for i in range(N)]), truth


def test_a_challenger_that_knows_more_wins(market):
    bad, supplier, truth = market
    blurred = sigmoid(truth + np.random.default_rng(6).normal(0, 1.5, N))
    result = challenge(bad, supplier, champion=blurred, challenger=sigmoid(truth))
    assert result.winner == "challenger"
    assert result.loss.high < 0 < result.auc.low
    back = challenge(bad, supplier, champion=sigmoid(truth), challenger=blurred)
    assert back.winner == "champion"
    assert back.loss.value == pytest.approx(-result.loss.value)


def test_the_same_scorecard_is_no_better_than_itself(market):
    bad, supplier, truth = market
    result = challenge(bad, supplier, champion=sigmoid(truth), challenger=sigmoid(truth))
    assert result.winner == "neither"
    assert (result.auc.value, result.loss.value) == (0, 0)
    assert result.champion == result.challenger


def test_a_hair_between_them_is_chance(market):
    bad, supplier, truth = market
    near = sigmoid(truth + np.random.default_rng(7).normal(0, 0.02, N))
    assert challenge(bad, supplier, champion=sigmoid(truth), challenger=near).winner == "neither"


def test_the_same_cases_give_the_same_bytes(market):
    bad, supplier, truth = market
    flat = np.full(N, bad.mean())
    result = [challenge(bad, supplier, champion=flat, challenger=sigmoid(truth), draws=50).to_json() for _ in range(2)]
    assert result[0] == result[1]


def test_few_suppliers_decide_nothing(market):
    bad, _, truth = market
    few = np.array([f"s{i % 5}" for i in range(N)])
    result = challenge(bad, few, champion=np.full(N, bad.mean()), challenger=sigmoid(truth))
    assert (result.winner, result.loss.low) == ("neither", None)


def test_other_cases_are_refused(market):
    bad, supplier, truth = market
    with pytest.raises(ValueError, match="the same"):
        challenge(bad, supplier, champion=sigmoid(truth), challenger=sigmoid(truth[1:]))
