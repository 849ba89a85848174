"""R: the requested loan compared with the supplier's history: row formulas of the terms and the same profile."""

from functools import partial
from typing import Any

from features.declarations.exact import ratio
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

request = partial(feature, table="request")


@request(
    code="R101",
    unit=Unit.MONEY,
    risk=Risk.UNSIGNED,
    label=Text("申请金额", "Amount asked"),
    example=Example(rows={"amount": 66000.0}, value=66000),
)
def amount_asked(r: Any) -> Any:
    """Amount of the loan asked for."""
    return r.amount


@request(
    code="R102",
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("申请期限", "Days asked"),
    adverse=Text("申请的期限长于一般水平", "The loan term asked for is longer than usual"),
    favourable=Text("申请的期限不长于一般水平", "The loan term asked for is usual or shorter"),
    example=Example(rows={"days": 180.0}, value=180),
)
def days_asked(r: Any) -> Any:
    """Term of the loan asked for."""
    return r.days


@request(
    code="R103",
    unit=Unit.MONEY,
    risk=Risk.UNSIGNED,
    label=Text("日均申请金额", "Amount asked a day"),
    example=Example(rows={"amount": 66000.0, "days": 220.0}, value=300),
)
def amount_per_day(r: Any) -> Any:
    """Amount asked for over the days it is asked for: what would have to be earned a day."""
    return ratio(r.amount, r.days)


@request(
    code="R201",
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("年合同额对申请额的覆盖倍数", "Turnover cover"),
    adverse=Text(
        "年合同额对申请金额的覆盖低于一般水平", "The year's turnover covers the amount fewer times than usual"
    ),
    favourable=Text(
        "年合同额对申请金额的覆盖不低于一般水平", "The year's turnover covers the amount as usual, or better"
    ),
    example=Example(rows={"amount": 50.0, "turnover_365d": 200.0}, value=4),
    evidence=("turnover_365d",),
)
def turnover_cover(r: Any) -> Any:
    """How many times the contract turnover of the last 365 days covers the amount asked for; 0 without turnover."""
    return ratio(r.turnover_365d, r.amount)


@request(
    code="R202",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("申请额与最大合同之比", "Amount to largest contract"),
    adverse=Text("申请金额相对最大合同高于一般水平", "The amount is larger than usual against the largest contract"),
    favourable=Text("申请金额相对最大合同不高", "The amount is no larger than usual against the largest contract"),
    example=Example(rows={"amount": 50.0, "largest_contract": 40.0}, value=1.25),
    evidence=("largest_contract",),
)
def amount_to_largest_contract(r: Any) -> Any:
    """Amount asked for over the largest contract ever signed."""
    return ratio(r.amount, r.largest_contract)


@request(
    code="R203",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("申请额与平均合同之比", "Amount to average contract"),
    adverse=Text("申请金额相对平均合同高于一般水平", "The amount is larger than usual against the average contract"),
    favourable=Text("申请金额相对平均合同不高", "The amount is no larger than usual against the average contract"),
    example=Example(rows={"amount": 50.0, "average_contract": 20.0}, value=2.5),
    evidence=("average_contract",),
)
def amount_to_average_contract(r: Any) -> Any:
    """Amount asked for over the average of all contracts signed."""
    return ratio(r.amount, r.average_contract)


@request(
    code="R204",
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("年合同额对贷款总额的覆盖倍数", "Debt cover"),
    adverse=Text("年合同额对贷款总额的覆盖低于一般水平", "The year's turnover covers the debt fewer times than usual"),
    favourable=Text(
        "年合同额对贷款总额的覆盖不低于一般水平", "The year's turnover covers the debt as usual, or better"
    ),
    example=Example(rows={"amount": 50.0, "outstanding": 30.0, "turnover_365d": 200.0}, value=2.5),
    evidence=("outstanding", "turnover_365d"),
)
def debt_cover(r: Any) -> Any:
    """How many times the year's turnover covers the amount asked for and what is still owed to the same lender."""
    return ratio(r.turnover_365d, r.amount + r.outstanding.fill_null(0.0))


@request(
    code="R205",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("申请额与最大贷款之比", "Amount to largest loan"),
    adverse=Text("申请金额相对以往最大贷款高于一般水平", "The amount is larger than usual against earlier loans"),
    favourable=Text("申请金额相对以往最大贷款不高", "The amount is no larger than usual against earlier loans"),
    example=Example(rows={"amount": 50.0, "largest_loan": 100.0}, value=0.5),
    evidence=("largest_loan",),
)
def amount_to_largest_loan(r: Any) -> Any:
    """Amount asked for over the largest earlier loan from the same lender."""
    return ratio(r.amount, r.largest_loan)


