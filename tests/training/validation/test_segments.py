"""Segments: counts by hand, parity, what is too small to be shown, and labels that are not known."""

import numpy as np
import pytest

from training.validation.parts.segments import approvals, parity, segments, together

SAFE, RISKY = np.log(0.02 / 0.98), np.log(0.2 / 0.8)  # log-odds of PDs on either side of a cut-off of 5 %


@pytest.fixture
def two(evidence_of):
    """100 large firms, 90 approved; 50 small ones, 30 approved; 20 of unknown size; 3 of a size of their own."""
    margin = [SAFE] * 90 + [RISKY] * 10 + [SAFE] * 30 + [RISKY] * 20 + [SAFE] * 20 + [SAFE] * 3
    bad = np.zeros(173)
    bad[[0, 1, 90, 91, 100, 130, 131, 132, 133]] = 1
    labels = ["large"] * 100 + ["small"] * 50 + [None] * 10 + [float("nan")] * 10 + ["odd"] * 3
    return evidence_of(bad, margin, segments={"size": np.array(labels, dtype=object)})


def test_approvals_by_hand(two):
    rows = np.arange(two.n) < 100
    assert approvals(two, rows, cutoff_pd=0.05) == {
        "n": 100,
        "approved": 90,
        "rate": 0.9,
        "good_rate": 88 / 96,
        "bad_rate": 0.5,
    }
    assert approvals(two, ~rows & rows, cutoff_pd=0.05)["rate"] is None


def test_a_pd_at_the_cut_off_itself_is_not_approved(two):
    pd = float(two.pd[0])
    assert approvals(two, np.arange(two.n) < 90, cutoff_pd=pd)["approved"] == 0


def test_segments_hold_every_case_once_or_say_that_it_is_unknown_or_too_small(two):
    result = segments(two, cutoff_pd=0.05)["dimensions"]["size"]
    assert (result["reference"], result["unknown"], result["others"]) == ("large", 20, {"labels": 1, "n": 3})
    assert sum(v["n"] for v in result["values"].values()) + 20 + 3 == two.n
    assert set(result["values"]) == {"large", "small"}


def test_parity_is_measured_against_the_largest_segment(two):
    result = segments(two, cutoff_pd=0.05)
    values = result["dimensions"]["size"]["values"]
    assert values["large"]["parity"]["rate"] == 1
    assert values["small"]["parity"]["rate"] == pytest.approx(0.6 / 0.9)
    assert values["small"]["parity"]["good_rate"] == pytest.approx((29 / 45) / (88 / 96))
    assert values["small"]["parity"]["bad_rate"] == pytest.approx((1 / 5) / (2 / 4))
    assert values["small"]["parity"]["verdict"] == "watch"
    assert result["parity"] == "watch"


def rates(n, rate):
    return {"n": n, "rate": rate, "good_rate": rate, "bad_rate": rate}


@pytest.mark.parametrize(
    ("result", "base", "high", "verdict"),
    [
        (rates(100, 0.72), rates(200, 0.9), 1.3, "good"),  # four fifths exactly
        (rates(100, 0.71), rates(200, 0.9), 1.3, "watch"),
        (rates(100, 0.71), rates(200, 0.9), 0.9, "bad"),  # fewer approved, and given too much risk
        (rates(29, 0.1), rates(200, 0.9), 1.3, "not evaluable"),
        (rates(100, 0.1), rates(29, 0.9), 1.3, "not evaluable"),
        (rates(100, 0.0), rates(200, 0.0), 1.3, "not evaluable"),
    ],
)
def test_fewer_approvals_are_wrong_where_the_outcomes_do_not_bear_them_out(result, base, high, verdict):
    assert parity(result, base, {"high": high})["verdict"] == verdict


def test_a_segment_with_half_its_true_pd_is_off_and_the_others_are_not(draw):
    evidence, off = draw(3000, seed=1), draw(3000, seed=2, off=0.8)
    kinds = np.repeat(np.array(["legal_person", "sole_trader"], dtype=object), 3000)
    joined = type(evidence)(
        *(np.concatenate([getattr(evidence, name), getattr(off, name)]) for name in ("bad", "pd", "margin", "points")),
        np.concatenate([evidence.supplier, off.supplier]),
        np.concatenate([evidence.as_of, off.as_of]),
        {"kind": kinds},
    )
    result = segments(joined, cutoff_pd=0.05)
    verdicts = {name: figures["calibration"] for name, figures in result["dimensions"]["kind"]["values"].items()}
    assert verdicts == {"legal_person": "good", "sole_trader": "bad"}
    assert result["calibration"] == "bad"


def test_a_few_watched_segments_of_many_are_chance_and_one_that_is_bad_is_not():
    """P(at least 5 of 20 | 10 %) = 0.043, of at least 4 0.133."""
    assert together(["watch"] * 4 + ["good"] * 16) == "good"
    assert together(["watch"] * 5 + ["good"] * 15) == "watch"
    assert together(["bad"] + ["good"] * 19) == "bad"
    assert together(["watch"] * 4 + ["not evaluable"] * 16) == "watch"
    assert together(["not evaluable"]) == together([]) == "not evaluable"


def test_a_segment_of_bads_alone_has_no_auc(evidence_of):
    labels = np.repeat(np.array(["x", "y"], dtype=object), [40, 60])
    evidence = evidence_of(np.arange(100) < 40, np.linspace(-3, 0, 100), segments={"region": labels})
    values = segments(evidence, cutoff_pd=0.1)["dimensions"]["region"]["values"]
    assert values["x"]["auc"]["value"] is None
    assert values["x"]["approvals"]["good_rate"] is None
    assert values["x"]["observed"] == 1


def test_a_dimension_that_nobody_has_is_empty(evidence_of):
    evidence = evidence_of(np.zeros(30), np.zeros(30), segments={"region": np.full(30, None, dtype=object)})
    result = segments(evidence, cutoff_pd=0.1)
    assert result["dimensions"]["region"]["values"] == {}
    assert result["dimensions"]["region"]["unknown"] == 30
    assert (result["calibration"], result["parity"]) == ("not evaluable", "not evaluable")
    assert segments(evidence_of([], []), cutoff_pd=0.1)["dimensions"] == {}
