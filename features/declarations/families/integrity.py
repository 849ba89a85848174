"""I: misconduct on the supplier's record, and disputes about its contracts."""

from functools import partial
from typing import Any

from features.declarations.exact import exact_sum, in_days, ratio, real
from features.declarations.families.weight import decay
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature

SEVERE = 4  # of 5


def active(m: Any) -> Any:
    """Entries that are neither expired nor repaired."""
    return m.repaired_on.isnull() & (m.expires_on.isnull() | (m.expires_on >= m.as_of))


def expired(m: Any) -> Any:
    """Entries whose time ran out before anything was repaired."""
    return m.repaired_on.isnull() & (m.expires_on < m.as_of)


misconduct = partial(feature, table="conduct", on="effective_on")

_FOUR = {
    "effective_on": ["2025-01-01", "2024-09-01", "2024-01-01", "2025-06-20"],
    "expires_on": ["2026-01-01", "2025-03-01", "2026-01-01", None],
    "repaired_on": [None, None, "2024-06-01", None],
    "severity": [2, 5, 3, 4],
}


@misconduct(
    code="I101",
    where=active,
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("有效失信记录数", "Misconduct in force"),
    adverse=Text("有效的失信记录多于一般水平", "More misconduct than usual is in force"),
    favourable=Text("没有或很少有效的失信记录", "Little or no misconduct is in force"),
    example=Example(rows=_FOUR, value=2),
)
def active_misconduct(m: Any) -> Any:
    """Misconduct entries neither expired nor repaired."""
    return m.count()


@misconduct(
    code="I102",
    where=active,
    unit=Unit.NUMBER,
    risk=Risk.RISES,
    label=Text("有效失信最高等级", "Worst misconduct in force"),
    adverse=Text("有效失信记录的最高等级高于一般水平", "The worst misconduct in force is graver than usual"),
    favourable=Text("有效失信记录的等级不高", "No misconduct graver than usual is in force"),
    example=Example(rows=_FOUR, value=4),
)
def worst_active_severity(m: Any) -> Any:
    """Highest severity (1 to 5) of the entries in force; 0 where none is, or none states its severity."""
    return m.severity.max().fill_null(0)


@misconduct(
    code="I103",
    window=(730,),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("严重失信记录数", "Severe misconduct"),
    adverse=Text("严重失信记录多于一般水平", "More severe misconduct than usual is on record"),
    favourable=Text("没有或很少严重失信记录", "Little or no severe misconduct is on record"),
    example=Example(rows=_FOUR, value=2),
)
def severe_misconduct(m: Any) -> Any:
    """Entries of severity 4 or 5 that took effect in the window, in force or not."""
    return m.count(where=m.severity >= SEVERE)


@misconduct(
    code="I104",
    window=(365, None),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("失信记录数", "Misconduct entries"),
    adverse=Text("失信记录多于一般水平", "More misconduct than usual is on record"),
    favourable=Text("没有或很少失信记录", "Little or no misconduct is on record"),
    example=Example(rows=_FOUR, value=4),
)
def misconduct_entries(m: Any) -> Any:
    """Misconduct entries that took effect in the window, in force or not."""
    return m.count()


@misconduct(
    code="I105",
    rests_on=("repaired_on",),
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("信用修复率", "Repaired misconduct"),
    adverse=Text("失信记录的修复率低于一般水平", "A smaller share of the misconduct than usual was repaired"),
    favourable=Text("失信记录的修复率不低于一般水平", "At least the usual share of the misconduct was repaired"),
    example=Example(rows=_FOUR, value=0.25),
)
def repaired_misconduct_rate(m: Any) -> Any:
    """Share of all misconduct entries that the supplier has repaired."""
    return ratio(m.repaired_on.count(), m.count())


@misconduct(
    code="I106",
    window=(OWN,),
    unit=Unit.NUMBER,
    risk=Risk.RISES,
    label=Text("近期加权失信程度", "Severity, newest counting most"),
    adverse=Text("按时间衰减的失信程度高于一般水平", "Misconduct, newest and gravest counting most, is above usual"),
    favourable=Text("按时间衰减的失信程度不高", "Misconduct, newest and gravest counting most, is no more than usual"),
    example=Example(
        # Ages of 0 and 365 days: weights 1 and 1/2.
        rows={"effective_on": ["2025-06-30", "2024-06-30"], "severity": [2, 3]},
        value=3.5,
    ),
)
def misconduct_decayed(m: Any) -> Any:
    """Sum of the severities of all entries, each halved for every 365 days of its age; unstated severity counts 1."""
    return exact_sum(real(m.severity.fill_null(1)) * decay(m, half_life_days=365)).fill_null(0.0)


