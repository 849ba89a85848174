"""Whose contract it is, what is known of it, and when a promise is broken."""

import pyarrow as pa
import pytest

from features.buyers.build import build_buyer_profiles
from features.buyers.catalogue import BUYER_COLUMNS
from features.declarations.catalogue import COLUMNS
from features.profiles.build import build_profiles

pytestmark = pytest.mark.slow  # imports facts in every test

JOINT = [{"supplier_id": s, "members": 2} for s in ("s1", "s2")]
INVOICE = {
    "payment_id": "p1",
    "contract_id": "c1",
    "invoiced_on": "2025-01-27",
    "amount": "10.00",
    "currency": "CNY",
    "known_at": "2025-01-27",
}


def test_a_joint_award_counts_once_and_so_do_its_payments(seen):
    profile = seen("2025-06-01", contracts=JOINT, payments=[INVOICE])
    assert profile["buyer_contracts"] == 1
    assert profile["buyer_payment_invoices"] == 1


def test_a_joint_award_stands_while_one_of_its_suppliers_does(seen):
    gone = {**JOINT[0], "retracted": "true", "known_at": "2024-03-01"}
    both = {**JOINT[1], "retracted": "true", "known_at": "2024-05-01"}
    before, after = seen("2024-04-01", "2024-06-01", contracts=[*JOINT, gone, both], payments=[INVOICE])
    assert before["buyer_contracts"] == 1
    assert after["buyer_contracts"] is None


def test_a_contract_retracted_and_entered_anew_for_another_supplier_is_one_contract(seen):
    gone = {"retracted": "true", "known_at": "2024-03-01"}
    anew = {"supplier_id": "s2", "known_at": "2024-03-02"}
    profile = seen("2025-06-01", contracts=[{}, gone, anew], payments=[INVOICE])
    assert profile["buyer_contracts"] == 1
    assert profile["buyer_payment_invoices"] == 1


def test_a_contract_corrected_to_another_buyer_takes_its_children_along(seen):
    rows = {
        "contracts": [{}, {"buyer_id": "b2", "known_at": "2025-05-10"}],
        "payments": [INVOICE],
        "amendments": [{"amendment_id": "a1", "contract_id": "c1", "days_change": 9, "occurred_at": "2024-12-01"}],
    }
    was, no_more = seen("2025-05-01", "2025-06-01", **rows)
    assert (was["buyer_payment_invoices"], was["buyer_days_changed_730d"], was["buyer_amended_share_730d"]) == (1, 9, 1)
    assert all(no_more[c.name] is None for c in BUYER_COLUMNS)
    not_yet, now = seen("2025-05-01", "2025-06-01", buyer="b2", **rows)
    assert all(not_yet[c.name] is None for c in BUYER_COLUMNS)
    assert (now["buyer_payment_invoices"], now["buyer_days_changed_730d"], now["buyer_amended_share_730d"]) == (1, 9, 1)


def test_the_children_of_a_retracted_contract_are_invisible(seen):
    gone = {"retracted": "true", "known_at": "2025-02-20"}
    before, after = seen("2025-02-20", "2025-02-22", contracts=[{}, gone], payments=[INVOICE])
    assert before["buyer_invoices_waiting"] == 1
    assert after["buyer_invoices_waiting"] is None


def test_a_payment_dated_on_or_after_the_instant_is_not_made_yet(seen):
    paid = {**INVOICE, "paid_on": "2025-02-19"}
    before, after = seen("2025-02-19", "2025-02-20", payments=[paid])
    assert (before["buyer_invoices_waiting"], before["buyer_paid_in_time_365d"]) == (1, 0)
    assert (after["buyer_invoices_waiting"], after["buyer_paid_in_time_365d"]) == (0, 0)


@pytest.mark.parametrize(("paid_on", "kept"), [("2025-02-09", 1), ("2025-02-10", 1), ("2025-02-11", 0)])
def test_five_working_days_over_the_new_year_end_on_10_february(seen, paid_on, kept):
    """Worked: 5, 6, 7 February, Saturday the 8th in the holiday's stead, and Monday the 10th."""
    profile = seen("2025-06-01", payments=[{**INVOICE, "paid_on": paid_on}])
    assert profile["buyer_paid_in_time_365d"] == kept


