"""Explanations: reasons as they are served, their agreement by hand, and matrices of any shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.validation.parts.explanations import (
    Explained,
    additivity_error,
    coverage,
    explanations,
    frequency,
    reason_stability,
    top_adverse,
)

CODES = ["D101", "T101", "A101", "B101", "C101", "I101"]


def test_adverse_reasons_are_the_four_most_negative_of_at_least_half_a_point():
    row = np.array([[-1.0, -8.0, 3.0, -0.4, -2.0, -5.0]])
    assert top_adverse(row).tolist() == [[1, 5, 4, 0]]
    assert top_adverse(-row).tolist() == [[2, -1, -1, -1]]
    assert top_adverse(np.array([[-0.5, -0.49]])).tolist() == [[0, -1, -1, -1]]
    assert top_adverse(np.zeros((2, 1))).tolist() == [[-1] * 4] * 2


def test_equal_contributions_go_by_code_whatever_the_order_of_the_columns():
    row = np.array([[-2.0, -2.0, -2.0, -2.0, -2.0, 0.0]])
    result = explanations(Explained(CODES, row, 600.0, np.array([590.0])))
    assert set(result["frequency"]) == {"A101", "B101", "C101", "D101"}
    assert result["frequency"]["A101"] == {"among_four": 1, "first": 1}


def test_frequency_by_hand():
    rows = np.array([[-3.0, -1.0], [-1.0, -3.0], [-1.0, 0.0], [2.0, 2.0]])
    assert frequency(["X", "Y"], rows) == {
        "X": {"among_four": 0.75, "first": 0.5},
        "Y": {"among_four": 0.5, "first": 0.25},
    }
    assert "Z" not in frequency(["Z"], np.ones((3, 1)))


def test_the_additivity_error_is_the_largest_miss():
    rows = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert additivity_error(600.0, rows, np.array([603.0, 607.0])) == 0
    assert additivity_error(600.0, rows, np.array([603.0, 606.75])) == 0.25
    assert additivity_error(600.0, np.empty((0, 2)), np.empty(0)) is None
    result = explanations(Explained(["X", "Y"], rows, 600.0, np.array([603.0, 607.0 + 1e-8])))
    assert result["additivity"]["verdict"] == "bad"


def test_coverage_by_hand():
    """Six equal adverse contributions: four of six are given as reasons; a case without contributions has none."""
    rows = np.array([[-2.0] * 6, [0.0] * 6, [5.0, -5.0, 0.4, 0.4, -0.4, -0.4], [0.4] * 6])
    result = coverage(rows)
    assert result["share"] == 0.75
    assert result["median"] == pytest.approx((4 / 6 + 10 / 11.6) / 2)
    assert result["verdict"] == "watch"


def test_agreement_by_hand():
    """Reference: codes 0, 1, 2, 3 in that order; the refit has 1, 0, 2, 4."""
    reference = np.array([[-9.0, -8.0, -7.0, -6.0, 0.0]])
    refit = np.array([[-8.0, -9.0, -7.0, 0.0, -6.0]])
    result = reason_stability(reference, [refit])
    assert result["jaccard"] == pytest.approx(3 / 5)
    assert result["rank_agreement"] == pytest.approx((0 + 1 + 1 + 3 / 4) / 4)
    assert (result["first_same"], result["refits"]) == (0, 1)


def test_agreement_is_averaged_over_refits_and_its_low_end_taken_over_cases():
    reference = np.array([[-9.0, 0.0]] * 9 + [[0.0, -9.0]])
    other = np.array([[-9.0, 0.0]] * 10)
    result = reason_stability(reference, [reference, other])
    assert result["jaccard"] == pytest.approx(0.95)
    assert result["jaccard_low"] == pytest.approx(np.quantile([1] * 9 + [0.5], 0.1))
    assert result["verdict"] == "good"


def test_two_cases_without_any_adverse_reason_agree_and_one_with_does_not():
    silent, spoken = np.ones((1, 3)), np.array([[1.0, -2.0, 1.0]])
    assert reason_stability(silent, [silent])["jaccard"] == 1
    assert reason_stability(silent, [spoken])["jaccard"] == 0
    assert reason_stability(silent, [spoken])["rank_agreement"] == 0


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 9))
def test_agreement_is_that_of_the_sets_written_out(seed, n, k):
    rng = np.random.default_rng(seed)
    a, b = (np.round(rng.normal(0, 2, (n, k))) for _ in range(2))
    result = reason_stability(a, [b])
    jaccards, overlaps = [], []
    for x, y in zip(top_adverse(a).tolist(), top_adverse(b).tolist(), strict=True):
        p, q = ([c for c in row if c >= 0] for row in (x, y))
        jaccards.append(len(set(p) & set(q)) / len(set(p) | set(q)) if p or q else 1)
        each = [(set(p[:d]), set(q[:d])) for d in (1, 2, 3, 4)]
        overlaps.append(np.mean([len(s & t) / max(len(s), len(t)) if s or t else 1 for s, t in each]))
    assert result["jaccard"] == pytest.approx(np.mean(jaccards))
    assert result["rank_agreement"] == pytest.approx(np.mean(overlaps))
    assert reason_stability(a, [a, a])["jaccard"] == reason_stability(a, [a])["rank_agreement"] == 1


def test_without_contributions_or_refits_nothing_is_said():
    nothing = explanations(None)
    assert nothing["n"] == 0
    assert nothing["additivity"] == {"error": None, "verdict": "not evaluable"}
    assert nothing["coverage"]["verdict"] == "not evaluable"
    assert nothing["stability"]["jaccard"] is None
    assert nothing["frequency"] == {}
    alone = explanations(Explained(["X"], np.ones((3, 1)), 600.0, np.full(3, 601.0)))
    assert alone["additivity"]["verdict"] == "good"
    assert alone["stability"] == {
        "refits": 0,
        "jaccard": None,
        "jaccard_low": None,
        "rank_agreement": None,
        "first_same": None,
        "verdict": "not evaluable",
    }
