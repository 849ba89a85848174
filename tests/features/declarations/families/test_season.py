"""Seasons: how a year's turnover is spread."""

import pytest

from features.declarations.families import season as s

EVEN = {"signed_on": ["2025-06-01", "2025-03-01", "2024-12-01", "2024-09-01"], "amount": "10.00"}


def test_an_even_year_has_no_busiest_quarter(value_of):
    assert value_of(s.busiest_quarter_share, EVEN) == 0.25


def test_a_year_of_one_contract_has_one_quarter(value_of):
    rows = {"signed_on": ["2025-03-01", "2020-03-01"], "amount": "10.00"}
    assert value_of(s.busiest_quarter_share, rows) == 1


@pytest.mark.parametrize("feature", s.SEASON, ids=lambda f: f.name)
def test_without_turnover_there_is_no_season(feature, value_of):
    assert value_of(feature, {"signed_on": ["2020-03-01"], "amount": "10.00"}) is None
    assert value_of(feature, {"signed_on": ["2025-03-01"], "value": [None]}) is None
    assert value_of(feature) is None


def test_what_comes_every_autumn_is_the_season_ahead_in_summer_alone(value_of):
    rows = {"signed_on": ["2023-09-01", "2024-09-01"], "amount": "10.00"}
    assert value_of(s.season_ahead_share, rows) == 1
    assert value_of(s.season_ahead_share, rows, as_of="2024-12-31") == 0


def test_a_cancelled_contract_makes_no_season(value_of):
    cancelled = {"ended_on": [None, None, None, "2025-01-10"], "end_state": [None, None, None, "cancelled"]}
    assert value_of(s.season_ahead_share, EVEN) == 0.25
    assert value_of(s.season_ahead_share, {**EVEN, **cancelled}) == 0
