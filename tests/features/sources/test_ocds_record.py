"""OCDS records: compiled, embedded and linked releases."""

from datetime import datetime

import pytest

from tests.features.sources.release import RELEASE, changed, quarantined_rows

pytestmark = pytest.mark.slow  # imports facts in every test


def test_a_compiled_release_stands_for_the_releases_of_its_record(load):
    record = {"ocid": "ocds-1", "compiledRelease": RELEASE, "releases": [RELEASE, RELEASE]}
    count = load({"records": [record]})[0].records["releases"]
    assert (count.read, count.used, count.excluded.total()) == (3, 1, 2)


def test_linked_releases_are_refused_with_the_reason(load):
    linked = {"url": "https://example.org/r1", "date": "2020-06-01T12:00:00Z", "tag": ["tender"]}
    summary, _ = load({"records": [{"ocid": "ocds-1", "releases": [linked, RELEASE]}]})
    (row,) = quarantined_rows(summary)
    assert (row["kind"], row["pointer"]) == ("linked_release", "/records/0/releases/0")
    assert "downloads nothing" in row["reason"]


FIRST = changed("contracts", None)
PARTIAL = {
    "ocid": "ocds-1",
    "id": "r2",
    "date": "2020-07-01T12:00:00Z",
    "tag": ["contract"],
    "contracts": RELEASE["contracts"],
}


def record(*releases):
    return {"records": [{"ocid": "ocds-1", "releases": list(releases)}]}


def later(number, month, **parts):
    """A partial release of a later month."""
    return {"ocid": "ocds-1", "id": f"r{number}", "date": f"2020-{month:02}-01T12:00:00Z", "tag": ["x"], **parts}


def test_a_release_of_contracts_alone_finds_its_award_in_the_one_before(load, rows_of):
    summary, facts = load(record(FIRST, PARTIAL))
    assert summary.quarantined == 0
    (contract,) = rows_of(facts, "contracts")
    assert (contract["supplier_id"], contract["buyer_id"], contract["method"]) == ("S1", "B1", "open")
    assert contract["known_at"] == datetime(2020, 7, 1, 12)
    assert contract["source_ref"] == "r2"


def test_what_a_release_leaves_as_it_was_is_no_correction(load, rows_of):
    _, facts = load(record(FIRST, PARTIAL))
    for table in ("suppliers", "buyers", "tenders", "bids"):
        assert {r["known_at"] for r in rows_of(facts, table)} == {datetime(2020, 6, 1, 12)}, table


def test_the_state_after_each_release_is_known_at_its_date(load, rows_of):
    cheaper = later(3, 8, contracts=[{"id": "c1", "value": {"amount": 80}}])
    delivered = {"milestones": [{"id": "k1", "status": "met", "dateMet": "2020-08-20T09:00:00Z"}]}
    _, facts = load(record(FIRST, PARTIAL, cheaper, later(4, 9, contracts=[{"id": "c1", "implementation": delivered}])))
    versions = [(float(r["amount"]), r["known_at"].month) for r in rows_of(facts, "contracts")]
    assert sorted(versions) == [(80, 8), (90.5, 7)]
    milestones = {r["known_at"].month: (r["due_on"].month, r["met_on"]) for r in rows_of(facts, "milestones")}
    assert milestones == {7: (5, None), 9: (5, datetime(2020, 8, 20, 9))}


def test_the_order_of_the_releases_in_a_record_is_that_of_their_instants(load):
    shuffled = [later(3, 8, contracts=[{"id": "c1", "value": {"amount": 80}}]), PARTIAL, FIRST]
    east = {**PARTIAL, "date": "2020-07-01T20:00:00+08:00"}
    digests = {load(record(*r), name=f"{i}.json")[0].digest for i, r in enumerate((shuffled, shuffled[::-1]))}
    assert len(digests) == 1
    assert load(record(*shuffled[:1], east, FIRST), name="east.json")[0].digest in digests


def test_a_stand_in_for_a_missing_date_is_that_of_the_first_release_to_say_so(load, rows_of):
    first = changed("tender/tenderPeriod", None, changed("contracts/0/dateSigned", None))
    first["awards"][0].pop("date")
    first["contracts"][0].pop("period")
    first["contracts"][0]["implementation"]["transactions"][0].pop("date")
    _, facts = load(record(first, later(2, 8, planning={"rationale": "late"})))
    june = datetime(2020, 6, 1, 12)
    assert [r["published_on"] for r in rows_of(facts, "tenders")] == [june]
    assert [r["signed_on"] for r in rows_of(facts, "contracts")] == [june]
    assert [r["paid_on"] for r in rows_of(facts, "payments")] == [june]
    assert [r["decided_on"] for r in rows_of(facts, "bids")] == [june]


