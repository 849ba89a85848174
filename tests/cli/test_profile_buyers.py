"""`supplier-credit profile --buyers`: one row a buyer, in a file."""

import pyarrow.parquet as pq
import pytest

from cli.verbs.profile import profile
from features.buyers.catalogue import BUYER_COLUMNS
from features.errors import InputError
from features.importing.import_facts import import_facts
from sandbox.make import make_sandbox


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("buyers")
    make_sandbox(folder / "market", "plain", 30, 3)
    import_facts(folder / "market" / "facts", folder / "facts")
    return folder / "facts"


def test_it_writes_one_row_a_buyer_in_order_with_every_column(facts, tmp_path):
    file = tmp_path / "made" / "buyers.parquet"
    profile(facts, as_of="2024-01-01", buyers=True, out_file=file)
    table = pq.read_table(file)
    assert table.column_names == ["buyer_id", "as_of", *(c.name for c in BUYER_COLUMNS)]
    assert table["buyer_id"].to_pylist() == sorted(set(table["buyer_id"].to_pylist()))
    assert {instant.isoformat() for instant in table["as_of"].to_pylist()} == {"2023-12-31T16:00:00+00:00"}


def test_without_a_date_it_stands_on_the_day_after_the_last_fact(facts, tmp_path):
    profile(facts, buyers=True, out_file=tmp_path / "buyers.parquet")
    (as_of,) = set(pq.read_table(tmp_path / "buyers.parquet")["as_of"].to_pylist())
    assert as_of.isoformat() > "2024-01-01"


@pytest.mark.parametrize("more", [{"fleet": True}, {"out_file": None}])
def test_what_cannot_be_meant_is_refused(facts, tmp_path, more):
    with pytest.raises(InputError):
        profile(facts, **({"buyers": True, "out_file": tmp_path / "b.parquet"} | more))
    assert not (tmp_path / "b.parquet").exists()
