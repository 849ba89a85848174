"""What is not proposed, and why: each refusal by a candidate that is really so."""

import re
import shutil
from dataclasses import replace

import lightgbm as lgb
import pytest

from models.errors import PromotionError, ScorecardError
from models.scorecard.gates import CONFIRMED_BY
from models.scorecard.grades import GRADES
from models.scorecard.reason_catalogue import Catalogue, Sentences
from models.scorecard.scale import Scale
from models.scorecard.scorecard import Scorecard
from models.scorecard.spec import Gate


def refused(desk, candidate):
    """Why a candidate is not proposed; nothing is left behind by it."""
    before = desk.ledger.exists()
    with pytest.raises(PromotionError) as error:
        desk.propose(candidate)
    assert str(error.value).startswith("Not proposed. ")
    assert desk.ledger.exists() == before
    assert not (desk.home / "releases").exists()
    return str(error.value)


def unconstrained(made):
    """A booster of the same columns, fitted without constraints."""
    names = [c.name for c in made.spec.columns]
    settings = {"objective": "binary", "num_leaves": 8, "verbose": -1}
    return lgb.train(
        settings, lgb.Dataset(made.rows, made.bad, feature_name=names), num_boost_round=4
    ).model_to_string()


# What training judged


@pytest.mark.parametrize(
    ("figures", "gate"),
    [
        ({"model": {"auc": 0.5, "brier": 0.1}, "constant": {"auc": 0.5, "brier": 0.2}}, "auc"),
        ({"model": {"auc": 0.8, "brier": 0.2}, "constant": {"auc": 0.5, "brier": 0.2}}, "brier"),
        ({"model": {"auc": None, "brier": 0.1}, "constant": {"auc": 0.5, "brier": 0.2}}, "auc"),
        ({"constant": {"auc": 0.5, "brier": 0.2}}, "auc"),
    ],
)
def test_no_better_than_the_constant_is_not_proposed(made, tmp_path, desk, figures, gate):
    made.write(tmp_path / "c", figures=figures)
    message = refused(desk, tmp_path / "c")
    assert f"Gate {gate}:" in message
    assert "Train" in message


def test_a_figure_that_could_not_be_evaluated_is_said_to_be_so(made, tmp_path, desk):
    made.write(tmp_path / "c", figures={"model": {"auc": None, "brier": 0.1}, "constant": {"auc": None, "brier": 0.2}})
    assert "Gate auc: The out-of-time auc could not be evaluated" in refused(desk, tmp_path / "c")


def test_a_slope_that_may_be_nothing_is_not_proposed(made, tmp_path, desk):
    made.write(tmp_path / "c", gates={"slope": Gate(False, "Interval -0.1 to 0.4.", "More bads.")})
    assert "Gate slope: Interval -0.1 to 0.4. More bads." in refused(desk, tmp_path / "c")


@pytest.mark.parametrize("basis", ["model", "synthetic"])
@pytest.mark.parametrize("name", sorted(CONFIRMED_BY))
def test_a_gate_that_nobody_judged_is_not_proposed(made, tmp_path, desk, name, basis):
    """As of a refused candidate from which the gate that refused it was taken away."""
    left = {other: gate for other, gate in made.spec.gates.items() if other != name}
    made.write(tmp_path / "c", gates=left, basis=basis)
    assert f"Gate {name}: Training did not judge it." in refused(desk, tmp_path / "c")


@pytest.mark.parametrize(
    ("name", "validation"),
    [
        ("slope", {"platt": {"free_low": -0.1}}),
        ("proposal", {"proposal": {"name": "constant", "written": "lightgbm"}}),
        ("record_groups", {"record_groups": {"groups": {"clean_delivery": {"sure": True}}}}),
        ("parity", {"implementation": {"cases": 50, "cells": 650, "differing": 3}}),
        ("leaks", {"leaks": {"columns": [{"column": "misconducts", "verdict": "stop"}]}}),
    ],
)
def test_a_gate_that_the_figures_do_not_confirm_is_not_proposed(made, tmp_path, desk, name, validation):
    made.write(tmp_path / "c", validation=validation)
    message = f"Gate {name}: scorecard.json says that it is passed, and validation.json that it is not."
    assert message in refused(desk, tmp_path / "c")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("slope", "platt"),
        ("proposal", "proposal"),
        ("record_groups", "record_groups"),
        ("parity", "implementation"),
        ("leaks", "leaks"),
    ],
)
def test_a_gate_whose_figures_were_taken_away_is_not_proposed(made, tmp_path, desk, name, key):
    for number, nothing in enumerate([None, {}, [], 7]):
        made.write(tmp_path / str(number), validation={key: nothing})
        message = refused(desk, tmp_path / str(number))
        assert f"Gate {name}: validation.json lacks the figures that it was judged by." in message


