"""Deliveries and failures end with their contract, and an end for the buyer's convenience is nobody's failure."""

import pytest

from features.declarations.families import completion as c
from features.declarations.families import delivery as d
from features.declarations.families import integrity as i
from features.declarations.families import trading as t

OPEN = {"contract_id": ["K1"], "due_on": ["2024-03-01"], "met_on": [None]}
CONVENIENCE = {"contract_id": ["K1"], "occurred_at": ["2024-05-10"], "reason": [" Termination FOR Convenience "]}
LATENESS = (d.late_delivery_rate, d.seriously_late_rate, d.average_delay)


def ended(state, on="2024-05-10", **more):
    return {"contract_id": ["K1"], "signed_on": ["2024-01-10"], "ended_on": [on], "end_state": [state], **more}


@pytest.mark.parametrize("state", ["completed", "terminated_early", "cancelled", None])
def test_nothing_of_an_ended_contract_is_overdue_now(value_of, state):
    for feature in (d.overdue_deliveries, d.overdue_days):
        assert value_of(feature, OPEN, window=365, as_of="2024-12-01", contracts=ended(state)) == 0
        assert value_of(feature, OPEN, window=365, as_of="2024-05-10", contracts=ended(state)) > 0


def test_a_delivery_left_open_is_late_up_to_the_end_of_its_contract(value_of):
    rows = {"contracts": ended("completed", "2024-03-11"), "as_of": "2025-07-01"}
    assert value_of(d.average_delay, OPEN, **rows) == pytest.approx(10)
    assert value_of(d.late_delivery_rate, OPEN, **rows) == 1
    assert value_of(d.failed_contract_rate, OPEN, **rows) == 0


def test_what_a_completed_contract_left_open_before_it_was_due_is_in_time(value_of):
    assert value_of(d.late_delivery_rate, OPEN, contracts=ended("completed", "2024-02-20")) == 0
    assert value_of(d.early_delivery_rate, OPEN, contracts=ended("completed", "2024-02-20"), as_of="2024-06-01") == 0


def test_what_fell_due_after_an_early_end_never_fell_due(value_of):
    assert value_of(d.late_delivery_rate, OPEN, contracts=ended("terminated_early", "2024-02-20")) is None


def test_what_was_open_when_the_buyer_ended_or_cancelled_the_contract_counts_nowhere(value_of):
    for feature in LATENESS:
        assert value_of(feature, OPEN, contracts=ended("cancelled")) is None
        assert value_of(feature, OPEN, contracts=ended("terminated_early"), amendments=CONVENIENCE) is None
        assert value_of(feature, OPEN, contracts=ended("terminated_early"), as_of="2025-01-01") > 0


def test_a_delivery_that_was_late_stays_late_however_the_contract_ended(value_of):
    rows = {**OPEN, "met_on": ["2024-03-09"]}
    assert value_of(d.late_delivery_rate, rows, contracts=ended("cancelled")) == 1


def test_an_end_for_the_buyers_convenience_is_no_failure_of_the_supplier(value_of):
    rows = {"contract_id": ["K1", "K2"], "signed_on": ["2024-01-10", "2024-01-11"]}
    rows |= {"ended_on": ["2024-05-10", "2024-05-11"], "end_state": ["terminated_early", "completed"]}
    assert value_of(c.early_terminations, rows, as_of="2025-01-01") == 1
    assert value_of(c.contract_failure_rate, rows) == 0.5
    assert value_of(c.early_terminations, rows, as_of="2025-01-01", amendments=CONVENIENCE) == 0
    assert value_of(c.contract_failure_rate, rows, amendments=CONVENIENCE) == 0


def test_convenience_is_unknown_before_it_was_known(value_of):
    later = {**CONVENIENCE, "known_at": ["2024-09-01"]}
    assert value_of(c.early_terminations, ended("terminated_early"), as_of="2024-08-01", amendments=later) == 1
    assert value_of(c.early_terminations, ended("terminated_early"), as_of="2024-10-01", amendments=later) == 0


def test_a_contract_that_was_delivered_and_never_said_to_have_ended_has_not_failed(value_of):
    rows = {"contract_id": ["K1", "K2"], "signed_on": ["2024-01-10", "2024-01-10"], "ends_on": "2024-04-01"}
    met = {"contract_id": ["K1", "K2"], "due_on": "2024-04-01", "met_on": ["2024-03-30", "2024-04-02"]}
    assert value_of(c.contract_failure_rate, rows, milestones=met) == 0


def test_a_contract_whose_end_its_source_never_reports_is_not_judged(value_of):
    rows = {"signed_on": ["2024-01-10"], "ends_on": ["2024-04-01"]}
    assert value_of(c.contract_failure_rate, rows) == 1
    assert value_of(c.contract_failure_rate, {**rows, "source": "silent"}) is None


SILENT = {"source": "silent"}


@pytest.mark.parametrize("feature", [f for f in d.DELIVERY if f is not d.deliveries], ids=lambda f: f.name)
def test_what_rests_on_a_date_that_a_source_never_fills_is_unknown(feature, value_of):
    rows = {"due_on": ["2024-10-01", "2025-05-01"], "met_on": ["2024-10-01", None]}
    assert value_of(feature, rows) is not None
    assert value_of(feature, {**rows, **SILENT}) is None


def test_rows_of_another_source_are_judged_by_that_source(value_of):
    rows = {"due_on": ["2025-04-01", "2025-05-01"], "met_on": ["2025-04-01", None], "source": [None, "silent"]}
    assert value_of(d.late_delivery_rate, rows) == 0
    assert value_of(d.overdue_deliveries, rows) == 0


def test_ends_that_a_source_never_reports_are_no_clean_record(value_of):
    rows = {"signed_on": ["2024-01-10"], **SILENT}
    assert value_of(c.early_terminations, rows) is None
    assert value_of(c.completed_contracts, rows) is None
    assert value_of(t.running_value, rows) is None
    assert value_of(i.open_disputes, {"opened_on": ["2025-02-01"], **SILENT}) is None


def test_a_contract_whose_last_delivery_is_over_ninety_days_late_has_failed(value_of):
    rows = {"contract_id": ["K1"], "signed_on": ["2024-01-10"], "ends_on": ["2024-04-01"]}

    def with_last(met_on, as_of):
        met = {"contract_id": "K1", "due_on": ["2024-02-01", "2024-04-01"], "met_on": ["2024-02-01", met_on]}
        return value_of(c.contract_failure_rate, rows, milestones=met, as_of=as_of)

    assert with_last(None, "2024-06-29") is None
    assert with_last(None, "2024-07-05") == 1
    assert with_last("2024-06-29", "2024-08-01") == 0
    assert with_last("2024-07-05", "2024-08-01") == 1
