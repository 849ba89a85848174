"""Stability: indices by hand and by simulation, columns that become null, and moves between grades."""

import numpy as np
import pytest
from scipy import stats

from models.scorecard.grades import GRADES
from training.validation.parts.migration import migration
from training.validation.parts.stability import Columns, column, index, missing, moved, score, stability, suppliers


def test_the_index_of_two_distributions_worked_by_hand():
    was, now = [0.5, 0.3, 0.2], [0.4, 0.3, 0.3]
    result = index(was, now, 1000, 500)
    assert result["psi"] == pytest.approx(-0.1 * np.log(0.8) + 0.1 * np.log(1.5))
    assert result["by_chance"] == pytest.approx(stats.chi2.ppf(0.95, 2) * (1 / 1000 + 1 / 500))
    assert result["verdict"] == "good"


def test_an_unchanged_population_exceeds_its_chance_once_in_twenty(draw):
    """Yurdakul and Naranjo: the index times nm / (n + m) is about chi-square of nine degrees of freedom."""
    result = [score(draw(800, seed=seed), draw(1200, seed=10_000 + seed)) for seed in range(200)]
    assert np.mean([f["psi"] > f["by_chance"] for f in result]) == pytest.approx(0.05, abs=0.04)
    assert np.mean([f["psi"] for f in result]) == pytest.approx(9 * (1 / 800 + 1 / 1200), rel=0.1)


@pytest.mark.parametrize(
    ("now", "n", "verdict"),
    [
        ([0.5, 0.5], 5000, "good"),
        ([0.65, 0.35], 5000, "good"),
        ([0.7, 0.3], 5000, "watch"),
        ([0.8, 0.2], 5000, "bad"),
        ([0.8, 0.2], 8, "not evaluable"),  # 0.4, and chance gives as much
        ([0.5, 0.5], 8, "not evaluable"),  # nor do eight cases prove that nothing moved
    ],
)
def test_an_index_that_chance_explains_proves_nothing(now, n, verdict):
    assert index([0.5, 0.5], now, n, n)["verdict"] == verdict


def test_scores_of_riskier_applicants_have_moved_and_the_quarters_say_when(draw):
    development = draw(4000, seed=1)
    assert score(draw(3000, seed=2), development)["verdict"] == "good"
    riskier = draw(3000, seed=2, centre=-1.5)
    result = stability(riskier, development, Columns((), np.empty((0, 0)), np.empty((0, 0))))
    assert result["score"]["verdict"] == "bad"
    assert [q["quarter"] for q in result["quarters"]] == ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    assert sum(q["n"] for q in result["quarters"]) == 3000
    assert {q["verdict"] for q in result["quarters"]} == {"bad"}
    assert sum(result["score"]["development"]) == pytest.approx(1)
    assert sum(result["score"]["test"]) == pytest.approx(1)


def test_a_column_by_hand_with_null_as_a_bin_of_its_own():
    """Nine tenths known before, half after; the known ones are spread as before."""
    before = np.array([np.nan] * 100 + [1.0] * 450 + [2.0] * 450)
    after = np.array([np.nan] * 500 + [1.0] * 250 + [2.0] * 250)
    result = column(before, after)
    by_hand = 2 * (0.25 - 0.45) * np.log(0.25 / 0.45) + 0.4 * np.log(0.5 / 0.1)
    assert result["csi"] == pytest.approx(by_hand)
    assert (result["null_before"], result["null_after"]) == (0.1, 0.5)
    assert result["null_change"] == pytest.approx(0.4)
    assert result["verdict"] == "bad"


def test_the_columns_index_is_the_one_that_drift_tells():
    from models.scorecard.spec import ColumnSpec
    from training.evidence.drift import column_stability

    rng = np.random.default_rng(3)
    before = np.where(rng.random(900) < 0.2, np.nan, rng.exponential(size=900))
    after = np.where(rng.random(400) < 0.3, np.nan, rng.exponential(1.3, size=400))
    spec = ColumnSpec("c", "D101", "D", "ratio", "rises", 0.0, 9.0, 1.0)
    by_column = column_stability([spec], before[:, None], after[:, None])["c"]
    assert column(before, after)["csi"] == pytest.approx(by_column["psi"], rel=1e-8)


