"""Matured cases with the scores of the shipped scorecard."""

from pathlib import Path

import numpy as np
import pytest

from models.scorecard.scorecard import Scorecard
from training.evidence.score_cases import score_cases

SHIPPED = Path(__file__).parents[3] / "models" / "releases" / "sandbox-history-loan"


@pytest.fixture(scope="module")
def scored(learned):
    return score_cases(learned.facts, "loan_default", Scorecard.open(SHIPPED), since="2023-01-01", until="2024-01-01")


def test_only_matured_cases_of_the_time_asked_for_are_scored(learned, scored):
    assert set(scored.bad) == {0.0, 1.0}
    assert scored.as_of.min() >= np.datetime64(learned.facts.instant("2023-01-01"))
    assert scored.as_of.max() < np.datetime64(learned.facts.instant("2024-01-01"))
    assert len(scored.bad) == len(scored.pd) == len(scored.points) == len(scored.values) == scored.profiles.num_rows


def test_each_is_scored_by_its_own_profile(scored):
    assert scored.profiles["case_id"].to_pylist() == scored.cases["case_id"].to_pylist()
    scorecard = Scorecard.open(SHIPPED)
    profile = scored.profiles.to_pylist()[0]
    block = scorecard.score(scored.values[0], profile).supplier
    assert block is None or block["points_exact"] == pytest.approx(scored.points[0], abs=1e-9)


def test_a_part_of_them_keeps_its_rows_together(scored):
    bads = scored.rows(scored.bad == 1)
    assert bads.bad.all()
    assert np.array_equal(bads.pd, scored.pd[scored.bad == 1])
    assert len(bads.supplier) == bads.cases.num_rows
