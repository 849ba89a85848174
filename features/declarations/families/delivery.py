"""D: whether a supplier delivers when it promised to."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import DAY_US, in_days, ratio, within
from features.declarations.families.weight import decayed_share
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature


def delivery(m: Any) -> Any:
    """Deliveries, not acceptances: how long a buyer takes to accept is the buyer's.

    One that was open when its contract was called off, for whatever reason of the buyer's, counts nowhere.
    """
    return (m.kind == "delivery") & ~m.dropped


def late(m: Any) -> Any:
    """Done after the due date, or not at all; what is open when its contract ends is done on that day."""
    # Undelivered counts as late: missing data must not look safe.
    return m.done_on.isnull() | (m.done_on > m.due_on)


def delay_us(m: Any) -> Any:
    """Microseconds behind the due date, up to the delivery, the end of the contract or now; 0 where it was in time."""
    return ibis.greatest(m.late_us.fill_null(m.age_us), 0)


due = partial(feature, table="milestones", on="due_on", where=delivery)

_THREE = {
    "due_on": ["2025-01-01", "2025-01-05", "2025-01-09"],
    "met_on": ["2025-01-01", "2025-01-07", None],
}


@due(
    code="D101",
    rests_on=("met_on",),
    window=(180, 365, None),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("逾期履约率", "Late delivery rate"),
    adverse=Text("逾期交付占比高于一般水平", "More of the deliveries were late than usual"),
    favourable=Text("没有或很少逾期交付", "Few or none of the deliveries were late"),
    example=Example(rows=_THREE, value=2 / 3),
    evidence=("deliveries",),
)
def late_delivery_rate(m: Any) -> Any:
    """Share of deliveries due in the window that were met late or not at all."""
    return late(m).mean()


@due(
    code="D102",
    rests_on=("met_on",),
    window=(730,),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("严重逾期率", "Seriously late deliveries"),
    adverse=Text("逾期超过30天的交付占比高于一般水平", "More deliveries than usual were over 30 days late"),
    favourable=Text("没有或很少逾期超过30天的交付", "Few or no deliveries were over 30 days late"),
    example=Example(
        rows={
            "due_on": ["2025-01-01", "2025-01-05", "2025-01-09", "2025-06-20"],
            "met_on": ["2025-01-30", "2025-02-20", None, None],
        },
        value=0.5,
    ),
)
def seriously_late_rate(m: Any) -> Any:
    """Share of deliveries due in the window that came, or are now, more than 30 days late."""
    return (delay_us(m) > 30 * DAY_US).mean()


@due(
    code="D103",
    rests_on=("met_on",),
    window=(180, None),
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("平均逾期天数", "Average delay"),
    adverse=Text("平均逾期天数多于一般水平", "The average delivery was later than usual"),
    favourable=Text("平均逾期天数不多于一般水平", "The average delivery was no later than usual"),
    example=Example(rows={"due_on": ["2025-01-01", "2025-01-05"], "met_on": ["2024-12-20", "2025-01-11"]}, value=3),
)
def average_delay(m: Any) -> Any:
    """Average days behind the due date; early counts as 0, undelivered as its delay so far."""
    return in_days(delay_us(m).mean())


@due(
    code="D104",
    rests_on=("met_on",),
    window=(365,),
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("最长逾期天数", "Worst delay"),
    adverse=Text("最长一次逾期的天数多于一般水平", "The worst delay was longer than usual"),
    favourable=Text("最长一次逾期的天数不多于一般水平", "The worst delay was no longer than usual"),
    example=Example(rows={"due_on": ["2025-01-01", "2025-01-05"], "met_on": ["2025-01-04", "2025-01-25"]}, value=20),
)
def worst_delay(m: Any) -> Any:
    """Days that the latest of the deliveries due in the window was, or is now, behind."""
    return in_days(delay_us(m).max())


@due(
    code="D105",
    rests_on=("met_on",),
    window=(OWN,),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("近期加权逾期率", "Late delivery rate, newest counting most"),
    adverse=Text("近期逾期交付偏多", "More of the recent deliveries were late than usual"),
    favourable=Text("近期没有或很少逾期交付", "Few or none of the recent deliveries were late"),
    example=Example(
        # Ages of 0 and 180 days: weights 1 and 1/2.
        rows={"due_on": ["2025-06-30", "2025-01-01"], "met_on": [None, "2025-01-01"]},
        value=2 / 3,
    ),
)
def late_delivery_rate_decayed(m: Any) -> Any:
    """Share of late deliveries, each delivery counting half for every 180 days since it was due."""
    return decayed_share(m, late(m), half_life_days=180)


@due(
    code="D106",
    rests_on=("met_on",),
    window=(365,),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("逾期未交付数", "Overdue deliveries"),
    adverse=Text("已到期仍未交付的多于一般水平", "More deliveries than usual are overdue now"),
    favourable=Text("没有或很少到期未交付", "Few or no deliveries are overdue now"),
    example=Example(rows={**_THREE, "due_on": ["2025-01-01", "2025-01-05", "2025-06-09"]}, value=1),
)
def overdue_deliveries(m: Any) -> Any:
    """Deliveries due in the window and still not made, of contracts that have not ended."""
    return m.count(where=m.done_on.isnull())


@due(
    code="D107",
    rests_on=("met_on",),
    window=(365,),
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("未交付逾期天数", "Days overdue"),
    adverse=Text("未交付项的逾期时间长于一般水平", "Open deliveries are overdue for longer than usual"),
    favourable=Text("没有长期逾期未交付", "Nothing is overdue, or no longer than usual"),
    example=Example(rows={"due_on": ["2025-06-20", "2025-06-28"], "met_on": [None, None]}, value=10),
)
def overdue_days(m: Any) -> Any:
    """Days that the oldest delivery still open, of a contract that has not ended, is overdue; 0 where none is."""
    return in_days(m.age_us.max(where=m.done_on.isnull()).fill_null(0))


@due(
    code="D108",
    rests_on=("met_on",),
    window=(OWN,),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("逾期趋势", "Trend of lateness"),
    adverse=Text("与此前一年相比,近半年逾期变多", "Lateness has grown more than usual over the last half-year"),
    favourable=Text(
        "与此前一年相比,近半年逾期未变多", "Lateness has not grown more than usual over the last half-year"
    ),
    example=Example(
        rows={
            "due_on": ["2025-05-01", "2025-05-02", "2024-09-01", "2024-10-01"],
            "met_on": ["2025-05-01", "2025-05-20", "2024-09-01", "2024-09-30"],
        },
        value=0.5,
    ),
)
def late_delivery_trend(m: Any) -> Any:
    """Late delivery rate of the last 180 days minus that of the 360 days before; unknown where either has none."""
    recent, before = within(m, 0, 180), within(m, 180, 540)
    return late(m).mean(where=recent) - late(m).mean(where=before)


@due(
    code="D109",
    rests_on=("met_on",),
    window=(365,),
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("提前交付率", "Early delivery rate"),
    adverse=Text("提前交付的占比低于一般水平", "Fewer deliveries than usual were early"),
    favourable=Text("提前交付的占比不低于一般水平", "At least the usual share of deliveries was early"),
    example=Example(rows={**_THREE, "met_on": ["2024-12-28", "2025-01-04", None]}, value=1 / 3),
)
def early_delivery_rate(m: Any) -> Any:
    """Share of deliveries due in the window that were made more than a day ahead."""
    return (m.met_on.notnull() & (m.late_us < -DAY_US)).fill_null(False).mean()


@due(
    code="D110",
    window=(180, 365, None),
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("应交付数", "Deliveries due"),
    example=Example(rows=_THREE, value=3),
)
def deliveries(m: Any) -> Any:
    """Deliveries that fell due in the window."""
    return m.count()


@due(
    code="D111",
    rests_on=("met_on",),
    window=(730,),
    by="contract_id",
    over=lambda behind, due: ratio((behind > 0).sum(), (due > 0).sum()),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("失约合同占比", "Contracts failed on delivery"),
    adverse=Text(
        "交付逾期超过90天的合同占比高于一般水平", "More contracts than usual had a delivery over 90 days late"
    ),
    favourable=Text("没有或很少合同交付逾期超过90天", "Few or no contracts had a delivery over 90 days late"),
    example=Example(
        rows={
            "contract_id": ["C1", "C1", "C2"],
            "due_on": ["2024-12-01", "2025-01-01", "2025-02-01"],
            "met_on": ["2024-12-01", "2025-06-01", "2025-02-01"],
        },
        value=0.5,
    ),
)
def failed_contract_rate(m: Any) -> dict[str, Any]:
    """Share of contracts with deliveries due in the window of which one came, or is now, over 90 days late."""
    return {"behind": m.count(where=delay_us(m) > 90 * DAY_US), "due": m.count()}


DELIVERY: tuple[Feature, ...] = all_declared(
    __name__,
    late_delivery_rate,
    seriously_late_rate,
    average_delay,
    worst_delay,
    late_delivery_rate_decayed,
    overdue_deliveries,
    overdue_days,
    late_delivery_trend,
    early_delivery_rate,
    deliveries,
    failed_contract_rate,
)
