"""Exit codes and messages of the command line; each code once from a real process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import command

ROOT = Path(__file__).parents[2]


def run(*words: str, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SUPPLIER_CREDIT_")}
    env |= {"SUPPLIER_CREDIT_HOME": str(home), "COLUMNS": "200"} | more
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_help_lists_the_steps_and_ends_with_0(tmp_path):
    result = run("--help", home=tmp_path)
    assert result.returncode == 0
    verbs = ("sandbox", "import", "profile", "train", "propose", "approve", "rollback", "serve", "score")
    assert all(verb in result.stdout for verb in verbs)
    assert "Exit codes" in result.stdout


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("profile", "nowhere", "--fleet"), "no imported facts"),
        (("profile", "nowhere"), "Say which cases"),
        (("sandbox", "market", "--world", "no-such-world"), "no-such-world"),
        (("propose", "nowhere", "--as", "ada"), "no candidate"),
        (("score", "S1", "--amount", "100"), "an amount and days"),
        (("score", "S1"), "A key is needed"),
        (("train", "nowhere", "--outcome", "loan_default"), "no imported facts"),
        (("import", "nowhere", "--into", "facts"), "nowhere"),
    ],
)
def test_a_bad_input_ends_with_2_and_one_message(tmp_path, words, what):
    result = command(*words, home=tmp_path, folder=tmp_path)
    assert result.returncode == 2, result.stderr
    assert what in result.stderr
    assert "Traceback" not in result.stderr
    assert "fix:" in result.stderr or "where:" in result.stderr


def test_a_place_that_cannot_be_written_ends_with_2_and_one_message(tmp_path):
    (tmp_path / "file").write_text("mine")
    result = command("people", "add", "ada", home=tmp_path / "file")
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert f"where: {tmp_path / 'file'}" in result.stderr


def test_profiles_are_not_written_over_a_folder(tmp_path):
    result = command("profile", "nowhere", "--as-of", "2024-01-01", "--out", str(tmp_path), home=tmp_path)
    assert result.returncode == 2
    assert "This is a folder" in result.stderr


@pytest.mark.slow
def test_a_service_that_is_not_there_ends_with_4(tmp_path):
    result = run("score", "S1", "--url", "http://127.0.0.1:9", home=tmp_path, SUPPLIER_CREDIT_KEY="sck_x")
    assert result.returncode == 4
    assert "No service answers" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_what_a_gate_or_a_rule_refuses_ends_with_3(tmp_path):
    command("people", "add", "ada", home=tmp_path)
    for words in (("approve", "1", "--as", "ada"), ("rollback", "contract_loan", "--as", "ada", "--reason", "No.")):
        result = run(*words, home=tmp_path)
        assert result.returncode == 3, result.stderr
        assert result.stderr.startswith("Error: Not ")
        assert "Traceback" not in result.stderr


def test_an_unknown_word_ends_with_2(tmp_path):
    assert command("prophesy", home=tmp_path).returncode == 2


@pytest.mark.slow
def test_telemetry_is_off_before_any_room_is_imported():
    script = "import os, cli; print(os.environ['BENTOML_DO_NOT_TRACK'], os.environ['MLFLOW_DISABLE_TELEMETRY'])"
    clean = {name: value for name, value in os.environ.items() if "TRACK" not in name and "TELEMETRY" not in name}
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=clean, capture_output=True, text=True)
    assert result.stdout.split() == ["true", "true"]


@pytest.mark.slow
def test_help_imports_no_heavy_library():
    script = (
        "import sys, cli.main; print(sorted({'ibis', 'lightgbm', 'mlflow', 'bentoml', 'duckdb'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.slow
def test_a_bad_input_ends_a_process_with_2_too(tmp_path):
    result = run("profile", "nowhere", "--fleet", home=tmp_path)
    assert result.returncode == 2, result.stderr
    assert "no imported facts" in result.stderr