@pytest.mark.parametrize("name", ["drift", "proposal", "leaks", "clean_record"])
def test_any_gate_that_training_failed_counts(made, tmp_path, desk, name):
    made.write(tmp_path / "c", gates={**made.spec.gates, name: Gate(False, "It failed.")})
    assert f"Gate {name}: It failed." in refused(desk, tmp_path / "c")


def test_a_candidate_does_not_vouch_for_itself(desk, damaged):
    """Gates that can be computed are computed, whatever the folder says of them."""
    folder = damaged(validation=lambda text: text.replace('"auc":0.8', '"auc":0.4'))
    assert '"auc":{"mend":"","passed":true' in (folder / "scorecard.json").read_text()
    assert "Gate auc: Out-of-time auc 0.4000, of the constant 0.5000." in refused(desk, folder)


# An expert's weights, which serve before any outcome exists


def of_an_expert(made, folder, **changes):
    gates = {
        "basis": Gate(True, "The weights are those of the panel of 2026-11-02."),
        "slope": Gate(False, "No outcome has matured."),
    }
    made.write(folder, figures={"none": {}}, **{"basis": "expert", "gates": gates, **changes})
    return folder


def test_an_experts_scorecard_needs_no_outcome(made, tmp_path, desk):
    champion = desk.promote(of_an_expert(made, tmp_path / "c"))
    assert champion.version == "1"
    assert desk.open().spec.basis == "expert"


def test_an_experts_scorecard_says_what_its_weights_rest_on(made, tmp_path, desk):
    message = refused(desk, of_an_expert(made, tmp_path / "c", gates={}))
    assert "Gate basis: Training did not judge it." in message
    assert "Gate slope" not in message
    failed = {"basis": Gate(False, "Weight of D101 is of the wrong sign.", "Turn it.")}
    message = refused(desk, of_an_expert(made, tmp_path / "d", gates=failed))
    assert "Gate basis: Weight of D101 is of the wrong sign. Turn it." in message


def test_nothing_else_is_relaxed_for_an_expert(made, tmp_path, desk):
    free = replace(made, booster_text=unconstrained(made))
    assert "Gate constraints" in refused(desk, of_an_expert(free, tmp_path / "c"))
    leaking = {"basis": Gate(True, "Agreed."), "leaks": Gate(False, "A weight on the outcome.")}
    assert "Gate leaks" in refused(desk, of_an_expert(made, tmp_path / "d", gates=leaking))


def test_a_gate_of_the_basis_does_not_stand_for_the_figures_of_a_model(made, tmp_path, desk):
    made.write(tmp_path / "c", figures={"none": {}}, gates={"basis": Gate(True, "Agreed.")})
    message = refused(desk, tmp_path / "c")
    for gate in ("auc", "brier", "slope"):
        assert f"Gate {gate}:" in message


# Reasons


def test_a_column_without_sentences_is_not_proposed(made, tmp_path, desk):
    silent = {c: s for c, s in made.catalogue.sentences.items() if c != "I101"}
    mute = Catalogue(
        {**silent, "D101": Sentences(silent["D101"].adverse, {"zh": "有", "en": ""})}, made.catalogue.missing_data
    )
    made.write(tmp_path / "c", catalogue=mute)
    message = refused(desk.of(catalogue=mute), tmp_path / "c")
    assert "Gate reasons" in message
    assert "misconducts (I101)" in message
    assert "late_delivery_rate_180d (D101)" in message


def test_a_family_without_a_code_for_missing_data_is_not_proposed(made, tmp_path, desk):
    deaf = Catalogue(made.catalogue.sentences, {k: v for k, v in made.catalogue.missing_data.items() if k != "I"})
    made.write(tmp_path / "c", catalogue=deaf)
    message = refused(desk.of(catalogue=deaf), tmp_path / "c")
    assert "Gate reasons" in message
    assert "(family I)" in message


