"""Drift: reported where the test differs from training, and not reported where it does not."""

import numpy as np
import pytest

from models.scorecard.spec import ColumnSpec
from training.evidence import drift

SPEC = {"code": "D101", "family": "D", "unit": "ratio", "risk": "rises"}


def column(name, low=0.0, high=1.0):
    return ColumnSpec(name=name, low=low, high=high, median=(low + high) / 2, **SPEC)


def period(n, *, shift=0.0, stretch=1.0, seed=0, unforeseen=0.0):
    """Cases with a log-odds that the scorecard knows, plus an effect that it does not know."""
    rng = np.random.default_rng(seed)
    log_odds = -3 + shift + rng.normal(size=n)
    bad = (rng.random(n) < 1 / (1 + np.exp(-log_odds - unforeseen))).astype(float)
    return bad, 1 / (1 + np.exp(-log_odds)), rng.uniform(0, stretch, size=(n, 3))


def compared(**now):
    bad_before, pd_before, _ = period(12_000, seed=1)
    bad, pd, values = period(5000, seed=2, **now)
    columns = [column(f"c{i}") for i in range(3)]
    return drift.drift(bad=bad, pd=pd, bad_before=bad_before, pd_before=pd_before, columns=columns, values=values)


def test_a_test_period_like_training_has_not_drifted():
    drifted = compared()
    assert not drifted["drifted"]
    assert drifted["text"].startswith("No drift")


def test_an_unexpected_base_rate_is_drift_of_base_rate_and_calibration():
    drifted = compared(unforeseen=0.8)
    assert drifted["drifted"]
    assert drifted["text"].startswith("It drifted.")
    assert {name for name, sign in drifted["signs"].items() if sign["moved"]} == {"base_rate", "calibration"}


def test_riskier_cases_that_the_scorecard_recognises_are_drift_of_the_scores():
    drifted = compared(shift=0.8)
    moved = {name for name, sign in drifted["signs"].items() if sign["moved"]}
    assert "scores" in moved
    assert "calibration" not in moved


def test_profiles_beyond_the_development_ranges_are_drift_of_the_population():
    drifted = compared(stretch=1.5)
    assert drifted["signs"]["population"]["moved"]
    assert drifted["signs"]["population"]["outside"] > 0.5


def test_a_handful_of_cases_proves_no_drift():
    bad, pd, values = period(40, seed=3, unforeseen=0.8)
    before = period(400, seed=4)
    columns = [column(f"c{i}") for i in range(3)]
    drifted = drift.drift(bad=bad, pd=pd, bad_before=before[0], pd_before=before[1], columns=columns, values=values)
    assert not drifted["signs"]["base_rate"]["moved"]
    assert not drifted["signs"]["calibration"]["moved"]


def test_a_column_that_fell_silent_is_unstable():
    rng = np.random.default_rng(5)
    before, after = rng.random((2000, 1)), np.full((800, 1), np.nan)
    drifted = drift.column_stability([column("c")], before, after)["c"]
    assert drifted["psi"] > 1
    assert drifted["null"] == 0
    assert sum(drifted["shares"]) == pytest.approx(1)
    assert drift.column_stability([column("c")], before, before)["c"]["psi"] == 0


def test_an_index_that_chance_explains_is_no_drift_of_the_scores():
    rng = np.random.default_rng(3)
    before, after = rng.random(300), rng.random(50)
    signs = [drift._scores(after * stretch, before) for stretch in (1.0, 0.35)]
    assert [sign.figures["psi"] > drift.PSI_MOVED for sign in signs] == [True, True]
    assert [sign.moved for sign in signs] == [False, True]
    assert "chance gives" in signs[0].text
