"""`loan_default`: what a bank's reports make of a loan."""

from datetime import datetime

import pytest

from training.cases import outcomes

# Starts 2024-01-01, ends 2024-04-01: 90 days past due on 2024-06-30, watched to 2024-07-30.
LOAN = {
    "financing_id": "f1",
    "supplier_id": "s1",
    "contract_id": "c1",
    "starts_on": "2024-01-01",
    "ends_on": "2024-04-01",
}
LATER = {
    "financing_id": "f9",
    "supplier_id": "s9",
    "starts_on": "2025-06-01",
    "ends_on": "2025-12-01",
}  # sets the data cut
CONTRACT = {"contract_id": "c1", "supplier_id": "s1", "signed_on": "2023-12-01", "category": "goods", "method": "open"}


def report(on, remaining, days=None, loan="f1", **more):
    row = {"repayment_id": f"{loan}-{on}", "financing_id": loan, "supplier_id": f"s{loan[1:]}", "occurred_at": on}
    return {**row, "remaining": remaining, "days_past_due": days, **more}


@pytest.fixture
def judged(facts_of):
    """The case of loan f1 as its reports, its contract's payments and further rows leave it."""

    def judge(*reports, payments=(), loan=None, definition="loan_default", extra=()):
        facts = facts_of(
            financings=[{**LOAN, **(loan or {})}, LATER, *extra],
            repayments=list(reports) or [report("2024-01-02", 1, loan="f9")],
            contracts=[CONTRACT],
            payments=[{"contract_id": "c1", "supplier_id": "s1", "payment_id": "p1", **p} for p in payments],
        )
        return next(c for c in outcomes.cases(facts, definition).to_pylist() if c["case_id"] == "f1")

    return judge


def test_a_loan_repaid_on_its_end_is_good(judged):
    case = judged(report("2024-04-01", 0))
    assert (case["state"], case["bad"]) == ("good", 0)


def test_a_loan_ninety_days_past_due_is_bad(judged):
    case = judged(report("2024-06-30", 500, 90))
    assert (case["state"], case["bad"]) == ("bad", 1)


def test_a_loan_repaid_after_eighty_nine_days_past_due_is_good(judged):
    assert judged(report("2024-06-28", 500, 88), report("2024-06-29", 0, 89))["state"] == "good"


def test_ninety_days_past_due_on_an_instalment_before_the_end_is_bad(judged):
    assert judged(report("2024-03-31", 500, 90), report("2024-04-01", 0, 0))["state"] == "bad"


def test_without_days_past_due_money_that_remains_ninety_days_after_the_end_is_bad(judged):
    assert judged(report("2024-06-30", 500))["state"] == "bad"
    assert judged(report("2024-06-28", 500), report("2024-06-29", 0))["state"] == "good"


def test_a_report_after_the_window_dates_back_to_when_ninety_days_were_reached(judged):
    assert judged(report("2024-09-01", 500, 153))["state"] == "bad"


def test_becoming_ninety_days_past_due_after_the_window_is_not_bad(judged):
    """An instalment of an extension, first unpaid after the window closed."""
    assert judged(report("2024-04-01", 100, 0), report("2024-12-01", 100, 95))["state"] == "good"


@pytest.mark.parametrize("days", [0, None])
def test_a_loan_repaid_over_ninety_days_after_its_end_is_bad_whatever_its_closing_report_states(judged, days):
    """Days past due are set back to 0 when a loan closes."""
    assert judged(report("2024-07-01", 0, days))["state"] == "bad"
    assert judged(report("2024-06-30", 0, days))["state"] == "good"


def test_what_was_open_at_the_last_report_before_the_end_stays_open_until_a_report_says_otherwise(judged):
    part, closing = report("2024-01-20", 480), report("2024-07-15", 0)
    case = judged(part, closing)
    assert (case["state"], case["known_on"]) == ("bad", datetime(2024, 7, 15, 15, 59, 59, 999999))
    assert judged(part, report("2024-05-15", 0), report("2024-12-24", 0))["state"] == "good"


def test_a_part_payment_is_no_repayment(judged):
    assert judged(report("2024-06-01", 20, 0), report("2024-07-15", 20, 0))["state"] == "bad"


def test_once_ninety_days_past_due_stays_bad(judged):
    assert judged(report("2024-07-04", 500, 94), report("2024-07-11", 0, 0))["state"] == "bad"


def test_a_loan_last_heard_of_with_a_rest_before_it_could_be_so_late_is_unreported(judged):
    assert judged(report("2024-04-11", 500, 10))["state"] == "indeterminate_unreported"


def test_a_report_that_dates_the_delay_after_the_end_dates_an_extension(judged):
    """The end was moved to 11 April without a correction of the loan: 90 days past due on 10 July, in the window."""
    assert judged(report("2024-07-08", 500, 88), report("2024-07-09", 0, 0))["state"] == "good"
    assert judged(report("2024-07-10", 500, 90))["state"] == "bad"


def test_silence_is_never_good(judged):
    assert judged(report("2024-02-01", 500, 0))["state"] == "indeterminate_unreported"
    assert judged()["state"] == "indeterminate_unreported"


def test_early_repayment_is_good_though_nothing_is_reported_after_the_end(judged):
    assert judged(report("2024-02-01", 0, 0))["state"] == "good"


def test_a_case_not_matured_at_the_data_cut_is_left_out_even_if_it_is_already_bad(judged):
    loan = {"starts_on": "2025-01-01", "ends_on": "2025-03-01"}
    assert judged(report("2025-02-20", 500, 95), loan=loan)["state"] == "not_matured"


