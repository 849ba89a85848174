"""Invoices: valid, red and void ones."""

from features.declarations.families import invoices as v

SALES = {
    "issued_on": ["2025-03-01", "2025-04-01"],
    "direction": "sale",
    "state": "valid",
    "counterparty_id": ["A", "B"],
    "amount": ["30.00", "40.00"],
}


def test_a_red_invoice_takes_its_sale_back(value_of):
    rows = {**SALES, "amount": ["30.00", "-30.00"]}
    assert value_of(v.sales, rows) == 0
    assert value_of(v.red_invoice_rate, rows) == 0.5


def test_a_void_invoice_was_no_sale(value_of):
    rows = {**SALES, "state": ["valid", "void"]}
    assert value_of(v.sales, rows) == 30
    assert value_of(v.void_invoice_rate, rows) == 0.5


def test_purchases_are_not_sales(value_of):
    rows = {**SALES, "direction": "purchase"}
    assert value_of(v.sales, rows) == 0
    assert value_of(v.purchases_to_sales, rows) is None
    assert value_of(v.void_invoice_rate, rows) is None


def test_a_firm_without_purchases_bought_nothing(value_of):
    assert value_of(v.purchases_to_sales, SALES) == 0


def test_reversed_sales_do_not_hide_the_other_customers(value_of):
    rows = {**SALES, "amount": ["-30.00", "40.00"]}
    assert value_of(v.customer_concentration, rows) == 1


def test_a_firm_that_stopped_invoicing_lost_its_customers(value_of):
    rows = {**SALES, "issued_on": ["2024-03-01", "2024-04-01"]}
    assert value_of(v.customer_churn, rows) == 1
    assert value_of(v.sales_growth, rows) == 0
    assert value_of(v.customers, rows) == 0


def test_a_sale_fades_and_its_reversal_with_it(value_of):
    rows = {**SALES, "issued_on": ["2025-04-01", "2025-04-01"], "amount": ["100.00", "-40.00"]}
    assert value_of(v.sales_decayed, rows) == 30
    assert value_of(v.sales_decayed, {**rows, "direction": "purchase"}) == 0
    assert value_of(v.sales_decayed) is None
