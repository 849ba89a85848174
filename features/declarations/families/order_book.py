"""T, third part: work that is due soon, jumps in size, and the last quarter against the one before."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import DAY_US, days, ratio, real, within
from features.declarations.families.trading import not_cancelled
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature

contract = partial(feature, table="contracts", on="signed_on", where=not_cancelled)

_FOUR = {
    "signed_on": ["2025-01-01", "2025-02-01", "2025-03-01", "2024-01-01"],
    "ends_on": ["2025-08-31", "2025-11-30", "2026-12-31", "2025-08-01"],
    "ended_on": [None, None, None, "2025-06-01"],
    "end_state": [None, None, None, "completed"],
    "amount": ["100.00", "200.00", "400.00", "800.00"],
}


def due_within(m: Any, ahead: int) -> Any:
    """Value of the contracts not ended whose planned end lies in the next `ahead` days; null where none has one."""
    to_end = days(m.ends_on, m.as_of)
    due = m.ended_on.isnull() & (to_end >= 0) & (to_end < ahead * DAY_US)
    return ibis.ifelse(m.ends_on.count() > 0, real(m.value.sum(where=due).fill_null(0)), ibis.null("float64"))


@contract(
    code="T118",
    unit=Unit.MONEY,
    risk=Risk.UNSIGNED,
    label=Text("未来90天到期合同额", "Value due in 90 days"),
    example=Example(rows=_FOUR, value=100),
)
def value_due_in_quarter(m: Any) -> Any:
    """Value of the contracts not ended whose planned end lies in the next 90 days; unknown without planned ends."""
    return due_within(m, 90)


@contract(
    code="T119",
    unit=Unit.MONEY,
    risk=Risk.UNSIGNED,
    label=Text("未来180天到期合同额", "Value due in 180 days"),
    example=Example(rows=_FOUR, value=300),
)
def value_due_in_half_year(m: Any) -> Any:
    """Value of the contracts not ended whose planned end lies in the next 180 days; unknown without planned ends."""
    return due_within(m, 180)


@contract(
    code="T120",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("最新合同与最大已完成合同之比", "Newest contract to largest completed"),
    adverse=Text(
        "最新合同相对已完成的最大合同大于一般水平",
        "The newest contract is larger than usual against the largest one completed",
    ),
    favourable=Text(
        "最新合同相对已完成的最大合同不大",
        "The newest contract is no larger than usual against the largest one completed",
    ),
    example=Example(
        rows={
            "signed_on": ["2023-01-01", "2024-01-01", "2025-02-01", "2025-06-01"],
            "ended_on": ["2023-09-01", "2024-09-01", None, None],
            "end_state": ["completed", "terminated_early", None, None],
            "amount": ["80.00", "500.00", "900.00", "200.00"],
        },
        value=2.5,
    ),
)
def newest_to_largest_completed(m: Any) -> Any:
    """Value of the newest contract over that of the largest contract completed; unknown where none is completed."""
    newest = ibis.struct({"signed_on": m.signed_on, "known_at": m.known_at, "id": m.contract_id})
    return ratio(m.value.argmax(newest), m.value.max(where=m.end_state == "completed"))


@contract(
    code="T121",
    window=(OWN,),
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("季度合同额趋势", "Turnover trend of the quarter"),
    adverse=Text(
        "近90天合同额相对此前90天弱于一般水平", "Turnover of 90 days against the 90 before is weaker than usual"
    ),
    favourable=Text(
        "近90天合同额相对此前90天不弱于一般水平", "Turnover of 90 days against the 90 before is usual or better"
    ),
    example=Example(
        rows={"signed_on": ["2025-01-20", "2025-02-20", "2025-05-01"], "amount": ["10.00", "20.00", "90.00"]},
        value=0.5,
    ),
)
def quarter_turnover_trend(m: Any) -> Any:
    """Turnover of the last 90 days minus that of the 90 before, over both; unknown where neither has any."""
    newest = real(m.value.sum(where=within(m, 0, 90)).fill_null(0))
    before = real(m.value.sum(where=within(m, 90, 180)).fill_null(0))
    return ratio(newest - before, newest + before)


ORDER_BOOK: tuple[Feature, ...] = all_declared(
    __name__,
    value_due_in_quarter,
    value_due_in_half_year,
    newest_to_largest_completed,
    quarter_turnover_trend,
)
