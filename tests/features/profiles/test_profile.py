"""What a profile holds."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.declarations.catalogue import COLUMNS
from features.declarations.request_formulas import request_values
from features.facts.tables import TABLES
from features.profiles.build import build_profiles, one_request, terms_of, write_profiles

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def batch(facts, spine):
    return build_profiles(facts, spine, threads=2)


def test_a_profile_has_every_column_in_order_and_one_row_a_case(batch, spine):
    assert batch.column_names[4:] == [c.name for c in COLUMNS]
    assert batch["case_id"].to_pylist() == sorted(spine["case_id"].to_pylist())


def test_request_columns_on_a_stored_row_give_the_bits_of_the_batch(facts, spine, batch):
    asked = [c for c in COLUMNS if c.feature.table == "request"]
    ordered = spine.sort_by("case_id").slice(0, 50).to_pylist()
    for i, row in enumerate(ordered):
        profile = {c.name: batch[c.name].to_numpy(zero_copy_only=False)[i : i + 1] for c in COLUMNS if c not in asked}
        values = request_values(asked, one_request(row), profile, 1)
        for column in asked:
            assert (
                values[column.name].tobytes() == batch[column.name].to_numpy(zero_copy_only=False)[i : i + 1].tobytes()
            )


def test_the_profile_says_something(batch):
    """Most columns vary on the sandbox: a plan that gave nulls would pass every parity test."""
    varied = [c.name for c in COLUMNS if len(pc.unique(batch[c.name])) > 1]
    assert len(varied) > 0.8 * len(COLUMNS), sorted({c.name for c in COLUMNS} - set(varied))


def test_the_same_profiles_are_written_as_the_same_bytes(batch, tmp_path):
    for name in ("one", "two"):
        write_profiles(batch, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_missing_table_leaves_its_columns_unknown_and_says_so(facts, spine):
    without = replace(facts, tables={n: f for n, f in facts.tables.items() if n != "milestones"})
    table = build_profiles(without, spine.slice(0, 30))
    reading = [c.name for c in COLUMNS if c.feature.table == "milestones" and c.feature.absent is None]
    assert reading
    assert all(table[name].null_count == 30 for name in reading)
    assert set(table["missing_milestones"].to_pylist()) == {1.0}
    assert set(table["no_delivery_history"].to_pylist()) == {1.0}


def test_an_amount_in_another_currency_is_unknown(facts, spine):
    foreign = spine.slice(0, 3).append_column("currency", pa.array(["CNY", "USD", None]))
    assert [np.isnan(v) for v in terms_of(foreign, facts.currency)["amount"]] == [False, True, False]


def test_a_folder_of_facts_names_what_it_lacks(facts):
    assert facts.missing_tables == []
    assert {t for t in TABLES if t not in facts.tables} == {"calendar", "outcomes", "rates", "spine"}
    assert json.loads((facts.path / "manifest.json").read_text())["synthetic"] is True


def test_a_written_profile_says_that_its_instants_are_utc(batch, tmp_path):
    write_profiles(batch, tmp_path / "profiles.parquet")
    assert str(pq.read_schema(tmp_path / "profiles.parquet").field("as_of").type) == "timestamp[us, tz=UTC]"


def test_one_term_alone_makes_a_request(facts, spine):
    cases = spine.slice(0, 3).select(["case_id", "supplier_id", "as_of", "days"])
    request = [c.name for c in COLUMNS if c.feature.table == "request"]
    assert set(request) <= set(build_profiles(facts, cases).column_names)
