"""Concentration: shares over buyers, places and kinds of work."""

from features.declarations.families import concentration as c

TWO = {"signed_on": ["2025-01-01", "2025-02-01"], "buyer_id": ["A", "B"], "amount": ["10.00", "30.00"]}


def test_one_buyer_has_everything(value_of):
    rows = {**TWO, "buyer_id": ["A", "A"]}
    assert value_of(c.buyer_concentration, rows) == 1
    assert value_of(c.largest_buyer_share, rows) == 1
    assert value_of(c.returning_buyer_share, rows) == 1


def test_buyers_outside_the_window_are_not_counted(value_of):
    rows = {**TWO, "signed_on": ["2020-01-01", "2025-02-01"]}
    assert value_of(c.buyers, rows) == 1
    assert value_of(c.buyer_concentration, rows, window=365) == 1
    assert value_of(c.buyer_concentration, rows, window=None) == 0.625


def test_no_buyer_in_the_window_is_none_and_its_concentration_unknown(value_of):
    rows = {**TWO, "signed_on": ["2020-01-01", "2020-02-01"]}
    assert value_of(c.buyers, rows) == 0
    assert value_of(c.buyer_concentration, rows, window=365) is None


def test_a_contract_without_a_category_is_left_out(value_of):
    assert value_of(c.category_concentration, {**TWO, "category": ["works", None]}) == 1
    assert value_of(c.category_concentration, {**TWO, "category": [None, None]}) is None


def test_a_buyer_of_unknown_place_is_left_out(value_of):
    buyers = {"buyer_id": ["A", "B"], "region": ["3702", None]}
    assert value_of(c.region_concentration, TWO, buyers=buyers) == 1


def test_a_buyer_who_came_back_is_not_lost(value_of):
    rows = {**TWO, "signed_on": ["2024-01-01", "2025-02-01"]}
    assert value_of(c.buyer_churn, rows) == 1
    assert value_of(c.buyer_churn, {**rows, "buyer_id": ["A", "A"]}) == 0
    assert value_of(c.buyer_churn, TWO) is None


def test_a_buyer_is_new_once(value_of):
    rows = {**TWO, "buyer_id": ["A", "A"]}
    assert value_of(c.new_buyer_share, rows) == 0.5
