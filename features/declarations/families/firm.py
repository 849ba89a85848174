"""F: the firm's own data in the register."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import days, in_days
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

firm = partial(feature, table="suppliers")
event = partial(feature, table="firm_events", on="occurred_at")


@firm(
    code="F101",
    unit=Unit.DAYS,
    risk=Risk.FALLS,
    label=Text("企业年龄", "Age of the firm"),
    adverse=Text("成立时间短于一般水平", "The firm is younger than usual"),
    favourable=Text("成立时间不短于一般水平", "The firm is of usual age or older"),
    example=Example(rows={"founded_on": ["2024-06-30"]}, value=365),
)
def firm_age(m: Any) -> Any:
    """Days since the firm was founded."""
    return in_days(days(m.as_of, m.founded_on).max())


@firm(
    code="F102",
    unit=Unit.MONEY,
    risk=Risk.FALLS,
    label=Text("注册资本", "Registered capital"),
    adverse=Text("注册资本低于一般水平", "The registered capital is below usual"),
    favourable=Text("注册资本不低于一般水平", "The registered capital is usual or higher"),
    example=Example(rows={"registered_capital": ["500000.00"]}, value=500000),
)
def registered_capital(m: Any) -> Any:
    """Registered capital in the reporting currency."""
    return m.value.max()


@firm(
    code="F103",
    unit=Unit.FLAG,
    risk=Risk.RISES,
    label=Text("微型企业", "Micro firm"),
    adverse=Text("属于微型企业", "The firm is a micro enterprise"),
    favourable=Text("不是微型企业", "The firm is larger than a micro enterprise"),
    example=Example(rows={"size_class": ["micro"]}, value=1),
)
def micro_firm(m: Any) -> Any:
    """1 where the firm is of size class `micro`, 0 where it is of another, unknown where none is stated."""
    return (m.size_class == "micro").cast("int64").max()


@firm(
    code="F104",
    unit=Unit.FLAG,
    risk=Risk.FALLS,
    label=Text("中型及以上企业", "Medium or large firm"),
    adverse=Text("规模小于中型企业", "The firm is smaller than a medium enterprise"),
    favourable=Text("属于中型或大型企业", "The firm is a medium or large enterprise"),
    example=Example(rows={"size_class": ["medium"]}, value=1),
)
def medium_or_large_firm(m: Any) -> Any:
    """1 where the firm is of size class `medium` or `large`, 0 where it is smaller, unknown where none is stated."""
    return m.size_class.isin(["medium", "large"]).cast("int64").max()


@firm(
    code="F105",
    unit=Unit.FLAG,
    risk=Risk.UNSIGNED,
    label=Text("个体工商户", "Sole trader"),
    example=Example(rows={"kind": ["sole_trader"]}, value=1),
)
def sole_trader(m: Any) -> Any:
    """1 where the supplier is a sole trader, 0 where it is another kind of supplier."""
    return (m.kind == "sole_trader").cast("int64").max()


@event(
    code="F201",
    window=(365,),
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("登记变动数", "Registry events"),
    example=Example(rows={"occurred_at": ["2025-01-01", "2025-02-01", "2020-02-01"], "type_code": "hiring"}, value=2),
)
def registry_events(m: Any) -> Any:
    """Registry changes, branches, licences, patents, hirings and the like in the window."""
    return m.count()


@event(
    code="F202",
    window=(730,),
    by="type_code",
    over=lambda seen: seen.count(),
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("登记变动种类", "Kinds of registry events"),
    example=Example(
        rows={
            "occurred_at": ["2025-01-01", "2025-02-01", "2025-03-01"],
            "type_code": ["hiring", "branch_opened", "hiring"],
        },
        value=2,
    ),
)
def registry_event_kinds(m: Any) -> dict[str, Any]:
    """Different kinds of registry events in the window."""
    return {"seen": m.count()}


@event(
    code="F203",
    unit=Unit.DAYS,
    risk=Risk.UNSIGNED,
    label=Text("距最近登记变动天数", "Days since the last registry event"),
    example=Example(rows={"occurred_at": ["2025-01-01", "2025-06-20"], "type_code": "hiring"}, value=10),
)
def days_since_registry_event(m: Any) -> Any:
    """Days since the latest registry event."""
    return in_days(m.age_us.min())


@event(
    code="F204",
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("有效资质及许可数", "Licences in force"),
    example=Example(
        rows={
            "occurred_at": ["2024-01-01", "2024-02-01", "2025-03-01"],
            "ends_on": ["2026-01-01", "2025-02-01", None],
            "type_code": ["licence_granted", "licence_granted", "hiring"],
        },
        value=1,
    ),
)
def licences_in_force(m: Any) -> Any:
    """Licences and other registry entries granted until a day that has not passed yet."""
    return m.count(where=m.ends_on >= m.as_of)


@event(
    code="F205",
    window=(365,),
    where=lambda m: m.event_kind == "representative_change",
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("法定代表人变更数", "Changes of the legal representative"),
    example=Example(
        rows={
            "occurred_at": ["2025-01-01", "2025-02-01", "2024-02-01"],
            "type_code": ["legal_representative_change", "hiring", "legal_representative_change"],
        },
        value=1,
    ),
)
def representative_changes(m: Any) -> Any:
    """Changes of the legal representative in the window, by the catalogue of registry events."""
    return m.count()


@event(
    code="F206",
    window=(365,),
    where=lambda m: m.event_kind == "address_change",
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("住所变更数", "Changes of address"),
    example=Example(rows={"occurred_at": ["2025-01-01", "2025-02-01"], "type_code": "address_change"}, value=2),
)
def address_changes(m: Any) -> Any:
    """Changes of the registered address in the window, by the catalogue of registry events."""
    return m.count()


@event(
    code="F207",
    unit=Unit.FLAG,
    risk=Risk.RISES,
    label=Text("列入经营异常名录", "In the list of abnormal operations"),
    adverse=Text("目前列入经营异常名录", "The firm is in the list of abnormal operations"),
    favourable=Text("目前未列入经营异常名录", "The firm is not in the list of abnormal operations"),
    example=Example(
        rows={
            "occurred_at": ["2024-01-01", "2024-06-01", "2025-02-01"],
            "type_code": [
                "abnormal_operations_listed",
                "abnormal_operations_removed",
                "abnormal_operations_listed",
            ],
        },
        value=1,
    ),
)
def in_abnormal_list(m: Any) -> Any:
    """1 where the latest entry in the list of abnormal operations is neither over nor followed by a removal, else 0."""
    in_force = (m.event_kind == "abnormal_listed") & (m.ends_on.isnull() | (m.ends_on >= m.as_of))
    listed_us = m.age_us.min(where=in_force)
    removed_us = m.age_us.min(where=m.event_kind == "abnormal_removed")
    return ibis.ifelse(listed_us.notnull() & (removed_us.isnull() | (listed_us < removed_us)), 1, 0).cast("int64")


@event(
    code="F208",
    window=(730,),
    where=lambda m: m.event_kind == "abnormal_listed",
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("列入经营异常名录次数", "Entries in the list of abnormal operations"),
    adverse=Text("列入经营异常名录的次数多于一般水平", "More entries than usual in the list of abnormal operations"),
    favourable=Text("没有或很少列入经营异常名录", "Few or no entries in the list of abnormal operations"),
    example=Example(
        rows={
            "occurred_at": ["2024-01-01", "2024-06-01"],
            "type_code": ["abnormal_operations_listed", "abnormal_operations_removed"],
        },
        value=1,
    ),
)
def abnormal_listings(m: Any) -> Any:
    """Entries in the list of abnormal operations in the window, in force or not."""
    return m.count()


FIRM: tuple[Feature, ...] = all_declared(
    __name__,
    firm_age,
    registered_capital,
    micro_firm,
    medium_or_large_firm,
    sole_trader,
    registry_events,
    registry_event_kinds,
    days_since_registry_event,
    licences_in_force,
    representative_changes,
    address_changes,
    in_abnormal_list,
    abnormal_listings,
)