def test_an_unpaid_invoice_is_undecided_until_the_promise_can_no_longer_be_kept(seen):
    open_still, too_late = seen("2025-02-10T23:00:00+08:00", "2025-02-11", payments=[INVOICE])
    assert (open_still["buyer_paid_in_time_365d"], open_still["buyer_invoices_waiting"]) == (None, 0)
    assert (too_late["buyer_paid_in_time_365d"], too_late["buyer_invoices_waiting"]) == (0, 1)


@pytest.mark.parametrize(("met_on", "kept"), [("2025-06-11", 1), ("2025-06-12", 0), (None, 0)])
def test_an_acceptance_is_due_within_seven_working_days_of_the_request(seen, met_on, kept):
    asked = {"milestone_id": "m1", "contract_id": "c1", "kind": "acceptance", "requested_on": "2025-06-02"}
    profile = seen("2025-07-01", milestones=[{**asked, "met_on": met_on, "known_at": "2025-06-02"}])
    assert profile["buyer_accepted_in_time_365d"] == kept
    assert profile["buyer_acceptances_waiting"] == (met_on is None)


def test_a_delivery_is_no_acceptance(seen):
    delivery = {"milestone_id": "m1", "contract_id": "c1", "kind": "delivery", "requested_on": "2025-06-02"}
    profile = seen("2025-07-01", milestones=[delivery])
    assert profile["buyer_accepted_in_time_365d"] is None
    assert profile["buyer_acceptances_waiting"] is None


@pytest.mark.parametrize(("signed_on", "kept"), [("2025-02-08", 1), ("2025-02-10", 0)])
def test_a_contract_is_due_within_ten_working_days_of_the_award(seen, signed_on, kept):
    tender = {"tender_id": "t1", "published_on": "2024-12-01", "awarded_on": "2025-01-20"}
    profile = seen("2025-07-01", contracts=[{"tender_id": "t1", "signed_on": signed_on}], tenders=[tender])
    assert profile["buyer_signed_in_time_365d"] == kept
    assert profile["buyer_signing_workdays_730d"] == (10 if kept else 11)


def test_a_contract_signed_before_its_award_tells_nothing(seen):
    tender = {"tender_id": "t1", "published_on": "2024-12-01", "awarded_on": "2025-03-20"}
    profile = seen("2025-07-01", contracts=[{"tender_id": "t1", "signed_on": "2025-02-08"}], tenders=[tender])
    assert profile["buyer_signed_in_time_365d"] is None


def test_four_invoices_give_a_mean_and_no_interval(seen):
    paid = [{**INVOICE, "payment_id": f"p{i}", "paid_on": f"2025-02-1{i}"} for i in range(5)]
    few, enough = seen("2025-06-01", payments=paid[:4]), seen("2025-06-01", payments=paid)
    assert (few["buyer_payment_days"], few["buyer_payment_days_low"], few["buyer_payment_days_high"]) == (
        15.5,
        None,
        None,
    )
    assert enough["buyer_payment_days_low"] < enough["buyer_payment_days"] == 16 < enough["buyer_payment_days_high"]


def test_an_invoice_paid_beforehand_took_no_days_and_one_never_paid_took_ninety(seen):
    first = {**INVOICE, "paid_on": "2025-01-02"}
    never = {**INVOICE, "payment_id": "p2"}
    profile = seen("2025-06-01", payments=[first, never])
    assert profile["buyer_payment_days"] == 45
    assert profile["buyer_unpaid_share"] == 0.5


def test_an_invoice_younger_than_ninety_days_is_not_counted_into_the_days_yet(seen):
    young, counted = seen("2025-04-27", "2025-04-29", payments=[INVOICE])
    assert young["buyer_payment_days"] is None
    assert counted["buyer_payment_days"] == 90


def test_tables_that_were_never_imported_leave_their_columns_unknown(seen):
    profile = seen("2025-06-01")
    assert profile["buyer_contracts"] == 1
    reading = [c.name for c in BUYER_COLUMNS if c.feature.table in {"payments", "milestones", "amendments", "conduct"}]
    assert {profile[name] for name in reading} == {None}


ENTRY = {"conduct_id": "x1", "type_code": "t", "severity": 5, "effective_on": "2025-01-05"}
ROLES = ("supplier", "buyer", "agency", "expert", "platform", "venue")


