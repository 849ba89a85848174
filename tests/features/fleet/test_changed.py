"""An incremental run profiles anew whoever something became known of, and keeps every other row as it was."""

import csv
import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.fleet.profile_store import ProfileFolder
from features.fleet.write_fleet import write_fleet
from features.importing.import_facts import import_facts

pytestmark = pytest.mark.slow

BEFORE, AFTER = "2024-06-01", "2024-06-04"
NAMING = {"tenders": ("tender_id", "bids"), "buyers": ("buyer_id", "contracts")}
"""Which table's rows read something of the other, and by which key."""


@dataclass(frozen=True)
class Rows:
    """One folder of stored profiles, row by row."""

    stored: ProfileFolder

    def of(self, files: Any) -> dict[bytes, bytes]:
        """Each supplier's values as bytes."""
        ids, matrix = self.stored.array(files["ids"]), self.stored.array(files["matrix"])
        return {name: row.tobytes() for name, row in zip(ids.tolist(), np.asarray(matrix), strict=True)}

    @property
    def fleet(self) -> dict[bytes, bytes]:
        return self.of({"ids": "ids.npy", "matrix": "matrix.npy"})

    @property
    def run(self) -> dict[bytes, int]:
        """The place of the run that each row stems from."""
        return dict(zip(self.stored.array("ids.npy").tolist(), self.stored.array("runs.npy").tolist(), strict=True))


def run(facts: Facts, profiles: Path, day: str, **more: Any) -> Rows:
    since = more.pop("since", None)
    folder = write_fleet(facts, facts.instant(day), profiles, since=since and facts.instant(since), **more)
    return Rows(ProfileFolder.open(folder))


@pytest.fixture(scope="module")
def before(facts, tmp_path_factory):
    return run(facts, tmp_path_factory.mktemp("before"), BEFORE)


@pytest.fixture(scope="module")
def full(facts, tmp_path_factory):
    return run(facts, tmp_path_factory.mktemp("full"), AFTER)


@pytest.fixture
def profiles(before, tmp_path):
    """A folder in which the earlier run is in force."""
    shutil.copytree(before.stored.folder.parent, tmp_path / "profiles")
    return tmp_path / "profiles"


def known_between(facts: Facts, low: datetime, high: datetime) -> set[bytes]:
    """Suppliers with a row of their own known in an interval; row by row."""
    own = {name: pq.read_table(file).to_pylist() for name, file in facts.tables.items() if TABLES[name].of_supplier}
    fresh = {r["supplier_id"] for rows in own.values() for r in rows if low <= r["known_at"] < high}
    return {name.encode() for name in fresh - {None}}


def test_the_changed_are_those_of_a_full_run_and_the_others_stay_as_they_were(facts, profiles, before, full, busy):
    assert 5 < len(busy) < len(before.fleet) - 10
    made = run(facts, profiles, AFTER, since=BEFORE, size=50)
    for name, values in made.fleet.items():
        assert values == (full if made.run[name] else before).fleet[name], name
        assert made.run[name] or name not in busy
    assert sum(made.run.values()) < len(made.run) - 5
    assert set(made.fleet) == set(before.fleet) | {name for name in busy if name in full.fleet}
    assert json.loads((profiles / "current.json").read_text())["folder"] == made.stored.folder.name


def test_a_tenants_loans_are_profiled_anew_with_their_supplier(facts, profiles, before, full, busy):
    made = run(facts, profiles, AFTER, since=BEFORE)
    assert made.stored.tenants == full.stored.tenants
    moved = 0
    for tenant, files in made.stored.tenants.items():
        own, earlier, later = (rows.of(rows.stored.tenants[tenant]) for rows in (made, before, full))
        assert own == {name: (later if made.run.get(name, 1) else earlier)[name] for name in later}
        moved += sum(earlier[name] != later[name] for name in busy & set(later))
        assert files["ids"] in made.stored.manifest["sha256"]
    assert moved, "some loan has moved on"


def test_each_run_is_recorded_with_its_date_and_its_cutoffs(facts, profiles):
    made = run(facts, profiles, AFTER, since=BEFORE)
    first, second = made.stored.manifest["runs"]
    assert (first["as_of"], second["as_of"]) == tuple(facts.instant(day).isoformat() + "Z" for day in (BEFORE, AFTER))
    assert max(first["data_cutoff"].values()) < first["as_of"] < max(second["data_cutoff"].values())


def test_an_earlier_date_profiles_more(facts, profiles, full, busy):
    earlier = run(facts, profiles, AFTER, since="2024-05-01")
    assert sum(earlier.run.values()) > len(busy)
    for name, number in earlier.run.items():
        assert number == 0 or earlier.fleet[name] == full.fleet[name]


def test_runs_follow_one_another(facts, profiles):
    run(facts, profiles, "2024-06-02", since=BEFORE)
    last = run(facts, profiles, AFTER, since="2024-06-02")
    two = [facts.instant(day) for day in ("2024-06-01", "2024-06-02", AFTER)]
    changed = {n: known_between(facts, *two[n : n + 2]) for n in (0, 1)}
    for name, number in last.run.items():  # a date that passes between two runs profiles further suppliers anew
        assert number >= (2 if name in changed[1] else int(name in changed[0]))


