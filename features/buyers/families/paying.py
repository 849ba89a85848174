"""G1: how long a buyer takes to pay what it is invoiced, and what it leaves unpaid.

Money that is retained as a guarantee, and so not due for more than 90 days, does not count as unpaid.
"""

from functools import partial
from typing import Any

import ibis

from features.buyers.interval import mean_interval
from features.declarations.exact import DAY_US, days, in_days, within
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature

FOLLOWED = 90
"""Days that every invoice counted has been followed: nothing about its payment within them is still open."""

_YEAR = FOLLOWED + 365


def retained(m: Any) -> Any:
    """Payments not due within `FOLLOWED` days of their invoice: money that the buyer retains as a guarantee."""
    return (days(m.due_on, m.invoiced_on) > FOLLOWED * DAY_US).fill_null(False)


def not_due(m: Any) -> Any:
    """Payments whose due date lies in the future."""
    return (m.due_on >= m.as_of).fill_null(False)


invoiced = partial(feature, table="payments", on="invoiced_on", risk=Risk.UNSIGNED)
followed = partial(invoiced, window=(OWN,), where=lambda m: within(m, FOLLOWED, _YEAR) & ~retained(m))
due = partial(feature, table="payments", on="due_on", risk=Risk.UNSIGNED)


def waited(m: Any) -> Any:
    """Microseconds from the invoice to its payment, or so far; 0 where it was paid beforehand."""
    us = days(ibis.coalesce(m.paid_on, m.as_of), m.invoiced_on)
    return ibis.greatest(us, ibis.literal(0, "int64"))


def days_counted(m: Any) -> Any:
    """Whole days from the invoice to its payment, at most `FOLLOWED`."""
    return ibis.least((waited(m) // DAY_US).cast("int64"), ibis.literal(FOLLOWED, "int64"))


def overdue(m: Any) -> Any:
    """Payments paid after they were due, or not at all."""
    return m.paid_on.isnull() | (m.paid_on > m.due_on)


_SIX = {
    "invoiced_on": ["2025-01-01", "2025-01-01", "2025-01-01", "2025-01-01", "2025-01-01", "2025-06-01"],
    "paid_on": ["2025-01-11", "2025-01-21", "2025-01-31", "2025-02-10", None, "2025-06-02"],
}
_PAID = {
    "invoiced_on": "2025-01-01",
    "paid_on": ["2025-01-21", "2025-01-31", "2025-02-10", "2025-02-20", "2025-03-02"],
}
_DUE = {
    "due_on": ["2025-01-31", "2025-01-31", "2025-06-20", "2025-08-01"],
    "paid_on": ["2025-01-31", "2025-02-01", None, None],
}


@followed(
    code="G101",
    rests_on=("paid_on",),
    unit=Unit.DAYS,
    label=Text("付款天数", "Days to payment"),
    example=Example(rows=_SIX, value=38),
)
def buyer_payment_days(m: Any) -> Any:
    """Mean days from invoice to payment, over invoices of 90 to 455 days ago; over 90 days, or unpaid, counts as 90."""
    return days_counted(m).mean()


@followed(
    code="G102",
    rests_on=("paid_on",),
    unit=Unit.DAYS,
    label=Text("付款天数下限(95%)", "Days to payment, lower bound (95 %)"),
    example=Example(rows=_PAID, value=20.37367),
)
def buyer_payment_days_low(m: Any) -> Any:
    """Lower bound of the 95 % Student interval of the mean days to payment; unknown below five invoices."""
    return bounded(mean_interval(days_counted(m))[0])


@followed(
    code="G103",
    rests_on=("paid_on",),
    unit=Unit.DAYS,
    label=Text("付款天数上限(95%)", "Days to payment, upper bound (95 %)"),
    example=Example(rows=_PAID, value=59.62633),
)
def buyer_payment_days_high(m: Any) -> Any:
    """Upper bound of the 95 % Student interval of the mean days to payment; unknown below five invoices."""
    return bounded(mean_interval(days_counted(m))[1])


def bounded(x: Any) -> Any:
    """A bound of the mean, kept where the mean itself can lie; null stays null."""
    above = ibis.ifelse(x < 0.0, ibis.literal(0.0, "float64"), x)
    return ibis.ifelse(above > float(FOLLOWED), ibis.literal(float(FOLLOWED), "float64"), above)


@followed(
    code="G104",
    rests_on=("paid_on",),
    unit=Unit.COUNT,
    label=Text("付款天数的发票数", "Invoices behind the days to payment"),
    example=Example(rows=_SIX, value=5),
)
def buyer_payment_invoices(m: Any) -> Any:
    """Invoices of 90 to 455 days ago, which the days to payment are counted on."""
    return m.count()


@followed(
    code="G105",
    rests_on=("paid_on",),
    unit=Unit.RATIO,
    label=Text("九十天仍未付款率", "Unpaid after 90 days"),
    example=Example(rows=_SIX, value=0.2),
)
def buyer_unpaid_share(m: Any) -> Any:
    """Share of the invoices of 90 to 455 days ago that were not paid within 90 days."""
    return (waited(m) > FOLLOWED * DAY_US).mean()


@due(
    code="G106",
    rests_on=("paid_on",),
    window=(365, 730),
    unit=Unit.RATIO,
    label=Text("逾期付款率", "Paid late"),
    example=Example(rows=_DUE, value=2 / 3),
)
def buyer_paid_late_share(m: Any) -> Any:
    """Share of the payments due in the window that were made late, or are not made yet."""
    return overdue(m).mean()


@due(
    code="G107",
    rests_on=("paid_on",),
    unit=Unit.COUNT,
    label=Text("逾期未付笔数", "Payments overdue now"),
    example=Example(rows=_DUE, value=1),
)
def buyer_payments_overdue(m: Any) -> Any:
    """Payments that fell due and are not made yet; unknown where no due date is."""
    return ibis.ifelse(m.count() > 0, m.count(where=m.paid_on.isnull()), ibis.null("int64"))


@due(
    code="G108",
    rests_on=("paid_on",),
    unit=Unit.DAYS,
    label=Text("最长逾期天数", "Days overdue"),
    example=Example(rows=_DUE, value=10),
)
def buyer_days_overdue(m: Any) -> Any:
    """Days since the oldest payment not made yet fell due; 0 where none is overdue, unknown where none fell due."""
    oldest = in_days(m.age_us.max(where=m.paid_on.isnull())).fill_null(0.0)
    return ibis.ifelse(m.count() > 0, oldest, ibis.null("float64"))


BUYER_PAYING: tuple[Feature, ...] = all_declared(
    __name__,
    buyer_payment_days,
    buyer_payment_days_low,
    buyer_payment_days_high,
    buyer_payment_invoices,
    buyer_unpaid_share,
    buyer_paid_late_share,
    buyer_payments_overdue,
    buyer_days_overdue,
)
