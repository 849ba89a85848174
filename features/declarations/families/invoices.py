"""V: tax invoices of the whole business, government and private."""

from functools import partial
from typing import Any

from features.declarations.exact import exact_sum, herfindahl, in_days, ratio, real, within
from features.declarations.families.churn import by_year, lost_share
from features.declarations.families.weight import decay
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature


def sale(m: Any) -> Any:
    """Valid invoices the supplier issued."""
    return (m.direction == "sale") & (m.state == "valid")


def purchase(m: Any) -> Any:
    """Valid invoices the supplier received."""
    return (m.direction == "purchase") & (m.state == "valid")


invoice = partial(feature, table="invoices", on="issued_on")

_SALES = {
    "issued_on": ["2025-03-01", "2025-04-01", "2025-05-01"],
    "direction": "sale",
    "state": "valid",
    "counterparty_id": ["A", "B", "A"],
    "amount": ["30.00", "40.00", "30.00"],
}


@invoice(
    code="V101",
    window=(180, 365),
    where=sale,
    unit=Unit.MONEY,
    risk=Risk.FALLS,
    label=Text("销项发票额", "Invoiced sales"),
    adverse=Text("开票销售额低于一般水平", "Sales by tax invoice are below usual"),
    favourable=Text("开票销售额不低于一般水平", "Sales by tax invoice are usual or higher"),
    example=Example(rows={**_SALES, "state": ["valid", "valid", "void"]}, value=70),
)
def sales(m: Any) -> Any:
    """Sum of valid sales invoices issued in the window, red ones deducted."""
    return m.value.sum().fill_null(0)


@invoice(
    code="V102",
    window=(365,),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("进销比", "Purchases to sales"),
    example=Example(rows={**_SALES, "direction": ["sale", "purchase", "sale"]}, value=2 / 3),
)
def purchases_to_sales(m: Any) -> Any:
    """Sum of valid purchase invoices over that of valid sales invoices in the window."""
    return ratio(m.value.sum(where=purchase(m)).fill_null(0), m.value.sum(where=sale(m)))


@invoice(
    code="V103",
    window=(365,),
    where=lambda m: m.direction == "sale",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("作废发票率", "Void invoices"),
    adverse=Text("作废发票占比高于一般水平", "More sales invoices than usual were voided"),
    favourable=Text("没有或很少作废发票", "Few or no sales invoices were voided"),
    example=Example(rows={**_SALES, "state": ["valid", "valid", "void"]}, value=1 / 3),
)
def void_invoice_rate(m: Any) -> Any:
    """Share of sales invoices issued in the window that were voided."""
    return (m.state == "void").mean()


@invoice(
    code="V104",
    window=(365,),
    where=sale,
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("红字发票率", "Red invoices"),
    adverse=Text("红字冲销发票占比高于一般水平", "More sales invoices than usual were reversed"),
    favourable=Text("没有或很少红字冲销发票", "Few or no sales invoices were reversed"),
    example=Example(rows={**_SALES, "amount": ["30.00", "40.00", "-30.00"]}, value=1 / 3),
)
def red_invoice_rate(m: Any) -> Any:
    """Share of valid sales invoices of the window with a negative amount, which reverse earlier ones."""
    return (m.value < 0).mean()


@invoice(
    code="V105",
    window=(OWN,),
    where=sale,
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("销售增长", "Sales growth"),
    adverse=Text("近一年开票销售额相对上一年弱于一般水平", "Sales against the year before are weaker than usual"),
    favourable=Text("近一年开票销售额相对上一年不弱于一般水平", "Sales against the year before are usual or better"),
    example=Example(rows={**_SALES, "issued_on": ["2024-03-01", "2025-04-01", "2025-05-01"]}, value=7 / 3),
)
def sales_growth(m: Any) -> Any:
    """Invoiced sales of the last 365 days over those of the 365 days before; unknown where there were none before."""
    newest = m.value.sum(where=within(m, 0, 365)).fill_null(0)
    return ratio(newest, m.value.sum(where=within(m, 365, 730)))


