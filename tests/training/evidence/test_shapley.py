"""Shapley values of the scorecard that ships, on its own golden cases."""

from pathlib import Path

import numpy as np
import pytest

from models.scorecard.golden import read_golden, vector
from models.scorecard.scorecard import Scorecard
from training.evidence.shapley import explanation, interventional

SHIPPED = Path(__file__).parents[3] / "models" / "releases" / "sandbox-history-loan"


@pytest.fixture(scope="module")
def scorecard():
    return Scorecard.open(SHIPPED)


@pytest.fixture(scope="module")
def rows(scorecard):
    cases = read_golden((SHIPPED / "golden.jsonl").read_bytes())
    return np.array([vector(scorecard.columns, case["profile"]) for case in cases])


def test_what_the_plots_show_adds_up_to_the_points(scorecard, rows):
    shap_values = explanation(scorecard, rows)
    assert np.abs(shap_values.base_values + shap_values.values.sum(axis=1) - scorecard.points(rows)).max() < 1e-9
    assert tuple(shap_values.feature_names) == scorecard.columns


def test_the_counter_check_adds_up_too_and_mostly_agrees(scorecard, rows):
    base, values = interventional(scorecard, rows, rows)
    assert (
        np.abs(base + values.sum(axis=1) - scorecard.points(rows)).max() < 1e-4
    )  # what shap itself is exact to, in points
    assert base == pytest.approx(scorecard.points(rows).mean(), abs=1e-4)
    own = explanation(scorecard, rows).values
    assert np.corrcoef(own.ravel(), values.ravel())[0, 1] > 0.8
