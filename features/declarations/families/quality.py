"""Q: amount, length and age of the known history, and the tables that were never imported."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import days, in_days, ratio
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

READ = (
    "contracts",
    "milestones",
    "amendments",
    "bids",
    "tenders",
    "buyers",
    "payments",
    "invoices",
    "conduct",
    "disputes",
    "firm_events",
    "financings",
    "repayments",
    "stages",
)
"""Tables that the features read; each has a `missing_<table>` flag."""

contract = partial(feature, table="contracts", on="signed_on", risk=Risk.UNSIGNED)


@contract(
    code="Q001",
    unit=Unit.COUNT,
    label=Text("合同记录数", "Contracts known"),
    example=Example(rows={"signed_on": ["2025-01-01", "2020-01-01"], "end_state": [None, "cancelled"]}, value=2),
)
def history_contracts(m: Any) -> Any:
    """All contracts known, the cancelled ones included."""
    return m.count()


@contract(
    code="Q002",
    unit=Unit.NUMBER,
    label=Text("历史月数", "Months of history"),
    example=Example(rows={"signed_on": ["2024-06-30", "2025-01-01"]}, value=365 / 30.4375),
)
def history_months(m: Any) -> Any:
    """Months since the first contract known was signed, at 30.4375 days a month."""
    return in_days(m.age_us.max()) / ibis.literal(30.4375, "float64")


@contract(
    code="Q003",
    unit=Unit.DAYS,
    label=Text("距最近合同信息天数", "Days since the last contract fact"),
    example=Example(
        rows={"signed_on": ["2025-01-01", "2025-02-01"], "known_at": ["2025-06-10", "2025-02-01"]}, value=20
    ),
)
def days_since_contract_fact(m: Any) -> Any:
    """Days since the platform last learnt something of any of the supplier's contracts."""
    return in_days(days(m.as_of, m.known_at).min())


@feature(
    code="Q004",
    table="milestones",
    unit=Unit.DAYS,
    risk=Risk.UNSIGNED,
    label=Text("距最近履约信息天数", "Days since the last delivery fact"),
    example=Example(rows={"due_on": ["2025-01-01", "2025-02-01"], "known_at": ["2025-06-10", "2025-02-01"]}, value=20),
)
def days_since_milestone_fact(m: Any) -> Any:
    """Days since the platform last learnt something of any of the supplier's deliveries or acceptances."""
    return in_days(days(m.as_of, m.known_at).min())


@contract(
    code="Q005",
    unit=Unit.RATIO,
    label=Text("金额缺失率", "Contracts without a value"),
    example=Example(rows={"signed_on": ["2025-01-01", "2025-02-01"], "value": [None, "5.00"]}, value=0.5),
)
def unvalued_contract_rate(m: Any) -> Any:
    """Share of contracts whose value in the reporting currency is unknown, for want of an exchange rate."""
    return ratio(m.count(where=m.value.isnull()), m.count())


@feature(
    code="Q006",
    table="invoices",
    unit=Unit.DAYS,
    risk=Risk.UNSIGNED,
    label=Text("距最近发票信息天数", "Days since the last invoice fact"),
    example=Example(
        rows={"issued_on": ["2025-01-01", "2025-02-01"], "known_at": ["2025-06-10", "2025-02-01"]}, value=20
    ),
)
def days_since_invoice_fact(m: Any) -> Any:
    """Days since the platform last learnt something of any of the supplier's tax invoices."""
    return in_days(days(m.as_of, m.known_at).min())


def _missing(number: int, table: str) -> Feature:
    return Feature(
        name=f"missing_{table}",
        code=f"Q{number}",
        table="quality",
        formula=lambda m: None,
        unit=Unit.FLAG,
        risk=Risk.UNSIGNED,
        label=Text(f"缺少数据表 {table}", f"No {table} table"),
        doc=f"1 where the table `{table}` was never imported, else 0.",
    )


MISSING: tuple[Feature, ...] = tuple(_missing(101 + i, table) for i, table in enumerate(READ))

QUALITY: tuple[Feature, ...] = all_declared(
    __name__,
    history_contracts,
    history_months,
    days_since_contract_fact,
    days_since_milestone_fact,
    unvalued_contract_rate,
    days_since_invoice_fact,
    *MISSING,
)