def test_a_contract_stays_ended_as_the_release_said_that_ended_it(load, rows_of):
    ended = later(2, 8, contracts=[{"id": "c1", "status": "terminated"}])
    paid = {"id": "c1", "implementation": {"transactions": [{"id": "p2", "value": {"amount": 1, "currency": "CNY"}}]}}
    after = {**later(3, 1, contracts=[paid]), "date": "2021-02-01T12:00:00Z"}
    _, facts = load(record(RELEASE, ended, after))
    rows = sorted(rows_of(facts, "contracts"), key=lambda r: r["known_at"])
    assert [(r["end_state"], r["ended_on"]) for r in rows] == [
        (None, None),
        ("terminated_early", datetime(2020, 8, 1, 12)),
    ]
    assert len(rows_of(facts, "payments")) == 2


def test_a_bid_read_off_an_award_gives_way_to_the_bid_itself(load, rows_of):
    own_bids = {
        "details": [{"id": "1", "status": "valid", "tenderers": [{"id": "S1"}], "date": "2020-01-20T10:00:00Z"}]
    }
    _, facts = load(record(RELEASE, later(2, 8, bids=own_bids)))
    bids = {(r["bid_id"], r["known_at"].month, r["retracted"]) for r in rows_of(facts, "bids")}
    from_award, own_bid = "ocds-1/award/a1/0", "ocds-1/bid/1/0"
    assert bids == {(from_award, 6, False), (from_award, 8, True), (own_bid, 8, False)}


def test_a_field_that_a_release_sets_to_null_is_gone(load, rows_of):
    _, facts = load(record(RELEASE, later(2, 8, contracts=[{"id": "c1", "period": {"endDate": None}}])))
    ends = [r["ends_on"] for r in sorted(rows_of(facts, "contracts"), key=lambda r: r["known_at"])]
    assert ends == [datetime(2020, 12, 31, 23, 59, 59, 999999), None]


def test_a_release_given_twice_in_its_record_counts_once(load):
    summary, _ = load(record(RELEASE, RELEASE))
    count = summary.records["releases"]
    assert (count.used, dict(count.excluded)) == (1, {"given twice in its record": 1})


@pytest.mark.parametrize(
    ("second", "kind", "pointer"),
    [
        (changed("contracts/0/value/amount", 80), "same_id_twice", "/records/0/releases/1/id"),
        (later(2, 8, parties=[{"id": "S1"}, {"id": "S1", "x": 1}]), "same_id_twice", "/records/0/releases/1"),
        (later(2, 8, extra={"a": 1}, x=1), "cannot_merge", "/records/0"),
        ({"ocid": "ocds-1", "id": "r2"}, "missing_value", "/records/0/releases/1/date"),
        ({**PARTIAL, "date": "soon"}, "bad_date", "/records/0/releases/1/date"),
        ("a release", "bad_shape", "/records/0/releases/1"),
    ],
)
def test_a_record_with_a_release_that_cannot_be_merged_is_quarantined_whole(load, second, kind, pointer):
    first = {**RELEASE, "extra": [{"id": "1"}]}
    whole = record(first, second)
    whole["records"].append({"ocid": "ocds-2", "releases": [changed("ocid", "ocds-2")]})
    summary, _ = load(whole)
    assert sorted(row["kind"] for row in quarantined_rows(summary)) == sorted(["bad_record", kind])
    assert (kind, pointer) in {(row["kind"], row["pointer"]) for row in quarantined_rows(summary)}
    assert (summary.records["releases"].used, summary.records["releases"].quarantined) == (1, 2)


@pytest.mark.parametrize(
    ("second", "kind", "pointer"),
    [
        (later(2, 8, contracts="none"), "bad_shape", "/records/0/releases/1/contracts"),
        (later(2, 8, contracts=[{}]), "missing_value", "/records/0/releases/1/contracts/0/id"),
        (later(2, 8, awards=[{"id": "a"}, {"id": "a", "x": 1}]), "same_id_twice", "/records/0/releases/1/awards/0/id"),
    ],
)
def test_a_bad_part_of_a_release_costs_its_record_that_part_only(load, rows_of, second, kind, pointer):
    summary, facts = load(record(RELEASE, second))
    assert (kind, pointer) in {(row["kind"], row["pointer"]) for row in quarantined_rows(summary)}
    assert (summary.records["releases"].used, summary.records["releases"].quarantined) == (2, 0)
    assert [r["contract_id"] for r in rows_of(facts, "contracts")] == ["ocds-1/c1"]


def test_merging_downloads_nothing(load, monkeypatch):
    import socket

    def refuse(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    load(record(FIRST, PARTIAL))
