"""MLflow's registry is a copy of the promotion ledger and has no effect on it."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.canonical_json import canonical
from models.errors import LedgerError
from models.promotion.champions import champion
from models.promotion.high_water import verified_lines
from models.promotion.people import add_person
from models.promotion.promote import approve, propose, reject, rollback
from models.scorecard.scorecard import Scorecard
from tests.promoting import variant
from training.tracking.registry import aliases_of, sync
from training.tracking.run import SILENT, Run, store

pytestmark = pytest.mark.slow

SHIPPED = Path(__file__).parents[3] / "models" / "releases" / "sandbox-history-loan"
NAME = "history-loan"


def trained(home, folder, *, slope):
    """A candidate as training writes it: logged to a run, with that run in its provenance."""
    with Run(home, "loan_default supplier") as run:
        variant(SHIPPED, folder, slope=slope)
        provenance = json.loads((folder / "provenance.json").read_bytes()) | {"run_id": run.id}
        (folder / "provenance.json").write_bytes(canonical(provenance))
        run.log(params={"trees": 60}, metrics={"model_auc": 0.8}, tags={"scorecard": provenance["scorecard"]})
        run.log_candidate(folder)
    return folder, run.id


@dataclasses.dataclass(frozen=True)
class Lab:
    """A home with two trained candidates of one name, and two people."""

    home: Path
    first: Path
    second: Path
    runs: tuple[str, str]

    def propose(self, candidate):
        return propose(self.home, candidate, by="ada")

    def promote(self, candidate):
        return approve(self.home, self.propose(candidate).serial, by="grace")

    @property
    def model(self):
        return store(self.home).get_registered_model(NAME)

    @property
    def aliases(self):
        """The version of each alias."""
        client = store(self.home)
        return {alias: client.get_model_version_by_alias(NAME, alias).tags["version"] for alias in self.model.aliases}

    def versions(self, name=NAME):
        return sorted(store(self.home).search_model_versions(f"name='{name}'"), key=lambda v: int(v.version))


@pytest.fixture(scope="module")
def made(tmp_path_factory, tracked):
    home = tmp_path_factory.mktemp("lab")
    tracked(home / "home")
    for name in ("ada", "grace"):
        add_person(home / "home", name)
    first, one = trained(home / "home", home / "first", slope=0.97)
    second, two = trained(home / "home", home / "second", slope=0.95)
    return Lab(home / "home", first, second, (one, two))


@pytest.fixture
def lab(made, tmp_path):
    """A copy of one's own; the files beside the runs stay where they are."""
    return dataclasses.replace(made, home=shutil.copytree(made.home, tmp_path / "home"))


def test_every_release_is_one_version_whose_source_is_its_run(lab):
    promoted = lab.promote(lab.first)
    assert sync(lab.home).added == 1
    (version,) = lab.versions()
    assert (version.run_id, version.source.endswith(f"{lab.runs[0]}/artifacts/scorecard")) == (lab.runs[0], True)
    assert version.tags == {
        "digest": promoted.digest,
        "version": "1",
        "proposal": "1",
        "approval_id": promoted.approval_id,
        "serial": "2",
    }


def test_copying_again_adds_nothing(lab):
    lab.promote(lab.first)
    lab.propose(lab.second)
    assert sync(lab.home).added == 2
    before = [dict(version) for version in lab.versions()]
    assert sync(lab.home).added == 0
    assert [dict(version) for version in lab.versions()] == before


def test_the_champion_is_the_last_word_and_the_challenger_the_open_proposal(lab):
    lab.propose(lab.first)
    sync(lab.home)
    assert lab.aliases == {"challenger": "1"}
    approve(lab.home, 1, by="grace")
    lab.propose(lab.second)
    sync(lab.home)
    assert lab.aliases == {"champion": "1", "challenger": "2"}
    reject(lab.home, 3, by="grace", reason="Its sample is too young.")
    sync(lab.home)
    assert lab.aliases == {"champion": "1"}
    lab.promote(lab.second)
    sync(lab.home)
    assert lab.aliases == {"champion": "2"}


def test_a_rollback_moves_the_champion_back_and_is_logged(lab):
    lab.promote(lab.first)
    lab.promote(lab.second)
    sync(lab.home)
    back = rollback(lab.home, "history_loan", by="ada", reason="It refuses too many.")
    assert sync(lab.home).added == 0
    assert lab.aliases == {"champion": "1"}
    first, second = lab.versions()
    assert (first.tags["approval_id"], first.tags["serial"]) == (back.approval_id, "5")
    assert second.tags["serial"] == "4"


def test_what_is_moved_in_mlflow_moves_nothing_here_and_is_moved_back(lab):
    lab.promote(lab.first)
    lab.promote(lab.second)
    sync(lab.home)
    client, ours = store(lab.home), champion(lab.home, "history_loan")
    client.set_registered_model_alias(NAME, "champion", "1")
    client.set_registered_model_alias(NAME, "challenger", "1")
    client.set_registered_model_alias(NAME, "mine", "1")
    client.set_model_version_tag(NAME, "2", "approval_id", "pl_forged")
    assert champion(lab.home, "history_loan") == ours
    sync(lab.home)
    assert lab.aliases == {"champion": "2", "mine": "1"}
    assert lab.versions()[1].tags["approval_id"] == ours.approval_id


def test_a_ledger_that_was_begun_anew_takes_its_aliases_along(lab):
    lab.promote(lab.first)
    sync(lab.home)
    store(lab.home).create_registered_model("somebody-elses")
    store(lab.home).create_model_version("somebody-elses", "file:///x", await_creation_for=0)
    store(lab.home).set_registered_model_alias("somebody-elses", "champion", "1")
    for file in ("promotions.jsonl", "promotions.seen"):
        (lab.home / file).unlink()
    assert sync(lab.home).aliases == {}
    assert lab.model.aliases == {}
    assert store(lab.home).get_registered_model("somebody-elses").aliases == {"champion": 1}


