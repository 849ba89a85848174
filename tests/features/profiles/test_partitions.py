"""Profiles are the same in whatever ranges they are computed, and a killed run is finished by the next."""

import json
import signal
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engines.duckdb_engine import ask_table, attach, connect
from features.engines.supplier_ranges import Range, split_ranges
from features.facts.store import Facts
from features.facts.supplier_kinds import SupplierKinds
from features.fleet.resumable_arrays import JOURNAL
from features.fleet.write_fleet import write_fleet
from features.importing import facts_writer
from features.profiles.build import build_profiles, write_profiles
from features.profiles.by_range import stream_profiles

pytestmark = pytest.mark.slow

RUN = (
    "import sys; from datetime import datetime; from pathlib import Path; from features.facts.store import Facts;"
    "from features.fleet.write_fleet import write_fleet;"
    "write_fleet(Facts.open(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), Path(sys.argv[3]), size=30)"
)


@pytest.fixture(scope="module")
def as_of(facts):
    return facts.instant("2024-06-01")


@pytest.fixture(scope="module")
def folder(facts, as_of, tmp_path_factory):
    """A run in one range."""
    return write_fleet(facts, as_of, tmp_path_factory.mktemp("whole"))


def content(folder) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_size_of_the_ranges_does_not_change_a_byte(facts, as_of, folder, tmp_path):
    steps = []
    made = write_fleet(facts, as_of, tmp_path, size=50, progress=lambda *seen: steps.append(seen))
    assert content(made) == content(folder)
    assert [done for _, done, _ in steps] == [0, 50, 100, steps[-1][2]]


