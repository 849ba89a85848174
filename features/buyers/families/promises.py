"""G2: Qingdao's promises to suppliers, in working days: signed within 10, accepted within 7, paid within 5.

A promise is decided when it was met, or when meeting it now would be too late; what is still open counts for neither.
Working days are unknown beyond the last year that the calendar announces, and so is what is counted by them.
"""

from functools import partial
from typing import Any

import ibis

from features.buyers.families.paying import not_due, retained
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

SIGNED_WITHIN, ACCEPTED_WITHIN, PAID_WITHIN = 10, 7, 5  # working days


def signed_after_award(m: Any) -> Any:
    """Contracts of which the award and the signing are dated, in that order."""
    return m.signing_workdays >= 0


def acceptance_decided(m: Any) -> Any:
    """Acceptances that were asked for and were given, or can no longer be given in time."""
    return (m.kind == "acceptance") & (m.met_on.notnull() | (m.acceptance_workdays > ACCEPTED_WITHIN))


def payment_decided(m: Any) -> Any:
    """Invoices that were paid, or can no longer be paid in time; money retained as a guarantee is left out."""
    return ~retained(m) & (m.paid_on.notnull() | (m.payment_workdays > PAID_WITHIN))


def _waiting(m: Any, is_open: Any, workdays: Any, promised: int) -> Any:
    """How many open rows wait for more working days than promised; null without a row, or where one is undecidable."""
    countable = (m.count() > 0) & (m.count(where=is_open & workdays.isnull()) == 0)
    return ibis.ifelse(countable, m.count(where=is_open & (workdays > promised)), ibis.null("int64"))


signing = partial(feature, table="contracts", on="signed_on", where=signed_after_award, risk=Risk.UNSIGNED)
accepting = partial(feature, table="milestones", on="requested_on", risk=Risk.UNSIGNED)
paying = partial(feature, table="payments", on="invoiced_on", risk=Risk.UNSIGNED)

# The New Year of 2025: no work from 28 January to 4 February, but on Sunday 26 January and Saturday 8 February.
_SIGNED = {"tender_id": ["T1", "T2"], "signed_on": ["2025-02-08", "2025-02-10"]}
_AWARDED = {"tenders": {"tender_id": ["T1", "T2"], "published_on": "2024-12-01", "awarded_on": "2025-01-20"}}
_ASKED = {
    "kind": "acceptance",
    "requested_on": ["2025-06-02", "2025-06-02", "2025-06-10", "2025-06-27"],
    "met_on": ["2025-06-11", "2025-06-12", None, None],
}
_INVOICED = {
    "invoiced_on": ["2025-06-02", "2025-06-02", "2025-06-10", "2025-06-27"],
    "paid_on": ["2025-06-09", "2025-06-10", None, None],
}


@signing(
    code="G201",
    window=(365, 730),
    unit=Unit.RATIO,
    label=Text("按期签约率(10个工作日)", "Signed within 10 working days"),
    example=Example(rows=_SIGNED, others=_AWARDED, value=0.5),
)
def buyer_signed_in_time(m: Any) -> Any:
    """Share of the contracts signed in the window that were signed within 10 working days of the award."""
    return (m.signing_workdays <= SIGNED_WITHIN).mean()


@signing(
    code="G202",
    window=(730,),
    unit=Unit.DAYS,
    label=Text("签约工作日数", "Working days to signing"),
    example=Example(rows=_SIGNED, others=_AWARDED, value=10.5),
)
def buyer_signing_workdays(m: Any) -> Any:
    """Mean number of working days from the award to the signing of the contract."""
    return m.signing_workdays.mean()


@accepting(
    code="G203",
    rests_on=("met_on",),
    window=(365, 730),
    where=acceptance_decided,
    unit=Unit.RATIO,
    label=Text("按期验收率(7个工作日)", "Accepted within 7 working days"),
    example=Example(rows=_ASKED, value=1 / 3),
)
def buyer_accepted_in_time(m: Any) -> Any:
    """Share of the acceptances asked for in the window that were given within 7 working days."""
    return (m.acceptance_workdays <= ACCEPTED_WITHIN).mean()


@accepting(
    code="G204",
    rests_on=("met_on",),
    where=lambda m: m.kind == "acceptance",
    unit=Unit.COUNT,
    label=Text("超期未验收数", "Acceptances past the promise"),
    example=Example(rows=_ASKED, value=1),
)
def buyer_acceptances_waiting(m: Any) -> Any:
    """Acceptances asked for more than 7 working days ago and not given yet; unknown where none was asked for."""
    return _waiting(m, m.done_on.isnull(), m.acceptance_workdays, ACCEPTED_WITHIN)


@paying(
    code="G205",
    rests_on=("paid_on",),
    window=(365, 730),
    where=payment_decided,
    unit=Unit.RATIO,
    label=Text("按期付款率(5个工作日)", "Paid within 5 working days"),
    example=Example(rows=_INVOICED, value=1 / 3),
)
def buyer_paid_in_time(m: Any) -> Any:
    """Share of the invoices issued in the window that were paid within 5 working days."""
    return (m.payment_workdays <= PAID_WITHIN).mean()


@paying(
    code="G206",
    rests_on=("paid_on",),
    unit=Unit.COUNT,
    label=Text("超期未付发票数", "Invoices past the promise"),
    example=Example(rows=_INVOICED, value=1),
)
def buyer_invoices_waiting(m: Any) -> Any:
    """Invoices issued more than 5 working days ago and unpaid, save retained money; unknown where none was issued."""
    return _waiting(m, m.paid_on.isnull() & ~(retained(m) & not_due(m)), m.payment_workdays, PAID_WITHIN)


BUYER_PROMISES: tuple[Feature, ...] = all_declared(
    __name__,
    buyer_signed_in_time,
    buyer_signing_workdays,
    buyer_accepted_in_time,
    buyer_acceptances_waiting,
    buyer_paid_in_time,
    buyer_invoices_waiting,
)
