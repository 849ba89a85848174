"""Under which id a firm is stored, and how it is described."""

import pytest

from tests.features.sources.published.test_parts import note
from tests.features.sources.release import changed, package

pytestmark = pytest.mark.slow  # imports facts in every test


def firm(own, registered, name="One Ltd", region="North"):
    """A release about a firm with an id of the publisher and a registered identifier."""
    party = {"id": own, "name": name, "roles": ["supplier"], "address": {"region": region}}
    party |= {"identifier": {"scheme": "XX-REG", "id": registered}} if registered else {}
    release = changed("parties/1", party)
    return changed("awards/0/suppliers", [{"id": own}], release)


def test_a_firm_with_a_hash_of_its_address_as_id_is_one_firm_by_its_identifier(load, rows_of):
    moved = {**firm("hash-of-south", "52-880", region="South"), "ocid": "ocds-2", "date": "2020-07-01T12:00:00Z"}
    _, facts = load(package(firm("hash-of-north", "52-880"), moved))
    assert {r["supplier_id"] for r in rows_of(facts, "contracts")} == {"52-880"}
    assert {r["supplier_id"] for r in rows_of(facts, "bids")} == {"52-880"}


@pytest.mark.parametrize("stand_in", ["0000000", "N/A", "-", "none", "xxx", None, "99999999"])
def test_a_stand_in_for_an_identifier_does_not_join_firms(load, rows_of, stand_in):
    _, facts = load(package(firm("P-1", stand_in), {**firm("P-2", stand_in), "ocid": "ocds-2"}))
    assert {r["supplier_id"] for r in rows_of(facts, "contracts")} == {"P-1", "P-2"}


def test_a_buyer_with_an_identifier_is_stored_under_it(load, rows_of):
    buyer = {"id": "b-hash", "name": "City", "roles": ["buyer"], "identifier": {"scheme": "XX-GOV", "id": "77-10"}}
    _, facts = load(package(changed("buyer", {"id": "b-hash"}, changed("parties/0", buyer))))
    assert [r["buyer_id"] for r in rows_of(facts, "contracts")] == ["77-10"]


def test_a_firm_without_an_own_id_is_stored_under_its_identifier(load, rows_of):
    mention = {"name": "Nine", "identifier": {"scheme": "XX-REG", "id": "52-999"}}
    _, facts = load(package(changed("awards/0/suppliers", [mention])))
    assert [r["supplier_id"] for r in rows_of(facts, "contracts")] == ["52-999"]


@pytest.mark.parametrize("order", [1, -1])
def test_two_descriptions_of_one_firm_at_one_instant_are_no_conflict(load, rows_of, order):
    pair = [firm("S1", "52-881", region=None), {**firm("S1", "52-881", name="One Limited"), "ocid": "ocds-2"}]
    summary, facts = load(package(*pair[::order]))
    assert summary.quarantined == 0
    rows = rows_of(facts, "suppliers", "supplier_id = '52-881'")
    assert [(r["name"], r["region"]) for r in rows] == [("One Limited", "North")]
    assert note(summary, "the fullest description is used") == 1
