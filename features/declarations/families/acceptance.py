"""A: the results of acceptance by buyers. The time that buyers took never counts against the supplier."""

from functools import partial
from typing import Any

from features.declarations.families.weight import decayed_share
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature


def judged(m: Any) -> Any:
    """Acceptances whose result is known."""
    return (m.kind == "acceptance") & m.result.notnull()


accepted = partial(feature, table="milestones", on="met_on", where=judged)

_FOUR = {
    "kind": "acceptance",
    "met_on": ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"],
    "result": ["passed", "failed", "partial", "passed"],
}


@accepted(
    code="A101",
    window=(365, 730),
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("验收次数", "Acceptances"),
    example=Example(rows=_FOUR, value=4),
)
def acceptances(m: Any) -> Any:
    """Acceptances with a result in the window."""
    return m.count()


@accepted(
    code="A102",
    window=(730, None),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("验收未通过率", "Unclean acceptances"),
    adverse=Text("验收不合格或仅部分合格的占比高于一般水平", "More acceptances than usual were failed or partial"),
    favourable=Text("验收基本全部通过", "Few or no acceptances were failed or partial"),
    example=Example(rows=_FOUR, value=0.5),
    evidence=("acceptances",),
)
def acceptance_failure_rate(m: Any) -> Any:
    """Share of acceptances in the window that the work failed, or passed only in part."""
    return (m.result != "passed").mean()


@accepted(
    code="A103",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("验收不合格率", "Rejected work"),
    adverse=Text("验收不合格的占比高于一般水平", "More of the work than usual was rejected"),
    favourable=Text("没有或很少验收不合格", "Little or none of the work was rejected"),
    example=Example(rows=_FOUR, value=0.25),
)
def rejection_rate(m: Any) -> Any:
    """Share of all acceptances that the work failed altogether."""
    return (m.result == "failed").mean()


@accepted(
    code="A104",
    window=(180,),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("近期验收未通过数", "Recent failed acceptances"),
    adverse=Text("近半年验收未完全通过的次数多于一般水平", "More recent acceptances than usual were failed or partial"),
    favourable=Text("近半年验收基本全部通过", "Few or no recent acceptances were failed or partial"),
    example=Example(rows=_FOUR, value=2),
)
def acceptance_failures(m: Any) -> Any:
    """Acceptances in the window that were failed, or passed only in part."""
    return m.count(where=m.result != "passed")


@accepted(
    code="A105",
    window=(OWN,),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("近期加权验收未通过率", "Failed acceptances, newest counting most"),
    adverse=Text("近期验收未完全通过的占比高于一般水平", "More of the recent acceptances than usual were not clean"),
    favourable=Text("近期验收基本全部通过", "Few or none of the recent acceptances were not clean"),
    example=Example(
        # Ages of 0 and 365 days: weights 1 and 1/2.
        rows={"kind": "acceptance", "met_on": ["2025-06-30", "2024-06-30"], "result": ["passed", "failed"]},
        value=1 / 3,
    ),
)
def acceptance_failure_rate_decayed(m: Any) -> Any:
    """Share of acceptances failed or partial, each counting half for every 365 days of its age."""
    return decayed_share(m, m.result != "passed", half_life_days=365)


ACCEPTANCE: tuple[Feature, ...] = all_declared(
    __name__,
    acceptances,
    acceptance_failure_rate,
    rejection_rate,
    acceptance_failures,
    acceptance_failure_rate_decayed,
)
