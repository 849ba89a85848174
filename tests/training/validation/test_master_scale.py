"""Master scale: the traffic lights, grades with too few cases, the order and the concentration of grades."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.scorecard.grades import GRADES, grade_index
from training.validation.parts.master_scale import concentration, master_scale, order, placed

BBB = np.log(0.01 / 0.99)  # log-odds of a PD that lies in BBB


def row(code, n, bad, *, low=0.0, high=1.0, expected=5.0):
    return {"code": code, "n": n, "bad": bad, "observed": bad / n, "low": low, "high": high, "expected": expected}


def only(result):
    """The one grade that has cases."""
    (seen,) = [g for g in result["grades"] if g["n"]]
    return seen


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=30))
def test_every_case_is_placed_in_the_grade_of_its_pd(pds):
    assert placed(np.array(pds, dtype=float)).tolist() == [grade_index(pd) for pd in pds]


@pytest.mark.parametrize(
    ("n", "bad", "test", "verdict"),
    [
        (2000, 20, "jeffreys", "good"),
        (2000, 27, "jeffreys", "watch"),
        (2000, 33, "jeffreys", "bad"),
        (2000, 0, "jeffreys", "good"),  # fewer than foretold is no underestimate
        (60, 0, "binomial", "not evaluable"),  # 0.6 expected
        (60, 3, "binomial", "not evaluable"),  # p = 0.02
        (60, 4, "binomial", "bad"),  # p = 0.003: proven by few
    ],
)
def test_one_grades_traffic_light(evidence_of, n, bad, test, verdict):
    result = only(master_scale(evidence_of(np.arange(n) < bad, np.full(n, BBB))))
    assert (result["code"], result["test"], result["verdict"]) == ("BBB", test, verdict)
    assert result["jeffreys_p"] == pytest.approx(stats.beta.cdf(0.01, bad + 0.5, n - bad + 0.5), rel=1e-8)
    assert result["binomial_p"] == pytest.approx(stats.binom.sf(bad - 1, n, 0.01), rel=1e-8)


def test_power_is_given_for_one_and_a_half_times_and_twice_the_pd(evidence_of):
    result = only(master_scale(evidence_of(np.arange(1000) < 10, np.full(1000, BBB))))
    assert stats.binom.sf(14, 1000, 0.01) > 0.05 >= stats.binom.sf(15, 1000, 0.01)
    assert result["power"] == {
        "1.5": pytest.approx(stats.binom.sf(15, 1000, 0.015), rel=1e-6),
        "2": pytest.approx(stats.binom.sf(15, 1000, 0.02), rel=1e-6),
    }


def test_grades_hold_everybody_once_and_an_empty_one_says_nothing(draw):
    evidence = draw(3000)
    result = master_scale(evidence)
    assert [g["code"] for g in result["grades"]] == [g.code for g in GRADES]
    assert sum(g["n"] for g in result["grades"]) == 3000
    assert sum(g["share"] for g in result["grades"]) == pytest.approx(1)
    empty = next(g for g in result["grades"] if not g["n"])
    assert (empty["mean_pd"], empty["jeffreys_p"], empty["verdict"]) == (None, None, "not evaluable")


def test_sound_scales_are_seldom_called_bad_though_each_has_many_grades(draw):
    result = [master_scale(draw(1500, seed=seed)) for seed in range(80)]
    assert np.mean([f["verdict"] == "bad" for f in result]) < 0.05
    assert np.mean([f["verdict"] == "good" for f in result]) > 0.8
    ambers = [any(g["verdict"] in ("watch", "bad") for g in f["grades"]) for f in result]
    assert np.mean(ambers) > 0.25  # one by one they would be


def test_a_scale_that_says_half_the_risk_is_bad(draw):
    result = master_scale(draw(4000, off=0.7))
    assert result["verdict"] == "bad"
    assert min(g["p_value_holm"] for g in result["grades"] if g["n"]) < 0.01


def test_holm_raises_the_grades_p_values(draw):
    rows = [g for g in master_scale(draw(3000, off=0.2))["grades"] if g["n"]]
    assert all(g["p_value_holm"] >= g["p_value"] for g in rows)
    least = min(rows, key=lambda g: g["p_value"])
    assert least["p_value_holm"] == pytest.approx(min(1, len(rows) * least["p_value"]))


def test_order_tells_a_change_of_places_from_one_that_is_proven():
    rising = order([row("A", 100, 1), row("B", 100, 3), row("C", 100, 9)])
    assert (rising["verdict"], rising["inversions"]) == ("good", [])
    swapped = order([row("A", 100, 4, low=0.01, high=0.09), row("B", 100, 3, low=0.01, high=0.08)])
    assert (swapped["verdict"], swapped["inversions"]) == ("watch", [{"better": "A", "worse": "B"}])
    apart = order([row("A", 100, 20, low=0.15, high=0.26), row("B", 100, 3, low=0.01, high=0.08)])
    assert (apart["verdict"], apart["contradictions"]) == ("bad", [{"better": "A", "worse": "B"}])


def test_order_looks_past_grades_with_next_to_no_bads_expected():
    result = order([row("A", 100, 2), row("B", 9, 0, expected=0.2), row("C", 100, 5)])
    assert (result["grades"], result["verdict"]) == (2, "good")
    assert order([row("A", 100, 2)])["verdict"] == "not evaluable"


def test_concentration_by_hand():
    result = concentration([row("A", 50, 0), row("B", 30, 0), row("C", 20, 0)])
    assert result["herfindahl"] == pytest.approx(0.38)
    assert result["adjusted"] == pytest.approx((0.38 - 1 / 3) / (1 - 1 / 3))
    assert result["largest"] == {"code": "A", "share": 0.5}
    assert (result["above"], result["verdict"]) == (["A"], "watch")
    assert concentration([row("A", 99, 0), row("B", 1, 0)])["verdict"] == "bad"
    assert concentration([row("A", 9, 0), row("B", 1, 0)])["verdict"] == "not evaluable"
    assert concentration([])["herfindahl"] is None
