"""What a publisher's release means: contracts not in force, milestones of the buyer, parts of the wrong shape."""

import json
from datetime import datetime

import pytest

from features.errors import InputError
from tests.features.sources.release import RELEASE, changed, package, quarantined_rows

pytestmark = pytest.mark.slow  # imports facts in every test

CONTRACT = "contracts/0/"


def note(summary, text):
    """How often a note whose sentence contains a text was made."""
    return sum(count for sentence, count in summary.notes.items() if text in sentence)


def standing(rows):
    """The rows whose key has no later retraction."""
    return [row for row in rows if not row["retracted"]]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("contracts/0/status", "pending"),
        ("contracts/0/finalStatus", "unsuccessful"),
        ("awards/0/status", "pending"),
        ("awards/0/status", "cancelled"),
        ("awards/0/status", "unsuccessful"),
        ("awards/0/finalStatus", "cancelled"),
        ("tender/status", "cancelled"),
        ("tender/status", "unsuccessful"),
        ("awards/0/status", "Cancelled"),
        ("awards/0/status", "CANCELED"),
    ],
)
def test_a_contract_that_never_came_into_force_is_no_turnover(load, rows_of, path, value):
    other = changed("ocid", "ocds-2")
    summary, facts = load(package(changed(path, value), other))
    assert [r["contract_id"] for r in standing(rows_of(facts, "contracts"))] == ["ocds-2/c1"]
    assert [r["contract_id"] for r in rows_of(facts, "payments")] == ["ocds-2/c1"]
    assert note(summary, "never came into force") == 1
    assert summary.quarantined == 0


@pytest.mark.parametrize("status", [None, "active", "terminated", "cancelled", "Active", "whatever"])
def test_a_contract_with_another_status_is_one(load, rows_of, status):
    summary, facts = load(package(changed("contracts/0/status", status)))
    assert len(rows_of(facts, "contracts")) == 1
    assert note(summary, "never came into force") == 0


def test_a_contract_whose_award_is_cancelled_later_is_retracted_then(load, rows_of):
    later = changed("awards/0/status", "cancelled", changed("date", "2020-08-05T08:00:00Z"))
    _, facts = load(package(RELEASE, later))
    for table in ("contracts", "bids"):
        versions = sorted((r["known_at"].month, r["retracted"]) for r in rows_of(facts, table))
        assert versions == [(6, False), (8, True)]


def test_nobody_won_a_tender_that_was_cancelled(load, rows_of):
    other = changed("ocid", "ocds-2")
    _, facts = load(package(changed("tender/status", "cancelled"), other))
    assert [r["tender_id"] for r in standing(rows_of(facts, "bids"))] == ["ocds-2"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("terminatedEarly", ("terminated_early", datetime(2020, 6, 1, 12))),
        ("terminatedSuccessfully", ("completed", datetime(2020, 6, 1, 12))),
        ("Terminated early", ("terminated_early", datetime(2020, 6, 1, 12))),
    ],
)
@pytest.mark.parametrize("name", ["status", "finalStatus"])
def test_final_statuses_of_version_1_2_end_a_contract(load, rows_of, name, code, expected):
    _, facts = load(package(changed(CONTRACT + name, code)))
    (row,) = rows_of(facts, "contracts")
    assert (row["end_state"], row["ended_on"]) == expected


def test_codes_are_read_in_any_spelling(load, rows_of):
    release = changed("awards/0/status", "Active", changed("tender/procurementMethod", "OPEN"))
    release = changed("contracts/0/value/currency", "cny", release)
    summary, facts = load(package(release, changed("ocid", "ocds-2")))
    assert [(r["result"], r["supplier_id"]) for r in rows_of(facts, "bids")] == [("won", "S1")] * 2
    assert [(r["method"], r["currency"]) for r in rows_of(facts, "contracts")] == [("open", "CNY")] * 2
    assert note(summary, "in another spelling") == 3


def test_a_bid_that_is_disqualified_in_capitals_is_not_lost(load, rows_of):
    bids = {"details": [{"id": "7", "status": "Disqualified", "tenderers": [{"id": "S2"}]}]}
    _, facts = load(package({**RELEASE, "bids": bids}))
    assert [(r["supplier_id"], r["result"]) for r in rows_of(facts, "bids")] == [("S2", "disqualified")]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("payment", "the buyer's to meet"),
        ("Payment", "the buyer's to meet"),
        ("financing", "neither delivery"),
        ("procurement", "neither delivery"),
        ("contractClose", "neither delivery"),
        ("facturacion", "neither delivery"),
    ],
)
def test_a_milestone_of_the_buyer_is_never_a_delivery_of_the_supplier(load, rows_of, kind, said):
    milestones = [
        {"id": "b1", "type": kind, "dueDate": "2020-04-15T00:00:00Z", "status": "scheduled"},
        {"id": "b2", "type": "delivery", "dueDate": "2020-04-20T00:00:00Z", "dateMet": "2020-04-18T00:00:00Z"},
    ]
    summary, facts = load(package(changed("contracts/0/implementation/milestones", milestones)))
    assert [r["milestone_id"] for r in rows_of(facts, "milestones")] == ["ocds-1/c1/b2"]
    assert note(summary, said) == 1


