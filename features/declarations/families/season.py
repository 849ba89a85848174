"""T, second part: the distribution of turnover over a year, and the usual turnover of the coming season."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import ratio, real, within
from features.declarations.families.trading import not_cancelled
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature

contract = partial(feature, table="contracts", on="signed_on", where=not_cancelled)


def signed(m: Any, newest: int, oldest: int) -> Any:
    """Value of the contracts signed `newest` to `oldest` days ago."""
    return real(m.value.sum(where=within(m, newest, oldest)).fill_null(0))


@contract(
    code="T116",
    window=(OWN,),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("最旺季度占比", "Busiest quarter's share"),
    adverse=Text(
        "近一年合同额集中于单个季度的程度高于一般水平", "More of the year's turnover than usual fell in one quarter"
    ),
    favourable=Text(
        "近一年合同额在各季度间的分布不比一般集中",
        "The year's turnover is spread over the quarters as usual, or better",
    ),
    example=Example(
        rows={
            "signed_on": ["2025-06-20", "2025-03-01", "2025-02-01", "2024-10-01"],
            "amount": ["10.00", "20.00", "30.00", "40.00"],
        },
        value=0.5,
    ),
)
def busiest_quarter_share(m: Any) -> Any:
    """The largest share that one of the last four spans of 90 days has in the turnover of all four."""
    quarters = [signed(m, newest, newest + 90) for newest in (0, 90, 180, 270)]
    return ratio(ibis.greatest(*quarters), quarters[0] + quarters[1] + quarters[2] + quarters[3])


@contract(
    code="T117",
    window=(OWN,),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("来季往年占比", "Season ahead"),
    example=Example(
        rows={
            "signed_on": ["2025-06-01", "2025-02-01", "2024-08-01", "2023-08-01"],
            "amount": ["10.00", "20.00", "30.00", "40.00"],
        },
        value=0.7,
    ),
)
def season_ahead_share(m: Any) -> Any:
    """Share of the last two years' turnover signed in the 90 days after this day of the year; 0.25 without seasons."""
    return ratio(signed(m, 275, 365) + signed(m, 640, 730), signed(m, 0, 730))


SEASON: tuple[Feature, ...] = all_declared(
    __name__,
    busiest_quarter_share,
    season_ahead_share,
)
