"""Trading: what counts as turnover, and when."""

import pytest

from features.declarations.families import trading as t


def test_a_window_is_half_open(value_of):
    # Dates stand for the last microsecond of their day; instants are exact.
    rows = {"signed_on": ["2024-07-01T00:00:00", "2024-06-30T23:59:59"], "known_at": "2024-06-30", "amount": "5.00"}
    assert value_of(t.turnover, rows, window=365) == 5


def test_a_contract_signed_on_the_day_itself_is_not_known_yet(value_of):
    assert value_of(t.contracts, {"signed_on": ["2025-06-30", "2025-07-01"]}, window=90) == 1


def test_turnover_is_zero_after_a_pause_and_unknown_without_history(value_of):
    assert value_of(t.turnover, {"signed_on": ["2020-01-01"], "amount": "5.00"}) == 0
    assert value_of(t.contracts, {"signed_on": ["2020-01-01"]}) == 0
    assert value_of(t.turnover) is None
    assert value_of(t.contracts) is None


def test_a_cancelled_contract_leaves_the_turnover_once_that_is_known(value_of):
    rows = {"signed_on": ["2025-05-01"], "ended_on": ["2025-06-10"], "end_state": ["cancelled"], "amount": "5.00"}
    assert value_of(t.turnover, rows, as_of="2025-06-01") == 5
    assert value_of(t.turnover, rows, as_of="2025-07-01") == 0


def test_cents_are_not_lost_in_large_sums(value_of):
    rows = {"signed_on": ["2025-05-01", "2025-05-02"], "amount": ["90000000000000.01", "0.01"]}
    assert value_of(t.turnover, rows) == 90000000000000.02


def test_a_contract_of_unknown_value_counts_but_is_not_worth_nothing(value_of):
    rows = {"signed_on": ["2025-05-01", "2025-05-02"], "value": [None, "4.00"]}
    assert value_of(t.contracts, rows) == 2
    assert value_of(t.average_contract, rows) == 4


def test_turnover_that_began_or_stopped_is_the_end_of_the_trend(value_of):
    assert value_of(t.turnover_trend, {"signed_on": ["2025-05-01"], "amount": "5.00"}) == 1
    assert value_of(t.turnover_trend, {"signed_on": ["2024-01-01"], "amount": "5.00"}) == -1


def test_two_years_without_contracts_are_no_trend(value_of):
    assert value_of(t.turnover_trend, {"signed_on": ["2020-01-01"], "amount": "5.00"}) is None


def test_a_single_contract_has_no_gap_and_no_spread(value_of):
    rows = {"signed_on": ["2025-05-01"], "amount": "5.00"}
    assert value_of(t.contract_gap, rows) is None
    assert value_of(t.contract_size_spread, rows) is None


def test_the_gap_reaches_back_to_a_contract_before_the_window(value_of):
    rows = {"signed_on": ["2023-01-01", "2025-01-01"]}
    assert value_of(t.contract_gap, rows) == pytest.approx(731)


def test_work_in_hand_ends_with_the_contract_or_its_planned_end(value_of):
    rows = {"signed_on": ["2025-01-01"], "ends_on": ["2025-08-01"], "amount": "5.00"}
    assert value_of(t.running_value, rows) == 5
    assert value_of(t.running_value, rows, as_of="2025-09-01") == 0
    ended = {**rows, "ended_on": ["2025-06-01"], "end_state": ["completed"]}
    assert value_of(t.running_value, ended) == 0


def test_an_unknown_method_is_neither_direct_nor_open(value_of):
    rows = {"signed_on": ["2025-05-01", "2025-05-02"], "method": ["direct", None]}
    assert value_of(t.direct_award_share, rows) == 1


def test_a_firm_that_trades_once_a_quarter_is_active_in_all_four(value_of):
    rows = {"signed_on": ["2024-08-01", "2024-11-01", "2025-02-01", "2025-05-01"]}
    assert value_of(t.active_quarters, rows) == 4