def test_another_catalogue_of_reasons_is_not_proposed(desk, damaged):
    folder = damaged(scorecard=lambda document: document.update(catalogue="rc-0"))
    assert "Gate catalogue: Its reasons are of catalogue rc-0, rc-3; this code's are of rc-3." in refused(desk, folder)


# Golden cases


def test_a_candidate_with_other_sentences_than_the_codes_is_not_proposed(made, written, desk):
    other = {c: Sentences({"zh": "改", "en": "new"}, {"zh": "改", "en": "new"}) for c in made.catalogue.sentences}
    assert "Gate catalogue: Its reasons are worded otherwise than this code's: D100, D101" in refused(
        desk.of(catalogue=replace(made.catalogue, sentences=other)), written
    )


def test_sentences_that_differ_from_the_golden_answers_are_not_proposed(desk, damaged):
    folder = damaged(reasons=lambda text: text.replace("speaks against", "says nothing against"))
    assert "Gate catalogue" in refused(desk, folder)
    with pytest.raises(ScorecardError, match="golden"):
        Scorecard.open(folder)


def test_a_leaf_that_was_changed_under_good_digests_is_found_by_the_golden_cases(desk, damaged):
    """The lengths are kept, the digests are right: nothing but the answers tells."""
    folder = damaged(booster=lambda text: re.sub(r"(leaf_value=-?\d\.\d)\d", r"\g<1>9", text))
    assert re.search(r"Gate golden: case \d+ is no longer answered as it was", refused(desk, folder))


def test_golden_cases_that_were_thrown_away_are_missed(desk, damaged):
    folder = damaged(golden=lambda text: "".join(text.splitlines(keepends=True)[:19]))
    assert "Gate golden: 19 golden cases, 20 are needed" in refused(desk, folder)


# The running code


def test_another_format_is_not_proposed(desk, damaged):
    assert "Gate format" in refused(desk, damaged(scorecard=lambda document: document.update(format=1)))


@pytest.mark.parametrize("change", [{"vendor": "x"}, {"unit": "contract"}, {"basis": "hearsay"}, {"calibration": 7}])
def test_a_declaration_that_this_code_cannot_read_is_not_proposed(desk, damaged, change):
    folder = damaged(scorecard=lambda document: document.update(change))
    assert "Gate format" in refused(desk, folder)


def test_another_codes_features_are_not_proposed(written, desk):
    other = desk.of(digest=lambda _: "sha256:" + "9" * 64)
    assert "Gate features: It was trained on features sha256:111" in refused(other, written)


def test_a_column_from_outside_is_not_proposed(written, desk):
    """Its sentences are in the candidate's own catalogue and golden cases: the column is the reason that is given."""
    columns = {name: column for name, column in desk.running.columns.items() if name != "misconducts"}
    sentences = {code: said for code, said in desk.running.catalogue.sentences.items() if code != "I101"}
    without = desk.of(columns=columns, catalogue=replace(desk.running.catalogue, sentences=sentences))
    assert "Gate columns: Columns that this service does not have: misconducts (declared nowhere)" in refused(
        without, written
    )


def test_evidence_from_outside_is_not_proposed(desk, damaged):
    def ask_for_more(message):
        message["columns"][0]["evidence"].append("bank_balance")

    message = refused(desk, damaged(scorecard=ask_for_more))
    assert "Gate columns: Columns that this service does not have: bank_balance (declared nowhere)" in message


@pytest.mark.parametrize(
    ("key", "value"), [("code", "D102"), ("family", "T"), ("unit", "days"), ("risk", "falls"), ("window_days", 90)]
)
def test_a_column_that_is_declared_otherwise_is_not_proposed(desk, made, tmp_path, key, value):
    """A signed word in the folder does not outweigh the declaration: reasons and constraints hang on it."""
    changed = (replace(made.spec.columns[0], **{key: value}), *made.spec.columns[1:])
    made.write(tmp_path / "c", columns=changed)
    assert "late_delivery_rate_180d (declared otherwise)" in refused(desk, tmp_path / "c")


def test_a_scorecard_of_suppliers_that_asks_for_terms_is_not_proposed(made, tmp_path, desk):
    made.write(tmp_path / "c", unit="supplier")
    asked = {
        name: replace(column, feature=replace(column.feature, table="request")) if name == "days" else column
        for name, column in desk.running.columns.items()
    }
    assert "days (of a request, in a scorecard of suppliers)" in refused(desk.of(columns=asked), tmp_path / "c")
    assert desk.propose(tmp_path / "c").version == "1"