def test_a_run_that_was_killed_is_finished_by_the_next_with_the_same_bytes(facts, as_of, folder, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", RUN, str(facts.path), as_of.isoformat(), str(tmp_path)])
    while process.poll() is None and parts_of(tmp_path) < 2:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = parts_of(tmp_path)
    assert finished >= 2, "killed in the middle"
    assert not (tmp_path / "current.json").exists()
    steps = []
    made = write_fleet(facts, as_of, tmp_path, size=30, progress=lambda *seen: steps.append(seen))
    assert steps[0][1] == 30 * finished, "what was done is not done again"
    assert content(made) == content(folder)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def parts_of(profiles) -> int:
    """How many parts a run has written down as done."""
    journals = list(profiles.glob(f".*.partial/{JOURNAL}"))
    return journals[0].read_text().count("\n") - 1 if journals else 0


def test_what_another_killed_run_left_is_cleared_away(facts, as_of, tmp_path):
    left = tmp_path / ".fleet-20200101T000000-000000000000.partial"
    left.mkdir()
    write_fleet(facts, as_of, tmp_path)
    assert not left.exists()


def test_a_streamed_spine_is_the_table_in_order_of_case_id(facts, spine, streamed, tmp_path):
    shuffled = spine.take(np.random.default_rng(4).permutation(spine.num_rows))
    stream_profiles(facts, shuffled, tmp_path / "made", size=150, threads=1)
    assert (tmp_path / "made").read_bytes() == streamed.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["made"]


@pytest.fixture(scope="module")
def streamed(facts, spine, tmp_path_factory):
    """The profiles of the spine, written at once."""
    out = tmp_path_factory.mktemp("streamed") / "profiles.parquet"
    write_profiles(build_profiles(facts, spine), out)
    return out


def test_row_groups_are_filled_across_ranges(facts, spine, streamed, tmp_path, monkeypatch):
    monkeypatch.setattr("features.profiles.by_range.ROW_GROUP_SIZE", 100)
    stream_profiles(facts, spine, tmp_path / "made", size=250)
    file = pq.ParquetFile(tmp_path / "made")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [100, 100, 100, 60]
    assert file.read().equals(pq.read_table(streamed))


def test_a_spine_without_cases_is_a_file_without_rows(facts, spine, tmp_path):
    stream_profiles(facts, spine.slice(0, 0), tmp_path / "made")
    assert pq.read_table(tmp_path / "made").num_rows == 0


def test_ranges_cover_every_id_once_and_in_order():
    ids = pa.array(sorted(["a", "b", "b", "c", "é", "z"], key=str.encode))
    ranges = list(split_ranges(ids, 2))
    assert [count for _, count in ranges] == [2, 2, 2]
    assert [(r.first, r.last) for r, _ in ranges] == [("a", "b"), ("b", "c"), ("z", "é")]
    assert Range("a'", 'b"').condition() == "\"supplier_id\" BETWEEN 'a''' AND 'b\"'"


def test_a_range_shows_its_suppliers_rows_and_everybodys_tenders(facts):
    ids = ask_table(facts, "SELECT DISTINCT supplier_id FROM contracts ORDER BY 1")["supplier_id"].to_pylist()
    within = Range(ids[10], ids[19])
    in_range = ask_table(facts, "SELECT DISTINCT supplier_id FROM contracts ORDER BY 1", within=within)
    assert in_range["supplier_id"].to_pylist() == ids[10:20]
    everyone = "SELECT count(*) AS n FROM tenders"
    assert ask_table(facts, everyone, within=within) == ask_table(facts, everyone)


def test_an_import_sorts_so_that_a_range_reads_few_row_groups(source, import_into, monkeypatch, tmp_path):
    monkeypatch.setattr(facts_writer, "ROW_GROUP_SIZE", 2048)  # the smallest that the engine writes
    facts = import_into(source, tmp_path / "facts")
    groups = groups_of(facts, "milestones")
    assert len(groups) > 1
    assert all(last <= first for (_, last), (first, _) in pairwise(groups))
    middle = groups[1][0]
    connection = connect()
    attach(connection, facts, Range(middle, middle))
    plan = connection.sql("EXPLAIN SELECT count(*) FROM milestones").fetchall()[0][1]
    scan = plan[plan.index("READ_PARQUET") :] if "READ_PARQUET" in plan else plan
    assert middle in scan, "the range is decided where the file is read"
    assert "FILTER" not in plan.replace("Filters", ""), "and nowhere above it"


def groups_of(facts: Facts, table: str) -> list[tuple[str, str]]:
    """The first and last supplier of each row group."""
    file = pq.ParquetFile(facts.tables[table])
    at = file.schema_arrow.get_field_index("supplier_id")
    statistics = [file.metadata.row_group(i).column(at).statistics for i in range(file.num_row_groups)]
    return [(one.min, one.max) for one in statistics]


def test_kinds_of_many_are_the_kinds_of_each(market_of_kinds):
    kinds, instants = market_of_kinds
    names = np.array([b"A", b"B", b"C", b"D", b"\xc3\xa9", b"nobody"])
    for instant in instants:
        assert kinds.codes(names, instant).tolist() == [kinds.at(name.decode(), instant) for name in names]
    assert len({tuple(kinds.codes(names, instant)) for instant in instants}) == 3


@pytest.fixture
def market_of_kinds(tmp_path, import_into):
    """Suppliers that were registered, changed and struck off, and the instants between."""
    rows = [
        "supplier_id,kind,known_at,retracted",
        "A,legal_person,,",
        "B,sole_trader,2020-01-01,",
        "B,other,2021-01-01,",
        "C,legal_person,2020-01-01,",
        "C,,2021-01-01,true",
        "D,sole_trader,2020-06-01,",
        "é,legal_person,2020-01-01,",
    ]
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "suppliers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    facts = import_into(tmp_path / "source", tmp_path / "facts")
    return SupplierKinds(facts), [facts.instant(f"{year}-01-01") for year in (2019, 2020, 2021, 2022)]


def test_the_manifest_names_the_run_that_its_rows_stem_from(facts, folder, as_of):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [(run["as_of"], run["facts_digest"]) for run in manifest["runs"]] == [
        (as_of.isoformat() + "Z", facts.digest)
    ]
    assert not np.load(folder / "runs.npy").any()
