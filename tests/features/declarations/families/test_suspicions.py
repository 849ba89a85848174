"""Suspicions of a supplier's facts, from what was known by then."""

import pytest

from features.declarations.data_depth import data_depth
from features.declarations.families import suspicions as s


def test_a_rename_counts_once_it_was_known(value_of):
    assert value_of(s.suspicion_name_changed, {"renamed_on": ["2025-07-02"]}) == 0
    assert value_of(s.suspicion_name_changed, {"renamed_on": ["2025-06-02"]}) == 1
    assert value_of(s.suspicion_name_changed, {"renamed_on": [None]}) == 0


def test_nothing_is_suspected_of_a_supplier_without_contracts(value_of):
    assert value_of(s.suspicion_negative_contract) is None


@pytest.mark.parametrize(
    ("contract_id", "amount", "flag"),
    [
        ("K-20250917", "20250917.00", 1),
        ("K-20250917", "20250917.50", 0),
        ("K-917", "917.00", 0),  # too short: equal by chance
        ("K-20250918", "20250917.00", 0),
    ],
)
def test_an_amount_equal_to_the_contracts_number(value_of, contract_id, amount, flag):
    assert value_of(s.suspicion_amount_is_id, {"contract_id": [contract_id], "amount": [amount]}) == flag


def test_a_later_contract_is_no_suspicion_yet(value_of):
    rows = {"signed_on": ["2025-09-01", "2025-03-01"], "amount": ["-5.00", "5.00"]}
    assert value_of(s.suspicion_negative_contract, rows) == 0
    assert value_of(s.suspicion_negative_contract, rows, as_of="2026-01-01") == 1


def test_an_answer_lists_the_codes():
    profile = {"history_contracts": 2.0, "suspicion_stand_in_id": 1.0, "suspicion_negative_contract": 0.0}
    assert data_depth(profile, [])["suspicions"] == ["STAND_IN_ID"]
    assert data_depth({}, [])["suspicions"] == []
