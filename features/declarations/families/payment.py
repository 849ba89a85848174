"""P: the supplier's own actions towards payment. The time that buyers take to pay is never counted."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import DAY_US, days, in_days
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

invoiced = partial(feature, table="payments", on="invoiced_on")

_ACCEPTED = {
    "milestones": {
        "contract_id": ["C1", "C2"],
        "kind": "acceptance",
        "met_on": ["2025-01-01", "2025-02-01"],
        "result": ["passed", "passed"],
    }
}


@invoiced(
    code="P101",
    window=(730,),
    where=lambda m: m.invoiced_on >= m.accepted_on,
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("开票天数", "Days to invoice"),
    adverse=Text("验收后开票慢于一般水平", "Invoices followed acceptance later than usual"),
    favourable=Text("验收后开票不慢于一般水平", "Invoices followed acceptance as fast as usual, or faster"),
    example=Example(
        rows={"contract_id": ["C1", "C2"], "invoiced_on": ["2025-01-11", "2025-03-01"]}, others=_ACCEPTED, value=19
    ),
)
def days_to_invoice(m: Any) -> Any:
    """Average days from a contract's acceptance to the supplier's invoice."""
    return in_days(days(m.invoiced_on, m.accepted_on).mean())


@invoiced(
    code="P102",
    window=(730,),
    where=lambda m: m.accepted_on.notnull(),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("迟开票率", "Late invoices"),
    adverse=Text("验收30天后才开票的占比高于一般水平", "More invoices than usual came over 30 days after acceptance"),
    favourable=Text("没有或很少在验收30天后才开票", "Few or no invoices came over 30 days after acceptance"),
    example=Example(
        rows={"contract_id": ["C1", "C2"], "invoiced_on": ["2025-01-11", "2025-03-15"]}, others=_ACCEPTED, value=0.5
    ),
)
def late_invoice_rate(m: Any) -> Any:
    """Share of invoices to buyers issued more than 30 days after the contract's acceptance."""
    return (days(m.invoiced_on, m.accepted_on) > 30 * DAY_US).mean()


@invoiced(
    code="P103",
    window=(730,),
    by="payee_account",
    over=lambda used: used.count(),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("收款账户数", "Payee accounts"),
    adverse=Text("使用的收款账户多于一般水平", "More payee accounts than usual were named"),
    favourable=Text("收款账户稳定", "At most the usual number of payee accounts was named"),
    example=Example(
        rows={"invoiced_on": ["2025-01-11", "2025-02-01", "2025-03-01"], "payee_account": ["a", "b", "a"]}, value=2
    ),
)
def payee_accounts(m: Any) -> dict[str, Any]:
    """Different accounts that the supplier's invoices of the window were to be paid to."""
    return {"used": m.count()}


@invoiced(
    code="P104",
    window=(365,),
    unit=Unit.MONEY,
    risk=Risk.FALLS,
    label=Text("向采购人开票额", "Invoiced to buyers"),
    adverse=Text("向采购人开票的金额低于一般水平", "Less than usual was invoiced to buyers"),
    favourable=Text("向采购人开票的金额不低于一般水平", "As much as usual, or more, was invoiced to buyers"),
    example=Example(rows={"invoiced_on": ["2025-01-11", "2025-02-01"], "amount": ["10.00", "20.50"]}, value=30.5),
)
def invoiced_amount(m: Any) -> Any:
    """Sum that the supplier invoiced to its buyers in the window, paid or not."""
    return m.value.sum().fill_null(0)


@feature(
    code="P105",
    table="payments",
    on="accepted_on",
    window=(365,),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("已验收未开票数", "Accepted, not invoiced"),
    adverse=Text(
        "验收超过30天仍未开票的多于一般水平", "More accepted work than usual is still not invoiced after 30 days"
    ),
    favourable=Text("没有或很少已验收而久未开票", "Little or no accepted work is left without an invoice"),
    example=Example(rows={"contract_id": ["C1", "C2"], "invoiced_on": ["2025-02-01", None]}, others=_ACCEPTED, value=1),
)
def uninvoiced_acceptances(m: Any) -> Any:
    """Payments of contracts accepted over 30 days ago, due and without an invoice; unknown where none has one."""
    due = m.due_on.isnull() | (m.due_on < m.as_of)  # money retained as a guarantee is not due yet
    waiting = m.count(where=m.invoiced_on.isnull() & due & (m.age_us > 30 * DAY_US))
    # Otherwise a source without invoice dates would make every supplier look careless.
    return ibis.ifelse(m.invoiced_on.count() > 0, waiting, ibis.null("int64"))


PAYMENT: tuple[Feature, ...] = all_declared(
    __name__,
    days_to_invoice,
    late_invoice_rate,
    payee_accounts,
    invoiced_amount,
    uninvoiced_acceptances,
)