def test_a_release_without_a_known_run_is_its_own_source(lab, tmp_path):
    release = lab.promote(variant(SHIPPED, tmp_path / "stranger", slope=0.9))
    sync(lab.home)
    (version,) = lab.versions()
    assert (version.run_id or None, version.source) == (None, release.folder.resolve().as_uri())


def test_a_run_that_trained_something_else_is_not_taken_for_the_source(lab, tmp_path):
    folder = variant(SHIPPED, tmp_path / "stranger", slope=0.9)
    provenance = json.loads((folder / "provenance.json").read_bytes()) | {"run_id": lab.runs[0]}
    (folder / "provenance.json").write_bytes(canonical(provenance))
    lab.promote(folder)
    sync(lab.home)
    assert not lab.versions()[0].run_id


def test_a_ledger_that_does_not_hold_is_not_copied(lab):
    lab.promote(lab.first)
    (lab.home / "promotions.jsonl").write_bytes(b"not a promotion\n")
    with pytest.raises(LedgerError):
        sync(lab.home)
    assert store(lab.home).search_registered_models() == []


def test_each_name_has_its_own_model(lab, tmp_path):
    lab.promote(lab.first)
    lab.propose(variant(SHIPPED, tmp_path / "guarantee", name="guarantee", purposes=("guarantee",)))
    assert sync(lab.home).added == 2
    assert aliases_of(verified_lines(lab.home)) == {NAME: {"champion": "1"}, "guarantee": {"challenger": "1"}}
    assert [v.tags["version"] for v in lab.versions("guarantee")] == ["1"]


def test_a_scorecard_that_is_champion_in_two_versions_has_its_alias_on_the_last_word(lab, tmp_path):
    """After a rollback of one of its purposes."""
    both = {"purposes": ("history_loan", "guarantee")}
    for slope in (0.9, 0.8):
        lab.promote(variant(SHIPPED, tmp_path / str(slope), slope=slope, **both))
    rollback(lab.home, "guarantee", by="ada", reason="It refuses too many.")
    assert aliases_of(verified_lines(lab.home)) == {NAME: {"champion": "1"}}


# What the run keeps


@pytest.fixture(scope="module")
def logged_folder(made):
    """The folder beside the first run."""
    return made.home / "mlflow-artifacts" / made.runs[0] / "artifacts" / "scorecard"


def test_the_signature_says_what_goes_in_and_what_comes_out(logged_folder):
    from mlflow.models import Model

    card, model = Scorecard.open(SHIPPED), Model.load(str(logged_folder / "MLmodel"))
    inputs, outputs = model.get_input_schema(), model.get_output_schema()
    assert tuple(inputs.input_names()) == card.columns
    assert {(column.type.name, column.required) for column in inputs.inputs} == {("double", False)}
    assert [(column.name, column.type.name) for column in outputs.inputs] == [("pd", "double")]


def test_the_mlmodel_names_no_code_no_pickle_and_no_loader(logged_folder):
    from mlflow.models import Model

    model = Model.load(str(logged_folder / "MLmodel"))
    assert set(model.flavors) == {"lightgbm"}
    assert set(model.flavors["lightgbm"]) == {"lgb_version", "data", "model_class"}
    text = (logged_folder / "MLmodel").read_text()
    assert not [word for word in ("pickle", "loader_module", "code", "skops") if word in text]


def test_the_booster_can_be_had_by_its_alias_without_a_pickle(lab):
    """By a data scientist; serving opens the release itself, and no `MLmodel`."""
    import mlflow

    lab.promote(lab.first)
    sync(lab.home)
    version = store(lab.home).get_model_version_by_alias(NAME, "champion")
    booster = mlflow.lightgbm.load_model(version.source)
    card = Scorecard.open(SHIPPED)
    rows = np.zeros((3, len(card.columns)))
    assert np.array_equal(booster.predict(rows, raw_score=True), card.margins(rows))


def test_a_report_is_kept_beside_the_run(tmp_path, tracked):
    tracked(tmp_path / "home")
    folder = tmp_path / "made"
    (folder / "plots").mkdir(parents=True)
    (folder / "report.html").write_text("<h1>验证报告</h1>", encoding="utf-8")
    (folder / "plots" / "roc.svg").write_text("<svg/>")
    with Run(tmp_path / "home", "x") as run:
        run.log_report(folder)
    logged_folder = tmp_path / "home" / "mlflow-artifacts" / run.id / "artifacts" / "report"
    assert sorted(p.relative_to(logged_folder).as_posix() for p in logged_folder.rglob("*.*")) == [
        "plots/roc.svg",
        "report.html",
    ]


PROGRAM = """
import socket, sys
from pathlib import Path
def refuse(*arguments): print("connected to", arguments[1]); raise OSError
socket.socket.connect = socket.socket.connect_ex = refuse
from training.tracking.registry import sync
print(sync(Path(sys.argv[1])).added)
import time; time.sleep(1)
"""


def test_a_copy_opens_no_connection_and_leaves_nothing_elsewhere(lab, tmp_path):
    """In a process of its own and without `CI`, which would switch MLflow's telemetry off by itself."""
    lab.promote(lab.first)
    (tmp_path / "here").mkdir()
    env = {k: v for k, v in os.environ.items() if k not in {"CI", *SILENT}}
    env |= {"PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(lab.home)],
        env=env,
        cwd=tmp_path / "here",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"
    assert list((tmp_path / "here").iterdir()) == []
