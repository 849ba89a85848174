"""FPDS' contract actions: small files with each oddity, and the real one."""

import csv
import gzip
from datetime import datetime, timedelta

import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.importing.import_facts import detect, import_facts
from training.cases import outcomes

pytestmark = pytest.mark.slow  # imports facts in every test

AWARD = {
    "PIID": "C1",
    "Modification Number": "0",
    "Transaction Number": "0",
    "Referenced IDV PIID": "",
    "Date Signed": "01/15/2013",
    "Effective Date": "01/15/2013",
    "Completion Date": "06/30/2013",
    "Contracting Agency ID": "1700",
    "Contracting Agency Name": "DEPT OF THE NAVY",
    "Product or Service Code": "6515",
    "Description of Requirement": "GAUZE",
    "Extent Competed": "FULL AND OPEN COMPETITION",
    "Award Type": "PURCHASE ORDER",
    "Reason For Modification": "",
    "DUNS Number": "000000001",
    "Vendor Name": "GAUZE  Works, Inc.",
    "Vendor Address State Name": "OHIO",
    "Contracting Officer's Business Size Determination": "SMALL BUSINESS",
    "Base and Exercised Options Value": "$1,200.00",
}
CONVENIENCE = "TERMINATE FOR CONVENIENCE (COMPLETE OR PARTIAL)"
DEFAULT = "TERMINATE FOR DEFAULT (COMPLETE OR PARTIAL)"


def change(number="P00001", reason="CHANGE ORDER", **cells):
    """A later action; column names with blanks are spelled with underscores."""
    overrides = {name.replace("_", " "): cell for name, cell in cells.items()}
    late = {"Date Signed": "03/01/2013", "Base and Exercised Options Value": "-$200.50"}
    return {**AWARD, "Modification Number": number, "Reason For Modification": reason, **late, **overrides}


@pytest.fixture
def load(tmp_path):
    """Write actions as the publisher does (gzip) and import them."""

    def load(*actions):
        with gzip.open(tmp_path / "fpds_transactions.csv.gz", "wt", encoding="utf-8", newline="") as stream:
            out = csv.DictWriter(stream, AWARD)
            out.writeheader()
            out.writerows(actions)
        return import_facts(tmp_path / "fpds_transactions.csv.gz", tmp_path / "facts", max_bad=1), tmp_path / "facts"

    return load


def last_moment(year, month, day):
    """The last microsecond of a winter day in New York, in UTC."""
    return datetime(year, month, day, 4, 59, 59, 999999) + timedelta(days=1)


def in_time(rows):
    return sorted(rows, key=lambda row: row["known_at"])


def test_an_award_becomes_a_contract_known_on_the_day_it_was_signed(load, rows_of):
    _, facts = load(AWARD)
    (row,) = rows_of(facts, "contracts")
    assert row["signed_on"] == row["known_at"] == last_moment(2013, 1, 15)
    assert (row["kind"], row["category"], row["method"], str(row["amount"])) == ("order", "goods", "open", "1200.00")
    assert (row["ends_on"], row["end_state"]) == (None, None)
    assert "amendments" not in Facts.open(facts).tables


def test_every_later_action_is_an_amendment_with_its_reason_and_what_it_changed(load, rows_of):
    longer = change(Completion_Date="07/10/2013")
    blank = change("P00002", "FUNDING ONLY ACTION", Date_Signed="2013-04-01 00:00:00", Completion_Date="")
    again = change("P00003", Date_Signed="04/02/2013", Completion_Date="2013-07-09 00:00:00")
    _, facts = load(again, longer, AWARD, blank)
    amendments = [
        (a["reason"], str(a["amount_change"]), a["days_change"]) for a in in_time(rows_of(facts, "amendments"))
    ]
    assert amendments == [
        ("CHANGE ORDER", "-200.50", 10),
        ("FUNDING ONLY ACTION", "-200.50", None),
        ("CHANGE ORDER", "-200.50", -1),
    ]


@pytest.mark.parametrize(
    ("reason", "state", "outcome"),
    [
        (DEFAULT, "terminated_early", "bad"),
        ("TERMINATE FOR CAUSE", "terminated_early", "bad"),
        (CONVENIENCE, "terminated_early", "excluded"),
        ("LEGAL CONTRACT CANCELLATION", "cancelled", "excluded"),
        ("CLOSE OUT", "completed", "good"),
    ],
)
def test_how_a_contract_ended_is_judged_by_who_ended_it(load, rows_of, reason, state, outcome):
    _, facts = load(AWARD, change(reason=reason), {**AWARD, "PIID": "C2", "Date Signed": "11/20/2013"})
    before, after, _ = in_time(rows_of(facts, "contracts"))
    assert (before["end_state"], before["ends_on"]) == (None, None)
    assert (after["end_state"], after["ended_on"], after["known_at"]) == (state, *[last_moment(2013, 3, 1)] * 2)
    cases = {
        case["case_id"]: case["state"] for case in outcomes.cases(Facts.open(facts), "contract_failure").to_pylist()
    }
    assert cases == {"C1": outcome, "C2": "indeterminate_undated"}


def test_a_contract_closed_out_late_was_completed_when_it_was_due(load, rows_of):
    _, facts = load(AWARD, change(reason="CLOSE OUT", Date_Signed="02/01/2016", Completion_Date="01/31/2014"))
    _, closed = in_time(rows_of(facts, "contracts"))
    assert (closed["ended_on"], closed["known_at"]) == (
        last_moment(2014, 1, 31),
        last_moment(2016, 2, 1),
    )


