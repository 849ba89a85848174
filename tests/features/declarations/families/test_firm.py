"""Firm: one row of the register, and what changed in it."""

import pytest

from features.declarations.families import firm as f


def test_what_the_register_does_not_say_is_unknown(value_of):
    row = {"kind": ["legal_person"]}
    for feature in (f.firm_age, f.registered_capital, f.micro_firm, f.medium_or_large_firm):
        assert value_of(feature, row) is None
    assert value_of(f.sole_trader, row) == 0


@pytest.mark.parametrize(("size", "micro", "medium"), [("micro", 1, 0), ("small", 0, 0), ("large", 0, 1)])
def test_a_firm_has_one_size(size, micro, medium, value_of):
    row = {"size_class": [size]}
    assert value_of(f.micro_firm, row) == micro
    assert value_of(f.medium_or_large_firm, row) == medium


def test_a_firm_grows_older_with_the_day_stood_on(value_of):
    row = {"founded_on": ["2020-01-01"]}
    younger = value_of(f.firm_age, row, as_of="2025-07-01")
    assert value_of(f.firm_age, row, as_of="2025-07-11") == pytest.approx(younger + 10)


def test_a_kind_of_event_counts_once(value_of):
    rows = {"occurred_at": ["2025-01-01", "2025-02-01"], "type_code": ["hiring", "hiring"]}
    assert value_of(f.registry_events, rows) == 2
    assert value_of(f.registry_event_kinds, rows) == 1


def test_a_licence_is_in_force_until_its_last_day_has_passed(value_of):
    rows = {"occurred_at": ["2024-01-01"], "ends_on": ["2025-06-30"], "type_code": ["licence_granted"]}
    assert value_of(f.licences_in_force, rows, as_of="2025-06-30") == 1
    assert value_of(f.licences_in_force, rows, as_of="2025-07-01") == 0
    assert value_of(f.licences_in_force, {**rows, "ends_on": None}) == 0


def test_a_registry_event_of_the_day_itself_has_not_happened_yet(value_of):
    rows = {"occurred_at": ["2025-06-20", "2025-07-01"], "type_code": "hiring"}
    assert value_of(f.days_since_registry_event, rows) == pytest.approx(10)
