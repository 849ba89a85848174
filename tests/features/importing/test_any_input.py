"""Whatever a file holds, every row is accounted for, nothing breaks, and repeating it changes nothing."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import InputError
from features.importing.import_facts import import_facts
from tests.counts import count

pytestmark = pytest.mark.slow

HEADER = "contract_id,supplier_id,buyer_id,kind,amount,currency,signed_on,end_state,ended_on,known_at,retracted"

CELLS = {
    "contract_id": ["C1", "C2", "C3", "", "x" * 200, " C1 "],
    "supplier_id": ["S1", "S2", "S9", ""],
    "buyer_id": ["B1", "B1", ""],
    "kind": ["contract", "order", "Contract", ""],
    "amount": ["1", "1.00", "-5.5", "1e3", "nan", "ten", "1,5", "99999999999999999999"],
    "currency": ["CNY", "USD", "XXX", "cny", ""],
    "signed_on": ["2024-01-01", "2024-01-01T00:00:00", "2024-01-02T03:04:05Z", "01/02/2024", "", "infinity", "epoch"],
    "end_state": ["", "", "completed", "done"],
    "ended_on": ["", "2024-05-01", "2024-13-01"],
    "known_at": ["", "", "2024-02-01", "2024-03-01", "0000-00-00"],
    "retracted": ["", "", "true", "perhaps"],
}
ROW = st.tuples(*(st.sampled_from(CELLS[name]) for name in HEADER.split(",")))
MUTILATED = st.one_of(
    ROW.map(",".join),
    st.just(""),
    st.text("S1,\"'\\\t\u00a0中\x00", max_size=12).filter(lambda t: t.count('"') % 2 == 0),
)


def imported(text: bytes, folder: Path):
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "suppliers.csv").write_text("supplier_id,kind\nS1,other\nS2,other\n")
    (source / "buyers.csv").write_text("buyer_id\nB1\n")
    (source / "contracts.csv").write_bytes(text)
    return import_facts(source, folder / "facts", max_bad=1)


@settings(max_examples=count(8, 15), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MUTILATED, max_size=12))
def test_every_row_of_any_file_is_accounted_for(rows):
    records = [r for r in rows if r]
    with tempfile.TemporaryDirectory() as folder:
        try:
            first = imported("\n".join([HEADER, *rows, ""]).encode(), Path(folder))
        except InputError as error:
            if "never closed" in str(error):
                return
            raise
        count = first.tables["contracts"]
        assert count.read == len(records) == count.loaded + count.duplicates + count.quarantined.total()
        quarantine = first.quarantine.read_bytes() if first.quarantine else b""
        assert quarantine.count(b"\n") == count.quarantined.total()
        again = imported("\n".join([HEADER, *rows, ""]).encode(), Path(folder))
        assert (again.digest, again.loaded, again.by_kind) == (first.digest, 0, first.by_kind)


@settings(max_examples=count(10, 25), suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=60))
def test_bytes_that_are_no_table_are_refused(data):
    with tempfile.TemporaryDirectory() as folder, pytest.raises(InputError):
        imported(data, Path(folder))
