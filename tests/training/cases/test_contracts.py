"""`contract_failure` and `late_delivery`: what became of a contract."""

from datetime import datetime

import pytest

from features.declarations.convenience import REASONS
from training.cases import outcomes

CONTRACT = {"contract_id": "c1", "supplier_id": "s1", "signed_on": "2024-01-01", "ends_on": "2024-06-01"}
ENDED = {"contract_id": "c8", "supplier_id": "s8", "signed_on": "2023-01-01", "ended_on": "2023-05-01"}
LATER = {"contract_id": "c9", "supplier_id": "s9", "signed_on": "2025-06-01", "ends_on": "2025-12-01"}  # the data cut


def delivery(due, met=None, name="m1", kind="delivery", **more):
    row = {"milestone_id": name, "contract_id": "c1", "supplier_id": "s1", "kind": kind, "due_on": due, "met_on": met}
    return {**row, "known_at": "2024-01-01", **more}


@pytest.fixture
def judged(facts_of):
    """The case of contract c1 with its milestones under a definition."""

    def judge(name, *milestones, amendments=(), bids=(), others=(ENDED,), **contract):
        facts = facts_of(
            contracts=[{**CONTRACT, **contract}, *others, LATER],
            milestones=list(milestones),
            amendments=[{"amendment_id": "a", "contract_id": "c1", "supplier_id": "s1", **a} for a in amendments],
            bids=list(bids),
        )
        return next(c for c in outcomes.cases(facts, name).to_pylist() if c["case_id"] == "c1")

    return judge


def test_a_delivery_more_than_ninety_days_late_is_a_failure(judged):
    assert judged("contract_failure", delivery("2024-05-01", "2024-07-30"))["state"] == "good"  # 90 days
    assert judged("contract_failure", delivery("2024-05-01", "2024-07-31"))["state"] == "bad"


def test_a_delivery_one_day_late_is_late_by_any_day(judged):
    assert judged("late_delivery", delivery("2024-05-01", "2024-05-01"))["state"] == "good"
    assert judged("late_delivery", delivery("2024-05-01", "2024-05-02"))["state"] == "bad"


def test_hours_on_the_day_itself_are_not_late(judged):
    noon, evening = datetime(2024, 5, 1, 4), datetime(2024, 5, 1, 12)
    assert judged("late_delivery", delivery(noon, evening))["state"] == "good"


def test_the_last_delivery_decides(judged):
    early_one_late = delivery("2024-02-01", "2024-09-01", "m1"), delivery("2024-05-01", "2024-05-01", "m2")
    assert judged("contract_failure", *early_one_late)["state"] == "good"
    last_one_open = delivery("2024-02-01", "2024-02-01", "m1"), delivery("2024-05-01", None, "m2")
    assert judged("contract_failure", *last_one_open)["state"] == "bad"


def test_acceptance_is_the_buyers_and_decides_nothing(judged):
    met = delivery("2024-05-01", "2024-05-01"), delivery("2024-05-08", None, "m2", kind="acceptance")
    assert judged("late_delivery", *met)["state"] == "good"


def test_a_contract_still_open_more_than_ninety_days_past_its_end_is_a_failure(judged):
    case = judged("contract_failure")
    assert (case["state"], case["ended"]) == ("bad", False)
    assert case["known_on"] == datetime(2024, 8, 31, 15, 59, 59, 999999)  # 91 days of silence after the end


def test_an_end_that_its_source_never_reports_is_unknown(judged):
    assert judged("contract_failure", others=())["state"] == "indeterminate_unreported"
    elsewhere = {**ENDED, "source": "another"}
    assert judged("contract_failure", others=[elsewhere])["state"] == "indeterminate_unreported"
    assert judged("contract_failure", others=[elsewhere], source="another")["state"] == "bad"


def test_an_open_delivery_of_a_source_that_never_reports_one_met_is_unknown(judged):
    open_one = delivery("2024-05-01")
    assert judged("late_delivery", open_one)["state"] == "indeterminate_unreported"
    met = delivery("2024-02-01", "2024-02-01", "m2")
    assert judged("late_delivery", open_one, met)["state"] == "bad"
    assert judged("late_delivery", open_one, {**met, "source": "another"})["state"] == "indeterminate_unreported"


