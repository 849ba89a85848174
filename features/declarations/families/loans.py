"""L: repayment of earlier loans from the requesting lender. Loans of other lenders are never visible."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import DAY_US, days, in_days, ratio
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

loan = partial(feature, table="financings", on="starts_on")
report = partial(feature, table="repayments", on="occurred_at")


def past_due_us(m: Any) -> Any:
    """Microseconds past due at a report: as stated, else since the end of the loan.

    Stated days of 0 do not hide lateness that the dates show: they are set back to 0 when a loan closes. A report after
    another that left nothing to repay is not late.
    """
    stated = m.days_past_due.fill_null(0) * ibis.literal(DAY_US, "int64")
    late = (m.occurred_at > m.loan_ends_on).fill_null(False) & ~m.repaid_before
    return ibis.ifelse(stated > 0, stated, ibis.ifelse(late, days(m.occurred_at, m.loan_ends_on), 0))


def reported(m: Any) -> Any:
    """Loans of which there is a report."""
    return m.last_report_on.notnull()


def left_to_repay(m: Any) -> Any:
    """What the latest report of a loan leaves to repay, the whole loan without one; in the reporting currency."""
    return ibis.ifelse(reported(m), m.rest_value, m.value)


def unpaid(m: Any) -> Any:
    """Loans of which the latest report leaves something to repay."""
    return (m.rest > 0).fill_null(False)


_LOANS = {
    "starts_on": ["2024-01-01", "2024-09-01", "2025-04-01"],
    "ends_on": ["2024-06-30", "2025-02-28", "2025-09-30"],
    "amount": ["100.00", "200.00", "60.00"],
}
_REPORTS = {
    "financing_id": ["F1", "F1", "F2", "F2", "F3"],
    "occurred_at": ["2024-03-01", "2024-06-30", "2024-12-01", "2025-03-30", "2025-06-01"],
    "remaining": ["50.00", "0.00", "150.00", "120.00", "60.00"],
    "days_past_due": [0, 0, 5, 30, 0],
}
_THREE_LOANS = {"financings": {"financing_id": ["F1", "F2", "F3"], **_LOANS}}


@loan(
    code="L101",
    window=(365, None),
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("贷款笔数", "Earlier loans"),
    example=Example(rows=_LOANS, value=3),
)
def loans(m: Any) -> Any:
    """Loans from the asking lender that started in the window."""
    return m.count()


@loan(
    code="L102",
    window=(365,),
    unit=Unit.MONEY,
    risk=Risk.UNSIGNED,
    label=Text("贷款金额", "Amount lent"),
    example=Example(rows=_LOANS, value=260),
)
def amount_lent(m: Any) -> Any:
    """Sum of the loans from the asking lender that started in the window."""
    return m.value.sum().fill_null(0)


@loan(
    code="L103",
    unit=Unit.MONEY,
    risk=Risk.FALLS,
    label=Text("最大贷款", "Largest loan"),
    adverse=Text("以往最大一笔贷款小于一般水平", "The largest earlier loan was smaller than usual"),
    favourable=Text("以往最大一笔贷款不小于一般水平", "The largest earlier loan was of usual size or larger"),
    example=Example(rows=_LOANS, value=200),
)
def largest_loan(m: Any) -> Any:
    """Amount of the largest loan from the asking lender."""
    return m.value.max()


@loan(
    code="L104",
    unit=Unit.DAYS,
    risk=Risk.UNSIGNED,
    label=Text("距最近贷款天数", "Days since the last loan"),
    example=Example(rows={**_LOANS, "starts_on": ["2024-01-01", "2024-09-01", "2025-06-20"]}, value=10),
)
def days_since_last_loan(m: Any) -> Any:
    """Days since the latest loan from the asking lender started."""
    return in_days(m.age_us.min())


@loan(
    code="L105",
    where=lambda m: m.ends_on >= m.as_of,
    unit=Unit.MONEY,
    risk=Risk.UNSIGNED,
    label=Text("未到期贷款额", "Loans not yet due"),
    example=Example(rows=_LOANS, value=60),
)
def loans_running(m: Any) -> Any:
    """Amount of the lender's loans that have not reached their end yet, before repayments."""
    return m.value.sum().fill_null(0)


@report(
    code="L201",
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("按时还款率", "Repayments in time"),
    adverse=Text("按时还款的占比低于一般水平", "Fewer repayment reports than usual were without delay"),
    favourable=Text("按时还款的占比不低于一般水平", "At least the usual share of repayment reports was without delay"),
    example=Example(rows=_REPORTS, others=_THREE_LOANS, value=0.6),
)
def on_time_rate(m: Any) -> Any:
    """Share of the lender's repayment reports that show nothing past due."""
    return (past_due_us(m) <= 0).mean()


