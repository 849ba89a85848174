"""Work due soon, jumps in size, what buyers owe, and the last quarter."""

import pytest

from features.declarations.families import order_book as o
from features.declarations.families import receivables as r


def test_a_contract_past_its_planned_end_is_not_due_soon(value_of):
    rows = {"signed_on": ["2025-01-01", "2025-01-01"], "ends_on": ["2025-06-30", "2025-07-01"], "amount": ["7", "9"]}
    assert value_of(o.value_due_in_quarter, rows) == 9


def test_work_due_on_the_ninetieth_day_from_now_is_of_the_half_year_only(value_of):
    # 90 days from the start of 1 July are the start of 29 September.
    rows = {"signed_on": ["2025-01-01", "2025-01-01"], "ends_on": ["2025-09-28", "2025-09-29"], "amount": ["7", "9"]}
    assert value_of(o.value_due_in_quarter, rows) == 7
    assert value_of(o.value_due_in_half_year, rows) == 16


def test_what_ended_or_was_cancelled_is_no_longer_due(value_of):
    rows = {
        "signed_on": ["2025-01-01", "2025-01-01"],
        "ends_on": ["2025-08-01", "2025-08-01"],
        "ended_on": ["2025-06-01", "2025-06-01"],
        "end_state": ["terminated_early", "cancelled"],
        "amount": ["7", "9"],
    }
    assert value_of(o.value_due_in_half_year, rows) == 0


def test_an_end_after_the_instant_is_still_unknown(value_of):
    rows = {"signed_on": ["2025-01-01"], "ends_on": ["2025-08-01"], "ended_on": ["2025-07-01"], "amount": ["7"]}
    assert value_of(o.value_due_in_quarter, rows | {"end_state": ["completed"]}) == 7


def test_without_any_planned_end_the_order_book_is_unknown(value_of):
    assert value_of(o.value_due_in_quarter, {"signed_on": ["2025-01-01"], "ends_on": [None]}) is None


def test_the_newest_contract_has_no_yardstick_before_the_first_completion(value_of):
    rows = {"signed_on": ["2025-01-01", "2025-02-01"], "amount": ["10.00", "50.00"]}
    assert value_of(o.newest_to_largest_completed, rows) is None


def test_a_quarter_without_any_contract_has_no_trend(value_of):
    assert value_of(o.quarter_turnover_trend, {"signed_on": ["2024-01-01"], "amount": ["10.00"]}) is None
    assert value_of(o.quarter_turnover_trend, {"signed_on": ["2025-02-01"], "amount": ["10.00"]}) == -1


def test_a_payment_after_the_instant_leaves_the_receivable_open(value_of):
    rows = {"invoiced_on": ["2025-06-01"], "paid_on": ["2025-07-01"], "amount": ["12.50"]}
    assert value_of(r.open_receivables, rows) == 12.5
    assert value_of(r.open_receivables, rows, as_of="2025-07-02") == 0
    assert value_of(r.receivables_age, rows, as_of="2025-07-02") is None


def test_retention_money_that_is_not_due_is_open_and_not_overdue(value_of):
    rows = {"invoiced_on": ["2025-01-01"], "due_on": ["2026-01-01"], "paid_on": [None], "amount": ["5.00"]}
    assert value_of(r.open_receivables, rows) == 5
    assert value_of(r.overdue_receivables, rows) == 0


def test_the_age_of_receivables_grows_by_a_day_a_day(value_of):
    rows = {"invoiced_on": ["2025-06-20"], "paid_on": [None]}
    assert value_of(r.receivables_age, rows) == pytest.approx(10)
    assert value_of(r.receivables_age, rows, as_of="2025-07-11") == pytest.approx(20)
