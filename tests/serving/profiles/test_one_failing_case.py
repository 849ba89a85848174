"""Cases that share a statement share no failure, and an absurd id costs nothing."""

import asyncio
import tracemalloc
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from features.engines.lookup import KeyedTable
from features.importing.import_facts import import_facts
from serving.profiles.from_facts import ProfilesFromFacts

pytestmark = pytest.mark.slow
NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def profiles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("facts")
    (folder / "source").mkdir()
    (folder / "source/suppliers.csv").write_text("supplier_id,kind\nS1,legal_person\nS2,legal_person\n")
    header = "contract_id,supplier_id,buyer_id,kind,signed_on,ends_on,amount,currency,known_at"
    rows = [f"C{n},S{n},B1,contract,2024-03-04,2024-09-01,7100{n}.00,CNY,2024-03-05" for n in (1, 2)]
    (folder / "source/contracts.csv").write_text("\n".join([header, *rows]) + "\n")
    import_facts(folder / "source", folder / "facts")
    opened = ProfilesFromFacts.open(folder / "facts")
    yield opened
    opened.close()


def test_one_failing_case_fails_alone(profiles, monkeypatch):
    whole = profiles._engine.profiles

    def fail_on_one(cases):
        if any(case.supplier_id == "S-bad" for case in cases):
            raise ArithmeticError("no plan for this")
        return whole(cases)

    monkeypatch.setattr(profiles._engine, "profiles", fail_on_one)

    async def together():
        found = (profiles.find(name, "bank", NOON) for name in ("S1", "S-bad", "S2"))
        return await asyncio.gather(*found, return_exceptions=True)

    seen = [type(one).__name__ for one in asyncio.run(together())]
    assert seen == ["Profile", "ArithmeticError", "Profile"]


def test_an_id_longer_than_every_key_makes_no_copy_of_the_keys():
    ids = [f"{number:06d}" for number in range(50_000)]
    schema = pa.schema([("supplier_id", pa.string())])
    table = KeyedTable(pa.table({"supplier_id": ids}), "supplier_id", schema)
    table.rows(["000001"])
    tracemalloc.start()
    rows = table.rows(["9" * 512]).num_rows, table.rows(["000007", "9" * 512]).num_rows
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == (0, 1)
    assert peak < 1_000_000
