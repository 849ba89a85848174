"""C: the distribution of a supplier's contracts over buyers, places and kinds of work."""

from functools import partial
from typing import Any

from features.declarations.exact import herfindahl, ratio
from features.declarations.families.churn import by_year, lost_share
from features.declarations.families.trading import not_cancelled
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature

contract = partial(feature, table="contracts", on="signed_on", where=not_cancelled)

_SPREAD = {
    "signed_on": ["2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"],
    "buyer_id": ["A", "A", "B", "C"],
    "amount": ["20.00", "30.00", "30.00", "20.00"],
}


@contract(
    code="C101",
    window=(365, None),
    by="buyer_id",
    over=lambda spent: herfindahl(spent),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("采购人集中度", "Buyer concentration"),
    adverse=Text("合同额集中于少数采购人", "Turnover depends on fewer buyers than usual"),
    favourable=Text("合同额在采购人间的分布不比一般集中", "Turnover is spread over buyers as usual, or more widely"),
    example=Example(rows=_SPREAD, value=0.38),
    evidence=("buyers",),
)
def buyer_concentration(m: Any) -> dict[str, Any]:
    """Herfindahl index of contract value over buyers: 1 where one buyer has all of it."""
    return {"spent": m.value.sum().fill_null(0)}


@contract(
    code="C102",
    window=(730,),
    by="buyer_id",
    over=lambda spent: ratio(spent.max(), spent.sum()),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("最大采购人占比", "Largest buyer's share"),
    adverse=Text("最大采购人的占比高于一般水平", "The largest buyer has a larger share than usual"),
    favourable=Text("最大采购人的占比不高于一般水平", "The largest buyer's share is usual or smaller"),
    example=Example(rows=_SPREAD, value=0.5),
)
def largest_buyer_share(m: Any) -> dict[str, Any]:
    """The largest buyer's share of the value signed in the window."""
    return {"spent": m.value.sum().fill_null(0)}


@contract(
    code="C103",
    window=(365,),
    by="buyer_id",
    over=lambda signed: signed.count(),
    unit=Unit.COUNT,
    risk=Risk.FALLS,
    label=Text("采购人数", "Buyers"),
    adverse=Text("合作的采购人少于一般水平", "Fewer buyers than usual gave contracts"),
    favourable=Text("合作的采购人不少于一般水平", "At least the usual number of buyers gave contracts"),
    example=Example(rows=_SPREAD, value=3),
)
def buyers(m: Any) -> dict[str, Any]:
    """Different buyers that signed in the window."""
    return {"signed": m.count()}


@contract(
    code="C104",
    window=(730,),
    by="buyer_region",
    over=lambda spent: herfindahl(spent),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("地区集中度", "Spread over places"),
    example=Example(
        rows=_SPREAD,
        others={"buyers": {"buyer_id": ["A", "B", "C"], "region": ["3702", "3702", "3201"]}},
        value=0.68,
    ),
)
def region_concentration(m: Any) -> dict[str, Any]:
    """Herfindahl index of contract value over the buyers' regions; a buyer without a region is left out."""
    return {"spent": m.value.sum().fill_null(0)}


@contract(
    code="C105",
    window=(730,),
    by="category",
    over=lambda spent: herfindahl(spent),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("品类集中度", "Spread over categories"),
    example=Example(rows={**_SPREAD, "category": ["goods", "goods", "services", None]}, value=0.53125),
)
def category_concentration(m: Any) -> dict[str, Any]:
    """Herfindahl index of contract value over goods, works and services, where the category is known."""
    return {"spent": m.value.sum().fill_null(0)}


@contract(
    code="C106",
    window=(365,),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("新采购人占比", "New buyers"),
    example=Example(
        rows={**_SPREAD, "signed_on": ["2023-01-01", "2025-02-01", "2025-03-01", "2025-04-01"]}, value=2 / 3
    ),
)
def new_buyer_share(m: Any) -> Any:
    """Share of the window's contracts that were the first ever with their buyer."""
    return m.new_buyer.mean()


@contract(
    code="C107",
    window=(OWN,),
    by="buyer_id",
    over=lost_share,
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("采购人流失率", "Lost buyers"),
    adverse=Text(
        "上一年的采购人今年不再签约的占比高于一般水平", "More of last year's buyers than usual did not come back"
    ),
    favourable=Text("上一年的采购人多数继续签约", "At most the usual share of last year's buyers did not come back"),
    example=Example(
        rows={"signed_on": ["2024-01-01", "2024-02-01", "2025-02-01"], "buyer_id": ["A", "B", "B"]}, value=0.5
    ),
)
def buyer_churn(m: Any) -> dict[str, Any]:
    """Share of the buyers of 365 to 730 days ago that signed nothing in the last 365 days."""
    return by_year(m)


@contract(
    code="C108",
    window=(730,),
    by="buyer_id",
    over=lambda signed: (signed > 1).mean(),
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("回头采购人占比", "Returning buyers"),
    adverse=Text("再次签约的采购人占比低于一般水平", "Fewer buyers than usual came back for another contract"),
    favourable=Text("再次签约的采购人占比不低于一般水平", "At least the usual share of buyers came back"),
    example=Example(rows=_SPREAD, value=1 / 3),
)
def returning_buyer_share(m: Any) -> dict[str, Any]:
    """Share of the window's buyers that signed more than one contract in it."""
    return {"signed": m.count()}


@contract(
    code="C109",
    window=(365,),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("最大合同占比", "Largest contract's share"),
    adverse=Text(
        "单个合同占全年合同额的比例高于一般水平", "One contract makes up more of the year's turnover than usual"
    ),
    favourable=Text("没有单个合同占比过高", "No contract makes up more of the year's turnover than usual"),
    example=Example(rows=_SPREAD, value=0.3),
)
def largest_contract_share(m: Any) -> Any:
    """The largest contract's share of the value signed in the window."""
    return ratio(m.value.max(), m.value.sum())


CONCENTRATION: tuple[Feature, ...] = all_declared(
    __name__,
    buyer_concentration,
    largest_buyer_share,
    buyers,
    region_concentration,
    category_concentration,
    new_buyer_share,
    buyer_churn,
    returning_buyer_share,
    largest_contract_share,
)
