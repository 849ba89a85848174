"""V, third part: interruptions and bursts of sales, private customers, and trade in circles."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import ratio, real, within
from features.declarations.families.invoices import sale
from features.declarations.feature import OWN, Example, Feature, Risk, Text, Unit, all_declared, feature

invoice = partial(feature, table="invoices", on="issued_on")
MONTHS, DAYS = 12, 30


def sold(m: Any) -> Any:
    """Valid invoices issued, the red ones left out."""
    return sale(m) & (m.value > 0)


_SOLD = {
    "issued_on": ["2025-06-20", "2025-05-01", "2025-02-01"],
    "direction": "sale",
    "state": "valid",
    "counterparty_id": ["A", "B", "A"],
    "amount": ["25.00", "15.00", "60.00"],
}


@invoice(
    code="V111",
    window=(OWN,),
    where=sold,
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("季度销售趋势", "Sales trend of the quarter"),
    adverse=Text(
        "近90天开票销售额相对此前90天弱于一般水平", "Sales of 90 days against the 90 before are weaker than usual"
    ),
    favourable=Text(
        "近90天开票销售额相对此前90天不弱于一般水平", "Sales of 90 days against the 90 before are usual or better"
    ),
    example=Example(rows=_SOLD, value=-0.2),
)
def quarter_sales_trend(m: Any) -> Any:
    """Invoiced sales of the last 90 days minus those of the 90 before, over both; red invoices are left out."""
    newest = real(m.value.sum(where=within(m, 0, 90)).fill_null(0))
    before = real(m.value.sum(where=within(m, 90, 180)).fill_null(0))
    return ratio(newest - before, newest + before)


@invoice(
    code="V112",
    window=(OWN,),
    where=sold,
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("无销售月数", "Months without sales"),
    adverse=Text("近一年没有开票销售的月份多于一般水平", "More months than usual of the last year had no sales"),
    favourable=Text("近一年没有开票销售的月份不多", "No more months than usual of the last year had no sales"),
    example=Example(rows=_SOLD, value=9),
)
def months_without_sales(m: Any) -> Any:
    """Of the last twelve spans of 30 days, those without a valid sales invoice."""
    active = [ibis.ifelse(m.count(where=within(m, n * DAYS, (n + 1) * DAYS)) > 0, 1, 0) for n in range(MONTHS)]
    months = ibis.literal(MONTHS, "int64")
    for one in active:
        months = months - one.cast("int64")
    return months


@invoice(
    code="V113",
    window=(OWN,),
    where=sold,
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("近30天销售占比", "Share of the last 30 days"),
    example=Example(rows=_SOLD, value=0.25),
)
def last_month_sales_share(m: Any) -> Any:
    """Share of the last 365 days' invoiced sales that fell in the last 30 days; red invoices are left out."""
    return ratio(m.value.sum(where=within(m, 0, DAYS)).fill_null(0), m.value.sum(where=within(m, 0, 365)))


@invoice(
    code="V114",
    window=(365,),
    where=sold,
    by="counterparty_id",
    over=lambda spent, public: ratio(spent.max(where=public == 0).fill_null(0), spent.sum()),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("最大民营客户占比", "Largest private customer's share"),
    adverse=Text(
        "最大非政府客户占销售额的比例高于一般水平",
        "The largest private customer's share of sales is above usual",
    ),
    favourable=Text(
        "最大非政府客户占销售额的比例不高", "The largest private customer's share of sales is usual or smaller"
    ),
    example=Example(rows=_SOLD, others={"buyers": {"buyer_id": ["A"]}}, value=0.15),
    needs=("buyers",),
)
def largest_private_customer(m: Any) -> dict[str, Any]:
    """Share of invoiced sales to the largest customer that is no public buyer; 0 where all customers are public."""
    return {"spent": m.value.sum().fill_null(0), "public": m.count(where=m.customer_is_buyer)}


@invoice(
    code="V206",
    window=(365,),
    where=lambda m: (m.state == "valid") & (m.value > 0),
    by="counterparty_id",
    over=lambda spent, sales: ratio(spent.sum(where=sales > 0).fill_null(0), spent.sum()),
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("向客户采购占比", "Purchases from customers"),
    adverse=Text("向自己客户采购的占比高于一般水平", "More of the purchases than usual came from own customers"),
    favourable=Text("没有或很少向自己的客户采购", "Little or nothing was bought from own customers"),
    example=Example(
        rows={
            "issued_on": ["2025-03-01", "2025-04-01", "2025-05-01"],
            "direction": ["purchase", "purchase", "sale"],
            "state": "valid",
            "counterparty_id": ["A", "B", "A"],
            "amount": ["30.00", "70.00", "500.00"],
        },
        value=0.3,
    ),
)
def purchases_from_customers(m: Any) -> dict[str, Any]:
    """Share of the invoiced purchases of the window that came from firms which were invoiced sales in it as well."""
    return {
        "spent": m.value.sum(where=m.direction == "purchase").fill_null(0),
        "sales": m.count(where=m.direction == "sale"),
    }


SALES_PATTERN: tuple[Feature, ...] = all_declared(
    __name__,
    quarter_sales_trend,
    months_without_sales,
    last_month_sales_share,
    largest_private_customer,
    purchases_from_customers,
)
