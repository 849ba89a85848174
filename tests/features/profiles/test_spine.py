"""Spines as people write them."""

from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.importing.import_facts import import_facts
from features.profiles.spine import fleet_spine, read_spine, timeline

MIDNIGHT = datetime(2024, 5, 4, 16)  # of 5 May in Shanghai


@pytest.fixture
def read(facts, tmp_path):
    """Write a spine as CSV text or as an Arrow table, and read it."""

    def read(content):
        file = tmp_path / ("spine.csv" if isinstance(content, str) else "spine.parquet")
        if isinstance(content, str):
            file.write_text(content)
        else:
            pq.write_table(content, file)
        return read_spine(facts, file)

    return read


def test_a_bare_date_is_local_midnight_and_names_the_case(read):
    spine = read("supplier_id,as_of,amount,days\nA,2024-05-05,1000.50,90\nB,2024-05-05,,\n")
    assert spine["case_id"].to_pylist() == ["A@2024-05-05", "B@2024-05-05"]
    assert spine["as_of"].to_pylist() == [MIDNIGHT] * 2
    assert [str(v) for v in spine["amount"].to_pylist()] == ["1000.50", "None"]


def test_two_instants_of_one_day_are_two_cases(read):
    spine = read("supplier_id,as_of\nA,2024-05-05T08:00\nA,2024-05-05T03:00:00+02:00\n")
    assert spine["as_of"].to_pylist() == [datetime(2024, 5, 5), datetime(2024, 5, 5, 1)]


def test_dates_in_parquet_mean_what_they_mean_in_text(read):
    for dates in (
        pa.array([date(2024, 5, 5)]),
        pa.array([datetime(2024, 5, 5)], pa.timestamp("ns")),
        pa.array([MIDNIGHT], pa.timestamp("us", tz="UTC")),
    ):
        assert read(pa.table({"supplier_id": ["A"], "as_of": dates}))["as_of"].to_pylist() == [MIDNIGHT]


def test_terms_that_are_partly_missing_are_unknown_one_by_one(read):
    days = pa.array([90.0, None])  # as pandas writes whole numbers beside blanks
    spine = read(pa.table({"supplier_id": ["A", "B"], "as_of": ["2024-05-05"] * 2, "days": days}))
    assert spine["days"].to_pylist() == [90, None]


def test_a_supplier_may_be_called_na(read):
    assert read("supplier_id,as_of\nNA,2024-05-05\n")["supplier_id"].to_pylist() == ["NA"]


def test_clocks_are_read_over(read):
    assert read("supplier_id,as_of,known_at\nA,2024-05-05,2024-01-01\n").column_names == [
        "case_id",
        "supplier_id",
        "as_of",
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "'supplier_id' is missing"),
        ("supplier_id\nA\n", "'as_of' is missing"),
        ("supplier_id,as_of,colour\nA,2024-05-05,red\n", "Unknown column 'colour'"),
        ("supplier_id,as_of\nA,2024-05-05\nA,2024-05-05\n", "repeats"),
        ("supplier_id,as_of\nA,soon\n", "line 2, column as_of"),
        ("supplier_id,as_of\nA,2024-05-05\n,2024-05-05\n", "line 3, column supplier_id: is required"),
        ("supplier_id,as_of\nA,\n", "column as_of: is required"),
        ("supplier_id,as_of\nA,9999-12-31\n", "column as_of"),
        ("supplier_id,as_of\nA,2024-05-05,more\n", "3 fields"),
        ("supplier_id,as_of,days\nA,2024-05-05,many\n", "column days"),
        ("supplier_id,as_of,category\nA,2024-05-05,toys\n", "goods, works, services"),
        ("supplier_id,as_of,amount,currency\nA,2024-05-05,5,yuan\n", "ISO 4217"),
    ],
)
def test_a_spine_that_cannot_be_used_is_refused_with_its_reason(read, text, complaint):
    with pytest.raises(InputError, match=complaint):
        read(text)


def test_a_spine_that_is_not_there_is_refused(facts, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_spine(facts, tmp_path / "spine.csv")


def test_a_supplier_is_one_case_of_the_fleet_though_its_only_table_has_many_rows(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "suppliers.csv").write_text("supplier_id,kind\nA,other\nB,other\n")
    head = "invoice_id,supplier_id,direction,counterparty_id,amount,currency,issued_on,state\n"
    lines = [f"{n},{'AB'[n % 2]},sale,C,1,CNY,2024-01-0{n + 1},valid\n" for n in range(6)]
    (source / "invoices.csv").write_text(head + "".join(lines))
    import_facts(source, tmp_path / "facts")
    facts = Facts.open(tmp_path / "facts")
    assert fleet_spine(facts, facts.instant("2024-02-01"))["supplier_id"].to_pylist() == ["A", "B"]


def test_a_timeline_is_one_supplier_at_several_instants():
    spine = timeline("A", [MIDNIGHT, datetime(2024, 6, 1)])
    assert spine["supplier_id"].to_pylist() == ["A", "A"]
    assert spine["as_of"].to_pylist() == [MIDNIGHT, datetime(2024, 6, 1)]
    assert spine["case_id"].to_pylist() == ["A@2024-05-04T16:00:00", "A@2024-06-01T00:00:00"]
