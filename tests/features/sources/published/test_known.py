"""Releases that are older than what they report, and open ends."""

from datetime import datetime

import pytest

from features.importing.import_facts import import_facts
from tests.features.sources.published.test_merging import later, record
from tests.features.sources.published.test_parts import note
from tests.features.sources.release import RELEASE, changed, package, quarantined_rows

pytestmark = pytest.mark.slow  # imports facts in every test

MILESTONE = "contracts/0/implementation/milestones/0/"
OLD = changed("date", "2020-03-01T12:00:00Z")


def test_a_release_older_than_what_it_reports_is_known_from_the_latest_event(load, rows_of):
    summary, facts = load(package(OLD))
    may = datetime(2020, 5, 1, 23, 59, 59, 999999)
    assert [r["known_at"] for r in rows_of(facts, "contracts")] == [may]
    assert [r["known_at"] for r in rows_of(facts, "milestones")] == [may]
    assert note(summary, "older than what it reports") == 1


def test_a_release_of_the_day_of_its_latest_event_is_known_on_its_date(load, rows_of):
    summary, facts = load(package(changed("date", "2020-05-01T08:00:00Z")))
    assert [r["known_at"] for r in rows_of(facts, "contracts")] == [datetime(2020, 5, 1, 8)]
    assert note(summary, "older than what it reports") == 0


def test_a_milestone_that_an_older_release_reports_as_met_is_not_met_before_it_was_reported(load, rows_of):
    late = changed(f"{MILESTONE}dueDate", "2020-04-20", changed(f"{MILESTONE}status", "met", OLD))
    summary, facts = load(package(late, changed("ocid", "ocds-2")))
    assert [r["contract_id"] for r in rows_of(facts, "milestones")] == ["ocds-2/c1"]
    assert note(summary, "met at an unknown time") == 1


def test_an_early_end_that_an_older_release_reports_is_unknown(load, rows_of):
    summary, facts = load(package(changed("contracts/0/status", "terminated", OLD)))
    assert [r["end_state"] for r in rows_of(facts, "contracts")] == [None]
    assert note(summary, "how it ended is unknown") == 1


def test_an_event_after_today_does_not_move_a_release(load, rows_of):
    typo = changed("contracts/0/implementation/transactions/0/date", "2203-05-01T00:00:00Z")
    _, facts = load(package(typo))
    assert [r["known_at"] for r in rows_of(facts, "contracts")] == [datetime(2020, 6, 1, 12)]


def test_states_known_at_one_instant_are_one(load, rows_of):
    second = {**later(2, 4, contracts=[{"id": "c1", "value": {"amount": 77}}])}
    third = {**later(3, 8, contracts=[{"id": "c1", "value": {"amount": 78}}])}
    summary, facts = load(record(OLD, second, third))
    assert summary.quarantined == 0
    versions = sorted((r["known_at"].month, float(r["amount"])) for r in rows_of(facts, "contracts"))
    assert versions == [(5, 77), (8, 78)]


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00Z", "1-01-01", "2016-20-16T14:26:00Z"])
def test_a_release_of_the_year_one_or_of_no_day_is_quarantined_and_never_always_known(load, rows_of, date):
    summary, facts = load(package(RELEASE, changed("ocid", "ocds-2", changed("date", date))))
    assert [r["contract_id"] for r in rows_of(facts, "contracts")] == ["ocds-1/c1"]
    assert ("contracts", "bad_date") in {(row["table"], row["kind"]) for row in quarantined_rows(summary)}


TABLES = {
    "suppliers.csv": "supplier_id,name,kind\nA1,One,legal_person\n",
    "buyers.csv": "buyer_id,name\nB1,City\n",
    "contracts.csv": "contract_id,supplier_id,buyer_id,kind,amount,currency,signed_on,ends_on\n"
    "K1,A1,B1,contract,70.00,CNY,2023-03-01,9999-12-31\nK2,A1,B1,contract,80.00,CNY,2023-03-02,2024-03-02\n",
    "conduct.csv": "conduct_id,party_id,party_role,type_code,severity,effective_on,expires_on\n"
    "M1,A1,supplier,debarment,5,2023-04-01,9999-12-31\nM2,A1,supplier,debarment,5,2019-04-01,2021-04-01\n",
}


def folder(tmp_path, **changes):
    """A folder of canonical tables."""
    source = tmp_path / "tables"
    source.mkdir()
    for name, text in {**TABLES, **changes}.items():
        (source / name).write_text(text)
    return source


def test_an_end_beyond_the_years_that_are_read_is_no_end(tmp_path, rows_of):
    summary = import_facts(folder(tmp_path), tmp_path / "facts", tz="UTC", max_bad=0)
    assert summary.quarantined == 0
    conduct = {r["conduct_id"]: r["expires_on"] for r in rows_of(tmp_path / "facts", "conduct")}
    assert (conduct["M1"], conduct["M2"].year) == (None, 2021)
    contracts = {r["contract_id"]: r["ends_on"] for r in rows_of(tmp_path / "facts", "contracts")}
    assert (contracts["K1"], contracts["K2"].year) == (None, 2024)
    assert [n for text, n in sorted(summary.notes.items()) if "counts as no end" in text] == [1, 1]


@pytest.mark.parametrize("day", ["2023-02-30", "soon", "1066-10-14"])
def test_an_end_that_is_no_day_is_still_quarantined(tmp_path, day):
    bad = TABLES["conduct.csv"].replace("9999-12-31", day)
    summary = import_facts(folder(tmp_path, **{"conduct.csv": bad}), tmp_path / "facts", tz="UTC", max_bad=1)
    assert [row["kind"] for row in quarantined_rows(summary)] == ["bad_date"]


def test_a_date_that_is_no_end_is_still_quarantined_beyond_the_years_that_are_read(tmp_path):
    bad = TABLES["contracts.csv"].replace("2023-03-01", "9999-12-31")
    summary = import_facts(folder(tmp_path, **{"contracts.csv": bad}), tmp_path / "facts", tz="UTC", max_bad=1)
    assert [row["kind"] for row in quarantined_rows(summary)] == ["bad_date"]


def test_a_contract_of_ocds_without_end_is_loaded(load, rows_of):
    summary, facts = load(package(changed("contracts/0/period/endDate", "9999-12-31T00:00:00Z")), max_bad=0)
    assert [r["ends_on"] for r in rows_of(facts, "contracts")] == [None]
    assert note(summary, "counts as no end") == 1
