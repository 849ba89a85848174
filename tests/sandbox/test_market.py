"""A whole market: what is written, that it is whole, and that it is the same again."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.facts.tables import TABLES
from features.importing.import_facts import import_facts
from sandbox import make
from sandbox.make import make_sandbox
from sandbox.world.ids import check_character
from sandbox.world.world import WorldError
from sandbox.world.world_file import WORLDS

pytestmark = pytest.mark.slow  # makes markets

Tables = dict[str, list[dict[str, Any]]]


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_same_seed_gives_the_same_bytes_whatever_the_thread_count(tmp_path: Path):
    threads = pa.cpu_count()
    try:
        for n in (1, 2):
            pa.set_cpu_count(n)
            make_sandbox(tmp_path / str(n), "plain", suppliers=60, seed=3)
    finally:
        pa.set_cpu_count(threads)
    make_sandbox(tmp_path / "other", "plain", suppliers=60, seed=4)
    assert digests(tmp_path / "1") == digests(tmp_path / "2")
    assert digests(tmp_path / "1") != digests(tmp_path / "other")


def test_every_table_but_outcomes_rates_and_spine_is_there(small: Path):
    written = {p.stem for p in (small / "facts").glob("*.parquet")}
    assert written == set(TABLES) - {"calendar", "outcomes", "rates", "spine"}
    for name in written:
        assert pq.read_metadata(small / "facts" / f"{name}.parquet").num_rows > 0, name


def test_everything_says_that_it_is_synthetic(small: Path, facts: Tables):
    manifest = json.loads((small / "facts" / "manifest.json").read_text("utf-8"))
    assert manifest == {
        "synthetic": True,
        "currency": "CNY",
        "tz": "Asia/Shanghai",
        "world": "plain",
        "seed": 11,
        "suppliers": 400,
    }
    assert all(row["source"] == "synthetic:plain" for rows in facts.values() for row in rows)
    assert all(row["name"].startswith("合成") for row in facts["suppliers"] + facts["buyers"])


def test_a_supplier_has_a_credit_code_with_its_check_character_in_no_real_region(facts: Tables):
    codes = {row["supplier_id"] for row in facts["suppliers"]}
    assert len(codes) == 400
    for code in codes:
        assert len(code) == 18
        assert code[2:8] == "990000"
        assert code[17] == check_character(code)


def test_the_check_character_is_that_of_a_published_code():
    # The example code of the standard's own annex.
    assert check_character("91350100M000100Y4") == "3"


def test_the_importer_takes_every_row(small: Path, tmp_path: Path, facts: Tables):
    summary = import_facts(small / "facts", tmp_path / "facts")
    assert set(summary.tables) == set(facts)
    for name, count in summary.tables.items():
        assert not count.quarantined, name
        assert not count.duplicates, name
        assert count.loaded == len(facts[name]), name


def test_no_fact_is_known_after_the_cut_or_knows_what_comes_after(facts: Tables):
    cut = max(row["known_at"] for row in facts["repayments"])
    for name, rows in facts.items():
        dated = [TABLES[name].event, *TABLES[name].hides, "known_at"]
        for column in filter(None, dated):
            happened = [row[column] for row in rows if row.get(column) is not None]
            assert all((value - cut).days <= 7 for value in happened), (name, column)


def test_history_is_uneven(facts: Tables):
    contracts: dict[str, int] = {}
    for row in facts["contracts"]:
        contracts[row["supplier_id"]] = contracts.get(row["supplier_id"], 0) + 1
    counts = sorted(contracts.values())
    assert counts[len(counts) // 4] <= 6
    assert counts[-1] >= 100


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("mine")
    with pytest.raises(WorldError, match="holds something other than a sandbox"):
        make_sandbox(tmp_path / "letters", "plain", suppliers=10, seed=1)
    assert (tmp_path / "letters" / "one.txt").read_text() == "mine"


def test_progress_is_reported_chunk_by_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(make, "CHUNK", 20)
    reports: list[tuple[str, float | None]] = []
    make_sandbox(
        tmp_path / "s", "plain", suppliers=50, seed=1, progress=lambda text, done: reports.append((text, done))
    )
    assert reports == [("20 suppliers", 0.4), ("40 suppliers", 0.8), ("50 suppliers", 1.0)]


def test_a_market_without_loans_is_a_market(tmp_path: Path):
    world = tmp_path / "world.toml"
    text = (WORLDS / "plain.toml").read_text("utf-8")
    world.write_text(text.replace("\nrate = 0.9", "\nrate = 0.0"), "utf-8")
    summary = make_sandbox(tmp_path / "s", world, suppliers=20, seed=1)
    assert summary.financings == 0
    assert json.loads((tmp_path / "s" / "truth" / "summary.json").read_text("utf-8"))["bad_rate"] is None


def test_a_market_of_one_supplier_is_a_market(tmp_path: Path):
    assert make_sandbox(tmp_path / "s", "plain", suppliers=1, seed=1).suppliers == 1


def test_a_home_with_imported_synthetic_facts_is_no_sandbox_to_replace(tmp_path: Path):
    make_sandbox(tmp_path / "market", "plain", 30, 1)
    import_facts(tmp_path / "market" / "facts", tmp_path / "home" / "facts")
    (tmp_path / "home" / "ledger.sqlite").write_text("scores")
    with pytest.raises(WorldError, match="holds something other than a sandbox"):
        make_sandbox(tmp_path / "home", "plain", 30, 1)
    assert (tmp_path / "home" / "ledger.sqlite").read_text() == "scores"


def test_an_earlier_sandbox_is_replaced(tmp_path: Path):
    make_sandbox(tmp_path / "market", "plain", 30, 1)
    before = digests(tmp_path / "market")
    make_sandbox(tmp_path / "market", "plain", 30, 2)
    assert digests(tmp_path / "market") != before
