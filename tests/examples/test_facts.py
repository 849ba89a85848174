"""The example facts: thirty synthetic suppliers that import without a bad row and can be made again."""

import importlib.util
import json
from datetime import datetime
from pathlib import Path

import pytest

from features.facts.store import Facts
from features.importing.import_facts import import_facts
from features.profiles.build import build_profiles
from features.profiles.spine import fleet_spine

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "facts"


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    into = tmp_path_factory.mktemp("example") / "facts"
    return into, import_facts(FOLDER, into)


def test_the_example_imports_without_a_quarantined_row(imported):
    _, summary = imported
    assert (summary.quarantined, summary.duplicates) == (0, 0)
    assert summary.loaded == summary.read


def test_the_example_says_that_it_is_synthetic(imported):
    into, _ = imported
    assert Facts.open(into).synthetic
    assert json.loads((FOLDER / "manifest.json").read_text())["synthetic"] is True


def test_the_example_has_thirty_suppliers_with_profiles(imported):
    into, _ = imported
    facts = Facts.open(into)
    as_of = datetime(2025, 7, 1)  # naive, UTC
    assert len(build_profiles(facts, fleet_spine(facts, as_of))) == 30


def test_the_script_makes_the_same_bytes(tmp_path):
    spec = importlib.util.spec_from_file_location("make_facts", ROOT / "examples" / "make_facts.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.make_facts(tmp_path / "facts")
    files = {file.name: file.read_bytes() for file in FOLDER.iterdir()}
    assert {file.name: file.read_bytes() for file in (tmp_path / "facts").iterdir()} == files