def test_points_on_another_scale_are_not_proposed(made, tmp_path, desk):
    made.write(tmp_path / "c", scale=Scale(id="pcs-700-50-20/v1", points_at_odds=700.0))
    message = refused(desk, tmp_path / "c")
    assert "Gate scale" in message
    assert "points_at_odds=700.0" in message


def test_another_scale_under_the_same_name_is_not_proposed(made, tmp_path, desk):
    made.write(tmp_path / "c", scale=Scale(pdo=40.0))
    assert "Gate scale" in refused(desk, tmp_path / "c")


def test_grades_of_another_master_scale_are_not_proposed(made, tmp_path, desk):
    made.write(tmp_path / "c", master_scale="ms-2")
    assert "Gate master_scale: Its grades are of the master scale ms-2" in refused(desk, tmp_path / "c")


def test_other_grades_under_the_same_name_are_not_proposed(made, tmp_path, desk):
    wider = (replace(GRADES[0], pd_high=0.002), replace(GRADES[1], pd_low=0.002), *GRADES[2:])
    made.write(tmp_path / "c", grades=wider)
    assert "Gate master_scale" in refused(desk, tmp_path / "c")


# The booster


def test_other_constraints_than_the_declared_are_not_proposed(made, tmp_path, desk):
    replace(made, booster_text=unconstrained(made)).write(tmp_path / "c")
    assert "Gate constraints: Fitted under other monotone constraints" in refused(desk, tmp_path / "c")


def test_a_booster_that_only_claims_the_declared_constraints_is_not_proposed(made, tmp_path, desk):
    """The header is the one of a constrained booster; the trees were grown on outcomes the other way round."""
    names = [c.name for c in made.spec.columns]
    settings = {"objective": "binary", "num_leaves": 8, "verbose": -1}
    data = lgb.Dataset(made.rows, 1 - made.bad, feature_name=names)
    free = lgb.train(settings, data, num_boost_round=40).model_to_string()
    claims = next(line for line in made.booster_text.splitlines() if line.startswith("monotone_constraints="))
    replace(made, booster_text=claiming(free, claims)).write(tmp_path / "c")
    message = refused(desk, tmp_path / "c")
    assert "Gate constraints: Points go against the declared direction of " in message


def claiming(text, claims):
    """A booster's text with another line of constraints, each tree's size and the header's place as they were."""
    head, rest = text.split("feature_infos=", 1)
    assert "monotone_constraints=" not in head
    return f"{head}{claims}\nfeature_infos={rest}"


def test_contributions_that_do_not_add_up_are_not_proposed(desk, damaged):
    """The counts that contributions are weighted by are gone; scores are what they were."""

    def uncount(text):
        return re.sub(r"\ninternal_count=[^\n]*", lambda found: re.sub(r"\d", "0", found.group()), text)

    assert "its contributions do not add up" in refused(desk, damaged(booster=uncount))


def test_trees_that_cannot_be_explained_are_not_proposed(made, desk, damaged):
    names = [c.name for c in made.spec.columns]
    settings = {"objective": "binary", "linear_tree": True, "verbose": -1, "num_leaves": 4}
    linear = lgb.train(settings, lgb.Dataset(made.rows, made.bad, feature_name=names), num_boost_round=2)
    message = refused(desk, damaged(booster=lambda _: linear.model_to_string()))
    assert "not implemented for linear trees" in message


def test_a_text_that_does_not_load_is_not_proposed(desk, damaged):
    stray = damaged(booster=lambda _: "split_feature=999\n")
    assert "booster.txt did not load in a trial process" in refused(desk, stray)


# The folder


def test_an_altered_candidate_is_not_proposed(tmp_path, written, desk):
    folder = shutil.copytree(written, tmp_path / "altered")
    (folder / "card.md").write_text("better")
    assert "card.md was altered" in refused(desk, folder)


def test_several_failed_gates_are_named_together(made, tmp_path, desk):
    figures = {"model": {"auc": 0.5, "brier": 0.3}, "constant": {"auc": 0.5, "brier": 0.2}}
    made.write(tmp_path / "c", figures=figures)
    message = refused(desk, tmp_path / "c")
    assert "Gate auc" in message
    assert "Gate brier" in message
