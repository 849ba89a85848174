"""Benefit: profits by hand, cut-offs that count every case, and a gain only for a scorecard that ranks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scorecard.grades import GRADES
from training.figures import Interval, sigmoid
from training.validation.parts.benefit import GRID, Book, Economics, benefit, exposures, gain_verdict

ASSUMED = Economics(margin=0.05, lgd=0.45)


def at(result, pd):
    """The row of a cut-off."""
    (row,) = [r for r in result["cutoffs"] if r["pd"] == pd]
    return row


def test_the_break_even_pd_earns_nothing():
    pd = ASSUMED.break_even_pd
    assert pd == pytest.approx(0.1)
    assert pd * -ASSUMED.lgd + (1 - pd) * ASSUMED.margin == pytest.approx(0)


@pytest.mark.parametrize(("margin", "lgd"), [(0.0, 0.5), (0.05, 0.0), (0.05, 1.1), (float("nan"), 0.5)])
def test_assumptions_that_cannot_be_are_refused(margin, lgd):
    with pytest.raises(ValueError, match="LGD"):
        Economics(margin=margin, lgd=lgd)


@pytest.fixture
def four(evidence_of):
    """PDs of 1, 4, 8 and 30 %; the second and the last turn bad."""
    pd = np.array([0.01, 0.04, 0.08, 0.30])
    return evidence_of([0, 1, 0, 1], np.log(pd / (1 - pd)))


def test_a_cut_off_by_hand(four):
    result = benefit(four, ASSUMED, draws=5)
    row = at(result, 0.1)
    assert (row["approved"], row["share"], row["bad_rate"]) == (3, 0.75, 1 / 3)
    assert (row["bads_avoided"], row["goods_refused"]) == (1, 0)
    assert row["profit"] == pytest.approx(2 * 0.05 - 0.45)
    assert row["profit_per_case"] == pytest.approx(row["profit"] / 4)
    assert row["break_even"]
    assert [r["pd"] for r in result["cutoffs"] if r["break_even"]] == [0.1]


def test_everybody_and_nobody_are_cut_offs_too(four):
    result = benefit(four, ASSUMED, draws=5)
    nobody, everybody = result["cutoffs"][0], result["cutoffs"][-1]
    assert (nobody["pd"], nobody["approved"], nobody["profit"], nobody["bad_rate"]) == (0, 0, 0, None)
    assert (everybody["pd"], everybody["approved"], everybody["share"]) == (None, 4, 1)
    assert everybody["profit"] == pytest.approx(2 * 0.05 - 2 * 0.45)
    assert result["constant"] == {
        "approve_all": pytest.approx(everybody["profit_per_case"]),
        "approve_none": 0,
        "better": "none",
    }
    assert result["gain"]["value"] == pytest.approx(at(result, 0.1)["profit_per_case"])
    assert result["best"]["value"] == pytest.approx(0.012)  # the first that takes the one safe case: the bound of BBB


def test_every_grades_bound_is_a_cut_off_under_its_name(four):
    rows = benefit(four, ASSUMED, draws=5)["cutoffs"]
    assert [r["grade"] for r in rows if r["grade"]] == [g.code for g in GRADES[:-1]]
    assert {r["pd"] for r in rows} >= {*GRID, 0.1}
    assert [r["approved"] for r in rows] == sorted(r["approved"] for r in rows)


def test_amounts_weigh_and_unknown_ones_count_as_the_mean(evidence_of):
    amounts = np.array([100.0, 300.0, np.nan])
    evidence = evidence_of([0, 1, 0], [-5.0, -5.0, -5.0], exposure=amounts)
    assert exposures(evidence).tolist() == [0.5, 1.5, 1.0]
    result = benefit(evidence, ASSUMED, draws=5)
    assert result["cutoffs"][-1]["profit"] == pytest.approx(0.5 * 0.05 - 1.5 * 0.45 + 0.05)
    assert result["assumptions"]["amounts_unknown"] == 1
    assert exposures(evidence_of([0], [0.0], exposure=np.array([np.nan]))).tolist() == [1]


def test_a_scorecard_that_ranks_gains_and_one_that_does_not_loses(draw):
    evidence = draw(4000, seed=2, spread=1.3)
    assert benefit(evidence, ASSUMED)["verdict"] == "good"
    shuffled = np.random.default_rng(1).permutation(4000)
    blind = type(evidence)(
        evidence.bad,
        evidence.pd[shuffled],
        evidence.margin[shuffled],
        evidence.points,
        evidence.supplier,
        evidence.as_of,
    )
    assert benefit(blind, ASSUMED)["gain"]["value"] < benefit(evidence, ASSUMED)["gain"]["value"]
    assert benefit(blind, ASSUMED)["verdict"] != "good"


def test_the_best_cut_off_of_right_probabilities_lies_about_the_break_even(draw):
    result = benefit(draw(20_000, seed=4, spread=1.3), ASSUMED, draws=200)
    assert result["best"]["low"] <= 0.1 <= result["best"]["high"]
    assert result["best"]["low"] <= result["best"]["value"] <= result["best"]["high"]
    best = max(r["profit_per_case"] for r in result["cutoffs"])
    assert result["best"]["profit_per_case"] == pytest.approx(best)


def test_a_cut_off_that_parts_nobody_is_not_evaluable(draw):
    safe = draw(800, centre=-6.0, spread=0.3)
    result = benefit(safe, ASSUMED, draws=50)
    assert (result["gain"]["value"], result["verdict"]) == (0, "not evaluable")


def test_verdicts_on_the_gain():
    gains = [Interval(0.1, low, high) for low, high in ((0.05, 0.2), (-0.05, 0.2), (-0.2, -0.1), (None, None))]
    assert [gain_verdict(t) for t in gains] == ["good", "watch", "bad", "not evaluable"]


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 50))
def test_below_counts_what_lies_below_each_cut_off(seed, n):
    rng = np.random.default_rng(seed)
    margin = rng.normal(-2, 2, n)
    from training.validation.measures.evidence import Evidence

    bad = (rng.random(n) < 0.3).astype(float)
    as_of = np.full(n, np.datetime64("2024-01-01", "us"))
    evidence = Evidence(bad, sigmoid(margin), margin, 600 - margin, np.arange(n), as_of)
    book = Book.of(evidence, ASSUMED, GRADES)
    weights = rng.random(n)
    direct = [weights[evidence.pd < cutoff].sum() for cutoff in book.cutoffs]
    assert book.below(weights) == pytest.approx(direct)
