"""L, second part: loans about which nothing is reported, and loans that replace the one before."""

from functools import partial
from typing import Any

from features.declarations.exact import DAY_US, days
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

loan = partial(feature, table="financings", on="starts_on")

SILENT_DAYS, ROLLED_DAYS = 30, 7

_LOANS = {
    "financing_id": ["F1", "F2", "F3", "F4"],
    "starts_on": ["2024-01-01", "2024-07-03", "2025-04-01", "2025-06-20"],
    "ends_on": ["2024-06-30", "2025-02-28", "2025-09-30", "2025-12-31"],
}
_REPORTS = {"repayments": {"financing_id": ["F1", "F2"], "occurred_at": ["2024-06-30", "2025-01-31"]}}


@loan(
    code="L106",
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("无还款报告的贷款数", "Loans without a report"),
    adverse=Text("放款后没有任何还款报告的贷款多于一般水平", "More loans than usual have no repayment report at all"),
    favourable=Text("贷款都有还款报告", "No more loans than usual are without a repayment report"),
    example=Example(rows=_LOANS, others=_REPORTS, value=1),
)
def loans_without_report(m: Any) -> Any:
    """Loans from the asking lender that began over 30 days ago and of which no repayment report is known."""
    return m.count(where=m.last_report_on.isnull() & (m.age_us > SILENT_DAYS * DAY_US))


@loan(
    code="L107",
    window=(730,),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("续贷次数", "Loans rolled over"),
    adverse=Text("在上一笔贷款到期前后立即续借的次数多于一般水平", "More loans than usual replaced the one before"),
    favourable=Text("没有或很少在到期前后立即续借", "Few or no loans replaced the one before"),
    example=Example(rows=_LOANS, others=_REPORTS, value=1),
)
def rolled_over_loans(m: Any) -> Any:
    """Loans of the window that began within 7 days of the end of the same lender's loan before, earlier or later."""
    since = days(m.starts_on, m.previous_ends_on)
    return m.count(where=(since >= -ROLLED_DAYS * DAY_US) & (since <= ROLLED_DAYS * DAY_US))


LOAN_SILENCE: tuple[Feature, ...] = all_declared(__name__, loans_without_report, rolled_over_loans)
