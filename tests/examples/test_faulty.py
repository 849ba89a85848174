"""The faulty example: every fault is found by its code, and a score says what is suspected."""

import importlib.util
import json
from collections import Counter
from pathlib import Path

import pytest

from features.declarations.data_depth import data_depth
from features.facts.store import Facts
from features.importing.import_facts import import_facts
from features.profiles.build import build_profiles
from features.profiles.spine import fleet_spine

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "faulty"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_faulty", ROOT / "examples" / "make_faulty.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    into = tmp_path_factory.mktemp("faulty") / "facts"
    return into, import_facts(FOLDER, into)


@pytest.fixture(scope="module")
def report(imported):
    return json.loads((imported[0] / "quality.json").read_text(encoding="utf-8"))


def test_the_script_makes_the_same_bytes(script, tmp_path):
    script.make_faulty(tmp_path / "faulty")
    files = {file.name: file.read_bytes() for file in FOLDER.iterdir()}
    assert {file.name: file.read_bytes() for file in (tmp_path / "faulty").iterdir()} == files


def test_every_fault_is_found_by_its_code(script, report):
    found = Counter(finding["code"] for finding in report["findings"])
    assert set(script.FAULTS) <= set(found)


def test_nothing_else_is_suspected(script, report):
    codes = {finding["code"] for finding in report["findings"] if finding["of"] == "facts"}
    assert codes == {*script.FAULTS, "NEVER_FILLED"}


def test_every_finding_has_its_places(report):
    for finding in report["findings"]:
        if finding["code"] != "NEVER_FILLED":
            assert len(finding["places"]) == min(finding["count"], 5), finding["code"]


def test_the_source_never_fills_a_planned_end_of_its_milestones(report):
    never = {(f["table"], f["column"]) for f in report["findings"] if f["code"] == "NEVER_FILLED"}
    assert ("contracts", "starts_on") in never or ("milestones", "requested_on") in never


def test_a_score_would_say_what_is_suspected(script, imported):
    facts = Facts.open(imported[0])
    profiles = build_profiles(facts, fleet_spine(facts, facts.instant("2025-12-01"))).to_pylist()
    by_supplier = {row["supplier_id"]: data_depth(row, [])["suspicions"] for row in profiles}
    assert by_supplier[script.STAND_IN] == ["STAND_IN_ID"]
    assert by_supplier["F-1001"] == ["NEGATIVE_CONTRACT"]
    assert by_supplier["F-1006"] == ["NAME_CHANGED"]
    assert by_supplier["F-1020"] == []
