"""Records whose releases are merged: any order, versions 1.0 and 1.1, ids of two types, nulls."""

import itertools
from datetime import datetime

import pytest

from features.importing.import_facts import import_facts
from tests.features.sources.published.test_parts import note, standing
from tests.features.sources.release import RELEASE, changed, package, quarantined_rows

pytestmark = pytest.mark.slow  # imports facts in every test


def record(*releases, **more):
    """A record package of one record."""
    return {**more, "records": [{"ocid": "ocds-1", "releases": list(releases)}]}


def later(number, month, **parts):
    """A partial release of a later month."""
    return {"ocid": "ocds-1", "id": f"r{number}", "date": f"2020-{month:02}-01T12:00:00Z", "tag": ["x"], **parts}


AT_ONE_INSTANT = [changed("contracts/0/value/amount", amount) for amount in (510, 620, 730)]


def test_releases_of_one_id_and_date_give_the_same_answer_in_any_order(load, rows_of, tmp_path):
    stored = []
    for i, releases in enumerate(itertools.permutations(AT_ONE_INSTANT)):
        load(package(*releases, changed("ocid", "ocds-2")), name=f"{i}.json")
        import_facts(tmp_path / f"{i}.json", tmp_path / f"facts-{i}", format="ocds", max_bad=1, tz="UTC")
        rows = rows_of(tmp_path / f"facts-{i}", "contracts")
        stored.append(sorted((r["contract_id"], float(r["amount"])) for r in rows))
    assert stored == [[("ocds-2/c1", 90.5)]] * 6


@pytest.mark.parametrize("order", [1, -1])
def test_a_record_with_two_releases_of_one_id_and_date_names_both_places(load, order):
    whole = record(*AT_ONE_INSTANT[:2][::order])
    whole["records"].append({"ocid": "ocds-2", "releases": [changed("ocid", "ocds-2")]})
    summary, _ = load(whole)
    (row,) = [row for row in quarantined_rows(summary) if row["kind"] == "same_id_twice"]
    assert row["pointer"] == "/records/0/releases/1/id"
    assert "/records/0/releases/0" in row["reason"]


def test_releases_of_one_instant_are_merged_in_the_order_of_their_ids(load, rows_of, tmp_path):
    pair = [later(2, 7, contracts=[{"id": "c1", "value": {"amount": n}}]) | {"id": f"x{n}"} for n in (41, 52)]
    amounts = []
    for i, releases in enumerate(itertools.permutations(pair)):
        load(record(RELEASE, *releases), name=f"{i}.json")
        import_facts(tmp_path / f"{i}.json", tmp_path / f"facts-{i}", format="ocds", max_bad=1, tz="UTC")
        amounts.append(
            [float(r["amount"]) for r in rows_of(tmp_path / f"facts-{i}", "contracts", "known_until IS NULL")]
        )
    assert amounts == [[52], [52]]


SUPPLIERS_1_0 = [{"identifier": {"scheme": "XX", "id": name}, "name": f"Firm {name}"} for name in ("41-A", "41-C")]


def of_1_0(number, month, supplier, **more):
    """A release of version 1.0: organisations without ids, described where they are mentioned."""
    award = {"id": "a1", "date": "2020-02-10T10:00:00Z", "status": "active", "suppliers": [supplier]}
    return later(number, month, awards=[award], **more)


@pytest.mark.parametrize("version", [{}, {"version": "1.0"}])
def test_a_supplier_given_again_in_version_1_0_is_one_won_bid(load, rows_of, version):
    first = of_1_0(1, 6, SUPPLIERS_1_0[0], contracts=RELEASE["contracts"], buyer={"name": "City"} | {"id": "B1"})
    summary, facts = load(record(first, of_1_0(2, 7, SUPPLIERS_1_0[0]), **version))
    assert [(r["bid_id"], r["supplier_id"]) for r in rows_of(facts, "bids")] == [("ocds-1/award/a1/0", "41-A")]
    assert [(r["supplier_id"], r["members"]) for r in rows_of(facts, "contracts")] == [("41-A", None)]
    assert note(summary, "of version 1.0") == 1


def test_a_supplier_corrected_in_version_1_0_replaces_the_earlier_one(load, rows_of):
    first = of_1_0(1, 6, SUPPLIERS_1_0[0], contracts=RELEASE["contracts"], buyer={"id": "B1", "name": "City"})
    _, facts = load(record(first, of_1_0(2, 7, SUPPLIERS_1_0[1])))
    rows = {(r["supplier_id"], r["known_at"].month, r["retracted"], r["members"]) for r in rows_of(facts, "contracts")}
    assert rows == {("41-A", 6, False, None), ("41-A", 7, True, None), ("41-C", 7, False, None)}
    assert [float(r["value"]) for r in rows_of(facts, "contracts", "NOT retracted")] == [90.5, 90.5]


