"""A contract that passes to another supplier by a retraction and a new entry: its value moves, and none is lost."""

from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.profiles.build import build_one

pytestmark = pytest.mark.slow  # imports facts in every test

GONE = {"retracted": "true", "known_at": "2024-06-01"}


def turnover(market, supplier: str, day: str) -> float:
    facts = Facts.open(market.facts)
    try:
        table = build_one(facts, supplier, facts.instant(day))
    except InputError:
        return 0.0
    return table["turnover_365d"][0].as_py() or 0.0


def visible(market, table: str, day: str, column: str = "value") -> dict[str, Decimal]:
    """The value of each supplier's visible rows of a table; children of an invisible contract are invisible."""
    facts = Facts.open(market.facts)
    as_of = facts.instant(day)

    def rows(name):
        found = pq.read_table(facts.tables[name]).to_pylist()
        until = [r for r in found if r["known_at"] < as_of and (r["known_until"] is None or r["known_until"] >= as_of)]
        return [r for r in until if not r["retracted"] and r.get("signed_on", facts.instant("1900-01-01")) < as_of]

    held = {(r["contract_id"], r["supplier_id"]) for r in rows("contracts")}
    values: dict[str, Decimal] = {}
    for row in rows(table):
        if TABLES[table].parent is None or (row["contract_id"], row["supplier_id"]) in held:
            values[row["supplier_id"]] = values.get(row["supplier_id"], Decimal(0)) + row[column]
    return values


@pytest.mark.parametrize("entered", ["2024-06-01", "2024-06-02"], ids=["at one instant", "a day later"])
def test_a_contract_that_passes_to_another_supplier_counts_whole_for_the_new_one(market, entered):
    moved = market.row("contracts", supplier_id="S2", known_at=entered)
    summary = market.load(contracts=[market.row("contracts"), market.row("contracts", **GONE), moved])
    assert summary.quarantined == 0
    assert [turnover(market, s, "2024-05-20") for s in ("S1", "S2")] == [1000.0, 0.0]
    assert [turnover(market, s, "2024-07-01") for s in ("S1", "S2")] == [0.0, 1000.0]


def test_the_order_of_retraction_and_entry_in_the_file_does_not_matter(market):
    rows = [market.row("contracts", supplier_id="S2", known_at="2024-06-01"), market.row("contracts", **GONE)]
    assert market.load(contracts=[*rows, market.row("contracts")]).quarantined == 0
    assert visible(market, "contracts", "2024-07-01") == {"S2": 1000}


def test_a_transfer_may_arrive_in_a_later_import(market):
    market.load(contracts=[market.row("contracts")], payments=[market.row("payments")])
    moved = market.row("contracts", supplier_id="S2", known_at="2024-06-01")
    assert market.load("more", contracts=[market.row("contracts", **GONE), moved]).quarantined == 0
    assert visible(market, "contracts", "2024-07-01") == {"S2": 1000}
    assert visible(market, "payments", "2024-07-01") == {"S2": 10}


def test_one_member_of_a_joint_award_is_replaced_by_another(market):
    suppliers = [{"supplier_id": s, "kind": "other"} for s in ("S1", "S2", "S3")]
    joint = [market.row("contracts"), market.row("contracts", supplier_id="S2")]
    change = [market.row("contracts", supplier_id="S2", **GONE)]
    change.append(market.row("contracts", supplier_id="S3", known_at="2024-06-01"))
    assert market.load(suppliers=suppliers, contracts=[*joint, *change]).quarantined == 0
    assert visible(market, "contracts", "2024-05-01") == {"S1": 500, "S2": 500}
    assert visible(market, "contracts", "2024-07-01") == {"S1": 500, "S3": 500}


def test_what_a_leaving_member_held_passes_to_those_who_stay(market):
    joint = [market.row("contracts"), market.row("contracts", supplier_id="S2")]
    tables = {"payments": [market.row("payments")], "amendments": [market.row("amendments")]}
    market.load(contracts=[*joint, market.row("contracts", supplier_id="S2", **GONE)], **tables)
    for table, whole in {"contracts": 1000, "payments": 10, "amendments": 5}.items():
        assert visible(market, table, "2024-05-20") == {"S1": Decimal(whole) / 2, "S2": Decimal(whole) / 2}, table
        assert visible(market, table, "2024-07-01") == {"S1": whole}, table


