"""The demonstration in a real process, as a newcomer runs it; the steps by hand in this one."""

import json
import re
import shutil

import pytest

from ledger.database import sole_service
from tests.command import command

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo_run(demo_market, tmp_path_factory):
    """A copy of what the demonstration left, a function that goes on with it by hand, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    home = folder / "var/demo"
    shutil.copytree(demo_market.home, home)

    def run(*words):
        return command(*words, home=home, folder=folder)

    return folder, run, demo_market.output


def test_without_a_terminal_it_stops_by_itself_and_exits_0(demo_run):
    _, _, result = demo_run
    assert result.returncode == 0, result.stderr
    assert "Ctrl-C" not in result.stdout


def test_it_prints_three_contract_loans_and_one_history_loan(demo_run):
    _, _, result = demo_run
    assert len(re.findall(r"^\S+  for contract_loan ", result.stdout, flags=re.MULTILINE)) == 3
    assert len(re.findall(r"^\S+  for history_loan ", result.stdout, flags=re.MULTILINE)) == 1
    assert "status: not_scorable  because NO_HISTORY" in result.stdout
    assert result.stdout.count("basis: synthetic") == 3


def test_every_score_it_prints_adds_up(demo_run):
    folder, _, _ = demo_run
    answers = json.loads((folder / "var/demo/answers.json").read_text(encoding="utf-8"))
    scored = [entry["answer"]["supplier"] for entry in answers if entry["answer"]["status"] != "not_scorable"]
    assert len(scored) == 3
    for block in scored:
        reasons = block["reasons"]
        parts = [reason["points"] for side in ("adverse", "favourable") for reason in reasons[side]]
        assert reasons["base_points"] + sum(parts) + reasons["other_points"] == pytest.approx(block["points"], abs=1e-9)
    good, poor = scored[:2]
    assert good["points"] > poor["points"] + 40


def test_it_says_that_its_people_are_invented_and_shows_its_progress(demo_run):
    _, _, result = demo_run
    assert "two invented people" in result.stdout
    for step in ("Making a market", "Importing", "Profiling the fleet", "Training a request", "Promoting", "Starting"):
        assert step in result.stderr


def test_its_scorecards_have_more_than_a_hundred_columns(demo_market):
    for candidate in demo_market.candidates.values():
        declared = json.loads((candidate / "scorecard.json").read_text(encoding="utf-8"))
        assert len(declared["columns"]) > 100


def test_its_home_can_be_carried_on_with_by_hand(demo_run):
    folder, run, _ = demo_run
    candidate = next((folder / "var/demo/runs").glob("history-loan-*"))
    assert run("people", "add", "ada").returncode == 0
    assert run("people", "add", "ada").returncode == 2  # a name has one key
    assert run("propose", str(candidate), "--as", "nobody").returncode == 3
    proposed = run("propose", str(candidate), "--as", "ada")
    assert (proposed.returncode, proposed.stdout) == (0, "5\n"), proposed.stderr
    assert run("approve", "5", "--as", "ada").returncode == 3  # her own
    promoted = run("approve", "5", "--as", "demo-officer")
    assert promoted.returncode == 0, promoted.stderr
    assert "history_loan" in promoted.stdout
    assert "champion of history_loan: history-loan version 1" in run("promotions").stdout
    key = run("keys", "create", "--tenant", "my-bank")
    assert key.stdout.strip().startswith("sck_")
    assert key.stdout.strip() not in run("keys", "list").stdout
    profiles = run("profile", "var/demo/facts", "--as-of", "2025-07-01", "--out", "profiles.parquet")
    assert profiles.returncode == 0, profiles.stderr
    assert (folder / "profiles.parquet").is_file()


def test_a_candidate_whose_gate_fails_is_refused_with_3(demo_run, tmp_path):
    folder, run, _ = demo_run
    candidate = next((folder / "var/demo/runs").glob("history-loan-*"))
    altered = tmp_path / "altered"
    altered.mkdir()
    for file in candidate.iterdir():
        (altered / file.name).write_bytes(file.read_bytes())
    booster = (altered / "booster.txt").read_text(encoding="utf-8")
    (altered / "booster.txt").write_text(booster.replace("leaf_value=", "leaf_value=9", 1), encoding="utf-8")
    result = run("propose", str(altered), "--as", "demo-scientist")
    assert result.returncode == 3, result.stdout
    assert "Traceback" not in result.stderr


def test_a_folder_from_which_another_demonstration_serves_is_not_deleted(tmp_path):
    home = tmp_path / "var/demo"
    home.mkdir(parents=True)
    (home / "ledger.sqlite").touch()
    with sole_service(home):
        done = command("demo", "--no-keep", "--data", tmp_path / "none", home=tmp_path / "other", folder=tmp_path)
    assert done.returncode == 2
    assert (home / "ledger.sqlite").exists()
    assert "Another service" in done.stderr
