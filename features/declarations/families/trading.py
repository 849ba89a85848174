"""T: sales to government: amount, regularity, and contracts in hand."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import days, exact_std, exact_sum, in_days, ratio, real, within
from features.declarations.families.weight import decay
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature


def not_cancelled(m: Any) -> Any:
    """Contracts that are not known to have been cancelled."""
    return m.end_state.fill_null("") != "cancelled"


contract = partial(feature, table="contracts", on="signed_on", where=not_cancelled)


@contract(
    code="T101",
    window=(90, 365),
    unit=Unit.COUNT,
    risk=Risk.FALLS,
    label=Text("签约数", "Contracts"),
    adverse=Text("近期签订的政府采购合同少于一般水平", "Fewer government contracts were signed than usual"),
    favourable=Text("近期签订的政府采购合同不少于一般水平", "At least the usual number of contracts was signed"),
    example=Example(
        rows={
            "signed_on": ["2024-06-01", "2024-09-01", "2025-02-01", "2025-05-01"],
            "end_state": [None, None, None, "cancelled"],
            "ended_on": [None, None, None, "2025-05-10"],
        },
        value=2,
    ),
)
def contracts(m: Any) -> Any:
    """Contracts and orders signed in the window, the cancelled ones left out."""
    return m.count()


@contract(
    code="T102",
    window=(180, 365),
    unit=Unit.MONEY,
    risk=Risk.FALLS,
    label=Text("合同额", "Contract turnover"),
    adverse=Text("近期政府采购合同额低于一般水平", "The value of contracts signed is below usual"),
    favourable=Text("近期政府采购合同额不低于一般水平", "The value of contracts signed is usual or higher"),
    example=Example(
        rows={"signed_on": ["2024-08-01", "2025-02-01", "2023-02-01"], "amount": ["1000.50", "2000.25", "9000.00"]},
        value=3000.75,
    ),
)
def turnover(m: Any) -> Any:
    """Value of the contracts signed in the window, in the reporting currency, the cancelled ones left out."""
    return m.value.sum().fill_null(0)


@contract(
    code="T103",
    unit=Unit.MONEY,
    risk=Risk.FALLS,
    label=Text("最大合同", "Largest contract"),
    adverse=Text("承接过的最大合同小于一般水平", "The largest contract ever won is smaller than usual"),
    favourable=Text("承接过的最大合同不小于一般水平", "The largest contract ever won is of usual size or larger"),
    example=Example(
        rows={"signed_on": ["2024-08-01", "2025-02-01", "2020-02-01"], "amount": ["100.00", "200.00", "900.00"]},
        value=900,
    ),
)
def largest_contract(m: Any) -> Any:
    """Value of the largest contract ever signed; unknown where no value is known."""
    return m.value.max()


@contract(
    code="T104",
    unit=Unit.MONEY,
    risk=Risk.UNSIGNED,
    label=Text("平均合同额", "Average contract"),
    example=Example(
        rows={"signed_on": ["2024-08-01", "2025-02-01", "2020-02-01"], "amount": ["100.00", "200.00", "900.00"]},
        value=400,
    ),
)
def average_contract(m: Any) -> Any:
    """Average value of all contracts ever signed."""
    return ratio(m.value.sum(), m.value.count())


@contract(
    code="T105",
    window=(730,),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("合同额离散度", "Spread of contract size"),
    example=Example(
        rows={"signed_on": ["2024-08-01", "2024-09-01", "2025-02-01"], "amount": ["100.00", "200.00", "300.00"]},
        value=0.5,
    ),
)
def contract_size_spread(m: Any) -> Any:
    """Standard deviation of contract values over their average; unknown below two contracts."""
    spread = ratio(exact_std(m.value), ratio(m.value.sum(), m.value.count()))
    return ibis.ifelse(m.value.count() > 1, spread, ibis.null("float64"))


@contract(
    code="T106",
    window=(OWN,),
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("合同额趋势", "Turnover trend"),
    adverse=Text("近一年合同额相对上一年弱于一般水平", "Turnover against the year before is weaker than usual"),
    favourable=Text("近一年合同额相对上一年不弱于一般水平", "Turnover against the year before is usual or better"),
    example=Example(
        rows={"signed_on": ["2023-12-01", "2024-01-01", "2025-02-01"], "amount": ["100.00", "100.00", "300.00"]},
        value=0.2,
    ),
)
def turnover_trend(m: Any) -> Any:
    """Turnover of the last 365 days minus that of the 365 before, over both: −1 where it stopped, 1 where it began."""
    newest = real(m.value.sum(where=within(m, 0, 365)).fill_null(0))
    before = real(m.value.sum(where=within(m, 365, 730)).fill_null(0))
    return ratio(newest - before, newest + before)


@contract(
    code="T107",
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("距最近签约天数", "Days since the last contract"),
    adverse=Text("距最近一次签约的时间长于一般水平", "More time than usual has passed since the last contract"),
    favourable=Text("最近一次签约距今不久", "The last contract was signed as recently as usual, or more so"),
    example=Example(rows={"signed_on": ["2024-08-01", "2025-06-20"]}, value=10),
)
def days_since_last_contract(m: Any) -> Any:
    """Days since the latest contract was signed."""
    return in_days(m.age_us.min())


@contract(
    code="T108",
    window=(730,),
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("签约间隔", "Gap between contracts"),
    adverse=Text("两次签约的间隔长于一般水平", "Contracts follow each other more slowly than usual"),
    favourable=Text("两次签约的间隔不长于一般水平", "Contracts follow each other at the usual pace or faster"),
    example=Example(rows={"signed_on": ["2025-01-01", "2025-01-11", "2025-01-31", "2025-06-20"]}, value=20),
)
def contract_gap(m: Any) -> Any:
    """Median number of days between a contract and the supplier's one before it; unknown below two contracts."""
    return in_days(real(m.gap_us).quantile(0.5))


