"""What `supplier-credit propose` refuses, each with its reason, of candidates that are really so, against this code."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from models.canonical_json import canonical
from models.promotion.champions import champions
from models.promotion.people import add_person
from models.scorecard.compatibility import ThisCode
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.scorecard import Scorecard
from tests import promoting
from tests.promoting import variant

SHIPPED = Path(__file__).parents[2] / "models" / "releases" / "sandbox-history-loan"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A deployment in which ada may sign."""
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path / "home"))
    add_person(tmp_path / "home", "ada")
    return tmp_path / "home"


@pytest.fixture
def refused(home):
    """Propose a candidate in vain; nothing is left behind, and the reason is returned."""

    def refuse(candidate):
        result = CliRunner().invoke(app, ["propose", str(candidate), "--as", "ada"])
        assert result.exit_code != 0
        assert not (home / "promotions.jsonl").exists()
        assert not (home / "releases").exists()
        assert champions(home) == {}
        return str(result.exception)

    return refuse


@pytest.fixture
def damaged(tmp_path):
    """Damage a copy of the candidate that ships; see `promoting.damaged`."""
    return lambda **how: promoting.damaged(SHIPPED, tmp_path / "damaged", **how)


def test_the_same_candidate_unharmed_is_proposed(home, damaged):
    """What the other tests alter is the reason: a copy that nothing was done to goes through."""
    result = CliRunner().invoke(app, ["propose", str(damaged()), "--as", "ada"])
    assert (result.exit_code, result.stdout.strip()) == (0, "1")


def test_a_feature_without_reasons_is_refused_by_name(refused, tmp_path, monkeypatch):
    """The running code has lost a feature's sentences."""
    ours = ThisCode.here()
    mute = Catalogue(
        {code: said for code, said in ours.catalogue.sentences.items() if code != "D101"}, ours.catalogue.missing_data
    )
    bare = [c.name for c in Scorecard.open(SHIPPED).spec.columns if c.code == "D101"]
    candidate = variant(SHIPPED, tmp_path / "mute", slope=1, catalogue=mute)
    monkeypatch.setattr(ThisCode, "here", classmethod(lambda cls: replace(ours, catalogue=mute)))
    message = refused(candidate)
    assert "Gate reasons: Columns without reasons: " in message
    assert bare
    assert all(f"{name} (D101)" in message for name in bare)
    assert "Declare adverse and favourable sentences" in message


def test_a_feature_that_the_service_does_not_compute_is_refused_by_name(refused, damaged):
    def rename(declaration):
        declaration["columns"][0]["name"] = "bureau_score"

    assert "Gate columns: Columns that this service does not have: bureau_score (declared nowhere)" in refused(
        damaged(scorecard=rename)
    )


def test_a_failing_golden_case_is_refused_with_its_number_and_place(refused, damaged):
    def worse(text):
        lines = text.splitlines()
        case = json.loads(lines[6])
        case["answer"]["supplier"]["pd"] += 1e-8
        lines[6] = canonical(case).decode()
        return "\n".join(lines) + "\n"

    assert "Gate golden: case 7 is no longer answered as it was, at answer.supplier.pd" in refused(
        damaged(golden=worse)
    )


@pytest.mark.parametrize(
    "change", [{"format": 3}, {"colour": "green"}, {"unit": "contract"}], ids=["newer", "a further key", "another unit"]
)
def test_a_schema_that_the_service_does_not_know_is_refused(refused, damaged, change):
    assert "Gate format: " in refused(damaged(scorecard=lambda declaration: declaration.update(change)))


def test_contributions_that_do_not_add_up_are_refused(refused, damaged):
    """The counts that contributions are weighted by are gone; every score is what it was."""

    def uncount(text):
        return re.sub(r"\ninternal_count=[^\n]*", lambda found: re.sub(r"\d", "0", found.group()), text)

    assert "its contributions do not add up" in refused(damaged(booster=uncount))


@pytest.mark.parametrize(
    "digest",
    [
        "sha256:" + "9" * 64,
        "",
        "undeclared:late_delivery_rate",
        "unknown ('late_delivery_rate')",
    ],
)
def test_features_that_this_code_does_not_compute_are_refused_whatever_their_digest_says(refused, damaged, digest):
    message = refused(damaged(scorecard=lambda declaration: declaration.update(features_digest=digest)))
    assert f"Gate features: It was trained on features {digest}; the running code's are sha256:" in message


def test_a_digest_that_says_undeclared_is_no_digest_even_where_this_code_would_say_the_same(refused, damaged):
    """A column that nobody declares has the digest `undeclared:…` here: to write the same there is no way in."""

    def outside(declaration):
        declaration["columns"][0]["name"] = "bureau_score"
        declaration["features_digest"] = "undeclared:bureau_score"

    message = refused(damaged(scorecard=outside))
    assert "Gate columns: " in message
    assert "Gate features: It was trained on features undeclared:bureau_score" in message


def test_several_reasons_are_given_together(refused, damaged):
    def twice(declaration):
        declaration["features_digest"] = "sha256:" + "9" * 64
        declaration["catalogue"] = "rc-0"

    message = refused(damaged(scorecard=twice))
    assert "Gate features" in message
    assert "Gate catalogue" in message


def test_one_that_is_no_better_than_the_constant_is_refused_with_both_figures(refused, damaged):
    def worse(text):
        validation = json.loads(text)
        validation["figures"]["model"]["auc"] = 0.4321
        return canonical(validation).decode()

    assert "Gate auc: Out-of-time auc 0.4321, of the constant 0.5000" in refused(damaged(validation=worse))


@pytest.mark.parametrize("name", ["slope", "proposal", "record_groups", "parity", "leaks"])
def test_a_gate_that_was_taken_out_of_the_folder_is_missed(refused, damaged, name):
    message = refused(damaged(scorecard=lambda declaration: declaration["gates"].pop(name)))
    assert f"Gate {name}: Training did not judge it. Train again." in message


def test_a_group_that_fails_for_sure_is_not_talked_away_by_the_folders_own_word(refused, damaged):
    def worse(text):
        validation = json.loads(text)
        validation["record_groups"]["groups"]["clean_delivery"]["sure"] = True
        return canonical(validation).decode()

    assert "Gate record_groups: scorecard.json says that it is passed, and validation.json that it is not." in refused(
        damaged(validation=worse)
    )