def test_a_loan_whose_buyer_had_not_paid_when_it_went_bad_is_the_buyers_doing(judged):
    unpaid = {"due_on": "2024-05-01", "paid_on": "2024-07-20"}
    assert judged(report("2024-06-30", 500, 90), payments=[unpaid])["state"] == "indeterminate_buyer_caused"


def test_a_repaid_loan_whose_buyer_was_equally_late_is_left_out_as_well(judged):
    unpaid = {"due_on": "2024-05-01", "paid_on": "2024-07-20"}
    assert judged(report("2024-04-01", 0, 0), payments=[unpaid])["state"] == "indeterminate_buyer_late_repaid"


def test_a_buyer_that_paid_in_time_or_in_the_end_excuses_nobody(judged):
    paid = [{"due_on": "2024-05-01", "paid_on": "2024-06-20"}, {"payment_id": "p2", "due_on": "2024-12-01"}]
    assert judged(report("2024-06-30", 500, 90), payments=paid)["state"] == "bad"


def test_a_correction_decides_and_dates_the_knowledge(judged):
    case = judged(
        report("2024-06-30", 500, 90),
        report("2024-06-30", 0, 0, known_at="2024-12-24"),
    )
    assert case["state"] == "good"
    assert case["known_on"] == datetime(2024, 12, 24, 15, 59, 59, 999999)


def test_a_retracted_report_never_was(judged):
    gone = report("2024-06-30", 500, 90, known_at="2024-08-01", retracted=True)
    assert judged(report("2024-04-02", 0, 0), report("2024-06-30", 500, 90), gone)["state"] == "good"


def test_a_bad_loan_is_known_from_its_first_deciding_report(judged):
    case = judged(report("2024-06-30", 500, 90), report("2024-12-01", 500, 244))
    assert case["known_on"] == datetime(2024, 6, 30, 15, 59, 59, 999999)


def test_a_case_stands_at_midnight_of_its_day_with_the_terms_as_first_known(judged):
    corrected = {**LOAN, "amount": 900, "ends_on": "2024-03-01", "known_at": "2024-02-01"}
    case = judged(report("2024-04-01", 0), extra=[corrected])
    assert case["as_of"] == datetime(2023, 12, 31, 16)  # 2024-01-01 00:00 in Shanghai
    assert (float(case["amount"]), case["days"], case["tenant_id"]) == (1000, 91, "t1")
    assert (case["buyer_id"], case["category"], case["method"], case["bidders"]) == ("b1", "goods", "open", None)
    assert case["matured_on"] == datetime(2024, 6, 29, 15, 59, 59, 999999)  # the corrected end + 120 days


def test_a_cap_in_months_ends_the_window(judged):
    capped = outcomes.Outcome(name="x", version=1, kind="loan", cap_months=5)
    assert judged(report("2024-06-30", 500, 90), definition=capped)["state"] == "good"
    assert judged(report("2024-05-20", 500, 91), definition=capped)["state"] == "bad"


def test_months_of_a_cap_are_counted_on_the_local_calendar(judged):
    """From 1 April 01:00 in Shanghai, still 31 March in UTC, a month reaches to 1 May, not to 30 April."""
    capped = outcomes.Outcome(name="x", version=1, kind="loan", cap_months=1)
    loan = {"starts_on": datetime(2024, 3, 31, 17), "ends_on": "2025-04-01"}
    case = judged(report("2024-05-20", 500, 0), loan=loan, definition=capped)
    assert case["matured_on"] == datetime(2024, 4, 30, 17)


def test_a_source_that_reports_late_matures_late(judged):
    lagging = outcomes.Outcome(name="x", version=1, kind="loan", lag_days=400)
    assert judged(report("2024-04-01", 0), definition=lagging)["state"] == "not_matured"


def test_a_bad_report_taken_back_makes_a_loan_good_only_from_that_day_on(judged):
    first = report("2024-07-10", 100, 95, known_at="2024-07-11")
    retracted = {**first, "retracted": True, "known_at": "2025-03-01"}
    case = judged(report("2024-04-01", 0), first, retracted)
    assert case["state"] == "good"
    assert case["known_on"] == datetime(2025, 3, 1, 15, 59, 59, 999999)


def test_an_event_dated_in_the_far_future_does_not_move_the_data_cut(judged):
    loan = {"starts_on": "2025-02-01", "ends_on": "2025-05-01"}
    odd = report("2099-01-01", 1, loan="f9", known_at="2025-02-02")
    assert judged(report("2025-02-20", 500), odd, loan=loan)["state"] == "not_matured"


def test_days_are_calendar_days_where_clocks_change(facts_of):
    from dataclasses import replace

    # The last microseconds of 1 January (EST) and of 1 April (EDT): 90 days, and an hour less than 90 times 24.
    end, after = datetime(2024, 1, 2, 4, 59, 59, 999999), datetime(2024, 4, 1, 3, 59, 59, 999999)
    loan = {**LOAN, "starts_on": datetime(2023, 10, 2, 4), "ends_on": end}
    reports = [{**report("2024-03-31", 100), "occurred_at": after}]
    facts = replace(facts_of(financings=[loan, LATER], repayments=reports, contracts=[CONTRACT]), tz="America/New_York")
    case = next(c for c in outcomes.cases(facts, "loan_default").to_pylist() if c["case_id"] == "f1")
    assert case["state"] == "bad"
