"""B: how a supplier competes for contracts."""

from functools import partial
from typing import Any

from features.declarations.exact import in_days, ratio, within
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature

bid = partial(feature, table="bids", on="occurred_at")

_FOUR = {
    "occurred_at": ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"],
    "result": ["won", "lost", "disqualified", "lost"],
}
_TWO_TENDERS = {
    "tenders": {
        "tender_id": ["T1", "T2"],
        "published_on": ["2024-12-01", "2024-12-01"],
        "estimate": ["100.00", "300.00"],
    }
}


def decided(m: Any) -> Any:
    """Bids whose result is known."""
    return m.result.notnull()


@bid(
    code="B101",
    window=(365, 730),
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("投标数", "Bids"),
    example=Example(rows=_FOUR, value=4),
)
def bids(m: Any) -> Any:
    """Bids made in the window."""
    return m.count()


@bid(
    code="B102",
    where=decided,
    window=(365, 730),
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("中标率", "Win rate"),
    adverse=Text("中标率低于一般水平", "Fewer bids than usual were won"),
    favourable=Text("中标率不低于一般水平", "At least the usual share of bids was won"),
    example=Example(rows=_FOUR, value=0.25),
    evidence=("bids",),
)
def win_rate(m: Any) -> Any:
    """Share of decided bids made in the window that were won."""
    return (m.result == "won").mean()


@bid(
    code="B103",
    window=(730,),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("单一投标占比", "Single bids"),
    example=Example(rows={**_FOUR, "bidders": [1, 3, 4, None]}, value=1 / 3),
)
def single_bid_share(m: Any) -> Any:
    """Share of bids made in the window where nobody else bid, among those whose number of bidders is known."""
    return (m.bidders == 1).mean()


@bid(
    code="B104",
    where=decided,
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("废标率", "Disqualified bids"),
    adverse=Text("投标被否决的占比高于一般水平", "More bids than usual were disqualified"),
    favourable=Text("没有或很少投标被否决", "Few or no bids were disqualified"),
    example=Example(rows=_FOUR, value=0.25),
)
def disqualified_rate(m: Any) -> Any:
    """Share of all decided bids that were disqualified."""
    return (m.result == "disqualified").mean()


@bid(
    code="B105",
    where=lambda m: m.value.notnull() & m.tender_estimate.notnull(),
    window=(730,),
    by="tender_id",
    over=lambda offered, estimate: 1.0 - ratio(offered.sum(), estimate.sum()),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("报价折扣", "Discount to the estimate"),
    example=Example(
        rows={
            "tender_id": ["T1", "T2", "T2"],
            "occurred_at": ["2025-01-01", "2025-02-01", "2025-02-01"],
            "result": ["won", "lost", "won"],
            "amount": ["90.00", "130.00", "100.00"],
        },
        others=_TWO_TENDERS,
        value=0.2,
    ),
)
def bid_discount(m: Any) -> dict[str, Any]:
    """How far the sum bid in the window lay below the sum of the estimates; a tender with several lots counts once."""
    return {"offered": m.value.sum(), "estimate": m.tender_estimate.max()}


@bid(
    code="B106",
    where=lambda m: (m.result == "won") & m.value.notnull() & m.tender_estimate.notnull(),
    window=(730,),
    by="tender_id",
    over=lambda offered, estimate: (offered * 10 < estimate * 8).mean(),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("低价中标占比", "Deep discounts"),
    adverse=Text(
        "以低于预算八成的价格中标的占比高于一般水平", "More wins than usual were priced under 80 % of the estimate"
    ),
    favourable=Text("没有或很少以低于预算八成的价格中标", "Few or no wins were priced under 80 % of the estimate"),
    example=Example(
        rows={
            "tender_id": ["T1", "T2", "T2"],
            "occurred_at": ["2025-01-01", "2025-02-01", "2025-02-01"],
            "result": ["won", "won", "won"],
            "amount": ["90.00", "130.00", "100.00"],
        },
        others=_TWO_TENDERS,
        value=0.5,
    ),
)
def deep_discount_share(m: Any) -> dict[str, Any]:
    """Share of the tenders bid for in the window and won that were priced below 80 % of the estimate."""
    return {"offered": m.value.sum(), "estimate": m.tender_estimate.max()}


@bid(
    code="B107",
    window=(730,),
    unit=Unit.NUMBER,
    risk=Risk.UNSIGNED,
    label=Text("平均投标人数", "Average number of bidders"),
    example=Example(rows={**_FOUR, "bidders": [1, 3, 5, None]}, value=3),
)
def average_bidders(m: Any) -> Any:
    """Average number of bidders where the supplier bid in the window."""
    return m.bidders.mean()


@bid(
    code="B108",
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("距最近投标天数", "Days since the last bid"),
    adverse=Text("距最近一次投标的时间长于一般水平", "More time than usual has passed since the last bid"),
    favourable=Text("最近一次投标距今不久", "The last bid was made as recently as usual, or more so"),
    example=Example(rows={"occurred_at": ["2025-01-01", "2025-06-20"]}, value=10),
)
def days_since_last_bid(m: Any) -> Any:
    """Days since the latest bid."""
    return in_days(m.age_us.min())


@bid(
    code="B109",
    where=decided,
    window=(OWN,),
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("中标率趋势", "Trend of the win rate"),
    adverse=Text("中标率相对上一年弱于一般水平", "The win rate against the year before is weaker than usual"),
    favourable=Text("中标率相对上一年不弱于一般水平", "The win rate against the year before is usual or better"),
    example=Example(
        rows={
            "occurred_at": ["2024-01-01", "2024-02-01", "2025-01-01", "2025-02-01"],
            "result": ["won", "lost", "won", "won"],
        },
        value=0.5,
    ),
)
def win_rate_trend(m: Any) -> Any:
    """Win rate of the last 365 days minus that of the 365 before; unknown where either has no decided bid."""
    won = m.result == "won"
    return won.mean(where=within(m, 0, 365)) - won.mean(where=within(m, 365, 730))


BIDDING: tuple[Feature, ...] = all_declared(
    __name__,
    bids,
    win_rate,
    single_bid_share,
    disqualified_rate,
    bid_discount,
    deep_discount_share,
    average_bidders,
    days_since_last_bid,
    win_rate_trend,
)