@report(
    code="L202",
    window=(365, None),
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("最长逾期还款天数", "Worst days past due"),
    adverse=Text("还款最长逾期天数多于一般水平", "A repayment was longer past due than usual"),
    favourable=Text("还款没有逾期或逾期很短", "Repayments were never past due for longer than usual"),
    example=Example(rows=_REPORTS, others=_THREE_LOANS, value=30),
)
def worst_days_past_due(m: Any) -> Any:
    """Most days past due in any repayment report of the window."""
    return in_days(past_due_us(m).max())


@report(
    code="L203",
    window=(730,),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("逾期30天报告数", "Reports 30 days past due"),
    adverse=Text("逾期30天以上的还款报告多于一般水平", "More reports than usual showed 30 days or more past due"),
    favourable=Text("没有或很少逾期30天以上", "Few or no reports showed 30 days or more past due"),
    example=Example(rows=_REPORTS, others=_THREE_LOANS, value=1),
)
def late_reports(m: Any) -> Any:
    """Repayment reports of the window that show 30 days or more past due."""
    return m.count(where=past_due_us(m) >= 30 * DAY_US)


_FOUR_LOANS = {"financing_id": ["F1", "F2", "F3", "F4"], **{key: [*v, v[1]] for key, v in _LOANS.items()}}
_REPORTED = {"repayments": _REPORTS}


@loan(
    code="L204",
    needs=("repayments",),
    unit=Unit.COUNT,
    risk=Risk.FALLS,
    label=Text("已结清贷款数", "Loans repaid"),
    adverse=Text("已结清的贷款少于一般水平", "Fewer earlier loans than usual were repaid in full"),
    favourable=Text("已结清的贷款不少于一般水平", "At least the usual number of earlier loans was repaid in full"),
    example=Example(rows=_FOUR_LOANS, others=_REPORTED, value=1),
)
def repaid_loans(m: Any) -> Any:
    """Loans from the asking lender of which the latest report leaves nothing."""
    return m.count(where=reported(m) & (m.rest <= 0))


@loan(
    code="L205",
    needs=("repayments",),
    unit=Unit.MONEY,
    risk=Risk.RISES,
    label=Text("贷款余额", "Outstanding"),
    adverse=Text("贷款余额高于一般水平", "The unpaid balance of loans is larger than usual"),
    favourable=Text("没有或很少贷款余额", "The unpaid balance of loans is small or zero"),
    example=Example(rows=_FOUR_LOANS, others=_REPORTED, value=380),
)
def outstanding(m: Any) -> Any:
    """What is left to repay on all loans from the asking lender: by the latest report, the whole loan without one."""
    return left_to_repay(m).sum().fill_null(0)


@loan(
    code="L206",
    needs=("repayments",),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("到期未还贷款数", "Loans past their end"),
    adverse=Text("到期仍有余额的贷款多于一般水平", "More loans than usual are past their end and not repaid"),
    favourable=Text("没有或很少到期未还的贷款", "Few or no loans are past their end and not repaid"),
    example=Example(rows=_FOUR_LOANS, others=_REPORTED, value=2),
)
def overdue_loans(m: Any) -> Any:
    """Loans from the asking lender past their end that no report shows as repaid."""
    return m.count(where=(m.ends_on < m.as_of) & (unpaid(m) | ~reported(m)))


@loan(
    code="L207",
    needs=("repayments",),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("贷款使用率", "Utilisation"),
    adverse=Text("未结清贷款的余额占比高于一般水平", "Of the open loans, a larger share than usual is unpaid"),
    favourable=Text("未结清贷款的余额占比不高于一般水平", "Of the open loans, at most the usual share is unpaid"),
    example=Example(rows=_FOUR_LOANS, others=_REPORTED, value=180 / 260),
    evidence=("outstanding",),
)
def utilisation(m: Any) -> Any:
    """Of the lender's loans that a report leaves open, the share of the amount still left; 0 where all are repaid."""
    share = ratio(m.rest_value.sum(where=unpaid(m) & m.value.notnull()), m.value.sum(where=unpaid(m)))
    settled = (m.count(where=unpaid(m)) == 0) & (m.count(where=reported(m)) > 0)
    return ibis.ifelse(settled, ibis.literal(0.0, "float64"), share)


LOANS: tuple[Feature, ...] = all_declared(
    __name__,
    loans,
    amount_lent,
    largest_loan,
    days_since_last_loan,
    loans_running,
    on_time_rate,
    worst_days_past_due,
    late_reports,
    repaid_loans,
    outstanding,
    overdue_loans,
    utilisation,
)
