"""Integrity: what is in force on a day."""

import pytest

from features.declarations.catalogue import column
from features.declarations.families import integrity as i

ONE = {"effective_on": ["2025-01-01"], "severity": [4]}


def test_an_expired_entry_stops_counting_on_the_day(value_of):
    rows = {**ONE, "expires_on": ["2025-06-30"]}
    assert value_of(i.active_misconduct, rows, as_of="2025-06-30") == 1
    assert value_of(i.active_misconduct, rows, as_of="2025-07-01") == 0
    assert value_of(i.worst_active_severity, rows, as_of="2025-07-01") == 0


def test_a_repaired_entry_stops_counting_on_the_day(value_of):
    rows = {**ONE, "repaired_on": ["2025-06-30"]}
    assert value_of(i.active_misconduct, rows, as_of="2025-06-30") == 1
    assert value_of(i.active_misconduct, rows, as_of="2025-07-01") == 0
    assert value_of(i.repaired_misconduct_rate, rows, as_of="2025-06-30") == 0
    assert value_of(i.repaired_misconduct_rate, rows, as_of="2025-07-01") == 1


def test_expired_misconduct_stays_on_record(value_of):
    rows = {**ONE, "expires_on": ["2025-02-01"]}
    assert value_of(i.misconduct_entries, rows) == 1
    assert value_of(i.severe_misconduct, rows) == 1


def test_an_announced_entry_does_not_count_before_it_takes_effect(value_of):
    rows = {"effective_on": ["2025-07-01"], "known_at": ["2025-05-01"], "severity": [5]}
    assert value_of(i.active_misconduct, rows) is None
    assert value_of(i.active_misconduct, rows, as_of="2025-07-02") == 1


@pytest.mark.parametrize("feature", i.INTEGRITY, ids=lambda f: f.name)
def test_a_firm_without_entries_is_unknown_and_its_flag_says_so(feature, value_of):
    assert value_of(feature) is None
    flag = column("no_integrity_history").feature
    assert value_of(flag) == 1
    assert value_of(flag, ONE) == 0


def test_an_entry_of_unstated_severity_is_in_force_but_not_severe(value_of):
    rows = {**ONE, "severity": [None]}
    assert value_of(i.active_misconduct, rows) == 1
    assert value_of(i.severe_misconduct, rows) == 0
    assert value_of(i.misconduct_decayed, rows) > 0


def test_a_dispute_is_open_until_it_is_closed(value_of):
    rows = {"opened_on": ["2025-01-01"], "closed_on": ["2025-06-30"]}
    assert value_of(i.open_disputes, rows, as_of="2025-06-30") == 1
    assert value_of(i.open_disputes, rows, as_of="2025-07-01") == 0
    assert value_of(i.disputes, rows, as_of="2025-07-01") == 1


def test_misconduct_expires_after_its_last_day_unless_it_was_repaired(value_of):
    rows = {"effective_on": ["2024-01-01"], "expires_on": ["2025-06-30"]}
    assert value_of(i.expired_misconduct, rows, as_of="2025-06-30") == 0
    assert value_of(i.expired_misconduct, rows) == 1
    assert value_of(i.expired_misconduct, {**rows, "repaired_on": ["2024-06-01"]}) == 0
    assert value_of(i.expired_misconduct, {**rows, "expires_on": None}) == 0


def test_the_same_misconduct_twice_is_of_one_kind(value_of):
    rows = {"effective_on": ["2024-01-01", "2025-01-01"], "type_code": ["false_document", "false_document"]}
    assert value_of(i.misconduct_kinds, rows) == 1
    assert value_of(i.misconduct_entries, rows) == 2
    assert value_of(i.misconduct_kinds) is None
