"""Every kind of fault is found, counted and placed; clean rows are not."""

from typing import Any

import pytest

from tests.features.importing.conftest import ROWS, Market

pytestmark = pytest.mark.slow  # imports facts in every test


def row(**cells: str) -> dict[str, str]:
    """A contract of 2024, with some cells changed."""
    return {**ROWS["contracts"], **cells}


def firm(supplier_id: str, **cells: str) -> dict[str, str]:
    return {"supplier_id": supplier_id, "kind": "legal_person", **cells}


def many(count: int, amount: int = 500) -> list[dict[str, str]]:
    """Ordinary contracts of the second supplier."""
    return [
        row(contract_id=f"N{i}", supplier_id="S2", amount=f"{amount + i}.00", signed_on=f"2024-02-{i + 1:02}")
        for i in range(count)
    ]


CLEAN: dict[str, Any] = {"contracts": [row(), *many(3)]}

CASES = {
    "a stand-in gathers firms": (
        {"suppliers": [firm("000000009"), firm("S2")], "contracts": [row(supplier_id="000000009"), *many(3)]},
        ("STAND_IN_ID", "contracts", "supplier_id"),
        (1, 0.25, 1),
    ),
    "two ids in one field": (
        {"suppliers": [firm("44017; 55093"), firm("S2")], "contracts": many(1)},
        ("SEVERAL_IDS", "suppliers", "supplier_id"),
        (1, 0.5, 1),
    ),
    "ids that a spreadsheet rounded": (
        {"suppliers": [firm("412345678901234000"), firm("S2")], "contracts": many(1)},
        ("SPREADSHEET_ID", "suppliers", "supplier_id"),
        (1, 0.5, 1),
    ),
    "ids with a decimal point": (
        {"suppliers": [firm("55093.0"), firm("S2")], "contracts": many(1)},
        ("SPREADSHEET_ID", "suppliers", "supplier_id"),
        (1, 0.5, 1),
    ),
    "twins but for signs": (
        {"suppliers": [firm("00AB-77"), firm("AB77"), firm("S2")], "contracts": many(1)},
        ("TWIN_IDS", "suppliers", "supplier_id"),
        (2, 2 / 3, 2),
    ),
    "the buyer is the supplier": (
        {"buyers": [{"buyer_id": "B1"}, {"buyer_id": "S1"}], "contracts": [row(buyer_id="S1"), *many(3)]},
        ("BUYER_IS_SUPPLIER", "contracts", "buyer_id"),
        (1, 0.25, 1),
    ),
    "a negative contract": (
        {"contracts": [row(amount="-12.00"), *many(3)]},
        ("NEGATIVE_CONTRACT", "contracts", "amount"),
        (1, 0.25, 1),
    ),
    "an amount of one": (
        {"contracts": [row(amount="1.00"), *many(3)]},
        ("STAND_IN_AMOUNT", "contracts", "amount"),
        (1, 0.25, 1),
    ),
    "an amount that is the contract's number": (
        {"contracts": [row(contract_id="K-7301188", amount="7301188.00"), *many(3)]},
        ("AMOUNT_IS_ID", "contracts", "amount"),
        (1, 0.25, 1),
    ),
    "an amount far beyond all others": (
        {"contracts": [row(amount="900000000.00"), *many(11)]},
        ("AMOUNT_BEYOND_OTHERS", "contracts", "amount"),
        (1, 1 / 12, 1),
    ),
    "one total with each lot": (
        {"contracts": [row(contract_id=f"L{i}", amount="777.70") for i in range(3)] + many(3)},
        ("EQUAL_TWINS", "contracts", "amount"),
        (3, 0.5, 1),
    ),
    "a total as a change": (
        {"contracts": [row()], "amendments": [{**ROWS["amendments"], "amount_change": "1000.00"}]},
        ("CHANGE_IS_TOTAL", "amendments", "amount_change"),
        (1, 1.0, 1),
    ),
    "an end before the start": (
        {"contracts": [row(ends_on="2023-12-01"), *many(3)]},
        ("END_BEFORE_START", "contracts", "ends_on"),
        (1, 0.25, 1),
    ),
    "signed after it was published": (
        {"contracts": [row(signed_on="2024-06-01", known_at="2024-05-01"), *many(3)]},
        ("SIGNED_AFTER_PUBLISHED", "contracts", "signed_on"),
        (1, 0.25, 1),
    ),
    "signed a lifetime before": (
        {"contracts": [row(signed_on="1931-06-01"), *many(3)]},
        ("SIGNED_LONG_BEFORE", "contracts", "signed_on"),
        (1, 0.25, 1),
    ),
    "delivered years before it was signed": (
        {"contracts": [row()], "milestones": [{**ROWS["milestones"], "met_on": "2021-04-01"}]},
        ("MET_BEFORE_SIGNED", "milestones", "met_on"),
        (1, 1.0, 1),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_fault_is_found(report, case: str) -> None:
    tables, key, (count, share, suppliers) = CASES[case]
    found = report(**tables)
    assert key in found, sorted(found)
    finding = found[key]
    assert (finding["count"], finding["suppliers"]) == (count, suppliers)
    assert finding["share"] == pytest.approx(share)
    assert finding["places"][0]["file"] == f"{key[1]}.csv"
    assert 1 < finding["places"][0]["line"] < 5
    assert len(finding["places"]) == min(count, 5)


@pytest.mark.parametrize("case", CASES)
def test_clean_rows_are_not_suspected(report, case: str) -> None:
    code = CASES[case][1][0]
    assert code not in {found for found, _, _ in report(**CLEAN)}


def test_a_framework_is_a_ceiling_and_no_turnover(market: Market, report) -> None:
    tenders = [{"tender_id": "T1", "published_on": "2024-01-01"}]
    ceiling = {"tender_id": "T1", "method": "framework", "amount": "5000000.00"}
    contracts = [row(**ceiling), row(contract_id="C2", supplier_id="S2", **ceiling), *many(2)]
    finding = report(tenders=tenders, contracts=contracts)[("FRAMEWORK", "contracts", "amount")]
    assert (finding["count"], finding["suppliers"], finding["action"]) == (2, 2, "repaired")
    values = dict(market.stored("contracts", "contract_id, value"))
    assert values["C1"] is None
    assert values["C2"] is None
    assert values["N0"] is not None


def test_one_firms_award_by_a_framework_is_turnover(market: Market, report) -> None:
    tenders = [{"tender_id": "T1", "published_on": "2024-01-01"}]
    report(tenders=tenders, contracts=[row(tender_id="T1", method="framework")])
    assert market.stored("contracts", "value") == [1000]


def test_at_most_five_places_are_named_and_all_are_counted(report) -> None:
    finding = report(contracts=[row(contract_id=f"C{i}", amount="0") for i in range(8)])[
        ("STAND_IN_AMOUNT", "contracts", "amount")
    ]
    assert finding["count"] == 8
    assert [place["line"] for place in finding["places"]] == [2, 3, 4, 5, 6]


def test_quarantined_rows_are_findings_that_were_excluded(report) -> None:
    finding = report(contracts=[row(), row(contract_id="C2", amount="much")])[("BAD_NUMBER", "contracts", "amount")]
    assert (finding["count"], finding["action"], finding["of"]) == (1, "excluded", "import")
    assert finding["places"] == [{"file": "contracts.csv", "line": 3}]


def test_a_column_that_is_never_filled_is_a_finding(report) -> None:
    finding = report(contracts=[row(source="city")])[("NEVER_FILLED", "contracts", "ended_on")]
    assert (finding["source"], finding["count"], finding["share"]) == ("city", 1, 1.0)
