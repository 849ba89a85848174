"""The demonstration on a folder of somebody's own facts, faulty ones with too few outcomes to learn from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow  # a demonstration in a process of its own


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What the demonstration on `examples/faulty` prints."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SUPPLIER_CREDIT_")}
    words = [sys.executable, "-m", "cli.main", "demo", "--data", str(ROOT / "examples/faulty"), "--no-keep"]
    done = subprocess.run(
        words,
        cwd=tmp_path_factory.mktemp("faulty"),
        env=env | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_looks_wrong_is_said_at_import(printed):
    assert "suspicion STAND_IN_ID" in printed
    assert "suspicion NEGATIVE_CONTRACT" in printed


def test_with_too_few_outcomes_the_scorecards_have_declared_weights_and_say_so(printed):
    assert "Too few outcomes to learn from" in printed
    assert printed.count("basis: expert") == 4


def test_an_answer_shows_the_suspicions_of_its_supplier(printed):
    *_, last = printed.split("history_loan, a supplier whose facts look wrong")
    assert "suspicions: " in last