def test_a_partner_who_is_known_later_halves_the_part_of_the_first_from_then_on(market):
    rows = [market.row("contracts"), market.row("contracts", supplier_id="S2", known_at="2024-09-01", members="2")]
    market.load(contracts=rows, payments=[market.row("payments")])
    assert visible(market, "contracts", "2024-08-01") == {"S1": 1000}
    assert visible(market, "contracts", "2024-10-01") == {"S1": 500, "S2": 500}
    assert visible(market, "payments", "2024-10-01") == {"S1": 5, "S2": 5}
    repeated = market.load(contracts=rows, payments=[market.row("payments")])
    assert (repeated.loaded, repeated.changed) == (0, False)


MOVED = {
    "bids": {"supplier_id": "S2"},
    "financings": {"supplier_id": "S2"},
    "conduct": {"party_id": "S2"},
    "milestones": {"contract_id": "C2"},
}


@pytest.mark.parametrize(("table", "owner"), MOVED.items(), ids=MOVED.keys())
def test_a_retraction_and_a_new_entry_of_one_instant_move_any_fact(market, table, owner):
    rows = [market.row(table, known_at="2024-04-01"), market.row(table, **GONE)]
    rows.append(market.row(table, known_at="2024-06-01", **owner))
    contracts = [market.row("contracts"), market.row("contracts", contract_id="C2", supplier_id="S2")]
    tables = {"tenders": [market.row("tenders")], "contracts": contracts}
    assert market.load(**tables, **{table: rows[::-1]}).quarantined == 0
    facts = Facts.open(market.facts)
    after = facts.instant("2024-07-01")
    stored = pq.read_table(facts.tables[table]).to_pylist()
    now = [r for r in stored if (r["known_until"] is None or r["known_until"] >= after) and not r["retracted"]]
    assert [r["supplier_id"] for r in now] == ["S2"]


def test_the_repayments_of_a_loan_follow_it_to_its_new_borrower(market):
    loans = [market.row("financings"), market.row("financings", **GONE)]
    loans.append(market.row("financings", supplier_id="S2", known_at="2024-06-01"))
    market.load(contracts=[market.row("contracts")], financings=loans, repayments=[market.row("repayments")])
    assert sorted(market.stored("repayments", "supplier_id")) == ["S1", "S2"]


# ---- shares that add up


def test_equal_parts_of_a_joint_award_add_up_to_the_cent(market):
    suppliers = [{"supplier_id": f"S{i}", "kind": "other"} for i in range(1, 8)]
    amounts = {"C1": ("700000.00", 3), "C2": ("0.05", 7), "C3": ("99999999999999.99", 7)}
    rows = [
        market.row("contracts", contract_id=c, supplier_id=f"S{i + 1}", amount=amount, members=str(n), share=share)
        for c, (amount, n) in amounts.items()
        for i in range(n)
        for share in ([""] if c != "C1" else [f"{1 / n:.8f}"])
    ]
    payments = [market.row("payments", amount="100.00")]
    assert market.load(suppliers=suppliers, contracts=rows, payments=payments).quarantined == 0
    values = market.stored("contracts", "contract_id, value")
    for contract, (amount, n) in amounts.items():
        parts = [v for c, v in values if c == contract]
        assert sum(parts) == Decimal(amount)
        assert max(parts) - min(parts) <= Decimal("0.01")
        assert len(parts) == n
    assert sorted(market.stored("payments", "value")) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]


def test_unequal_parts_of_a_converted_amount_add_up_to_the_cent(market):
    parts = {"S1": "0.333333", "S2": "0.666667"}
    rows = [market.row("contracts", supplier_id=s, share=p, currency="USD", amount="77.77") for s, p in parts.items()]
    market.load(contracts=rows, rates=[{"currency": "USD", "on": "2024-01-01", "rate": "7.77777777"}])
    values = dict(market.stored("contracts", "supplier_id, value"))
    assert sum(values.values()) == Decimal("604.88")  # 77.77 × 7.77777777 = 604.877777
    assert values["S1"] == Decimal("201.63")


def test_a_reduction_is_split_like_an_amount(market):
    rows = [market.row("contracts", supplier_id=s) for s in ("S1", "S2")]
    reduction = market.row("amendments", amount_change="-0.01")
    market.load(contracts=rows, amendments=[reduction])
    assert sum(market.stored("amendments", "value")) == Decimal("-0.01")
