"""The command line of the service's image: keys and promotions work without training, and the other verbs explain."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "models" / "releases" / "sandbox-history-loan"
HIDDEN = ("training", "sandbox", "mlflow", "shap", "numba", "matplotlib", "optuna", "sklearn", "pandas", "pyspark")
# Runs the command line where these packages are not installed. -c keeps the hiding in front of every import.
WITHOUT = f"""
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HIDDEN}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
from cli.main import run
run()
"""


def run(*words: object, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a verb in a process from which training is hidden."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SUPPLIER_CREDIT_")}
    env |= {"SUPPLIER_CREDIT_HOME": str(home), "COLUMNS": "200"}
    command = [sys.executable, "-c", WITHOUT, *map(str, words)]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


def test_a_key_is_made_and_a_scorecard_proposed_and_approved_without_training(tmp_path):
    steps = (
        ("keys", "create", "--tenant", "my-bank", "--role", "bank"),
        ("people", "add", "ada"),
        ("people", "add", "grace"),
        ("propose", SHIPPED, "--as", "ada"),
        ("approve", 1, "--as", "grace"),
        ("promotions",),
    )
    done = [run(*words, home=tmp_path) for words in steps]
    assert [step.returncode for step in done] == [0] * len(steps), [step.stderr for step in done]
    assert done[0].stdout.startswith("sck_")
    assert "champion of history_loan: history-loan version 1" in done[-1].stdout


@pytest.mark.parametrize(
    "words",
    [
        ("train", "facts", "--outcome", "loan_default"),
        ("expert", "facts"),
        ("sandbox", "market", "--world", "plain"),
        ("demo", "--no-keep"),
        ("mlflow-sync",),
        ("mlflow-ui",),
    ],
    ids=lambda words: words[0],
)
def test_a_verb_that_needs_training_says_what_to_install(tmp_path, words):
    done = run(*words, home=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "This installation lacks training" in done.stderr
    assert "requirements/py311.txt" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