def test_in_version_1_1_suppliers_are_merged_by_their_ids(load, rows_of):
    joined = later(2, 7, awards=[{"id": "a1", "suppliers": [{"id": "S2"}]}])
    _, facts = load(record(RELEASE, joined, version="1.1"))
    latest = standing(rows_of(facts, "contracts", "known_until IS NULL"))
    assert {(r["supplier_id"], r["members"]) for r in latest} == {("S1", 2), ("S2", 2)}


def test_an_id_that_is_a_number_in_one_release_and_text_in_another_is_one_id(load, rows_of):
    first = changed("contracts/0/id", "7", changed("awards/0/id", "5", changed("contracts/0/awardID", "5")))
    ended = later(2, 8, contracts=[{"id": 7, "status": "terminated"}], awards=[{"id": 5, "date": "2020-02-11"}])
    summary, facts = load(record(first, ended))
    assert summary.quarantined == 0
    assert {r["contract_id"] for r in rows_of(facts, "contracts")} == {"ocds-1/7"}
    assert [r["ended_on"] for r in rows_of(facts, "contracts", "known_until IS NULL")] == [datetime(2020, 8, 1, 12)]
    assert note(summary, "a number in one release") == 1


def test_a_value_that_a_release_sets_to_null_is_gone(load, rows_of):
    gone = later(2, 8, contracts=[{"id": "c1", "implementation": {"milestones": None}, "period": None}])
    summary, facts = load(record(RELEASE, gone))
    (latest,) = rows_of(facts, "contracts", "known_until IS NULL")
    assert (latest["ends_on"], float(latest["amount"])) == (None, 90.5)
    assert [(r["known_at"].month, r["retracted"]) for r in rows_of(facts, "milestones")] == [(6, False), (8, True)]
    assert note(summary, "sets an object or array to null") == 1


def test_a_contract_whose_fields_are_all_set_to_null_is_gone(load, rows_of):
    nulls = {name: None for name in RELEASE["contracts"][0] if name != "id"}
    _, facts = load(record(RELEASE, later(2, 8, contracts=[{"id": "c1", **nulls}])))
    versions = sorted((r["known_at"].month, r["retracted"]) for r in rows_of(facts, "contracts"))
    assert versions == [(6, False), (8, True)]


def test_a_contracts_array_that_is_set_to_null_is_gone(load, rows_of):
    _, facts = load(record(RELEASE, later(2, 8, contracts=None)))
    assert sorted((r["known_at"].month, r["retracted"]) for r in rows_of(facts, "contracts")) == [(6, False), (8, True)]


def test_a_value_that_is_given_again_after_a_null_is_there(load, rows_of):
    gone, back = (later(n, m, contracts=[{"id": "c1", "period": p}]) for n, m, p in ((2, 8, None), (3, 9, PERIOD)))
    _, facts = load(record(RELEASE, gone, back))
    ends = [r["ends_on"] for r in sorted(rows_of(facts, "contracts"), key=lambda r: r["known_at"])]
    assert [e and e.month for e in ends] == [12, None, 11]


PERIOD = {"endDate": "2020-11-15T00:00:00Z"}


def test_a_contract_released_before_its_award_is_no_bad_row(load, rows_of):
    contract = later(1, 3, contracts=RELEASE["contracts"], tender=RELEASE["tender"], buyer=RELEASE["buyer"])
    award = later(2, 6, awards=RELEASE["awards"], parties=RELEASE["parties"])
    summary, facts = load(record(contract, award))
    assert summary.quarantined == 0
    (row,) = rows_of(facts, "contracts")
    assert (row["supplier_id"], row["known_at"].month) == ("S1", 6)
    assert note(summary, "released before its award") == 1


def test_a_contract_that_never_gets_an_award_is_one_bad_row(load):
    plan = later(2, 8, planning={"rationale": "none"})
    summary, _ = load(record(changed("awards", None), plan))
    assert [row["kind"] for row in quarantined_rows(summary)].count("no_supplier") == 1


def test_the_same_object_twice_in_one_array_is_once(load, rows_of):
    twice = changed("contracts", RELEASE["contracts"] * 2)
    whole = record(twice, later(2, 8, planning={"rationale": "none"}))
    whole["records"].append({"ocid": "ocds-2", "releases": [changed("ocid", "ocds-2")]})
    summary, facts = load(whole)
    assert summary.quarantined == 0
    assert {r["contract_id"] for r in rows_of(facts, "contracts")} == {"ocds-1/c1", "ocds-2/c1"}
