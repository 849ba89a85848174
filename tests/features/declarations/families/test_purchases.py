"""Purchases: what was bought, from whom, and what was reversed."""

import pytest

from features.declarations.families import invoices as v
from features.declarations.families import purchases as p

BOUGHT = {
    "issued_on": ["2025-03-01", "2025-04-01"],
    "direction": "purchase",
    "state": "valid",
    "counterparty_id": ["A", "B"],
    "amount": ["30.00", "10.00"],
}


@pytest.mark.parametrize("feature", p.PURCHASES, ids=lambda f: f.name)
def test_sales_are_not_purchases(feature, value_of):
    assert value_of(feature, {**BOUGHT, "direction": "sale"}) in (0, None)


def test_a_void_invoice_buys_nothing(value_of):
    rows = {**BOUGHT, "state": ["valid", "void"]}
    assert value_of(p.purchases, rows) == 30
    assert value_of(p.vendor_concentration, rows) == 1
    assert value_of(p.reversed_purchase_rate, rows) == 0.5


def test_void_and_red_count_alike_as_reversed(value_of):
    rows = {**BOUGHT, "state": ["valid", "void"], "amount": ["-30.00", "10.00"]}
    assert value_of(p.reversed_purchase_rate, rows) == 1


def test_purchases_that_began_or_stopped_are_the_ends_of_the_trend(value_of):
    assert value_of(p.purchase_trend, BOUGHT) == 1
    assert value_of(p.purchase_trend, {**BOUGHT, "issued_on": ["2024-03-01", "2024-04-01"]}) == -1


def test_a_red_invoice_leaves_the_trend_between_its_ends(value_of):
    rows = {**BOUGHT, "issued_on": ["2024-03-01", "2025-04-01"], "amount": ["30.00", "-20.00"]}
    assert value_of(p.purchase_trend, rows) == -1


def test_a_vendor_is_lost_as_a_vendor_though_a_customer_still(value_of):
    rows = {**BOUGHT, "issued_on": ["2024-03-01", "2025-04-01"], "counterparty_id": "A"}
    assert value_of(p.vendor_churn, rows) == 0
    sold_back = {**rows, "direction": ["purchase", "sale"]}
    assert value_of(p.vendor_churn, sold_back) == 1
    assert value_of(v.customer_churn, sold_back) is None
