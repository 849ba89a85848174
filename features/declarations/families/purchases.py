"""V, second part: received invoices, and the supplier's dependence on its own suppliers."""

from functools import partial
from typing import Any

from features.declarations.exact import herfindahl, ratio, real, within
from features.declarations.families.churn import by_year, lost_share
from features.declarations.families.invoices import purchase
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature

invoice = partial(feature, table="invoices", on="issued_on")


def bought(m: Any) -> Any:
    """Valid invoices received, the red ones left out."""
    return purchase(m) & (m.value > 0)


_BOUGHT = {
    "issued_on": ["2025-03-01", "2025-04-01", "2025-05-01"],
    "direction": "purchase",
    "state": "valid",
    "counterparty_id": ["A", "B", "A"],
    "amount": ["30.00", "40.00", "30.00"],
}


@invoice(
    code="V201",
    window=(365,),
    where=purchase,
    unit=Unit.MONEY,
    risk=Risk.UNSIGNED,
    label=Text("进项发票额", "Invoiced purchases"),
    example=Example(rows={**_BOUGHT, "amount": ["30.00", "40.00", "-10.00"]}, value=60),
)
def purchases(m: Any) -> Any:
    """Sum of valid purchase invoices of the window, red ones deducted."""
    return m.value.sum().fill_null(0)


@invoice(
    code="V202",
    window=(OWN,),
    where=bought,
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("进项趋势", "Trend of purchases"),
    adverse=Text("近一年进项发票额相对上一年弱于一般水平", "Purchases against the year before are weaker than usual"),
    favourable=Text(
        "近一年进项发票额相对上一年不弱于一般水平", "Purchases against the year before are usual or better"
    ),
    example=Example(rows={**_BOUGHT, "issued_on": ["2024-03-01", "2025-04-01", "2025-05-01"]}, value=0.4),
)
def purchase_trend(m: Any) -> Any:
    """Purchases of the last 365 days minus those of the 365 before, over both; red invoices are left out."""
    newest = real(m.value.sum(where=within(m, 0, 365)).fill_null(0))
    before = real(m.value.sum(where=within(m, 365, 730)).fill_null(0))
    return ratio(newest - before, newest + before)


@invoice(
    code="V203",
    window=(365,),
    where=lambda m: m.direction == "purchase",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("进项作废及红字率", "Reversed purchases"),
    adverse=Text("作废或红字的进项发票占比高于一般水平", "More purchase invoices than usual were voided or reversed"),
    favourable=Text("没有或很少作废或红字的进项发票", "Few or no purchase invoices were voided or reversed"),
    example=Example(rows={**_BOUGHT, "amount": ["30.00", "40.00", "-30.00"]}, value=1 / 3),
)
def reversed_purchase_rate(m: Any) -> Any:
    """Share of purchase invoices of the window that were voided, or that reverse earlier ones."""
    return ((m.state == "void") | (m.value < 0)).mean()


@invoice(
    code="V204",
    window=(365,),
    where=bought,
    by="counterparty_id",
    over=lambda spent: herfindahl(spent),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("供货商集中度", "Vendor concentration"),
    adverse=Text("进货额集中于少数供货商", "Purchases depend on fewer vendors than usual"),
    favourable=Text("进货额在供货商间的分布不比一般集中", "Purchases are spread over vendors as usual, or more widely"),
    example=Example(rows=_BOUGHT, value=0.52),
)
def vendor_concentration(m: Any) -> dict[str, Any]:
    """Herfindahl index of invoiced purchases over those bought from; red invoices are left out."""
    return {"spent": m.value.sum().fill_null(0)}


@invoice(
    code="V205",
    window=(OWN,),
    where=purchase,
    by="counterparty_id",
    over=lost_share,
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("供货商流失率", "Lost vendors"),
    adverse=Text(
        "上一年的供货商今年不再供货的占比高于一般水平", "More of last year's vendors than usual sold nothing this year"
    ),
    favourable=Text(
        "上一年的供货商多数继续供货", "At most the usual share of last year's vendors sold nothing this year"
    ),
    example=Example(rows={**_BOUGHT, "issued_on": ["2024-03-01", "2024-04-01", "2025-05-01"]}, value=0.5),
)
def vendor_churn(m: Any) -> dict[str, Any]:
    """Share of those bought from 365 to 730 days ago that invoiced nothing in the last 365 days."""
    return by_year(m)


PURCHASES: tuple[Feature, ...] = all_declared(
    __name__,
    purchases,
    purchase_trend,
    reversed_purchase_rate,
    vendor_concentration,
    vendor_churn,
)
