"""Data quality: how much is known, and what was never imported."""

import pytest

from features.declarations.catalogue import column
from features.declarations.families import quality as q
from features.declarations.families.history_flags import FLAGS


def test_a_cancelled_contract_is_history_all_the_same(value_of):
    rows = {"signed_on": ["2025-01-01"], "ended_on": ["2025-02-01"], "end_state": ["cancelled"]}
    assert value_of(q.history_contracts, rows) == 1


def test_history_begins_with_the_first_contract_known(value_of):
    rows = {"signed_on": ["2015-01-01", "2025-06-01"], "known_at": ["2025-08-01", "2025-06-01"]}
    assert value_of(q.history_months, rows) < 1


def test_a_fact_is_as_fresh_as_it_was_learnt(value_of):
    rows = {"signed_on": ["2015-01-01"], "known_at": ["2025-06-20"]}
    assert value_of(q.days_since_contract_fact, rows) == pytest.approx(10)


COUNTED = {
    "no_delivery_history": {"due_on": ["2025-02-01"]},
    "no_contract_end_history": {"ended_on": ["2025-02-01"]},
    "no_acceptance_history": {"kind": "acceptance", "met_on": ["2025-02-01"], "result": "passed"},
    "no_estimate_history": {"tender_id": ["T1"], "amount": ["9.00"]},
    "no_payment_history": {"invoiced_on": ["2025-02-01"]},
    "no_purchase_history": {"direction": "purchase"},
}
TENDER = {"tender_id": ["T1"], "published_on": ["2025-01-02"], "estimate": ["12.00"]}


@pytest.mark.parametrize("flag", [pytest.param(f, id=f.name) for flags in FLAGS.values() for f in flags])
def test_a_flag_is_one_exactly_where_nothing_that_counts_is_visible(flag, value_of):
    rows = COUNTED.get(flag.name, {})
    assert value_of(flag, tenders=TENDER) == 1
    assert value_of(flag, {**rows, "known_at": ["2025-06-30"]}, tenders=TENDER) == 0
    assert value_of(flag, {**rows, "known_at": ["2025-07-02"]}, tenders=TENDER) == 1


def test_every_table_that_is_read_has_a_flag_for_its_absence():
    assert {column(f"missing_{table}").feature.table for table in q.READ} == {"quality"}


def test_an_invoice_learnt_late_is_fresh_though_old(value_of):
    rows = {"issued_on": ["2015-01-01"], "known_at": ["2025-06-20"]}
    assert value_of(q.days_since_invoice_fact, rows) == pytest.approx(10)
