"""Corrections and retractions, and whose fact a row is."""

from decimal import Decimal

import pytest

pytestmark = pytest.mark.slow  # imports facts in every test


def test_a_correction_is_a_further_row_and_both_are_stored(market):
    rows = [market.row("contracts"), market.row("contracts", amount="900", known_at="2024-05-01")]
    assert market.load(contracts=rows).tables["contracts"].loaded == 2
    assert sorted(market.stored("contracts", "amount")) == [900, 1000]


@pytest.mark.parametrize(
    ("table", "column", "other"),
    [("bids", "supplier_id", "S2"), ("financings", "supplier_id", "S2"), ("conduct", "party_id", "S2")],
)
def test_a_correction_may_not_change_whose_fact_it_is(market, table, column, other):
    tables = {"tenders": [market.row("tenders")], table: [market.row(table)]}
    market.load(**tables)
    summary = market.load("more", **{table: [market.row(table, known_at="2025-01-01", **{column: other})]})
    assert market.kinds(summary) == ["owner_changed"]
    assert market.quarantined_rows(summary)[0]["column"] == column


def test_a_correction_of_a_contract_may_not_change_its_supplier(market):
    rows = [market.row("contracts"), market.row("contracts", supplier_id="S2", known_at="2024-06-01")]
    summary = market.load(contracts=rows)
    assert market.kinds(summary) == ["owner_changed"]
    assert market.kinds(market.load(contracts=rows)) == ["owner_changed"]
    assert market.stored("contracts", "supplier_id") == ["S1"]


def test_a_partner_of_a_joint_award_may_become_known_later(market):
    rows = [market.row("contracts"), market.row("contracts", supplier_id="S2", members="2", known_at="2024-06-01")]
    assert market.kinds(market.load(contracts=rows)) == []


def test_a_retracted_contract_may_be_entered_anew_for_another_supplier(market):
    rows = [
        market.row("contracts"),
        market.row("contracts", retracted="true", known_at="2024-06-01"),
        market.row("contracts", supplier_id="S2", known_at="2024-06-02"),
    ]
    assert market.kinds(market.load(contracts=rows)) == []


def test_a_correction_may_not_move_a_milestone_to_another_contract(market):
    contracts = [market.row("contracts"), market.row("contracts", contract_id="C2", supplier_id="S2")]
    moved = market.row("milestones", contract_id="C2", known_at="2024-05-01")
    assert market.kinds(market.load(contracts=contracts, milestones=[market.row("milestones"), moved])) == [
        "owner_changed"
    ]


def test_every_row_that_follows_a_change_of_owner_is_quarantined(market):
    rows = [market.row("bids")]
    rows += [market.row("bids", supplier_id="S2", known_at=f"2025-0{m}-01") for m in (1, 2)]
    summary = market.load(tenders=[market.row("tenders")], bids=rows)
    assert market.kinds(summary) == ["owner_changed", "owner_changed"]


def test_after_a_retraction_a_fact_may_be_entered_anew_for_somebody_else(market):
    rows = [
        market.row("bids"),
        market.row("bids", retracted="true", known_at="2025-01-01"),
        market.row("bids", supplier_id="S2", known_at="2025-02-01"),
    ]
    assert market.kinds(market.load(tenders=[market.row("tenders")], bids=rows)) == []
    assert sorted(market.stored("bids", "supplier_id")) == ["S1", "S1", "S2"]


def test_a_retraction_needs_its_key_and_its_clock_only(market):
    market.load(tenders=[market.row("tenders")], bids=[market.row("bids", amount="5", currency="CNY")])
    cells = {"bid_id": "O1", "retracted": "true", "known_at": "2025-01-01"}
    blank = dict.fromkeys(["tender_id", "supplier_id", "result", "occurred_at"], "")
    assert market.kinds(market.load("more", bids=[{**blank, **cells}])) == []
    versions = market.stored("bids", "supplier_id, amount, retracted, result")
    assert sorted(versions, key=str) == [("S1", Decimal(5), False, "won"), ("S1", Decimal(5), True, "won")]


def test_a_retraction_of_nothing_is_quarantined(market):
    blank = dict.fromkeys(market.row("contracts"), "")
    row = {**blank, "contract_id": "C9", "supplier_id": "S1", "retracted": "true", "known_at": "2025-01-01"}
    assert market.kinds(market.load(contracts=[market.row("contracts"), row])) == ["nothing_to_retract"]


def test_a_retraction_without_a_clock_is_quarantined(market):
    blank = dict.fromkeys(market.row("contracts"), "")
    row = {**blank, "contract_id": "C1", "supplier_id": "S1", "retracted": "true"}
    assert market.kinds(market.load(contracts=[market.row("contracts"), row])) == ["missing_value"]
