"""`supplier-credit train` with columns from outside, an accepted leak and a changed outcome, from end to end."""

import csv
import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.verbs.train import named
from features.errors import InputError
from features.facts.store import Facts
from models.scorecard.scorecard import Scorecard
from tests.command import command
from tests.training.fewer_columns import left_out
from tests.training.outside.declared import SCORE
from training.cases import outcomes

pytestmark = pytest.mark.slow

SPEC = f"""{SCORE}
[watched]
code = "X002"
label = {{ zh = "关注名单", en = "On the watch list" }}
unit = "flag"
risk = "unsigned"
known = "as_of"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory, tracked):
    """Imported facts of a small market, and an outside file that leaks: who was watched went bad."""
    from features.importing.import_facts import import_facts
    from sandbox.make import make_sandbox

    folder = tracked(tmp_path_factory.mktemp("home"))
    make_sandbox(folder / "market", "plain", 700, 5)
    import_facts(folder / "market" / "facts", folder / "facts")
    cases = outcomes.usable(outcomes.cases(Facts.open(folder / "facts"), "loan_default")).to_pylist()
    rng = np.random.default_rng(3)
    with (folder / "outside.csv").open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["case_id", "pulled_on", "bureau_score", "watched", "name"])
        for case in cases:
            score = round(600 + 40 * rng.normal() - 60 * case["bad"])
            out.writerow([case["case_id"], case["as_of"].date(), score, case["bad"], "somebody"])
    (folder / "outside.toml").write_text(SPEC, encoding="utf-8")
    (folder / "undated.toml").write_text(SPEC.replace('known = "pulled_on"', ""), encoding="utf-8")
    return folder


def output_of(home, *words, expect):
    """What the command line says, on both streams, when it ends with an exit code."""
    outside = ("--external", home / "outside.csv") if "--external-spec" in words else ()
    done = command(*words, *outside, home=home)
    assert done.returncode == expect, done.stderr
    return done.stdout, done.stderr


def train(home, *more, expect=0):
    return output_of(home, "train", home / "facts", "--outcome", "loan_default", *more, expect=expect)


@pytest.fixture(scope="module")
def trained(home):
    """The candidate's folder, and what was printed: the leak is accepted, another outcome is meant."""
    spec, reason = ("--external-spec", home / "outside.toml"), "watched=our own list, drawn up before the loan"
    without = [word for name in ("firm_age", *left_out()) for word in ("--without", name)]
    printed, _ = train(home, *spec, "--accept-leak", reason, "--outcome-parameter", "dpd=60", *without)
    return Path(printed.strip().splitlines()[-1]), printed


def test_a_leak_stops_training_and_says_how_to_go_on(home):
    _, said = train(home, "--external-spec", home / "outside.toml", expect=2)
    assert re.search(r"Training stops\. One column alone predicts the outcome: watched \(value, AUC 1\.000", said)
    assert "where: watched, value" in said
    assert "--accept-leak 'watched=REASON'" in said


def test_a_column_that_nobody_dated_stops_training(home):
    _, said = train(home, "--external-spec", home / "undated.toml", expect=2)
    assert "Column 'bureau_score' does not say when its values were known." in said
    assert "undated.toml, [bureau_score]" in said


def test_every_class_of_cases_is_counted_and_printed(trained):
    folder, printed = trained
    cases = json.loads((folder / "scorecard.json").read_text())["data"]["cases"]
    assert {"good", "bad", "indeterminate_unreported", "not_matured", "excluded", "not_known_before_split"} <= set(
        cases
    )
    line = next(line for line in printed.splitlines() if line.startswith("cases: "))
    for state, n in cases.items():
        assert f"{n:,} {state.replace('_', ' ')}" in line


def test_an_accepted_leak_is_recorded_with_its_reason_wherever_it_is_looked_for(trained):
    folder, printed = trained
    gate = json.loads((folder / "scorecard.json").read_text())["gates"]["leaks"]
    assert gate["passed"]
    assert "Accepted: watched (value, AUC 0.9" in gate["text"]  # bad by 60 days is a little more than by 90
    assert "our own list, drawn up before the loan" in gate["text"]
    first = json.loads((folder / "validation.json").read_text())["leaks"]["columns"][0]
    assert (first["column"], first["verdict"]) == ("watched", "accepted")
    assert first["reason"] == "our own list, drawn up before the loan"
    assert "our own list, drawn up before the loan" in (folder / "card.md").read_text()
    assert "passed  leaks: The most predictive single column is watched" in printed


def test_the_scorecard_says_which_outcome_which_file_and_what_was_left_out(trained):
    scorecard = json.loads((trained[0] / "scorecard.json").read_text())
    assert scorecard["outcome"] == "loan_default/v2?dpd=60"
    assert scorecard["data"]["outcome"]["dpd"] == 60
    assert scorecard["data"]["without"] == sorted(["firm_age", *left_out()])
    outside = scorecard["data"]["external"]
    assert {name: column["known"] for name, column in outside["columns"].items()} == {
        "bureau_score": "pulled_on",
        "watched": "as_of",
    }
    assert outside["file"].startswith("sha256:")
    names = [c["name"] for c in scorecard["columns"]]
    assert "bureau_score" in names
    assert "firm_age" not in names


def test_the_validation_report_is_written_and_kept_beside_the_run(home, trained):
    folder, printed = trained
    report = home / "reports" / folder.name
    assert f"validation report: {report}" in printed
    report_text = (report / "report.zh.html").read_text("utf-8")
    assert "关注名单" in report_text
    assert "our own list, drawn up before the loan" in report_text
    run = json.loads((folder / "provenance.json").read_text())["run_id"]
    kept = home / "mlflow-artifacts" / run / "artifacts" / "report"
    assert (kept / "report.zh.html").read_text("utf-8") == report_text


@pytest.mark.parametrize(("words", "report"), [((), True), (("--no-report",), False)])
def test_the_report_can_be_done_without(words, report, monkeypatch):
    asked = {}
    monkeypatch.setattr(
        "cli.verbs.train.fit", lambda *_, **more: asked.update(more) or SimpleNamespace(folder=Path("candidate"))
    )
    done = CliRunner().invoke(app, ["train", "facts", "--outcome", "loan_default", *words])
    assert done.exit_code == 0
    assert asked["report"] is report


def test_it_opens_again_with_the_sentences_that_it_recorded(trained):
    opened = Scorecard.open(trained[0])
    assert "bureau_score" in opened.columns


def test_such_a_scorecard_is_not_promoted(home, trained):
    folder, printed = trained
    assert "FAILED  external: The service does not compute its columns from outside" in printed
    output_of(home, "people", "add", "ada", expect=0)
    output_of(home, "propose", folder, "--as", "ada", expect=3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--outcome-parameter", "dpd"), "'dpd' is not of the form NAME=TEXT"),
        (("--outcome-parameter", "late_days_min=3"), "There is no parameter 'late_days_min'"),
        (("--accept-leak", "watched="), "watched"),
        (("--without", "nothing_of_the_sort"), "no column 'nothing_of_the_sort' to leave out"),
    ],
)
def test_what_is_not_in_its_form_is_refused(home, words, said):
    assert said in train(home, "--external-spec", home / "outside.toml", *words, expect=2)[1]


def test_a_name_is_given_once():
    assert named(["dpd=60", "tail_days = 200 "], "--x") == {"dpd": "60", "tail_days": "200"}
    assert named(["a=b=c"], "--x") == {"a": "b=c"}
    with pytest.raises(InputError, match="given twice"):
        named(["dpd=60", "dpd=30"], "--outcome-parameter")
