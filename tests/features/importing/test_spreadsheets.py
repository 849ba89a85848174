"""Ids that a spreadsheet changed are quarantined, and the reason names the cause."""

import pytest

from features.importing.summary import ImportRefused
from tests.features.importing.conftest import Market


def firm(supplier_id: str) -> dict[str, str]:
    return {"supplier_id": supplier_id, "kind": "legal_person"}


@pytest.mark.parametrize("supplier_id", ["8.123E+17", "8,123E+17", "8e+09"])
def test_an_id_in_scientific_notation_is_quarantined(market: Market, supplier_id: str) -> None:
    contracts = [market.row("contracts", supplier_id=supplier_id), market.row("contracts", contract_id="C2")]
    summary = market.load(suppliers=[firm(supplier_id), firm("S1")], contracts=contracts)
    rows = market.quarantined_rows(summary)
    assert {(row["table"], row["kind"]) for row in rows} == {
        ("suppliers", "spreadsheet_id"),
        ("contracts", "spreadsheet_id"),
    }
    assert all("spreadsheet" in row["reason"] for row in rows)
    assert market.stored("suppliers", "supplier_id") == ["S1"]


def test_several_firms_never_become_one(market: Market) -> None:
    contracts = [market.row("contracts", contract_id=f"C{i}", supplier_id="8.123E+17") for i in range(3)]
    with pytest.raises(ImportRefused, match="spreadsheet"):
        market.load(max_bad=0.05, suppliers=[firm("8.123E+17"), firm("S1")], contracts=contracts)


def test_an_ordinary_id_with_an_e_is_loaded(market: Market) -> None:
    market.load(suppliers=[firm("8E17"), firm("E+4")])
    assert sorted(market.stored("suppliers", "supplier_id")) == ["8E17", "E+4"]


def test_lost_leading_zeros_are_named(market: Market) -> None:
    contracts = [market.row("contracts", supplier_id="44017"), market.row("contracts", contract_id="C2")]
    summary = market.load(suppliers=[firm("00044017"), firm("S1")], contracts=contracts)
    (row,) = market.quarantined_rows(summary)
    assert (row["kind"], row["line"]) == ("leading_zeros_lost", 2)
    assert "leading zeros" in row["reason"]
    assert "spreadsheet" in row["reason"]


def test_an_id_that_names_nothing_is_a_broken_reference_all_the_same(market: Market) -> None:
    summary = market.load(suppliers=[firm("00044017")], contracts=[market.row("contracts", supplier_id="44018")])
    assert market.kinds(summary) == ["broken_reference"]