@contract(
    code="T109",
    window=(OWN,),
    unit=Unit.COUNT,
    risk=Risk.FALLS,
    label=Text("活跃季度数", "Active quarters"),
    adverse=Text("近一年有签约的季度少于一般水平", "Contracts were signed in fewer quarters than usual"),
    favourable=Text(
        "近一年签约的连续性不低于一般水平", "Contracts were signed in at least the usual number of quarters"
    ),
    example=Example(rows={"signed_on": ["2024-08-01", "2025-02-01", "2025-03-15", "2025-06-20"]}, value=3),
)
def active_quarters(m: Any) -> Any:
    """Of the last four spans of 90 days, those in which a contract was signed."""
    counts = [m.count(where=within(m, newest, newest + 90)) for newest in (0, 90, 180, 270)]
    active = [ibis.ifelse(n > 0, 1, 0).cast("int64") for n in counts]
    return active[0] + active[1] + active[2] + active[3]


@contract(
    code="T110",
    window=(OWN,),
    unit=Unit.MONEY,
    risk=Risk.FALLS,
    label=Text("衰减合同额", "Recent-weighted turnover"),
    adverse=Text("按时间衰减的合同额低于一般水平", "Turnover, newest counting most, is below usual"),
    favourable=Text("按时间衰减的合同额不低于一般水平", "Turnover, newest counting most, is usual or higher"),
    example=Example(rows={"signed_on": ["2025-06-30", "2025-01-01"], "amount": ["1000.00", "400.00"]}, value=1200),
)
def turnover_decayed(m: Any) -> Any:
    """Value of all contracts, each halved for every 180 days of its age."""
    return exact_sum(real(m.value) * decay(m, half_life_days=180), scale=2).fill_null(0.0)


@feature(
    code="T111",
    rests_on=("ends_on",),
    table="contracts",
    on="signed_on",
    where=lambda m: m.ended_on.isnull() & (m.ends_on >= m.as_of),
    unit=Unit.MONEY,
    risk=Risk.UNSIGNED,
    label=Text("在手合同额", "Work in hand"),
    example=Example(
        rows={
            "signed_on": ["2025-01-01", "2025-02-01", "2025-03-01"],
            "ends_on": ["2025-12-31", "2025-12-31", "2025-03-31"],
            "ended_on": ["2025-05-01", None, None],
            "end_state": ["completed", None, None],
            "amount": ["100.00", "200.00", "400.00"],
        },
        value=200,
    ),
)
def running_value(m: Any) -> Any:
    """Value of the contracts that have neither ended nor reached their planned end."""
    return m.value.sum().fill_null(0)


@contract(
    code="T112",
    rests_on=("ends_on",),
    window=(OWN,),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("在手合同与年合同额之比", "Work in hand to turnover"),
    example=Example(
        rows={
            "signed_on": ["2025-01-01", "2025-02-01"],
            "ends_on": ["2025-12-31", "2025-03-31"],
            "amount": ["100.00", "300.00"],
        },
        value=0.25,
    ),
)
def backlog_to_turnover(m: Any) -> Any:
    """Value of running contracts over the value signed in the last 365 days."""
    running = m.ended_on.isnull() & (m.ends_on >= m.as_of)
    return ratio(m.value.sum(where=running).fill_null(0), m.value.sum(where=within(m, 0, 365)))


@contract(
    code="T113",
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("联合体占比", "Joint awards"),
    example=Example(rows={"signed_on": ["2024-08-01", "2025-02-01"], "members": [2, None]}, value=1 / 2),
)
def joint_award_share(m: Any) -> Any:
    """Share of contracts won together with other firms; a contract without a number of members has one."""
    return (m.members.fill_null(1) > 1).mean()


@contract(
    code="T114",
    unit=Unit.DAYS,
    risk=Risk.UNSIGNED,
    label=Text("平均合同期限", "Average contract term"),
    example=Example(
        rows={"signed_on": ["2025-01-01", "2025-02-01"], "ends_on": ["2025-01-31", "2025-03-13"]}, value=35
    ),
)
def average_term(m: Any) -> Any:
    """Average number of days from signing to the planned end."""
    return in_days(days(m.ends_on, m.signed_on).mean())


@contract(
    code="T115",
    window=(730,),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("非公开采购占比", "Direct awards"),
    example=Example(
        rows={"signed_on": ["2024-08-01", "2025-02-01", "2025-03-01"], "method": ["open", "direct", "limited"]},
        value=2 / 3,
    ),
)
def direct_award_share(m: Any) -> Any:
    """Share of contracts awarded directly or after a limited procedure, among those whose method is known."""
    return m.method.isin(["direct", "limited"]).mean()


TRADING: tuple[Feature, ...] = all_declared(
    __name__,
    contracts,
    turnover,
    largest_contract,
    average_contract,
    contract_size_spread,
    turnover_trend,
    days_since_last_contract,
    contract_gap,
    active_quarters,
    turnover_decayed,
    running_value,
    backlog_to_turnover,
    joint_award_share,
    average_term,
    direct_award_share,
)
