"""Loans: the asking lender's own, as its latest reports left them."""

import pytest

from features.declarations.families import loans as ln

LOAN = {"financing_id": ["F1"], "starts_on": ["2024-09-01"], "ends_on": ["2025-02-28"], "amount": ["200.00"]}
REPORTS = {
    "financing_id": "F1",
    "occurred_at": ["2024-12-01", "2025-03-10"],
    "remaining": ["150.00", "120.00"],
}


def test_another_lenders_loans_are_not_seen(value_of):
    assert value_of(ln.loans, LOAN) == 1
    assert value_of(ln.loans, {**LOAN, "tenant_id": ["another"]}) is None
    theirs = {**REPORTS, "tenant_id": "another"}
    for feature in (ln.worst_days_past_due, ln.on_time_rate):
        assert value_of(feature, theirs, financings={**LOAN, "tenant_id": ["another"]}) is None
    for feature in (ln.outstanding, ln.overdue_loans, ln.repaid_loans):
        assert value_of(feature, {**LOAN, "tenant_id": ["another"]}, repayments=theirs) is None


def test_without_stated_days_a_rest_after_the_end_is_past_due(value_of):
    assert value_of(ln.worst_days_past_due, REPORTS, financings=LOAN) == pytest.approx(10)
    assert value_of(ln.on_time_rate, REPORTS, financings=LOAN) == 0.5


def test_stated_days_past_due_are_believed(value_of):
    rows = {**REPORTS, "days_past_due": [40, 0]}
    assert value_of(ln.worst_days_past_due, rows, financings=LOAN) == 40
    assert value_of(ln.late_reports, rows, financings=LOAN) == 1


def test_the_latest_report_says_what_is_left(value_of):
    assert value_of(ln.outstanding, LOAN, repayments=REPORTS) == 120
    assert value_of(ln.outstanding, LOAN, repayments=REPORTS, as_of="2025-02-01") == 150


def test_a_loan_past_its_end_is_overdue_until_nothing_is_left(value_of):
    assert value_of(ln.overdue_loans, LOAN, repayments=REPORTS) == 1
    assert value_of(ln.repaid_loans, LOAN, repayments=REPORTS) == 0
    repaid = {**REPORTS, "remaining": ["150.00", "0.00"]}
    assert value_of(ln.overdue_loans, LOAN, repayments=repaid) == 0
    assert value_of(ln.repaid_loans, LOAN, repayments=repaid) == 1
    assert value_of(ln.outstanding, LOAN, repayments=repaid) == 0


def test_a_loan_not_yet_due_is_not_overdue(value_of):
    assert value_of(ln.overdue_loans, LOAN, repayments=REPORTS, as_of="2025-02-01") == 0
    assert value_of(ln.loans_running, LOAN, as_of="2025-02-01") == 200
    assert value_of(ln.loans_running, LOAN) == 0


def test_a_loan_is_used_up_to_what_is_left_of_it(value_of):
    assert value_of(ln.utilisation, LOAN, repayments=REPORTS, as_of="2025-02-01") == 0.75
    assert value_of(ln.utilisation, LOAN, repayments=REPORTS) == 0.6


def test_repaid_loans_are_not_in_use_and_do_not_dilute_the_others(value_of):
    rows = {"financing_id": ["F1", "F2"], "occurred_at": "2025-03-10", "remaining": ["0.00", "30.00"]}
    two = {key: [*values, *values] for key, values in LOAN.items()} | {"financing_id": ["F1", "F2"]}
    assert value_of(ln.utilisation, two, repayments=rows) == 0.15
    assert value_of(ln.utilisation, two, repayments={**rows, "remaining": "0.00"}) == 0


def test_a_loan_of_unknown_value_is_left_out_of_its_use(value_of):
    unvalued = {**LOAN, "value": [None]}
    assert value_of(ln.utilisation, unvalued, repayments=REPORTS) is None


def test_silence_about_a_loan_is_no_repayment(value_of):
    two = {**LOAN, "financing_id": ["F1", "F2"], "starts_on": "2024-09-01", "ends_on": "2025-02-28", "amount": "200.00"}
    assert value_of(ln.outstanding, two, repayments=REPORTS) == 320
    assert value_of(ln.overdue_loans, two, repayments=REPORTS) == 2
    repaid = {**REPORTS, "remaining": "0.00"}
    assert value_of(ln.outstanding, two, repayments=repaid) == 200
    assert value_of(ln.overdue_loans, two, repayments=repaid) == 1
    assert value_of(ln.repaid_loans, two, repayments=repaid) == 1


@pytest.mark.parametrize("stated", [0, None])
def test_a_loan_repaid_late_was_late_whatever_its_closing_report_states(value_of, stated):
    rows = {"financing_id": "F1", "occurred_at": ["2025-03-30"], "remaining": ["0.00"], "days_past_due": [stated]}
    assert value_of(ln.worst_days_past_due, rows, financings=LOAN) == pytest.approx(30)
    assert value_of(ln.late_reports, rows, financings=LOAN) == 1
    assert value_of(ln.on_time_rate, rows, financings=LOAN) == 0


def test_a_report_after_the_repayment_is_not_late(value_of):
    rows = {"financing_id": "F1", "occurred_at": ["2025-02-20", "2025-03-30"], "remaining": "0.00", "days_past_due": 0}
    assert value_of(ln.worst_days_past_due, rows, financings=LOAN) == 0
    assert value_of(ln.on_time_rate, rows, financings=LOAN) == 1
