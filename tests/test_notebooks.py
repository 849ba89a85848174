"""Notebooks run top to bottom, as a newcomer would run them, and hold what they claim."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CLAIMS = "## What this notebook claims"
SECONDS_MAX = 300  # on a machine that does other things besides


def cells(notebook, kind):
    """The text of every cell of a kind, in order."""
    notebook_cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in notebook_cells if cell["cell_type"] == kind]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One home for all: they share the markets that they practise on."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.name)
def test_a_notebook_runs_top_to_bottom_and_its_claims_hold(notebook, home, tmp_path):
    script = "\n\n".join(cells(notebook, "code"))
    env = os.environ | {
        "SUPPLIER_CREDIT_HOME": str(home),
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "MPLBACKEND": "Agg",
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=SECONDS_MAX
    )
    assert done.returncode == 0, done.stderr
    assert {path.name for path in home.iterdir()} == {"practice"}, "it wrote beside the practice ground"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.name)
def test_a_notebook_ends_by_asserting_what_it_claims(notebook):
    last = ast.parse(cells(notebook, "code")[-1])
    claims = [node for node in last.body if isinstance(node, ast.Assert | ast.For)]
    assert len(claims) >= 3
    assert any(heading.startswith((CLAIMS, "## It adds up")) for heading in cells(notebook, "markdown"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.name)
def test_a_notebook_speaks_both_languages(notebook):
    for text in cells(notebook, "markdown"):
        assert re.search(r"[\u4e00-\u9fff]", text), text
        assert re.search(r"[A-Za-z]{3}", text), text


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.name)
def test_a_notebook_calls_the_projects_functions_and_defines_next_to_none(notebook):
    defined = [node for text in cells(notebook, "code") for node in ast.walk(ast.parse(text)) if is_function(node)]
    assert len(defined) <= 1
    assert all(len(node.body) <= 4 for node in defined)


def is_function(node):
    return isinstance(node, ast.FunctionDef | ast.ClassDef)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.name)
def test_a_notebook_is_kept_without_outputs(notebook):
    notebook_cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert [cell for cell in notebook_cells if cell.get("outputs") or cell.get("execution_count")] == []


def test_the_notebooks_are_numbered_without_a_gap():
    assert [notebook.name[:3] for notebook in NOTEBOOKS] == [f"{i:02}-" for i in range(len(NOTEBOOKS))]
