"""Request: the terms against the profile."""

import pytest

from features.declarations.families import request as r


def test_no_turnover_covers_nothing_and_unknown_turnover_is_unknown(value_of):
    assert value_of(r.turnover_cover, {"amount": 50.0, "turnover_365d": 0.0}) == 0
    assert value_of(r.turnover_cover, {"amount": 50.0, "turnover_365d": None}) is None


def test_an_amount_is_not_set_against_nothing(value_of):
    assert value_of(r.amount_to_average_contract, {"amount": 50.0, "average_contract": 0.0}) is None


def test_a_borrower_without_loans_owes_only_what_it_asks_for(value_of):
    rows = {"amount": 50.0, "outstanding": None, "turnover_365d": 100.0}
    assert value_of(r.debt_cover, rows) == 2


@pytest.mark.parametrize("feature", r.REQUEST, ids=lambda f: f.name)
def test_an_unstated_term_is_unknown(feature, value_of):
    profile = ("turnover_365d", "largest_contract", "average_contract", "average_term", "outstanding", "largest_loan")
    assert value_of(feature, dict.fromkeys((*profile, "registered_capital"), 10.0)) is None


def test_sales_and_work_in_hand_cover_an_amount_each_for_itself(value_of):
    rows = {"amount": 50.0, "sales_365d": 100.0, "running_value": 0.0}
    assert value_of(r.sales_cover, rows) == 2
    assert value_of(r.work_in_hand_cover, rows) == 0
    assert value_of(r.sales_cover, {**rows, "sales_365d": None}) is None