def test_what_follows_an_end_does_not_undo_it(load, rows_of):
    later = change("P00002", "CLOSE OUT", Date_Signed="02/01/2016")
    summary, facts = load(AWARD, change(reason=DEFAULT), later)
    assert [row["end_state"] for row in in_time(rows_of(facts, "contracts"))] == [None, "terminated_early"]
    assert summary.notes["a day of actions after a contract's end: it stays ended"] == 1


def test_a_contract_awarded_before_the_file_stands_from_its_first_action(load, rows_of):
    summary, facts = load(change(Effective_Date="12/01/2012"), change("P00002", DEFAULT, Date_Signed="03/04/2013"))
    first, _ = in_time(rows_of(facts, "contracts"))
    assert (first["signed_on"], first["known_at"]) == (last_moment(2012, 12, 1), last_moment(2013, 3, 1))
    assert first["amount"] == 0
    assert len(rows_of(facts, "amendments")) == 2
    assert [n for note, n in summary.notes.items() if "not in the file" in note] == [1]


def test_a_contract_that_passes_to_another_vendor_is_held_by_one_at_a_time(load, rows_of):
    novation = change(reason="NOVATION AGREEMENT", DUNS_Number="000000002", Vendor_Name="HEIR LLC")
    summary, facts = load(AWARD, novation)
    owners = [(r["supplier_id"], r["retracted"]) for r in in_time(rows_of(facts, "contracts"))]
    assert owners == [("000000001", False), ("000000001", True), ("000000002", False)]
    assert summary.quarantined == 0


def test_one_order_number_under_two_agreements_is_two_contracts(load, rows_of):
    orders = [{**AWARD, "PIID": "0001", "Referenced IDV PIID": agreement} for agreement in ("A", "B")]
    _, facts = load(*orders)
    assert {row["contract_id"] for row in rows_of(facts, "contracts")} == {"0001@A", "0001@B"}


def test_a_vendor_is_described_as_it_was_known_then(load, rows_of):
    grown = "OTHER THAN SMALL BUSINESS"
    size = "Contracting_Officer's_Business_Size_Determination"
    same = {**AWARD, "PIID": "C2", "Date Signed": "02/01/2013", "Vendor Address State Name": ""}
    _, facts = load(AWARD, same, change(**{size: grown}))
    descriptions = [(r["name"], r["region"], r["size_class"]) for r in in_time(rows_of(facts, "suppliers"))]
    assert descriptions == [("GAUZE WORKS, INC.", "OHIO", "small"), ("GAUZE WORKS, INC.", "OHIO", "large")]


@pytest.mark.parametrize(
    "cells",
    [
        {"Vendor Name": "MISCELLANEOUS FOREIGN AWARDEES"},
        {"Vendor Name": "DOMESTIC AWARDEES (UNDISCLOSED)"},
        {"Vendor Name": "GPC CONSOLIDATED REPORTING"},
        {"Description of Requirement": "TEST TEST"},
    ],
)
def test_stand_ins_for_vendors_and_tests_of_the_system_are_counted_and_left_out(load, rows_of, cells):
    summary, facts = load(AWARD, {**AWARD, "PIID": "C2", "DUNS Number": "9", **cells})
    record = summary.records["actions"]
    assert (record.read, record.used, record.excluded.total()) == (2, 1, 1)
    assert len(rows_of(facts, "suppliers")) == 1


def test_an_action_signed_on_no_day_is_quarantined_with_its_line(load):
    summary, _ = load(AWARD, change(Date_Signed="soon"), change("P00002", Date_Signed=""))
    assert summary.by_kind == {"bad_date": 1, "missing_value": 1}
    assert '"line": 3' in summary.quarantine.read_text(encoding="utf-8")


def test_a_contract_without_a_vendor_is_quarantined_and_takes_its_amendments_along(load):
    summary, _ = load(AWARD, *({**row, "PIID": "C2", "DUNS Number": ""} for row in (AWARD, change())))
    assert summary.by_kind == {"missing_value": 2, "broken_reference": 1}  # the vendor, its contract; its amendment


def test_a_file_with_another_header_is_refused(tmp_path):
    (tmp_path / "fpds.csv").write_text("a,b\n1,2\n")
    assert detect(tmp_path) == "fpds"
    with pytest.raises(InputError, match="missing from the header"):
        import_facts(tmp_path, tmp_path / "facts")
    (tmp_path / "fpds.csv").rename(tmp_path / "other.csv")
    with pytest.raises(InputError, match="no file of contract actions"):
        import_facts(tmp_path, tmp_path / "facts", format="fpds")


def test_the_real_file_imports_with_every_action_accounted_for(real, rows_of):
    summary, facts = real("fpds")
    record = summary.records["actions"]
    assert (record.read, record.used, record.excluded.total(), summary.quarantined) == (12_168, 11_976, 192, 0)
    assert record.excluded.total() == 128 + 64
    standing = rows_of(facts, "contracts", "known_until IS NULL AND NOT retracted")
    assert len(standing) == len({row["contract_id"] for row in standing})
    ended = [row["end_state"] for row in standing if row["end_state"]]
    # 93 for convenience, 9 for default or cause, 9 cancelled: the 111 terminated contracts of the publisher.
    assert (ended.count("terminated_early"), ended.count("cancelled")) == (93 + 9, 9)


def test_nine_real_failures_are_too_few_to_learn_from(real, tmp_path, monkeypatch):
    from training.train import train

    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path))
    _, folder = real("fpds")
    facts = Facts.open(folder)
    counts = outcomes.counts(outcomes.cases(facts, "contract_failure"))
    assert (counts["bad"], counts["excluded"]) == (9, 93 + 9)
    with pytest.raises(InputError, match="Not evaluable"):
        train(facts, "contract_failure")