def test_a_bad_part_costs_itself_and_nothing_beside_it(load, rows_of):
    bad = changed("contracts/0/amendments", "none")
    bad["contracts"].append({**RELEASE["contracts"][0], "id": "c2", "period": "a year"})
    bad["bids"] = {"details": [{"id": "1", "tenderers": "S2"}, {"id": "2", "tenderers": {"id": "S1"}}]}
    summary, facts = load(package(bad, changed("ocid", "ocds-2")))
    assert {r["contract_id"] for r in rows_of(facts, "contracts")} == {"ocds-1/c1", "ocds-2/c1"}
    assert {r["bid_id"] for r in rows_of(facts, "bids")} == {"ocds-1/bid/2/0", "ocds-2/award/a1/0"}
    assert len(rows_of(facts, "payments")) == len(rows_of(facts, "milestones")) == 2
    assert {row["pointer"] for row in quarantined_rows(summary)} == {
        "/releases/0/contracts/0/amendments",
        "/releases/0/contracts/1/period",
        "/releases/0/bids/details/0/tenderers",
    }
    assert note(summary, "an object where an array belongs") == 1


def test_two_contracts_or_awards_of_one_id_are_both_quarantined_with_their_places(load, rows_of):
    release = changed("ocid", "ocds-2")
    award, contract = release["awards"][0], release["contracts"][0]
    release["awards"].append({**award, "suppliers": [{"id": "S2"}]})
    release["contracts"].append({**contract, "value": {"amount": 71, "currency": "CNY"}})
    summary, facts = load(package(RELEASE, release))
    assert [r["contract_id"] for r in rows_of(facts, "contracts")] == ["ocds-1/c1"]
    assert [r["bid_id"] for r in rows_of(facts, "bids")] == ["ocds-1/award/a1/0"]
    places = {row["pointer"] for row in quarantined_rows(summary) if row["kind"] == "same_id_twice"}
    assert places == {f"/releases/1/{part}/{i}/id" for part in ("awards", "contracts") for i in (0, 1)}


def test_a_contract_that_names_one_of_two_awards_of_one_id_has_no_known_supplier(load):
    release = changed("awards", [*RELEASE["awards"], {**RELEASE["awards"][0], "suppliers": [{"id": "S2"}]}])
    summary, _ = load(package(changed("ocid", "ocds-2"), release))
    kinds = {(row["table"], row["kind"]) for row in quarantined_rows(summary)}
    assert ("contracts", "ambiguous_award") in kinds


def test_an_amendment_without_a_date_is_of_its_releases_date_and_the_summary_shows_it(load, rows_of):
    summary, facts = load(package(changed("contracts/0/amendments", [{"id": "m9", "rationale": "longer"}])))
    assert [r["occurred_at"] for r in rows_of(facts, "amendments")] == [datetime(2020, 6, 1, 12)]
    assert note(summary, "an amendment without a date") == 1


@pytest.mark.parametrize(
    ("releases", "kind", "place", "said"),
    [
        ([{"date": "2020-06-01"}, {"date": "2020-06-02"}], "2 missing value", "/releases/0/ocid", "is required"),
        (["x", 7], "2 bad shape", "/releases/0", "is not an object"),
        ([{"url": "https://example.org/r"}], "1 linked release", "/releases/0", "downloads nothing"),
    ],
)
def test_where_every_release_is_bad_the_reasons_are_given_with_their_place(load, releases, kind, place, said):
    with pytest.raises(InputError) as refused:
        load(package(*releases), name="q.json")
    message = str(refused.value)
    assert all(part in message for part in (kind, f"q.json {place}", said))


def test_where_every_release_is_bad_the_remedy_is_that_of_the_commonest_kind(load):
    twice = b'{"releases": [{"ocid": "x", "ocid": "y"}, {"ocid": "z", "ocid": "y"}, 7]}'
    with pytest.raises(InputError) as refused:
        load(twice)
    assert refused.value.fix == "Keep one of the values."


def test_a_package_without_any_release_has_the_remedy_of_a_package(load):
    with pytest.raises(InputError, match="no release here") as refused:
        load(json.loads('{"uri": "u", "version": "1.1", "releases": []}'))
    assert "have `releases` or `records`" in refused.value.fix
