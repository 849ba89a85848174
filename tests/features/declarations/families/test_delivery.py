"""Delivery: what counts as late."""

import pytest

from features.declarations.families import completion as c
from features.declarations.families import delivery as d


def test_an_undelivered_milestone_counts_as_late(value_of):
    assert value_of(d.late_delivery_rate, {"due_on": ["2025-01-01"], "met_on": [None]}) == 1


def test_a_delivery_on_its_due_day_is_in_time(value_of):
    rows = {"due_on": ["2025-01-01"], "met_on": ["2025-01-01"]}
    assert value_of(d.late_delivery_rate, rows) == 0
    assert value_of(d.average_delay, rows) == 0


def test_a_delivery_that_comes_after_the_day_is_still_missing_on_it(value_of):
    rows = {"due_on": ["2025-06-01"], "met_on": ["2025-07-02"]}
    assert value_of(d.late_delivery_rate, rows) == 1
    assert value_of(d.overdue_deliveries, rows) == 1
    assert value_of(d.overdue_deliveries, rows, as_of="2025-08-01") == 0


def test_what_is_not_yet_due_is_neither_late_nor_in_time(value_of):
    rows = {"due_on": ["2025-08-01"], "met_on": [None]}
    assert value_of(d.late_delivery_rate, rows) is None
    assert value_of(d.deliveries, rows) == 0


def test_a_milestone_without_a_due_date_counts_nowhere(value_of):
    rows = {"due_on": [None], "met_on": ["2025-01-01"]}
    assert value_of(d.late_delivery_rate, rows) is None
    assert value_of(d.deliveries, rows) == 0


def test_a_buyer_who_accepts_late_makes_no_delivery_late(value_of):
    rows = {
        "kind": ["delivery", "acceptance"],
        "due_on": ["2025-01-01", "2025-01-08"],
        "met_on": ["2025-01-01", "2025-05-30"],
    }
    for feature in (d.late_delivery_rate, d.average_delay, d.worst_delay, d.overdue_days, d.failed_contract_rate):
        assert value_of(feature, rows) == 0


def test_early_deliveries_do_not_make_up_for_late_ones(value_of):
    rows = {"due_on": ["2025-01-31", "2025-01-31"], "met_on": ["2025-01-01", "2025-02-10"]}
    assert value_of(d.average_delay, rows) == pytest.approx(5)


def test_a_delay_grows_while_nothing_is_delivered(value_of):
    rows = {"due_on": ["2025-06-20"], "met_on": [None]}
    assert value_of(d.worst_delay, rows) == pytest.approx(10)
    assert value_of(d.worst_delay, rows, as_of="2025-07-11") == pytest.approx(20)


def test_nothing_overdue_is_zero_days_where_deliveries_are_known(value_of):
    assert value_of(d.overdue_days, {"due_on": ["2025-01-01"], "met_on": ["2025-01-01"]}) == 0
    assert value_of(d.overdue_days) is None


def test_the_window_counts_from_the_due_date(value_of):
    rows = {"due_on": ["2024-12-01", "2025-05-01"], "met_on": [None, "2025-05-01"]}
    assert value_of(d.late_delivery_rate, rows, window=180) == 0
    assert value_of(d.late_delivery_rate, rows, window=365) == 0.5


def test_recent_lateness_weighs_more(value_of):
    recent = {"due_on": ["2024-01-01", "2025-06-01"], "met_on": ["2024-01-01", "2025-06-05"]}
    long_ago = {"due_on": ["2024-01-01", "2025-06-01"], "met_on": ["2024-01-05", "2025-06-01"]}
    assert value_of(d.late_delivery_rate_decayed, recent) > 0.8
    assert value_of(d.late_delivery_rate_decayed, long_ago) < 0.2


def test_a_contract_fails_once_however_many_deliveries_are_late(value_of):
    rows = {
        "contract_id": ["C1", "C1", "C2"],
        "due_on": ["2025-01-01", "2025-01-02", "2025-01-03"],
        "met_on": [None, None, "2025-01-03"],
    }
    assert value_of(d.failed_contract_rate, rows) == 0.5


def test_a_contract_still_open_long_past_its_end_has_failed(value_of):
    rows = {"signed_on": ["2024-01-01"], "ends_on": ["2025-03-01"]}
    assert value_of(c.contract_failure_rate, rows, as_of="2025-05-01") is None
    assert value_of(c.contract_failure_rate, rows, as_of="2025-07-01") == 1


def test_an_early_end_is_unknown_until_it_happens(value_of):
    rows = {"signed_on": ["2024-01-01"], "ended_on": ["2025-06-01"], "end_state": ["terminated_early"]}
    assert value_of(c.early_terminations, rows, as_of="2025-06-01") == 0
    assert value_of(c.early_terminations, rows, as_of="2025-06-02") == 1


def test_shortening_one_contract_does_not_undo_the_extension_of_another(value_of):
    rows = {"occurred_at": ["2025-01-01", "2025-02-01", "2025-03-01"], "days_change": [30, -30, None]}
    assert value_of(c.extension_days, rows) == 30
