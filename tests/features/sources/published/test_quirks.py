"""Quirks of published files that have one meaning, and what is quarantined beside them."""

import json
from datetime import datetime

import pytest

from features.errors import InputError
from features.importing.import_facts import import_facts
from tests.features.sources.published.test_parts import note
from tests.features.sources.release import RELEASE, changed, package, quarantined_rows

pytestmark = pytest.mark.slow  # imports facts in every test


def bid(**parts):
    """A release with one bid."""
    return {**RELEASE, "bids": {"details": [{"id": "q", "status": "valid", "tenderers": [{"id": "S1"}], **parts}]}}


def test_a_date_with_a_blank_and_seven_decimals_is_read(load, rows_of):
    _, facts = load(package(bid(date="2020-01-17 09:30:05.1234567")), max_bad=0)
    (row,) = rows_of(facts, "bids")
    assert row["occurred_at"].replace(microsecond=0) == datetime(2020, 1, 17, 9, 30, 5)


def test_ids_that_are_numbers_are_read_as_text(load, rows_of):
    release = bid(tenderers=[{"id": 414, "name": "Firm 414"}])
    _, facts = load(package(changed("contracts/0/id", 33, release)), max_bad=0)
    assert [r["supplier_id"] for r in rows_of(facts, "bids")] == ["414"]
    assert [r["contract_id"] for r in rows_of(facts, "contracts")] == ["ocds-1/33"]


@pytest.mark.parametrize("status", ["Qualified", "valid", "pending", None])
def test_a_bid_of_the_winner_of_the_award_is_won_whatever_its_status_is_called(load, rows_of, status):
    _, facts = load(package(bid(status=status)), max_bad=0)
    assert [r["result"] for r in rows_of(facts, "bids")] == ["won"]


def test_an_amount_with_a_comma_costs_its_bid_and_not_the_contract(load, rows_of):
    other = changed("ocid", "ocds-2")
    summary, facts = load(package(bid(value={"amount": "2,009.00", "currency": "CNY"}), other))
    assert {r["contract_id"] for r in rows_of(facts, "contracts")} == {"ocds-1/c1", "ocds-2/c1"}
    assert [(row["table"], row["kind"]) for row in quarantined_rows(summary)] == [("bids", "bad_number")]


def test_a_contract_signed_on_a_day_written_with_slashes_is_quarantined_with_its_place(load):
    summary, _ = load(package(RELEASE, changed("ocid", "ocds-2", changed("contracts/0/dateSigned", "04/05/2020"))))
    places = {(row["table"], row["kind"], row["pointer"]) for row in quarantined_rows(summary)}
    assert ("contracts", "bad_date", "/releases/1/contracts/0") in places


def test_packages_in_a_row_are_read_and_packages_without_releases_are_counted(load, rows_of):
    rows = [json.dumps(package(changed("ocid", f"ocds-{i}")), indent=1) for i in (1, 2)]
    _, facts = load("".join(rows).encode(), max_bad=0)
    assert {r["contract_id"] for r in rows_of(facts, "contracts")} == {"ocds-1/c1", "ocds-2/c1"}


def test_a_line_with_a_package_without_releases_is_quarantined_beside_a_good_one(load):
    lines = [json.dumps(RELEASE), json.dumps({"uri": "u", "version": "1.1"}), json.dumps(package())]
    summary, _ = load("\n".join(lines).encode(), name="p.jsonl")
    assert [row["kind"] for row in quarantined_rows(summary)] == ["missing_value"]
    assert summary.records["releases"].used == 1


def test_local_midnight_written_in_utc_is_the_local_day(tmp_path, rows_of):
    release = changed("contracts/0/dateSigned", "2020-02-29T16:00:00+00:00")
    (tmp_path / "p.json").write_text(json.dumps(package(release)))
    import_facts(tmp_path / "p.json", tmp_path / "facts", format="ocds", tz="Asia/Shanghai", max_bad=0)
    assert [r["signed_on"] for r in rows_of(tmp_path / "facts", "contracts")] == [datetime(2020, 2, 29, 16)]


def test_a_contract_that_stays_active_for_ever_has_no_end(load, rows_of):
    later = changed("date", "2023-06-01T12:00:00Z")
    summary, facts = load(package(RELEASE, later), max_bad=0)
    assert {(r["end_state"], r["ended_on"]) for r in rows_of(facts, "contracts")} == {(None, None)}
    assert note(summary, "ended") == 0


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'{"version": "1.1",\n "releases": [\n  {"ocid": "o", "tag": ["x", }]}', "line 3, column 30"),
        (b'{"releases": [{"ocid": "o", "id"}]}', "line 1, column 33"),
        (b"<html>error</html>", "line 1, column 1"),
    ],
)
def test_a_file_that_is_not_json_is_refused_with_line_and_column(load, data, place):
    with pytest.raises(InputError) as refused:
        load(data)
    assert place in str(refused.value)