@pytest.mark.parametrize(
    ("before", "after", "csi"),
    [
        (np.full(300, np.nan), np.full(200, np.nan), 0),
        (np.full(300, np.nan), np.ones(200), pytest.approx(2 * (1 - 1e-4) * np.log(1e4))),
        (np.ones(300), np.full(200, np.nan), pytest.approx(2 * (1 - 1e-4) * np.log(1e4))),
        (np.ones(300), np.ones(200), 0),
        (np.ones(300), np.empty(0), None),
        (np.empty(0), np.ones(200), None),
    ],
)
def test_columns_that_are_null_or_constant_or_without_cases(before, after, csi):
    assert column(before, after)["csi"] == csi


def test_one_column_that_moved_is_watched_and_a_tenth_of_them_is_bad():
    def columns(bad):
        return {f"c{i:02d}": {"verdict": "bad" if i < bad else "good"} for i in range(20)}

    assert [moved(columns(n))["verdict"] for n in (0, 1, 2, 3)] == ["good", "watch", "watch", "bad"]
    assert moved(columns(2))["bad"] == ["c00", "c01"]
    assert moved({})["verdict"] == "not evaluable"


def test_missing_values_by_their_change():
    columns = {"a": {"null_change": -0.4}, "b": {"null_change": 0.05}, "c": {"null_change": None}}
    assert missing(columns, 500) == {"changed": {"a": -0.4}, "verdict": "bad"}
    assert missing({"b": columns["b"]}, 500)["verdict"] == "good"
    assert missing(columns, 99)["verdict"] == "not evaluable"


def moves(evidence_of, *seen):
    """Evidence of (supplier, day, grade) triples."""
    middle = {g.code: np.log(p / (1 - p)) for g in GRADES for p in [(g.pd_low + min(g.pd_high, 0.9)) / 2]}
    supplier, day, code = zip(*seen, strict=True)
    as_of = np.array(day, dtype="datetime64[us]")
    return evidence_of(np.zeros(len(seen)), [middle[c] for c in code], supplier=np.array(supplier), as_of=as_of)


def test_moves_are_counted_between_successive_quarters_alone(evidence_of):
    result = migration(
        moves(
            evidence_of,
            ("a", "2024-01-05", "BB"),
            ("a", "2024-03-05", "A"),  # the last of the quarter counts
            ("a", "2024-04-05", "BBB"),
            ("a", "2024-12-05", "C"),  # no case in between: no move
            ("b", "2024-05-01", "AA"),
            ("b", "2024-07-01", "AA"),
            ("b", "2024-10-01", "CCC"),
            ("c", "2024-05-01", "AA"),
        )
    )
    codes = result["codes"]
    counted = {(codes[i], codes[j]): n for i, row in enumerate(result["counts"]) for j, n in enumerate(row) if n}
    assert counted == {("A", "BBB"): 1, ("AA", "AA"): 1, ("AA", "CCC"): 1}
    assert result["moves"] == 3
    assert (result["stays"], result["worsens"], result["improves"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3), 0)
    assert result["far"] == pytest.approx(1 / 3)  # five grades at once
    assert result["shares"][codes.index("AA")][codes.index("AA")] == 0.5
    assert result["shares"][codes.index("E")] is None
    assert result["verdict"] == "not evaluable"


def test_of_two_cases_at_one_instant_the_riskier_is_the_suppliers_grade(evidence_of):
    result = migration(moves(evidence_of, ("a", "2024-03-05", "C"), ("a", "2024-03-05", "A"), ("a", "2024-04-05", "C")))
    assert result["stays"] == 1


def test_grades_that_jump_are_bad_and_grades_that_stay_are_good(evidence_of):
    def quarters(second):
        first = [(f"s{i}", "2024-02-01", "A") for i in range(60)]
        return migration(moves(evidence_of, *first, *((f"s{i}", "2024-05-01", second) for i in range(60))))

    assert [quarters(code)["verdict"] for code in ("A", "BB", "B")] == ["good", "good", "bad"]


def test_no_case_makes_no_move(evidence_of):
    result = migration(evidence_of([], []))
    assert (result["moves"], result["stays"], result["verdict"]) == (0, None, "not evaluable")


def test_how_the_cases_spread_over_suppliers(evidence_of):
    result = suppliers(evidence_of([0, 0, 0, 1], [-1.0] * 4, supplier=np.array(["a", "a", "b", "a"])))
    assert result == {"suppliers": 2, "largest_share": 0.75, "herfindahl": 0.625}
    assert suppliers(evidence_of([], []))["largest_share"] is None
