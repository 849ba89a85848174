"""Chinese tax invoices: small files with each oddity, and the real one."""

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.importing.import_facts import detect, import_facts

pytestmark = pytest.mark.slow  # imports facts in every test

INVOICE = {
    "enterprise_id": "E1",
    "invoice_no": "18891676",
    "invoice_date": datetime(2019, 9, 5),
    "counterparty_id": "D1",
    "amount": 100.5,
    "tax": 13.07,
    "total": 113.57,
    "status": "有效发票",
    "direction": "sale",
}
VOID = "作废发票"


@pytest.fixture
def load(tmp_path):
    """Write invoices as the publisher does and import them."""

    def load(*changes, **options):
        rows = [{**INVOICE, **change} for change in changes]
        (tmp_path / "invoices").mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "invoices" / "invoices.parquet")
        return import_facts(tmp_path / "invoices", tmp_path / "facts", max_bad=1, **options), tmp_path / "facts"

    return load


def last_moment(year, month, day):
    """The last microsecond of a day in Shanghai, in UTC."""
    return datetime(year, month, day, 15, 59, 59, 999999)


def states(rows):
    return [(row["state"], row["known_at"]) for row in sorted(rows, key=lambda r: r["known_at"])]


def test_a_folder_is_recognised_by_the_columns_of_its_file_and_not_by_its_name(load, tmp_path):
    load({})
    assert detect(tmp_path / "invoices") == "cn_invoices"
    canonical = pa.Table.from_pylist([{"invoice_id": "1"}])
    pq.write_table(canonical, tmp_path / "invoices" / "invoices.parquet")
    assert detect(tmp_path / "invoices") == "tables"


def test_an_invoice_belongs_to_its_firm_and_is_known_on_the_day_of_its_issue(load, rows_of):
    _, facts = load({})
    (firm,) = rows_of(facts, "suppliers")
    (row,) = rows_of(facts, "invoices")
    assert (firm["supplier_id"], firm["kind"]) == ("E1", "other")
    assert (row["supplier_id"], row["direction"], row["counterparty_id"], row["state"]) == ("E1", "sale", "D1", "valid")
    assert (str(row["amount"]), str(row["tax"]), row["currency"]) == ("100.50", "13.07", "CNY")
    assert row["issued_on"] == row["known_at"] == last_moment(2019, 9, 5)


def test_a_void_invoice_is_valid_until_the_end_of_its_month(load, rows_of):
    _, facts = load({"status": VOID})
    assert states(rows_of(facts, "invoices")) == [
        ("valid", last_moment(2019, 9, 5)),
        ("void", last_moment(2019, 9, 30)),
    ]


@pytest.mark.parametrize("change", [{"amount": 0.0}, {"invoice_date": datetime(2019, 9, 30)}])
def test_a_form_voided_blank_or_on_the_last_of_a_month_is_void_from_its_issue(load, rows_of, change):
    _, facts = load({"status": VOID, **change})
    (row,) = rows_of(facts, "invoices")
    assert (row["state"], row["known_at"]) == ("void", row["issued_on"])


def test_an_invoice_listed_as_valid_and_as_void_is_one_that_was_voided(load, rows_of):
    summary, facts = load({}, {"status": VOID})
    assert (summary.duplicates, summary.quarantined) == (1, 0)
    assert [state for state, _ in states(rows_of(facts, "invoices"))] == ["valid", "void"]


def test_a_red_invoice_keeps_its_negative_amount(load, rows_of):
    summary, facts = load({"amount": -100.5, "tax": -13.07, "total": -113.57})
    (row,) = rows_of(facts, "invoices")
    assert (row["state"], str(row["amount"])) == ("valid", "-100.50")
    assert summary.notes["a red invoice: its amount is negative"] == 1


def test_blanks_around_a_status_do_not_hide_it_and_are_counted(load, rows_of):
    summary, facts = load({"status": f" {VOID}", "amount": 0.0}, {"status": "　有效发票", "invoice_no": "2"})
    assert sorted(row["state"] for row in rows_of(facts, "invoices")) == ["valid", "void"]
    assert summary.notes["blanks around a status"] == 2


def test_an_exact_duplicate_is_counted_once(load, rows_of):
    summary, facts = load({}, {})
    assert (summary.tables["invoices"].read, summary.tables["invoices"].duplicates) == (2, 1)
    assert len(rows_of(facts, "invoices")) == 1


def test_a_number_that_comes_back_after_years_is_another_invoice(load, rows_of):
    _, facts = load({}, {"invoice_date": datetime(2017, 1, 11)}, {"direction": "purchase"}, {"enterprise_id": "E2"})
    assert len(rows_of(facts, "invoices")) == 4


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"status": "失控发票"}, "unknown_value"),
        ({"direction": "进项"}, "unknown_value"),
        ({"counterparty_id": None}, "missing_value"),
        ({"invoice_date": None}, "missing_value"),
        ({"amount": float("nan")}, "missing_value"),
    ],
)
def test_a_bad_cell_is_quarantined_with_its_row(load, change, kind):
    summary, _ = load({}, {**change, "invoice_no": "2"})
    assert summary.by_kind == {kind: 1}
    assert '"row": 2' in summary.quarantine.read_text(encoding="utf-8")


def test_a_total_that_does_not_add_up_is_counted(load):
    summary, _ = load({"amount": -5.42, "tax": 0.32, "total": -5.74})
    assert summary.notes["amount and tax do not add up to the total; taken unchanged"] == 1


def test_another_file_is_refused(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"no")
    with pytest.raises(InputError, match="no Parquet file of invoices"):
        import_facts(tmp_path, tmp_path / "facts", format="cn_invoices")


def test_the_real_file_imports_with_every_invoice_accounted_for(real, rows_of):
    summary, facts = real("cn_invoices")
    record, count = summary.records["invoices"], summary.tables["invoices"]
    assert (record.read, record.used, summary.quarantined) == (726_010, 726_010, 0)
    later = next(n for note, n in summary.notes.items() if "end of that month" in note)
    assert (count.read, later) == (726_010 + 41_849, 41_849)
    # 6,426 rows stand in the file twice, 359 of them void and so two rows each; 5 invoices are listed both ways.
    assert count.duplicates == 6_426 + 359 + 5
    assert count.loaded == count.read - count.duplicates
    assert summary.tables["suppliers"].loaded == 302
    standing = rows_of(facts, "invoices", "known_until IS NULL AND state = 'void' AND direction = 'purchase'")
    assert len(standing) == 17_236 - 123  # listed twice