def test_conduct_counts_for_whom_it_is_about_and_in_that_role_alone(tmp_path, import_into, write_tables):
    """Six firms, each registered as supplier and as buyer under one id; each has an entry in another role."""
    source = write_tables(
        tmp_path / "source",
        suppliers=[{"supplier_id": f"firm-{role}", "kind": "other"} for role in ROLES],
        buyers=[{"buyer_id": f"firm-{role}"} for role in ROLES],
        conduct=[ENTRY | {"conduct_id": r, "party_id": f"firm-{r}", "party_role": r} for r in ROLES],
    )
    facts = import_into(source, tmp_path / "facts")
    instant, firms = facts.instant("2025-06-01"), [f"firm-{role}" for role in ROLES]
    of_buyers = build_buyer_profiles(facts, instant, firms)
    cases = pa.table({"case_id": firms, "supplier_id": firms, "as_of": [instant] * len(firms)})
    reading = [c for c in COLUMNS if c.feature.table == "conduct"]
    of_suppliers = build_profiles(facts, cases, reading)
    assert len(reading) > 5
    assert parties_with_values(of_buyers, "buyer_id", [c for c in BUYER_COLUMNS if c.feature.table == "conduct"]) == {
        "firm-buyer"
    }
    assert parties_with_values(of_suppliers, "supplier_id", reading) == {"firm-supplier"}


def parties_with_values(table, key, columns):
    """Of whom any of the columns says more than that nothing is on record."""
    return {row[key] for row in table.to_pylist() if any(row[c.name] != c.feature.absent for c in columns)}


def test_a_correction_of_the_role_takes_the_entry_from_the_buyer(seen):
    entry = {**ENTRY, "party_id": "b1", "party_role": "buyer"}
    now_platform = {**entry, "party_role": "platform", "known_at": "2025-03-01"}
    before, after = seen("2025-02-01", "2025-04-01", conduct=[entry, now_platform])
    assert before["buyer_misconduct_entries"] == 1
    assert after["buyer_misconduct_entries"] is None


def test_money_retained_as_a_guarantee_is_not_unpaid_before_it_is_due(seen):
    retained = {**INVOICE, "payment_id": "p2", "due_on": "2026-01-27"}
    asked = ["buyer_payment_days", "buyer_unpaid_share", "buyer_payment_invoices", "buyer_paid_in_time_365d"]
    alone, both = (
        seen("2025-06-01", payments=payments)
        for payments in ([{**INVOICE, "paid_on": "2025-02-06"}], [{**INVOICE, "paid_on": "2025-02-06"}, retained])
    )
    assert [both[name] for name in asked] == [alone[name] for name in asked]
    assert seen("2025-06-01", payments=[retained])["buyer_invoices_waiting"] == 0
    assert seen("2026-03-01", payments=[retained])["buyer_invoices_waiting"] == 1


def test_a_promise_that_a_later_calendar_decides_is_unknown(seen):
    """The holidays of the year after the last announced one are not known yet."""
    later = {**INVOICE, "invoiced_on": "2027-02-04", "known_at": "2027-02-04"}
    paid = seen("2027-06-01", payments=[{**later, "paid_on": "2027-02-11"}])
    assert paid["buyer_paid_in_time_365d"] is None
    assert seen("2027-06-01", payments=[later])["buyer_invoices_waiting"] is None
    assert seen("2026-06-01", payments=[INVOICE])["buyer_invoices_waiting"] == 1


def test_a_deployment_counts_by_the_calendar_that_it_imports(seen):
    """The New Year's holidays of 2027 are announced; then five working days from 4 February end on the 17th."""
    announced = [{"on": f"2027-02-{day:02}", "worked": "false"} for day in range(6, 13)]
    announced += [{"on": "2027-02-14", "worked": "true"}, {"on": "2026-10-01", "worked": "false"}]
    later = {**INVOICE, "invoiced_on": "2027-02-04", "known_at": "2027-02-04"}

    def kept(paid_on):
        rows = {"payments": [{**later, "paid_on": paid_on}], "calendar": announced}
        return seen("2027-06-01", **rows)["buyer_paid_in_time_365d"]

    assert kept("2027-02-17") == 1
    assert kept("2027-02-18") == 0


def test_an_acceptance_of_a_contract_that_ended_is_not_waited_for(seen):
    asked = {"milestone_id": "m1", "contract_id": "c1", "kind": "acceptance", "requested_on": "2025-06-02"}
    ended = {"end_state": "cancelled", "ended_on": "2025-06-20"}
    before, after = seen(
        "2025-06-20", "2025-06-21", contracts=[ended], milestones=[{**asked, "known_at": "2025-06-02"}]
    )
    assert before["buyer_acceptances_waiting"] == 1
    assert after["buyer_acceptances_waiting"] == 0
