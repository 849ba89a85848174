"""The truth: labels by FACTS' rule, the share of bads, how well anything could tell, and who may read it."""

import ast
import re
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sandbox.make import make_sandbox
from sandbox.truth.truth import expected_auc, read_truth
from sandbox.world.world import VARIABLES

ROOT = Path(__file__).parents[2]
Tables = dict[str, list[dict[str, Any]]]


def latest(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The last known version of every row."""
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: r["known_at"]):
        found[row[key]] = row
    return [row for row in found.values() if not row["retracted"]]


def label(loan: dict[str, Any], reports: list[dict[str, Any]]) -> int | None:
    """`loan_default` by FACTS: 90 days past due by the end + 120 days; None where nobody reported the end."""
    if not any(r["occurred_at"] > loan["ends_on"] or r["remaining"] == 0 for r in reports):
        return None
    worst = 0
    for report in reports:
        if report["occurred_at"] <= loan["ends_on"] + timedelta(days=120):
            since = max((report["occurred_at"] - loan["ends_on"]).days, 0)
            stated = report["days_past_due"]
            worst = max(worst, stated if stated is not None else since * (report["remaining"] > 0))
    return int(worst >= 90)


def test_the_label_by_facts_rule_is_the_truth_of_every_matured_and_reported_loan(small: Path, facts: Tables):
    reports = defaultdict(list)
    for row in latest(facts["repayments"], "repayment_id"):
        reports[row["financing_id"]].append(row)
    loans = {row["financing_id"]: row for row in facts["financings"]}
    truth = [case for case in read_truth(small).to_pylist() if case["matured"]]
    assert sum(case["bad"] for case in truth) >= 15
    for case in truth:
        expected = case["bad"] if case["reported"] else None
        assert label(loans[case["financing_id"]], reports[case["financing_id"]]) == expected, case["financing_id"]
    assert {case["reported"] for case in truth} == {True, False}


def test_no_good_loan_is_ever_more_than_60_days_late(small: Path, facts: Tables):
    good = {case["financing_id"] for case in read_truth(small).to_pylist() if not case["bad"]}
    late = [r["days_past_due"] or 0 for r in latest(facts["repayments"], "repayment_id") if r["financing_id"] in good]
    assert 0 < max(late) <= 60


def test_only_suppliers_registered_for_financing_are_financed(small: Path, facts: Tables):
    registered = {
        row["supplier_id"]: row["occurred_at"].date()
        for row in facts["firm_events"]
        if row["type_code"] == "financing_platform_registration"
    }
    for case in read_truth(small).to_pylist():
        assert registered[case["supplier_id"]] < case["starts_on"]
        assert case["contracts"] >= 1
        assert case["active_conduct_severity"] <= 4
        assert case["late_delivery_share_365d"] <= 0.8
        assert case["own_worst_days_past_due"] < 90


@pytest.mark.parametrize("world", ["plain", "interactions", "shifted"])
def test_a_shipped_world_has_the_loans_it_promises(world: str, tmp_path: Path):
    summary = make_sandbox(tmp_path / world, world, suppliers=2_000, seed=7)
    assert summary.matured >= 4_000
    assert 0.022 <= summary.bad_rate <= 0.038
    assert 0.75 <= summary.pd_auc <= 0.86
    assert 55_000 <= summary.loan_mean <= 80_000
    assert 3.3 <= summary.loans_per_borrower <= 5.2
    assert 200_000 <= sum(summary.rows.values()) <= 400_000


def test_the_truth_shows_every_variable_that_an_effect_may_look_at(small: Path):
    assert set(VARIABLES) <= set(read_truth(small).column_names)


def test_the_shifted_world_has_more_bads_after_its_day(tmp_path: Path):
    make_sandbox(tmp_path / "shifted", "shifted", suppliers=300, seed=2)
    truth = read_truth(tmp_path / "shifted")
    after = np.array([str(day) >= "2024-03-01" for day in truth["starts_on"].to_pylist()])
    pd = truth["pd_best"].to_numpy()
    assert pd[after].mean() > 1.5 * pd[~after].mean()


def test_the_expected_auc_is_that_of_all_pairs():
    rng = np.random.default_rng(4)
    pd, score = rng.random(60), np.round(rng.random(60), 1)
    won = weight = 0.0
    for i in range(60):
        for j in range(60):
            if i != j:
                pair = pd[i] * (1 - pd[j])
                weight += pair
                won += pair * (1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0)
    assert expected_auc(score, pd) == pytest.approx(won / weight, rel=1e-12)


def test_only_the_sandbox_the_tests_and_the_benchmarks_read_the_truth():
    rooms = ("features", "models", "training", "serving", "cli", "notebooks")
    for file in (f for room in rooms for f in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module != "sandbox.truth.truth", file
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                assert not re.search(r"(^|/)truth(/|$)", node.value), f"{file} names {node.value!r}"
