"""The validation of a study: the same bytes in every run, figures that agree with a recount, and gates."""

import copy
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from models.canonical_json import canonical
from models.scorecard.grades import observe
from training.candidate import declaration
from training.evidence import figures_and_gates
from training.evidence.validate_study import examine, gates
from training.learning.tendency import Tendency
from training.validation.rules.rules import RULES

pytestmark = pytest.mark.slow  # learns from a market


@pytest.fixture(scope="module")
def validation(learned):
    return learned.validation


def test_the_same_study_gives_the_same_bytes_and_a_further_part_where_cases_say_that_they_ended(learned, validation):
    studied = learned.studied
    n = studied.data.cases.num_rows
    cases = studied.data.cases.append_column("ended", pa.array(np.arange(n) % 3 == 0))
    ended = replace(studied, data=replace(studied.data, cases=cases))
    again = examine(learned.facts, ended, learned.spec, studied.data.catalogue)
    assert again["parts"].pop("ended")["n"] == (np.arange(n) % 3 == 0)[studied.data.split.test].sum()
    assert canonical(again) == canonical(validation)


def test_every_rule_gives_its_verdict(validation):
    assert {r["rule"] for r in validation["verdict"]["rules"]} == {r.number for r in RULES}


def test_the_figures_are_of_the_written_scorecard_and_of_every_contender(learned, validation):
    data = learned.studied.data
    test = data.split.test
    assert set(validation["figures"]) == {"model", *learned.studied.learned}
    assert validation["figures"]["model"] == figures_and_gates.figures(
        data.bad[test], learned.studied.pd[test], data.supplier[test]
    )
    assert {f["n"] for f in validation["figures"].values()} == {int(test.sum())}
    assert validation["figures"]["constant"]["auc"] == 0.5


def test_a_central_tendency_moves_what_is_served_and_not_what_is_judged(learned, validation):
    base = learned.studied
    moved = replace(base, tendency=Tendency(0.10, "average of the region"))
    spec = declaration(learned.facts, moved, unit="request", purposes=("contract_loan",))
    assert canonical(examine(learned.facts, moved, spec, base.data.catalogue)) == canonical(validation)
    shift = np.log(0.10 / 0.90) - np.log(base.rate / (1 - base.rate))
    assert spec.calibration.intercept == pytest.approx(learned.spec.calibration.intercept + shift, abs=1e-8)
    assert spec.calibration.slope == learned.spec.calibration.slope
    assert spec.data["central_tendency"] == {
        "rate": 0.10,
        "reason": "average of the region",
        "before": pytest.approx(base.rate, rel=1e-9),
    }


def test_what_was_observed_of_a_grade_moves_with_its_probabilities(learned):
    moved = replace(learned.studied, tendency=Tendency(0.10, "average of the region"))
    spec = declaration(learned.facts, moved, unit="request", purposes=("contract_loan",))
    observed = [g.observed for g in spec.grades if g.observed]
    bare = [o for o in (g.observed for g in observe(served(moved), moved.data.bad[moved.data.split.test])) if o]
    assert [(o.n, o.bad) for o in observed] == [(o.n, o.bad) for o in bare]
    assert any(o.low > b.low for o, b in zip(observed, bare, strict=True))
    assert all(o.low >= b.low and o.high >= b.high for o, b in zip(observed, bare, strict=True))


def served(studied):
    return studied.pd_served[studied.data.split.test]


def test_only_columns_that_the_scorecard_looks_at_are_judged(learned, validation):
    names = learned.studied.data.names
    looked_at = {names[i] for i in learned.studied.used}
    assert set(validation["stability"]["columns"]) == looked_at
    assert validation["columns_used"] == len(looked_at) < len(names) == len(validation["columns"])
    unused = [i for i in range(len(names)) if i not in learned.studied.used]
    values = learned.studied.data.served_values.copy()
    values[:, unused] = 1e6
    assert np.array_equal(learned.studied.written.fitted.margin(values), learned.studied.margin)


def test_suppliers_that_training_never_saw_have_figures_of_their_own(learned, validation):
    data = learned.studied.data
    supplier = np.array(data.cases["supplier_id"].to_pylist())
    stranger = ~np.isin(supplier, supplier[data.split.training]) & data.split.test
    result = validation["parts"]["suppliers_never_seen"]
    assert 0 < result["n"] == stranger.sum() < data.split.test.sum()
    assert result == figures_and_gates.figures(
        data.bad[stranger], learned.studied.pd[stranger], data.supplier[stranger]
    )


def test_the_comparison_says_of_each_contender_how_far_it_is_behind_the_written(learned, validation):
    result, written = validation["comparison"], learned.studied.proposal.written
    assert (result[written]["behind"], result[written]["behind_se"]) == (0.0, 0.0)
    assert {name for name, one in result.items() if not one["serves"]} >= {"unconstrained", "histogram_boosting"}
    assert {one["n"] for one in result.values()} == {int(learned.studied.comparison.rows.sum())}
    for name, one in result.items():
        assert one["loss"] - result[written]["loss"] == pytest.approx(one["behind"], abs=1e-9), name
        assert one["label"]["zh"]


def test_a_constant_ranks_nobody_though_each_fold_has_its_own_bad_rate(learned, validation):
    result = validation["comparison"]["constant"]
    assert (result["auc"], result["auc_low"], result["auc_high"], result["ks"]) == (0.5, 0.5, 0.5, 0.0)
    rates = learned.studied.comparison.judged["constant"].pd(learned.studied.comparison.rows)
    assert result["mean_pd"] == pytest.approx(rates.mean())


def test_of_a_small_market_it_is_said_what_cannot_be_concluded(learned, validation):
    bads, after = learned.studied.sample.bad.sum(), validation["figures"]["model"]["bad"]
    assert bads < 200
    sentences = [one["en"] for one in validation["cannot_conclude"]]
    assert sentences[0].startswith(f"There are {bads:.0f} bads to train on")
    assert after < 100
    assert sentences[1].startswith(f"There are {after} cases of the rarer class after the split")


def test_every_gate_that_training_judges_is_judged_and_has_its_figures(learned, validation):
    result = gates(learned.studied, validation)
    assert set(result) == {"slope", "proposal", "record_groups", "parity", "leaks"}
    assert all(gate.text for gate in result.values())
    assert result["parity"].passed


def test_a_group_that_is_off_for_sure_and_a_cell_that_differs_fail_their_gates(learned, validation):
    wrong = copy.deepcopy(dict(validation))
    next(iter(wrong["record_groups"]["groups"].values()))["sure"] = True
    next(iter(wrong["record_groups"]["groups"].values()))["ratio"]["value"] = 2.0
    wrong["implementation"]["differing"] = 1
    result = gates(learned.studied, wrong)
    assert not result["record_groups"].passed
    assert not result["parity"].passed


def test_a_study_whose_proposal_is_not_what_is_written_fails_the_gate(learned, validation):
    doubted = replace(learned.studied, proposal=replace(learned.studied.proposal, name="constant", written="woe"))
    assert not gates(doubted, validation)["proposal"].passed