@invoice(
    code="V106",
    window=(365,),
    where=lambda m: sale(m) & (m.value > 0),
    by="counterparty_id",
    over=lambda sold: herfindahl(sold),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("客户集中度", "Customer concentration"),
    adverse=Text("销售额集中于少数客户", "Sales depend on fewer customers than usual"),
    favourable=Text("销售额在客户间的分布不比一般集中", "Sales are spread over customers as usual, or more widely"),
    example=Example(rows=_SALES, value=0.52),
)
def customer_concentration(m: Any) -> dict[str, Any]:
    """Herfindahl index of invoiced sales over customers; red invoices are left out."""
    return {"sold": m.value.sum().fill_null(0)}


@invoice(
    code="V107",
    window=(365,),
    where=sale,
    by="counterparty_id",
    over=lambda sold: sold.count(),
    unit=Unit.COUNT,
    risk=Risk.FALLS,
    label=Text("客户数", "Customers"),
    adverse=Text("开票客户少于一般水平", "Fewer customers than usual were invoiced"),
    favourable=Text("开票客户不少于一般水平", "At least the usual number of customers was invoiced"),
    example=Example(rows=_SALES, value=2),
)
def customers(m: Any) -> dict[str, Any]:
    """Different customers invoiced in the window."""
    return {"sold": m.count()}


@invoice(
    code="V108",
    window=(OWN,),
    where=sale,
    by="counterparty_id",
    over=lost_share,
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("客户流失率", "Lost customers"),
    adverse=Text(
        "上一年的客户今年不再开票的占比高于一般水平", "More of last year's customers than usual did not come back"
    ),
    favourable=Text("上一年的客户多数继续往来", "At most the usual share of last year's customers did not come back"),
    example=Example(rows={**_SALES, "issued_on": ["2024-03-01", "2024-04-01", "2025-05-01"]}, value=0.5),
)
def customer_churn(m: Any) -> dict[str, Any]:
    """Share of the customers of 365 to 730 days ago that were invoiced nothing in the last 365 days."""
    return by_year(m)


@invoice(
    code="V109",
    where=sale,
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("距最近开票天数", "Days since the last sale"),
    adverse=Text(
        "距最近一次销售开票的时间长于一般水平", "More time than usual has passed since the last sales invoice"
    ),
    favourable=Text("最近一次销售开票距今不久", "The last sales invoice is as recent as usual, or more so"),
    example=Example(rows={**_SALES, "issued_on": ["2025-03-01", "2025-04-01", "2025-06-20"]}, value=10),
)
def days_since_last_sale(m: Any) -> Any:
    """Days since the latest valid sales invoice."""
    return in_days(m.age_us.min())


@invoice(
    code="V110",
    window=(OWN,),
    where=sale,
    unit=Unit.MONEY,
    risk=Risk.FALLS,
    label=Text("衰减销项额", "Recent-weighted sales"),
    adverse=Text("按时间衰减的开票销售额低于一般水平", "Invoiced sales, newest counting most, are below usual"),
    favourable=Text(
        "按时间衰减的开票销售额不低于一般水平", "Invoiced sales, newest counting most, are usual or higher"
    ),
    example=Example(
        # Ages of 0 and 90 days: weights 1 and 1/2.
        rows={**_SALES, "issued_on": ["2025-06-30", "2025-04-01", "2025-04-01"], "state": ["valid", "valid", "void"]},
        value=50,
    ),
)
def sales_decayed(m: Any) -> Any:
    """Sum of all valid sales invoices, red ones deducted, each halved for every 90 days of its age."""
    return exact_sum(real(m.value) * decay(m, half_life_days=90), scale=2).fill_null(0.0)


INVOICES: tuple[Feature, ...] = all_declared(
    __name__,
    sales,
    purchases_to_sales,
    void_invoice_rate,
    red_invoice_rate,
    sales_growth,
    customer_concentration,
    customers,
    customer_churn,
    days_since_last_sale,
    sales_decayed,
)
