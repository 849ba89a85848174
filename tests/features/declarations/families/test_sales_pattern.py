"""Interruptions and bursts of sales, private customers, circles; silent and rolled-over loans."""

import pytest

from features.declarations.families import loan_silence as q
from features.declarations.families import sales_pattern as s


def sales(*invoices, direction="sale"):
    days, customers, amounts = map(list, zip(*invoices, strict=True))
    return {
        "issued_on": days,
        "counterparty_id": customers,
        "amount": amounts,
        "direction": direction,
        "state": "valid",
    }


def test_two_sales_in_one_month_are_one_month_with_sales(value_of):
    assert value_of(s.months_without_sales, sales(("2025-06-10", "A", "1.00"), ("2025-06-20", "B", "1.00"))) == 11


def test_a_reversal_is_no_month_with_sales(value_of):
    assert value_of(s.months_without_sales, sales(("2025-06-10", "A", "-1.00"), ("2025-03-20", "B", "1.00"))) == 11


def test_a_year_without_sales_has_no_share_of_its_last_month(value_of):
    assert value_of(s.last_month_sales_share, sales(("2024-01-10", "A", "1.00"))) is None


def test_a_customer_that_is_a_public_buyer_is_not_private(value_of):
    mixed = sales(("2025-06-10", "A", "60.00"), ("2025-05-10", "B", "40.00"))
    assert value_of(s.largest_private_customer, mixed, buyers={"buyer_id": ["A"]}) == pytest.approx(0.4)
    assert value_of(s.largest_private_customer, mixed, buyers={"buyer_id": ["A", "B"]}) == 0


def test_a_customer_that_became_a_buyer_later_is_private_until_then(value_of):
    mixed = sales(("2025-06-10", "A", "60.00"), ("2025-05-10", "B", "40.00"))
    later = {"buyer_id": ["A"], "known_at": ["2025-07-01"]}
    assert value_of(s.largest_private_customer, mixed, buyers=later) == pytest.approx(0.6)


def test_what_is_bought_from_firms_that_are_no_customers_is_no_circle(value_of):
    bought = sales(("2025-06-10", "A", "60.00"), direction=["purchase"])
    assert value_of(s.purchases_from_customers, bought) == 0
    both = sales(("2025-06-10", "A", "60.00"), ("2025-05-10", "A", "1.00"), direction=["purchase", "sale"])
    assert value_of(s.purchases_from_customers, both) == 1


def test_a_loan_of_last_week_need_not_be_reported_yet(value_of):
    assert value_of(q.loans_without_report, {"starts_on": ["2025-06-25"], "ends_on": ["2025-12-31"]}) == 0
    assert value_of(q.loans_without_report, {"starts_on": ["2025-05-25"], "ends_on": ["2025-12-31"]}) == 1


def test_a_report_that_became_known_later_does_not_end_the_silence(value_of):
    loan = {"financing_id": ["F1"], "starts_on": ["2025-01-01"], "ends_on": ["2025-12-31"]}
    report = {"financing_id": ["F1"], "occurred_at": ["2025-05-31"], "known_at": ["2025-07-01"]}
    assert value_of(q.loans_without_report, loan, repayments=report) == 1
    assert value_of(q.loans_without_report, loan, repayments=report, as_of="2025-07-02") == 0


def test_a_loan_a_week_after_the_end_of_the_one_before_replaces_it(value_of):
    def rolled(start):
        return value_of(
            q.rolled_over_loans, {"starts_on": ["2024-01-01", start], "ends_on": ["2024-06-30", "2025-12-31"]}
        )

    assert rolled("2024-07-07") == 1
    assert rolled("2024-06-23") == 1
    assert rolled("2024-07-08") == 0
    assert rolled("2024-06-22") == 0