@misconduct(
    code="I107",
    unit=Unit.DAYS,
    risk=Risk.FALLS,
    label=Text("距最近失信天数", "Days since the last misconduct"),
    adverse=Text("最近一次失信比一般更近", "The last misconduct is more recent than usual"),
    favourable=Text("距最近一次失信已有一段时间", "The last misconduct is at least as long ago as usual"),
    example=Example(rows=_FOUR, value=10),
)
def days_since_misconduct(m: Any) -> Any:
    """Days since the latest misconduct took effect."""
    return in_days(m.age_us.min())


@misconduct(
    code="I108",
    window=(730,),
    unit=Unit.MONEY,
    risk=Risk.RISES,
    label=Text("处罚金额", "Penalties"),
    adverse=Text("处罚金额高于一般水平", "Penalties add up to more than usual"),
    favourable=Text("没有或很少处罚金额", "Penalties add up to little or nothing"),
    example=Example(rows={**_FOUR, "amount": ["100.00", None, "50.50", None]}, value=150.5),
)
def penalties(m: Any) -> Any:
    """Sum of the amounts of misconduct entries that took effect in the window."""
    return m.amount.sum().fill_null(0)


@misconduct(
    code="I109",
    rests_on=("expires_on", "repaired_on"),
    where=expired,
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("过期未修复失信数", "Misconduct expired unrepaired"),
    adverse=Text("未经修复而过期的失信记录多于一般水平", "More misconduct than usual expired without being repaired"),
    favourable=Text("没有或很少未经修复而过期的失信记录", "Little or no misconduct expired without being repaired"),
    example=Example(rows=_FOUR, value=1),
)
def expired_misconduct(m: Any) -> Any:
    """Misconduct entries that have expired and were never repaired."""
    return m.count()


@misconduct(
    code="I110",
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("失信行为种类数", "Kinds of misconduct"),
    adverse=Text("失信行为的种类多于一般水平", "More kinds of misconduct than usual are on record"),
    favourable=Text("没有失信行为或种类很少", "No misconduct, or few kinds of it, are on record"),
    example=Example(rows={**_FOUR, "type_code": ["a", "b", "a", "c"]}, value=3),
)
def misconduct_kinds(m: Any) -> Any:
    """Different types among all misconduct entries, in force or not."""
    return m.type_code.nunique()


_DISPUTES = {"opened_on": ["2025-01-01", "2025-02-01", "2020-02-01"], "closed_on": [None, "2025-04-01", None]}


@feature(
    code="I201",
    rests_on=("closed_on",),
    table="disputes",
    on="opened_on",
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("未决争议数", "Open disputes"),
    adverse=Text("未决争议多于一般水平", "More disputes than usual are open"),
    favourable=Text("没有或很少未决争议", "Few or no disputes are open"),
    example=Example(rows=_DISPUTES, value=2),
)
def open_disputes(m: Any) -> Any:
    """Disputes opened and not closed yet."""
    return m.count(where=m.closed_on.isnull())


@feature(
    code="I202",
    table="disputes",
    on="opened_on",
    window=(730,),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("争议数", "Disputes"),
    adverse=Text("争议多于一般水平", "There were more disputes than usual"),
    favourable=Text("没有或很少争议", "There were few or no disputes"),
    example=Example(rows=_DISPUTES, value=2),
)
def disputes(m: Any) -> Any:
    """Disputes opened in the window, closed or not."""
    return m.count()


INTEGRITY: tuple[Feature, ...] = all_declared(
    __name__,
    active_misconduct,
    worst_active_severity,
    severe_misconduct,
    misconduct_entries,
    repaired_misconduct_rate,
    misconduct_decayed,
    days_since_misconduct,
    penalties,
    expired_misconduct,
    misconduct_kinds,
    open_disputes,
    disputes,
)