def test_a_contract_that_was_delivered_is_good_though_it_never_ended(judged):
    assert judged("contract_failure", delivery("2024-05-20", "2024-05-11"), others=())["state"] == "good"


def test_an_end_of_unknown_kind_is_no_failure(judged):
    assert judged("contract_failure", ended_on="2024-06-11")["state"] == "good"
    assert judged("contract_failure", ended_on="2024-11-11")["state"] == "bad"


def test_a_contract_that_is_not_yet_due_is_not_matured(judged):
    assert judged("contract_failure", ends_on="2025-09-01")["state"] == "not_matured"
    early = {"end_state": "terminated_early", "ended_on": "2024-05-01"}
    assert judged("contract_failure", ends_on="2025-09-01", **early)["state"] == "not_matured"


def test_without_milestones_completion_is_the_delivery(judged):
    done = {"end_state": "completed", "ended_on": "2024-06-20"}
    assert judged("late_delivery", **done)["state"] == "bad"
    assert judged("contract_failure", **done)["state"] == "good"


def test_early_termination_is_bad_unless_it_was_for_the_buyers_convenience(judged):
    ended = {"end_state": "terminated_early", "ended_on": "2024-03-01"}
    assert judged("contract_failure", **ended)["state"] == "bad"
    reason = {"reason": "Termination for convenience", "occurred_at": "2024-03-01"}
    assert judged("contract_failure", amendments=[reason], **ended)["state"] == "excluded"


def test_outcomes_and_features_read_convenience_by_the_same_reasons():
    for name in ("contract_failure", "late_delivery"):
        assert outcomes.outcome(name).convenience == REASONS


def test_a_contract_called_off_before_conclusion_is_excluded(judged):
    assert judged("contract_failure", end_state="cancelled", ended_on="2024-01-05")["state"] == "excluded"


def test_a_contract_without_any_planned_end_is_indeterminate(judged):
    assert judged("contract_failure", ends_on=None)["state"] == "indeterminate_undated"


def test_a_joint_award_is_one_case_of_its_largest_member(facts_of):
    members = [
        {**CONTRACT, "supplier_id": s, "share": share, "members": 3}
        for s, share in (("s3", "0.2"), ("s2", "0.4"), ("s1", "0.4"))
    ]
    facts = facts_of(contracts=[*members, LATER], milestones=[])
    cases = outcomes.cases(facts, "contract_failure").to_pylist()
    assert [(c["case_id"], c["supplier_id"]) for c in cases] == [("c1", "s1"), ("c9", "s9")]


def test_the_term_is_no_request_term_but_the_number_of_bidders_is(judged):
    bid = {"tender_id": "t1", "result": "lost", "occurred_at": "2023-12-01"}
    bids = [{**bid, "bid_id": b, "supplier_id": b} for b in ("x", "y")]
    case = judged("late_delivery", bids=bids, tender_id="t1")
    assert (case["days"], case["bidders"]) == (None, 2)


def test_a_contract_is_learned_from_when_its_last_delivery_was_known(judged):
    late_news = delivery("2024-05-01", "2024-05-01", known_at="2024-11-01")
    assert judged("late_delivery", late_news)["known_on"] == datetime(2024, 11, 1, 15, 59, 59, 999999)


def test_a_delivery_taken_back_decides_from_that_day_on(judged):
    first = delivery("2024-05-01", "2024-05-01", name="m0")
    retracted = {**first, "retracted": True, "known_at": "2025-02-01"}
    case = judged("late_delivery", delivery("2024-04-01", "2024-04-01"), first, retracted)
    assert case["state"] == "good"
    assert case["known_on"] == datetime(2025, 2, 1, 15, 59, 59, 999999)


def test_an_end_dated_in_the_far_future_does_not_move_the_data_cut(judged):
    odd = {"ends_on": "2025-09-01", "ended_on": "2099-01-01", "end_state": "completed"}
    assert judged("contract_failure", **odd)["state"] == "not_matured"
