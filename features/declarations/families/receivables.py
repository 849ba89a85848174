"""P, second part: what buyers still owe. A large or an old claim is no misconduct of the supplier, so no direction."""

from functools import partial
from typing import Any

from features.declarations.exact import in_days
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

invoiced = partial(feature, table="payments", on="invoiced_on", risk=Risk.UNSIGNED)

_FOUR = {
    "invoiced_on": ["2025-06-20", "2025-05-31", "2025-01-01", None],
    "due_on": ["2025-07-20", "2025-06-15", "2025-02-01", None],
    "paid_on": [None, None, "2025-03-01", None],
    "amount": ["10.00", "20.50", "100.00", "1000.00"],
}


def unpaid(m: Any) -> Any:
    """Invoices that are not known to be paid."""
    return m.paid_on.isnull()


@invoiced(
    code="P106",
    rests_on=("paid_on",),
    where=unpaid,
    unit=Unit.MONEY,
    label=Text("应收账款", "Open receivables"),
    example=Example(rows=_FOUR, value=30.5),
)
def open_receivables(m: Any) -> Any:
    """Sum invoiced to buyers and not paid yet; what was not invoiced does not count."""
    return m.value.sum().fill_null(0)


@invoiced(
    code="P107",
    rests_on=("paid_on",),
    where=unpaid,
    unit=Unit.DAYS,
    label=Text("应收账款平均账龄", "Average age of receivables"),
    example=Example(rows=_FOUR, value=20),
)
def receivables_age(m: Any) -> Any:
    """Average days since invoice of the invoices to buyers that are not paid yet; unknown where all are paid."""
    return in_days(m.age_us.mean())


@invoiced(
    code="P108",
    rests_on=("due_on", "paid_on"),
    where=lambda m: unpaid(m) & (m.due_on < m.as_of),
    unit=Unit.MONEY,
    label=Text("逾期应收账款", "Overdue receivables"),
    example=Example(rows=_FOUR, value=20.5),
)
def overdue_receivables(m: Any) -> Any:
    """Sum invoiced to buyers and not paid although its due date has passed; retention money not due does not count."""
    return m.value.sum().fill_null(0)


RECEIVABLES: tuple[Feature, ...] = all_declared(__name__, open_receivables, receivables_age, overdue_receivables)
