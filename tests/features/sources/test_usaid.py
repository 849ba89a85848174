"""USAID's order lines: small examples of each kind of dirt, and the real file."""

import zipfile
from datetime import datetime

import pytest

from features.errors import InputError
from features.importing.import_facts import detect, import_facts

LINE = {
    "ID": "1",
    "Project Code": "100-CI-T01",
    "Country": "Côte d'Ivoire",
    "PO Sent to Vendor Date": "1/5/09",
    "Scheduled Delivery Date": "2-Jun-09",
    "Delivered to Client Date": "5-Jun-09",
    "Delivery Recorded Date": "9-Jun-09",
    "Vendor": "Some  Pharma Limited",
    "Line Item Value": "551",
}
NAME = "SCMS_Delivery_History_Dataset.csv"


@pytest.fixture
def load(tmp_path):
    """Write lines as the publisher does (zipped, byte-order mark, CR alone) and import them."""

    def load(*changes):
        lines = [",".join(LINE), *(",".join({**LINE, "ID": str(i), **c}.values()) for i, c in enumerate(changes))]
        with zipfile.ZipFile(tmp_path / f"{NAME}.zip", "w") as archive:
            archive.writestr(NAME, "\ufeff" + "\r".join(lines) + "\r")
        return import_facts(tmp_path / f"{NAME}.zip", tmp_path / "facts", max_bad=1), tmp_path / "facts"

    return load


def days(*dates):
    """The last microsecond of days in New York, in UTC (summer time)."""
    return [datetime(y, m, d + 1, 3, 59, 59, 999999) for y, m, d in dates]


def test_an_order_is_known_on_the_day_it_was_sent_and_its_delivery_when_recorded(load, rows_of):
    _, facts = load({"PO Sent to Vendor Date": "5/5/09"})
    before, after = sorted(rows_of(facts, "milestones"), key=lambda r: r["known_at"])
    sent, due, met, recorded = days((2009, 5, 5), (2009, 6, 2), (2009, 6, 5), (2009, 6, 9))
    assert (before["known_at"], before["due_on"], before["met_on"], before["known_until"]) == (
        sent,
        due,
        None,
        recorded,
    )
    assert (after["known_at"], after["due_on"], after["met_on"], after["known_until"]) == (recorded, due, met, None)
    first, last = sorted(rows_of(facts, "contracts"), key=lambda r: r["known_at"])
    assert (first["kind"], first["category"], first["value"], first["end_state"]) == ("order", "goods", 551, None)
    assert (last["known_at"], last["end_state"], last["ended_on"]) == (recorded, "completed", met)


def test_the_warehouse_and_orders_without_a_date_are_counted_and_left_out(load):
    warehouse = {"Vendor": "SCMS from RDC", "PO Sent to Vendor Date": "N/A - From RDC"}
    summary, _ = load({}, warehouse, {"PO Sent to Vendor Date": "Date Not Captured"})
    record = summary.records["order lines"]
    assert (record.read, record.used, sorted(record.excluded.values())) == (3, 1, [1, 1])


def test_a_delivery_recorded_no_later_than_its_order_is_known_with_it(load, rows_of):
    summary, facts = load({"PO Sent to Vendor Date": "6/9/09"})
    (row,) = rows_of(facts, "milestones")
    assert row["known_at"] == days((2009, 6, 9))[0]
    assert row["met_on"] == days((2009, 6, 5))[0]
    assert any("recorded no later" in note for note in summary.notes)


def test_words_in_a_date_cell_are_quarantined(load):
    summary, _ = load({}, {"Scheduled Delivery Date": "See ASN-93", "Delivered to Client Date": "soon"})
    assert summary.by_kind == {"bad_date": 4}


def test_spellings_of_a_vendor_that_differ_in_blanks_and_case_are_one(load, rows_of):
    _, facts = load({}, {"Vendor": "SOME PHARMA limited "})
    assert len(rows_of(facts, "suppliers")) == 1


def test_another_file_is_refused(tmp_path):
    (tmp_path / NAME).write_text("a,b\r1,2\r")
    assert detect(tmp_path) == "usaid"
    with pytest.raises(InputError, match="missing from the header"):
        import_facts(tmp_path, tmp_path / "facts")
    (tmp_path / f"{NAME}.zip").write_bytes(b"no")
    with pytest.raises(InputError, match="not a ZIP"):
        import_facts(tmp_path / f"{NAME}.zip", tmp_path / "facts", format="usaid")


def test_the_real_file_imports_with_every_line_accounted_for(real, rows_of):
    summary, facts = real("usaid")
    record = summary.records["order lines"]
    assert (record.read, record.used, record.quarantined) == (10_324, 4_592, 0)
    assert record.read == record.used + record.excluded.total()
    assert sorted(record.excluded.values()) == [328, 5_404]
    assert summary.quarantined == 0
    assert len(rows_of(facts, "milestones", "met_on > due_on AND known_until IS NULL")) == 255
