"""Data quality: how much is known, and what was never imported."""

import pytest

from features.declarations.catalogue import column
from features.declarations.families import quality as q
from features.declarations.families.family_list import FLAGS


def test_a_cancelled_contract_is_history_all_the_same(value_of):
    rows = {"signed_on": ["2025-01-01"], "ended_on": ["2025-02-01"], "end_state": ["cancelled"]}
    assert value_of(q.history_contracts, rows) == 1


def test_history_begins_with_the_first_contract_known(value_of):
    rows = {"signed_on": ["2015-01-01", "2025-06-01"], "known_at": ["2025-08-01", "2025-06-01"]}
    assert value_of(q.history_months, rows) < 1


def test_a_fact_is_as_fresh_as_it_was_learnt(value_of):
    rows = {"signed_on": ["2015-01-01"], "known_at": ["2025-06-20"]}
    assert value_of(q.days_since_contract_fact, rows) == pytest.approx(10)


@pytest.mark.parametrize("flag", [pytest.param(f, id=f.name) for f in FLAGS.values()])
def test_a_flag_is_one_exactly_where_nothing_is_visible(flag, value_of):
    assert value_of(flag) == 1
    assert value_of(flag, {"known_at": ["2025-06-30"]}) == 0
    assert value_of(flag, {"known_at": ["2025-07-02"]}) == 1


def test_every_table_that_is_read_has_a_flag_for_its_absence():
    assert {column(f"missing_{table}").feature.table for table in q.READ} == {"quality"}


def test_an_invoice_learnt_late_is_fresh_though_old(value_of):
    rows = {"issued_on": ["2015-01-01"], "known_at": ["2025-06-20"]}
    assert value_of(q.days_since_invoice_fact, rows) == pytest.approx(10)