def more_facts(facts: Facts, folder: Path, table: str, **row: str) -> Facts:
    """The facts with one row more."""
    shutil.copytree(facts.path, folder / "facts")
    (folder / "source").mkdir()
    (folder / "source" / "manifest.json").write_text(json.dumps({"synthetic": True}))
    with (folder / "source" / f"{table}.csv").open("w", newline="") as out:
        cells = {column.name: "" for column in TABLES[table].columns if column.required} | row
        csv.writer(out).writerows([cells.keys(), cells.values()])
    import_facts(folder / "source", folder / "facts")
    return Facts.open(folder / "facts")


def contract_of(facts: Facts, quiet: set[bytes]) -> dict[str, Any]:
    """A tendered contract in force, of a supplier of whom nothing else becomes known."""
    rows = pq.read_table(facts.tables["contracts"]).to_pylist()
    old = [r for r in rows if r["known_at"] < facts.instant("2024-01-01") and r["known_until"] is None]
    return next(row for row in old if row["tender_id"] and row["supplier_id"].encode() not in quiet)


@pytest.fixture(scope="module")
def busy(facts) -> set[bytes]:
    """Suppliers of whom something becomes known anyhow between the two dates."""
    return known_between(facts, facts.instant(BEFORE), facts.instant(AFTER))


@pytest.mark.parametrize(("table", "key", "reading"), [(name, *naming) for name, naming in NAMING.items()])
def test_a_correction_of_what_others_name_profiles_them_anew(
    facts, profiles, full, tmp_path, busy, table, key, reading
):
    named = contract_of(facts, busy)[key]
    said = {"published_on": "2020-01-01"} if table == "tenders" else {"region": "elsewhere"}
    later = more_facts(facts, tmp_path, table, **{key: named, "known_at": "2024-06-02"}, **said)
    naming = {
        row["supplier_id"].encode() for row in pq.read_table(facts.tables[reading]).to_pylist() if row[key] == named
    }
    made, alone = run(later, profiles, AFTER, since=BEFORE), run(later, tmp_path / "alone", AFTER)
    touched = {name for name in naming - busy if alone.fleet.get(name) != full.fleet.get(name)}
    assert naming - busy
    for name in touched:
        assert made.run[name]
        assert made.fleet[name] == alone.fleet[name]


def test_a_retraction_is_something_newly_known(facts, profiles, tmp_path, busy):
    contract = contract_of(facts, busy)
    gone = {key: contract[key] for key in ("contract_id", "supplier_id")}
    later = more_facts(facts, tmp_path, "contracts", **gone, known_at="2024-06-02", retracted="true")
    made, alone = run(later, profiles, AFTER, since=BEFORE), run(later, tmp_path / "alone", AFTER)
    name = contract["supplier_id"].encode()
    assert made.run[name] == 1
    assert made.fleet[name] == alone.fleet[name]


def test_a_fact_that_arrives_late_is_found_whatever_date_is_named(facts, profiles, tmp_path):
    event = pq.read_table(facts.tables["firm_events"]).slice(0, 1).to_pylist()[0]
    row = {"event_id": "LATE", "supplier_id": event["supplier_id"], "type_code": event["type_code"]}
    later = more_facts(facts, tmp_path, "firm_events", **row, occurred_at="2024-03-01", known_at="2024-03-02")
    name = event["supplier_id"].encode()
    made = run(later, profiles, BEFORE, since=BEFORE)
    assert made.run[name] == 1  # the fact became known before the date that is named, and is found
    assert made.fleet[name] == run(later, tmp_path / "alone", BEFORE).fleet[name]


def test_where_nothing_became_known_the_profiles_in_force_stay(facts, profiles, before):
    made = run(facts, profiles, BEFORE, since=BEFORE)
    assert made.stored.folder.name == before.stored.folder.name


REFUSALS = {
    "a date after the stored profiles": ({"since": "2024-06-02"}, AFTER, "would be missed"),
    "an earlier instant": ({"since": "2024-05-01"}, "2024-05-15", "are already of"),
}


@pytest.mark.parametrize(("more", "day", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_would_leave_something_out_is_refused(facts, profiles, more, day, words):
    pointer = (profiles / "current.json").read_bytes()
    with pytest.raises(InputError, match=words):
        run(facts, profiles, day, **more)
    assert (profiles / "current.json").read_bytes() == pointer


def test_stored_profiles_of_other_features_or_facts_are_not_added_to(facts, profiles, before):
    manifest = profiles / before.stored.folder.name / "manifest.json"
    content = json.loads(manifest.read_text())
    for changed, words in (
        ({"features_digest": "sha256:" + "0" * 64}, "other feature declarations"),
        ({"tz": "America/Mexico_City"}, "whose tz is"),
        ({"misconduct": "sha256:" + "0" * 64}, "another catalogue of misconduct"),
        ({"format": 1}, "another format"),
    ):
        manifest.write_text(json.dumps(content | changed))
        with pytest.raises(InputError, match=words):
            run(facts, profiles, AFTER, since=BEFORE)


def test_fewer_stored_columns_than_the_program_has_are_not_added_to(facts, profiles, before, monkeypatch):
    from features.fleet import write_fleet as fleet

    monkeypatch.setattr(fleet, "COLUMNS", fleet.COLUMNS[:-1])
    with pytest.raises(InputError, match="have other features"):
        run(facts, profiles, AFTER, since=BEFORE)


def test_without_stored_profiles_there_is_nothing_to_keep(facts, tmp_path):
    with pytest.raises(InputError, match="no stored profiles"):
        run(facts, tmp_path / "none", AFTER, since=BEFORE)
