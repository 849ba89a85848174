import json
import math
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import numpy as np
import pytest

from models.scorecard.grades import grade
from models.scorecard.scale import SCALE
from models.scorecard.score import OUTSIDE_POPULATION
from models.scorecard.spec import Spec


@pytest.fixture(scope="module")
def results(made, scorecard):
    return [scorecard.score(row) for row in made.rows[:400]]


def test_base_and_contributions_are_the_points_to_a_billionth(made, scorecard):
    base, parts = scorecard.contributions(made.rows)
    assert np.max(np.abs(base + parts.sum(axis=1) - scorecard.points(made.rows))) <= 1e-9


def test_what_is_shown_adds_up_to_the_points_exactly(results):
    for one in results:
        reasons = one.supplier["reasons"]
        shown = [reasons["base_points"], reasons["other_points"]]
        shown += [r["points"] for r in reasons["adverse"] + reasons["favourable"]]
        assert sum(Decimal(str(f)) for f in shown) == one.supplier["points"] == round(one.supplier["points_exact"])


def test_points_probability_and_grade_say_the_same(results):
    for one in results:
        block = one.supplier
        log_odds = math.log(block["pd"] / (1 - block["pd"]))
        assert SCALE.points(log_odds) == pytest.approx(block["points_exact"], abs=1e-9)
        assert block["grade"]["code"] == grade(block["pd"]).code


def test_points_fall_as_the_booster_sees_more_risk(made, scorecard):
    margins, points = scorecard.margins(made.rows), scorecard.points(made.rows)
    assert np.all(np.diff(points[np.argsort(margins)]) <= 0)
    assert points[made.bad == 1].mean() < points[made.bad == 0].mean()


def test_reasons_are_true_of_the_development_median(made, scorecard, results):
    spec = {c.name: c for c in scorecard.spec.columns}
    seen = 0
    for one in results:
        for side in ("adverse", "favourable"):
            for reason in one.supplier["reasons"][side]:
                for name, value in reason["evidence"].items():
                    column = spec.get(name)
                    if column is None or column.code != reason["code"] or column.risk == "unsigned":
                        continue
                    risky = value > column.median if column.risk == "rises" else value < column.median
                    assert risky == (side == "adverse")
                    seen += 1
    assert seen > 400


def test_the_block_is_the_contracts(scorecard, made):
    block = scorecard.score(made.rows[0], {"amount_365d": 5.5}).supplier
    assert list(block) == [
        *("points", "points_exact", "scale", "pd", "outcome", "horizon", "grade", "basis", "reasons")
    ]
    assert list(block["reasons"]) == [
        *("base_points", "adverse", "favourable", "other_points", "other", "reference", "catalogue")
    ]
    assert (block["scale"], block["basis"], block["reasons"]["catalogue"]) == (SCALE.id, "synthetic", "rc-3")
    assert json.loads(json.dumps(block)) == block


def test_one_at_a_time_or_many_the_answer_is_the_same(scorecard, made, results):
    assert [one.supplier["points_exact"] for one in results] == scorecard.points(made.rows[:400]).tolist()
    assert [one.supplier["pd"] for one in results] == pytest.approx(scorecard.pd(made.rows[:400]).tolist(), rel=1e-14)


def test_threads_share_a_scorecard(scorecard, made, results):
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(scorecard.score, made.rows[:400])) == results


def test_the_evidence_of_a_reason_may_lie_outside_the_inputs(scorecard):
    assert scorecard.evidence_columns == ("amount_365d",)


def shifted(made, columns):
    row = np.array([c.median for c in made.spec.columns])
    for j in range(columns):
        row[j] = made.spec.columns[j].high + 1
    return row


def test_a_profile_beyond_a_tenth_of_the_development_ranges_is_scored_with_a_warning(scorecard, made):
    assert scorecard.score(shifted(made, 1)).status == "scored"
    warned = scorecard.score(shifted(made, 2))
    assert (warned.status, warned.codes) == ("scored_limited", (OUTSIDE_POPULATION,))
    assert warned.supplier is not None


def test_a_profile_far_outside_is_not_scorable(scorecard, made):
    refused = scorecard.score(shifted(made, 4))
    assert (refused.status, refused.codes, refused.supplier) == ("not_scorable", (OUTSIDE_POPULATION,), None)


def test_nulls_do_not_dilute_the_share_outside(scorecard, made):
    row = shifted(made, 1)
    row[[j for j, c in enumerate(made.spec.columns) if c.nullable and j > 0]] = np.nan
    assert scorecard.score(row).status == "scored_limited"


def test_a_null_that_development_never_saw_counts_as_outside(scorecard, made):
    row = shifted(made, 0)
    never = [j for j, c in enumerate(made.spec.columns) if not c.nullable]
    row[never[:4]] = np.nan
    assert scorecard.score(row).status == "not_scorable"


def test_one_null_that_development_never_saw_is_said_and_read_at_the_median(scorecard, made):
    """The booster has no branch for it, and would read it as 0."""
    row = shifted(made, 0)
    never = next(j for j, c in enumerate(made.spec.columns) if not c.nullable and c.median != 0)
    known = scorecard.score(row)
    row[never] = np.nan
    missing = scorecard.score(row)
    assert (known.status, missing.status) == ("scored", "scored_limited")
    assert missing.codes == ("NEVER_MISSING_BEFORE",)
    assert missing.supplier["points_exact"] == known.supplier["points_exact"]
    assert scorecard.points(row[np.newaxis, :]).tolist() == [known.supplier["points_exact"]]


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_an_infinite_value_is_refused(scorecard, made, value):
    row = made.rows[0].copy()
    row[2] = value
    with pytest.raises(ValueError, match="infinite"):
        scorecard.score(row)


def test_a_vector_of_another_width_is_refused(scorecard, made):
    with pytest.raises(ValueError, match="columns"):
        scorecard.score(made.rows[0][:-1])


def test_the_same_hands_write_the_same_bytes(made, tmp_path):
    first = made.write(tmp_path / "a", provenance={"run": "one", "at": "2026-01-01T00:00:00Z"})
    second = made.write(tmp_path / "b", provenance={"run": "two", "at": "2026-02-02T00:00:00Z"})
    assert first == second
    for name in ("scorecard.json", "booster.txt", "golden.jsonl", "validation.json", "card.md"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_declaration_survives_its_json(made, scorecard):
    assert Spec.from_json(json.loads(json.dumps(made.spec.to_json()))) == made.spec
    assert scorecard.spec.columns == made.spec.columns


def test_a_candidate_says_which_of_its_gates_fail(made, tmp_path):
    worse = {"model": {"auc": 0.49, "brier": 0.3}, "constant": {"auc": 0.5, "brier": 0.2}}
    made.write(tmp_path / "c", figures=worse)
    opened = made.open(tmp_path / "c")
    assert opened.failed_gates == ("auc", "brier")
    assert opened.version == "candidate"
