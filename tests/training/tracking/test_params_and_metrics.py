"""The logged parameters: every option that applies, and nothing that identifies a case or a supplier."""

from dataclasses import replace

import pytest

from tests.training.outside.declared import ASKED
from training.cases import outcomes
from training.learning.leaks import Finding
from training.learning.tendency import Tendency
from training.outside.columns import read_external
from training.tracking.params_and_metrics import run_params
from training.validation.parts.benefit import Economics


def logged(learned, *, economics=None, written=None, tendency=None, **data):
    """The parameters of the shared study with other options."""
    proposal = learned.studied.proposal
    studied = replace(
        learned.studied,
        tendency=tendency,
        proposal=replace(proposal, written=written or proposal.written),
        data=replace(learned.studied.data, **data),
    )
    return run_params(learned.spec, studied, economics)


def test_a_training_without_choices_logs_its_outcome_method_and_assumptions(learned):
    params = logged(learned, without=())
    assert params["method"] == learned.studied.proposal.written
    assert (params["outcome"], params["outcome_dpd"], params["outcome_tail_days"]) == ("loan_default/v2", "90", "120")
    assert (params["margin"], params["lgd"], params["economics"]) == (0.03, 0.45, "assumed")
    assert not {"without", "accepted_leaks", "external", "central_tendency", "outcome_cap_months"} & set(params)


def test_every_choice_is_logged_and_of_leaks_and_outside_columns_the_names_and_digests(learned, tmp_path):
    data = learned.studied.data
    (tmp_path / "spec.toml").write_text(ASKED, encoding="utf-8")
    rows = [f"{case},{i % 3}" for i, case in enumerate(data.cases["case_id"].to_pylist())]
    (tmp_path / "bureau.csv").write_text("\n".join(["case_id,asked_before", *rows]) + "\n")
    external = read_external(tmp_path / "bureau.csv", tmp_path / "spec.toml", data.cases, learned.facts)
    params = logged(
        learned,
        economics=Economics(margin=0.02, lgd=0.6),
        tendency=Tendency(0.025, "average of 2015 to 2024"),
        outcome=outcomes.outcome("loan_default", changes={"dpd": "60"}),
        without=("loans", "bids"),
        findings=(Finding("late_delivery_rate", "value", 0.93, 0.9, 0.95, "accepted", "as agreed with Ms Li"),),
        external=external,
    )
    assert (params["margin"], params["lgd"], params["economics"]) == (0.02, 0.6, "given")
    assert (params["central_tendency"], params["central_tendency_reason"]) == (0.025, "average of 2015 to 2024")
    assert (params["outcome"], params["outcome_dpd"]) == ("loan_default/v2?dpd=60", "60")
    assert (params["without"], params["accepted_leaks"]) == ("bids,loans", "late_delivery_rate")
    assert (params["external"], params["external_spec"]) == (external.digest, external.declared.digest)
    all_values = " ".join(map(str, params.values()))
    named = {*data.cases["case_id"].to_pylist(), *data.cases["supplier_id"].to_pylist()}
    assert not [name for name in named if name in all_values]
    assert "Ms Li" not in all_values


@pytest.mark.parametrize("method", ["constant", "one_feature", "woe", "expert"])
def test_trees_are_not_logged_where_none_were_written(learned, method):
    assert not {"trees", "leaves", "depth", "learning_rate"} & set(logged(learned, written=method))


def test_the_trees_that_are_logged_are_those_that_were_written(learned):
    trees = {name: learned.studied.learned[name].fitted.choices["trees"] for name in ("lightgbm", "blend")}
    assert trees["lightgbm"] != trees["blend"]
    for name, count in trees.items():
        assert logged(learned, written=name)["trees"] == count
