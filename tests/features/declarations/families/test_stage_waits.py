"""Disclosed stages: how long they take, and which contracts wait."""

import pytest

from features.declarations.families import stage_waits as s


def rows(*stages):
    """Stages of contract, name and day."""
    return dict(zip(("contract_id", "stage", "occurred_at"), map(list, zip(*stages, strict=True)), strict=True))


DONE = (("C1", "contract", "2025-01-01"), ("C1", "acceptance", "2025-02-01"), ("C1", "payment", "2025-03-01"))


def test_the_last_of_several_acceptances_ends_the_wait(value_of):
    several = rows(*DONE[:1], ("C1", "acceptance", "2025-01-11"), ("C1", "acceptance", "2025-01-31"))
    assert value_of(s.days_to_acceptance, several) == pytest.approx(30)


def test_a_contract_accepted_before_it_was_disclosed_says_nothing_of_waiting(value_of):
    before = rows(("C1", "contract", "2025-03-01"), ("C1", "acceptance", "2025-01-11"))
    assert value_of(s.days_to_acceptance, before) is None


def test_a_contract_that_was_called_off_waits_no_longer(value_of):
    waiting = rows(*DONE, ("C2", "contract", "2025-05-01"))
    contracts = {"contract_id": ["C1", "C2"], "signed_on": "2024-12-01"}
    called_off = contracts | {"ended_on": [None, "2025-06-01"], "end_state": [None, "cancelled"]}
    assert value_of(s.contracts_awaiting_acceptance, waiting, contracts=contracts) == 1
    assert value_of(s.contracts_awaiting_acceptance, waiting, contracts=called_off) == 0
    assert value_of(s.longest_wait_for_acceptance, waiting, contracts=called_off) == 0


def test_where_no_acceptance_is_ever_disclosed_nobody_waits_for_one(value_of):
    alone = rows(("C1", "contract", "2025-01-01"), ("C2", "contract", "2025-02-01"))
    assert value_of(s.contracts_awaiting_acceptance, alone) is None
    assert value_of(s.longest_wait_for_acceptance, alone) is None


def test_a_stage_of_a_later_day_has_not_happened(value_of):
    later = rows(*DONE, ("C2", "contract", "2025-05-01"), ("C2", "acceptance", "2025-07-01"))
    assert value_of(s.contracts_awaiting_acceptance, later) == 1
    assert value_of(s.contracts_awaiting_payment, later) == 0
    assert value_of(s.contracts_awaiting_acceptance, later, as_of="2025-07-02") == 0
    assert value_of(s.contracts_awaiting_payment, later, as_of="2025-07-02") == 1
