"""The catalogue of misconduct: what an entry counts as that does not say how severe it is."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.declarations.catalogue import column
from features.errors import InputError
from features.facts.misconduct import read_catalogue
from features.facts.store import Facts, sha256_of
from features.facts.tables import PARTIES
from features.profiles.build import build_profiles

pytestmark = pytest.mark.slow  # imports facts in every test

GRADED = "severity, stated_severity"


def own(market, *types, name="province", version="2025"):
    """Give the deployment a catalogue: (code, roles, severity) each."""
    blocks = [
        f'[[type]]\ncode = "{code}"\nroles = {json.dumps(roles)}\nseverity = {severity}\nzh = "失信"\nen = "A type"\n'
        for code, roles, severity in types
    ]
    text = f'name = "{name}"\nversion = "{version}"\n' + "".join(blocks)
    return write(market, text)


def write(market, text):
    file = market.root / "home" / "misconduct.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def entry(market, **cells):
    return [market.row("conduct", **cells)]


# ---- the generic set


def test_the_set_that_ships_is_generic_and_knows_all_six_kinds_of_party(market):
    catalogue = read_catalogue()
    assert catalogue.name == "generic"
    assert {role for role, types in catalogue.severities.items() if types} == set(PARTIES)
    assert {t.severity for t in catalogue.types} == {1, 2, 3, 4, 5}


def test_the_sandbox_uses_types_of_the_generic_set_alone(market, source, facts):
    listed = {(role, code) for role, types in read_catalogue().severities.items() for code in types}
    rows = pq.read_table(source / "conduct.parquet").select(["party_role", "type_code"]).to_pylist()
    assert {(r["party_role"], r["type_code"]) for r in rows} <= listed


# ---- severities at import


def test_an_entry_without_a_severity_takes_that_of_its_type(market):
    summary = market.load(conduct=entry(market, type_code="false_document"))
    assert market.stored("conduct", GRADED) == [(5, None)]
    assert "severity of 1 rows of conduct taken from the catalogue of misconduct" in summary.lines()


def test_a_stated_severity_stands_against_the_catalogue(market):
    summary = market.load(conduct=entry(market, type_code="false_document", severity="2"))
    assert market.stored("conduct", GRADED) == [(2, 2)]
    assert (summary.grades.stated, summary.grades.listed) == (1, 0)


def test_a_type_is_graded_only_for_the_parties_it_is_listed_for(market):
    summary = market.load(conduct=entry(market, type_code="late_payment_to_suppliers"))
    assert market.stored("conduct", GRADED) == [(None, None)]
    assert summary.grades.unlisted == {"supplier late_payment_to_suppliers": 1}


def test_an_unknown_type_is_loaded_counted_and_named(market):
    rows = [market.row("conduct", conduct_id=f"D{i}", type_code="jaywalking") for i in range(3)]
    summary = market.load(conduct=rows)
    assert market.stored("conduct", GRADED) == [(None, None)] * 3
    line = "3 rows of conduct are of 1 types that the catalogue of misconduct does not list: 'supplier jaywalking'"
    assert line in summary.lines()
    (line,) = (market.facts / "imports.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["misconduct"]["unlisted"] == {"supplier jaywalking": 3}


def test_only_five_unknown_types_are_named(market):
    rows = [market.row("conduct", conduct_id=f"D{i}", type_code=f"new {i}\n") for i in range(7)]
    (line,) = [line for line in market.load(conduct=rows).lines() if "does not list" in line]
    assert line.endswith("'supplier new 4', …")


def test_a_retraction_needs_no_listed_type(market):
    rows = [*entry(market), market.row("conduct", retracted="true", known_at="2024-03-01")]
    assert market.load(conduct=rows).grades.unlisted == {"supplier fine": 1}


# ---- a catalogue of one's own


def test_a_deployment_grades_by_its_own_catalogue(market):
    own(market, ("A01", ["supplier"], 4), ("A01", ["agency"], 2))
    rows = [*entry(market, type_code="A01"), market.row("conduct", conduct_id="D2", party_role="agency", party_id="X")]
    rows[1]["type_code"] = "A01"
    market.load(conduct=rows)
    assert sorted(market.stored("conduct", "party_role, severity")) == [("agency", 2), ("supplier", 4)]
    kept = Facts.open(market.facts).manifest["misconduct"]
    assert (kept["name"], kept["version"], kept["digest"]) == ("province", "2025", read_catalogue().digest)
    assert kept["severities"]["agency"] == {"A01": 2}


def test_a_changed_catalogue_grades_what_is_stored_anew_at_the_next_import(market):
    rows = [*entry(market, type_code="A01"), market.row("conduct", conduct_id="D2", type_code="A01", severity="1")]
    own(market, ("A01", ["supplier"], 4))
    first = market.load(conduct=rows)
    own(market, ("A01", ["supplier"], 2))
    again = market.load(conduct=rows)
    assert sorted(market.stored("conduct", GRADED)) == [(1, 1), (2, None)]
    assert (again.loaded, again.duplicates, again.quarantined) == (0, 5, 0)
    assert again.changed
    assert first.digest != again.digest
    assert len((market.facts / "imports.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_an_import_without_conduct_grades_what_is_stored_anew_too(market):
    market.load(conduct=entry(market, type_code="false_document"))
    own(market, ("false_document", ["supplier"], 1))
    (market.root / "source" / "conduct.csv").unlink()
    market.load(contracts=[market.row("contracts")])
    assert market.stored("conduct", GRADED) == [(1, None)]


def test_another_name_for_a_type_is_recorded_and_changes_no_fact(market):
    file = own(market, ("A01", ["supplier"], 4))
    first = market.load(conduct=entry(market, type_code="A01"))
    before = Facts.open(market.facts).manifest["misconduct"]["digest"]
    write(market, file.read_text(encoding="utf-8").replace("A type", "Another name"))
    assert market.load(conduct=entry(market, type_code="A01")).digest == first.digest
    assert Facts.open(market.facts).manifest["misconduct"]["digest"] != before


def test_the_grade_of_the_catalogue_reaches_the_profile(market):
    own(market, ("A01", ["supplier"], 4))
    market.load(conduct=entry(market, type_code="A01"))
    facts = Facts.open(market.facts)
    spine = pa.table(
        {
            "case_id": ["x"],
            "supplier_id": ["S1"],
            "as_of": pa.array([facts.instant("2024-06-01")], pa.timestamp("us")),
        }
    )
    names = ("worst_active_severity", "severe_misconduct_730d", "misconduct_decayed")
    row = build_profiles(facts, spine, [column(n) for n in names]).to_pylist()[0]
    assert (row["worst_active_severity"], row["severe_misconduct_730d"]) == (4, 1)
    assert 3 < row["misconduct_decayed"] < 4


# ---- what no catalogue may be

GOOD = '[[type]]\ncode = "A"\nroles = ["supplier"]\nseverity = 3\nzh = "失信"\nen = "A type"\n'
NAMED = 'name = "n"\nversion = "1"\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name = ", "cannot be read"),
        (NAMED, "lists no type"),
        (NAMED + "type = 3", "lists no type"),
        (NAMED + "type = [3]", "is not a block"),
        (GOOD, "'name' must be text"),
        (NAMED + "colour = 1\n" + GOOD, "no setting 'colour'"),
        (NAMED + GOOD.replace('"失信"', '" "'), "'zh' must be text"),
        (NAMED + GOOD.replace("severity = 3", "severity = 6"), "from 1 to 5"),
        (NAMED + GOOD.replace("severity = 3", "severity = true"), "from 1 to 5"),
        (NAMED + GOOD.replace('["supplier"]', "[]"), "list of party roles"),
        (NAMED + GOOD.replace('["supplier"]', '["bank"]'), "list of party roles"),
        (NAMED + GOOD + GOOD, "'A' appears twice for the role supplier"),
        (NAMED + GOOD + GOOD.replace("code", "colour"), "no setting 'colour'"),
    ],
)
def test_a_catalogue_that_cannot_be_right_refuses_the_import_and_changes_nothing(market, text, complaint):
    market.load(conduct=entry(market))
    before = market.bytes()
    write(market, text)
    with pytest.raises(InputError, match=complaint) as refusal:
        market.load(conduct=entry(market))
    assert "misconduct.toml" in refusal.value.where
    assert market.bytes() == before


# ---- facts of before there was a catalogue


def test_facts_of_an_earlier_version_are_brought_up_to_date_by_an_import(market):
    rows = [*entry(market, type_code="false_document"), *entry(market, conduct_id="D2", severity="2")]
    digest = market.load(conduct=rows).digest
    file = market.facts / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    del manifest["misconduct"]
    earlier = market.facts / "data" / "conduct-earlier.parquet"
    table = pq.read_table(market.facts / manifest["tables"]["conduct"]["file"])
    at = table.column_names.index("severity")
    ungraded = table.set_column(at, "severity", table["stated_severity"]).drop_columns("stated_severity")
    pq.write_table(ungraded, earlier)
    manifest["tables"]["conduct"]["file"] = str(earlier.relative_to(market.facts))
    manifest["tables"]["conduct"]["sha256"] = sha256_of(earlier)
    file.write_text(json.dumps(manifest | {"format": 1}), encoding="utf-8")
    with pytest.raises(InputError, match="Import their source again"):
        Facts.open(market.facts)
    again = market.load(conduct=rows)
    assert (again.loaded, again.quarantined, again.digest) == (0, 0, digest)
    assert sorted(market.stored("conduct", GRADED), key=str) == [(2, 2), (5, None)]
