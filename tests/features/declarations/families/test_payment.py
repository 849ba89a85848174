"""Payment: the supplier's own part, and nothing of the buyer's."""

import pytest

from features.declarations.families import payment as p

INVOICED = {"contract_id": ["C1", "C2", "C3"], "invoiced_on": ["2025-01-11", "2025-03-01", None], "amount": "10.00"}
ACCEPTED = {
    "contract_id": ["C1", "C2", "C3"],
    "kind": "acceptance",
    "met_on": ["2025-01-01", "2025-01-20", "2025-01-20"],
    "result": "passed",
}


@pytest.mark.parametrize("feature", p.PAYMENT, ids=lambda f: f.name)
def test_a_buyer_who_pays_late_or_never_changes_nothing(feature, value_of):
    prompt = {**INVOICED, "due_on": "2025-03-10", "paid_on": "2025-03-10"}
    late = {**INVOICED, "due_on": "2025-03-10", "paid_on": "2025-06-29"}
    never = {**INVOICED, "due_on": "2025-03-10", "paid_on": None}
    values = [value_of(feature, rows, milestones=ACCEPTED) for rows in (prompt, late, never)]
    assert values[0] == values[1] == values[2]


def test_an_invoice_is_late_only_against_the_acceptance(value_of):
    assert value_of(p.late_invoice_rate, INVOICED, milestones=ACCEPTED) == 0.5
    later = {**ACCEPTED, "met_on": ["2025-01-01", "2025-02-20", "2025-01-20"]}
    assert value_of(p.late_invoice_rate, INVOICED, milestones=later) == 0


def test_an_invoice_before_the_acceptance_has_no_days(value_of):
    early = {**ACCEPTED, "met_on": ["2025-02-01", "2025-06-20", "2025-06-20"]}
    assert value_of(p.days_to_invoice, INVOICED, milestones=early) is None


def test_accepted_work_waits_for_its_invoice(value_of):
    assert value_of(p.uninvoiced_acceptances, INVOICED, milestones=ACCEPTED) == 1
    fresh = {**ACCEPTED, "met_on": ["2025-01-01", "2025-01-20", "2025-06-20"]}
    assert value_of(p.uninvoiced_acceptances, INVOICED, milestones=fresh) == 0


def test_a_source_without_invoice_dates_blames_nobody(value_of):
    rows = {**INVOICED, "invoiced_on": None}
    assert value_of(p.uninvoiced_acceptances, rows, milestones=ACCEPTED) is None


def test_a_changed_account_is_counted(value_of):
    assert value_of(p.payee_accounts, {**INVOICED, "payee_account": ["a", "b", "c"]}) == 2
    assert value_of(p.payee_accounts, {**INVOICED, "payee_account": None}) is None


@pytest.mark.parametrize("result", ["failed", "partial"])
def test_work_that_was_not_accepted_awaits_no_invoice(value_of, result):
    rejected = {**ACCEPTED, "result": ["passed", "passed", result]}
    assert value_of(p.uninvoiced_acceptances, INVOICED, milestones=rejected) == 0
    assert value_of(p.uninvoiced_acceptances, INVOICED, milestones={**ACCEPTED, "result": None}) == 1


def test_an_invoice_is_counted_from_the_acceptance_that_passed(value_of):
    twice = {"contract_id": "C1", "kind": "acceptance", "met_on": ["2025-01-01", "2025-01-21"]}
    row = {"contract_id": ["C1"], "invoiced_on": ["2025-01-31"]}
    failed_first = {**twice, "result": ["failed", "passed"]}
    assert value_of(p.days_to_invoice, row, milestones=failed_first) == pytest.approx(10)
    failed_last = {**twice, "result": ["passed", "failed"]}
    assert value_of(p.days_to_invoice, row, milestones=failed_last) == pytest.approx(30)


def test_money_retained_as_a_guarantee_is_not_asked_for_before_it_is_due(value_of):
    retained = {**INVOICED, "due_on": [None, None, "2026-01-20"]}
    assert value_of(p.uninvoiced_acceptances, retained, milestones=ACCEPTED) == 0
    assert value_of(p.uninvoiced_acceptances, retained, milestones=ACCEPTED, as_of="2026-01-20") == 0
