"""L, third part: loans with all lenders together, computed only where the operator pools them (`pooled_financing`).

They show that a supplier owes elsewhere without saying to whom or how much: no answer shows their values.
"""

from functools import partial
from typing import Any

from features.declarations.exact import in_days
from features.declarations.families.loans import left_to_repay, past_due_us
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

pooled = partial(feature, among="pooled")

_LOANS = {
    "financing_id": ["F1", "F2"],
    "tenant_id": ["bank", "another"],
    "starts_on": ["2025-01-01", "2025-03-01"],
    "ends_on": ["2025-06-30", "2025-12-31"],
    "amount": ["100.00", "60.00"],
}
_REPORTS = {
    "financing_id": ["F1", "F2"],
    "tenant_id": ["bank", "another"],
    "occurred_at": ["2025-05-01", "2025-06-01"],
    "remaining": ["40.00", "60.00"],
    "days_past_due": [0, 12],
}


@pooled(
    code="L301",
    table="financings",
    on="starts_on",
    where=lambda m: m.ends_on >= m.as_of,
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("全部机构未到期贷款数", "Loans not yet due, all lenders"),
    example=Example(rows=_LOANS, value=1),
)
def pooled_loans_running(m: Any) -> Any:
    """Loans from all lenders that have not reached their end; unknown unless the operator pools them."""
    return m.count()


@pooled(
    code="L302",
    table="financings",
    on="starts_on",
    needs=("repayments",),
    unit=Unit.MONEY,
    risk=Risk.RISES,
    label=Text("全部机构贷款余额", "Outstanding, all lenders"),
    adverse=Text("在全部机构的贷款余额高于一般水平", "The unpaid balance with all lenders is larger than usual"),
    favourable=Text("在全部机构没有或很少贷款余额", "The unpaid balance with all lenders is small or zero"),
    example=Example(rows=_LOANS, others={"repayments": _REPORTS}, value=100),
)
def pooled_outstanding(m: Any) -> Any:
    """What is left to repay on loans from all lenders, the whole loan without a report; unknown unless pooled."""
    return left_to_repay(m).sum().fill_null(0)


@pooled(
    code="L303",
    table="repayments",
    on="occurred_at",
    window=(365,),
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("全部机构最长逾期天数", "Worst days past due, all lenders"),
    adverse=Text("在全部机构的还款最长逾期多于一般水平", "A repayment to any lender was longer past due than usual"),
    favourable=Text("在全部机构的还款没有逾期或逾期很短", "No repayment to any lender was longer past due than usual"),
    example=Example(rows=_REPORTS, others={"financings": _LOANS}, value=12),
)
def pooled_worst_days_past_due(m: Any) -> Any:
    """Most days past due in a report of the window on loans from all lenders; unknown unless they are pooled."""
    return in_days(past_due_us(m).max())


POOLED_LOANS: tuple[Feature, ...] = all_declared(
    __name__, pooled_loans_running, pooled_outstanding, pooled_worst_days_past_due
)