@request(
    code="R206",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("申请额与注册资本之比", "Amount to capital"),
    adverse=Text("申请金额相对注册资本高于一般水平", "The amount is larger than usual against the registered capital"),
    favourable=Text("申请金额相对注册资本不高", "The amount is no larger than usual against the registered capital"),
    example=Example(rows={"amount": 50.0, "registered_capital": 500.0}, value=0.1),
    evidence=("registered_capital",),
)
def amount_to_capital(r: Any) -> Any:
    """Amount asked for over the registered capital."""
    return ratio(r.amount, r.registered_capital)


@request(
    code="R207",
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("申请期限与平均合同期限之比", "Days to average term"),
    example=Example(rows={"days": 180.0, "average_term": 120.0}, value=1.5),
)
def days_to_average_term(r: Any) -> Any:
    """Days asked for over the average term of the supplier's contracts."""
    return ratio(r.days, r.average_term)


@request(
    code="R208",
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("年开票销售额对申请额的覆盖倍数", "Sales cover"),
    adverse=Text(
        "年开票销售额对申请金额的覆盖低于一般水平", "The year's sales cover the amount fewer times than usual"
    ),
    favourable=Text(
        "年开票销售额对申请金额的覆盖不低于一般水平", "The year's sales cover the amount as usual, or better"
    ),
    example=Example(rows={"amount": 50.0, "sales_365d": 400.0}, value=8),
    evidence=("sales_365d",),
)
def sales_cover(r: Any) -> Any:
    """How many times the invoiced sales of the last 365 days, government and private, cover the amount asked for."""
    return ratio(r.sales_365d, r.amount)


@request(
    code="R209",
    unit=Unit.RATIO,
    risk=Risk.FALLS,
    label=Text("在手合同额对申请额的覆盖倍数", "Cover by work in hand"),
    adverse=Text("在手合同额对申请金额的覆盖低于一般水平", "Work in hand covers the amount fewer times than usual"),
    favourable=Text("在手合同额对申请金额的覆盖不低于一般水平", "Work in hand covers the amount as usual, or better"),
    example=Example(rows={"amount": 50.0, "running_value": 75.0}, value=1.5),
    evidence=("running_value",),
)
def work_in_hand_cover(r: Any) -> Any:
    """How many times the value of the contracts in hand covers the amount asked for; 0 with none in hand."""
    return ratio(r.running_value, r.amount)


@request(
    code="R301",
    unit=Unit.FLAG,
    risk=Risk.UNSIGNED,
    label=Text("工程合同", "Works"),
    example=Example(rows={"category": "works"}, value=1),
)
def asked_for_works(r: Any) -> Any:
    """1 where the contract to be financed is for works, 0 where it is for something else."""
    return (r.category == "works").cast("float64")


@request(
    code="R302",
    unit=Unit.FLAG,
    risk=Risk.UNSIGNED,
    label=Text("服务合同", "Services"),
    example=Example(rows={"category": "goods"}, value=0),
)
def asked_for_services(r: Any) -> Any:
    """1 where the contract to be financed is for services, 0 where it is for something else."""
    return (r.category == "services").cast("float64")


@request(
    code="R303",
    unit=Unit.FLAG,
    risk=Risk.UNSIGNED,
    label=Text("公开采购", "Open procedure"),
    example=Example(rows={"method": "open"}, value=1),
)
def asked_after_open_tender(r: Any) -> Any:
    """1 where the contract to be financed was awarded in an open procedure, 0 where in another."""
    return (r.method == "open").cast("float64")


@request(
    code="R304",
    unit=Unit.NUMBER,
    risk=Risk.UNSIGNED,
    label=Text("投标人数", "Bidders"),
    example=Example(rows={"bidders": 3.0}, value=3),
)
def bidders_for_contract(r: Any) -> Any:
    """How many bid for the contract to be financed."""
    return r.bidders


REQUEST: tuple[Feature, ...] = all_declared(
    __name__,
    amount_asked,
    days_asked,
    amount_per_day,
    turnover_cover,
    amount_to_largest_contract,
    amount_to_average_contract,
    debt_cover,
    amount_to_largest_loan,
    amount_to_capital,
    days_to_average_term,
    sales_cover,
    work_in_hand_cover,
    asked_for_works,
    asked_for_services,
    asked_after_open_tender,
    bidders_for_contract,
)
