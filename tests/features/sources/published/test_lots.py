"""Awards and contracts of several lots: a value counts once; joint bids."""

import pytest

from tests.features.sources.published.test_parts import note
from tests.features.sources.release import RELEASE, changed, package

pytestmark = pytest.mark.slow  # imports facts in every test

LOTS = ("2", "5", "9")


def award(lot, amount=640, supplier="S1", day="2020-02-10T10:00:00Z"):
    """An award of one lot."""
    return {
        "id": f"lot-{lot}",
        "status": "active",
        "date": day,
        "relatedLots": [lot],
        "value": {"amount": amount, "currency": "CNY"},
        "suppliers": [{"id": supplier}],
    }


def contract(lot, title="Roads", amount=640):
    """A contract of one lot."""
    return {
        "id": f"k{lot}",
        "awardID": f"lot-{lot}",
        "title": title,
        "dateSigned": "2020-03-01T10:00:00Z",
        "value": {"amount": amount, "currency": "CNY"},
    }


def release(awards, contracts):
    """A release with these awards and contracts."""
    return changed("awards", awards, changed("contracts", contracts))


def test_awards_of_several_lots_with_the_total_on_each_are_one_won_bid(load, rows_of):
    summary, facts = load(package(release([award(lot) for lot in LOTS], [contract("2")])))
    assert [(r["result"], float(r["amount"])) for r in rows_of(facts, "bids")] == [("won", 640)]
    assert [float(r["amount"]) for r in rows_of(facts, "contracts")] == [640]
    assert note(summary, "are one bid") == 1


def test_awards_of_several_lots_with_amounts_of_their_own_are_one_bid_of_their_sum(load, rows_of):
    awards = [award(lot, amount) for lot, amount in zip(LOTS, (100, "200.50", 300), strict=True)]
    _, facts = load(package(release(awards, [contract("2")])))
    assert [float(r["amount"]) for r in rows_of(facts, "bids")] == [600.5]


@pytest.mark.parametrize(
    "second", [award("5", supplier="S2"), award("5", day="2020-02-11T10:00:00Z"), {**award("5"), "relatedLots": []}]
)
def test_awards_to_others_of_other_days_or_without_lots_stay_apart(load, rows_of, second):
    _, facts = load(package(release([award("2"), second], [contract("2")])))
    assert len(rows_of(facts, "bids")) == 2


def test_a_contract_given_once_for_each_lot_with_its_total_counts_once(load, rows_of):
    contracts = [contract(lot) for lot in LOTS]
    payment = {"id": "p", "date": "2020-05-01", "value": {"amount": 5, "currency": "CNY"}}
    contracts[2]["implementation"] = {"transactions": [payment]}
    summary, facts = load(package(release([award(lot) for lot in LOTS], contracts)), max_bad=0)
    assert [(r["contract_id"], float(r["amount"])) for r in rows_of(facts, "contracts")] == [("ocds-1/k2", 640)]
    assert [(r["payment_id"], r["contract_id"]) for r in rows_of(facts, "payments")] == [("ocds-1/k9/p", "ocds-1/k2")]
    assert note(summary, "it counts once") == 1


@pytest.mark.parametrize(
    "contracts",
    [
        [contract("2", title=None), contract("5", title=None)],
        [contract("2"), contract("5", title="Bridges")],
    ],
)
def test_equal_contracts_without_such_evidence_count_each_and_the_summary_shows_them(load, rows_of, contracts):
    summary, facts = load(package(release([award("2"), award("5")], contracts)))
    assert len(rows_of(facts, "contracts")) == 2
    assert note(summary, "the same supplier, day and amount") == 1


def test_contracts_of_different_amounts_are_different(load, rows_of):
    summary, facts = load(package(release([award("2"), award("5")], [contract("2"), contract("5", amount=641)])))
    assert len(rows_of(facts, "contracts")) == 2
    assert note(summary, "the same supplier, day and amount") == 0


def test_a_joint_bid_is_compared_as_a_whole_with_the_estimate_of_the_whole(load, rows_of):
    bid = {"id": "1", "status": "valid", "value": {"amount": 100, "currency": "CNY"}}
    members = ("S1", "S2", "S7")
    bid["tenderers"] = [{"id": name} for name in members]
    summary, facts = load(package({**RELEASE, "bids": {"details": [bid]}}))
    assert {(r["supplier_id"], float(r["amount"])) for r in rows_of(facts, "bids")} == {
        (n, 100) for n in ("S1", "S2", "S7")
    }
    assert note(summary, "joint bid") == 1
