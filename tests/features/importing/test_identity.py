"""What the import says of a supplier's identity, and from which instant a profile may know it."""

from datetime import datetime

import pytest

from features.facts.store import Facts
from features.profiles.build import build_one
from tests.features.importing.conftest import Market

pytestmark = pytest.mark.slow  # imports facts in every test

CONTRACT_OF_S1 = {"contract_id": "C1", "supplier_id": "S1"}


def suspicions(market: Market, supplier: str, as_of: str) -> list[str]:
    """The suspicions of one profile."""
    from features.declarations.data_depth import data_depth

    facts = Facts.open(market.facts)
    row = build_one(facts, supplier, facts.instant(as_of)).to_pylist()[0]
    return data_depth(row, facts.missing_tables).get("suspicions", [])


def firm(supplier_id: str, **cells: str) -> dict[str, str]:
    return {"supplier_id": supplier_id, "kind": "legal_person", **cells}


@pytest.mark.parametrize(
    "supplier_id",
    ["000000001", "0", "NULL", "<na>", "ID-<NA>", "n/a", "unknown", "99999999", "XXXX", "---", "暂无", "123456789"],
)
def test_a_stand_in_is_suspected(market: Market, supplier_id: str) -> None:
    contract = market.row("contracts", supplier_id=supplier_id)
    market.load(suppliers=[firm(supplier_id), firm("S2")], contracts=[contract])
    assert suspicions(market, supplier_id, "2025-01-01") == ["STAND_IN_ID"]


@pytest.mark.parametrize(
    "supplier_id", ["S1", "RU-4417", "91350211M000100Y43", "000004417", "77", "BANANA", "NATIONAL-1", "测试公司"]
)
def test_an_ordinary_id_is_not(market: Market, supplier_id: str) -> None:
    contract = market.row("contracts", supplier_id=supplier_id)
    market.load(suppliers=[firm(supplier_id), firm("S2")], contracts=[contract])
    assert suspicions(market, supplier_id, "2025-01-01") == []


def test_another_name_under_one_id_is_suspected_from_then_on(market: Market) -> None:
    versions = [firm("S1", name="Birch  Roads"), firm("S1", name="BIRCH ROADS", known_at="2024-02-01")]
    versions.append(firm("S1", name="Quarry Foods", known_at="2024-08-01"))
    market.load(suppliers=[*versions, firm("S2")], contracts=[market.row("contracts")])
    assert suspicions(market, "S1", "2024-08-01") == []
    assert suspicions(market, "S1", "2024-08-03") == ["NAME_CHANGED"]


def test_another_kind_under_one_id_is_suspected(market: Market) -> None:
    versions = [firm("S1"), {"supplier_id": "S1", "kind": "sole_trader", "known_at": "2024-08-01"}]
    market.load(suppliers=[*versions, firm("S2")], contracts=[market.row("contracts")])
    assert suspicions(market, "S1", "2024-09-01") == ["KIND_CHANGED"]


def test_one_name_under_two_ids_is_suspected_of_both_and_merged_in_neither(market: Market) -> None:
    firms = [firm("S1", name="Lark & Son"), firm("S2", name="LARK  SON", known_at="2024-05-01")]
    contracts = [market.row("contracts"), market.row("contracts", contract_id="C2", supplier_id="S2")]
    market.load(suppliers=firms, contracts=contracts)
    assert suspicions(market, "S1", "2024-04-01") == [], "nobody knew the second id then"
    assert suspicions(market, "S1", "2024-06-01") == ["NAME_SHARED"]
    assert suspicions(market, "S2", "2024-06-01") == ["NAME_SHARED"]
    facts = Facts.open(market.facts)
    row = build_one(facts, "S1", datetime(2024, 6, 1)).to_pylist()[0]
    assert row["history_contracts"] == 1
