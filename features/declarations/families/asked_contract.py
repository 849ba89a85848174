"""R, second part: the open contract that a request names, as it was known at the instant.

Its figures are computed from the rows of that contract alone. A contract that is unknown, has ended or is another
supplier's leaves them null, and `contract_not_found` says so.
"""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import days, in_days, ratio
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

of_contract = partial(feature, among="asked_contract", risk=Risk.UNSIGNED)
contract = partial(of_contract, table="contracts", on="signed_on")
request = partial(feature, table="request")

_TWO = {
    "contract_id": ["asked", "other"],
    "signed_on": ["2025-06-20", "2024-01-01"],
    "ends_on": ["2025-09-08", "2025-12-31"],
    "amount": ["500.00", "9000.00"],
}


@contract(
    code="R401",
    unit=Unit.MONEY,
    label=Text("所申请合同金额", "Value of the contract"),
    example=Example(rows=_TWO, value=500),
)
def asked_contract_value(m: Any) -> Any:
    """Value of the contract that the request names, in the reporting currency."""
    return m.value.max()


@contract(
    code="R402",
    unit=Unit.DAYS,
    label=Text("所申请合同签订天数", "Age of the contract"),
    example=Example(rows=_TWO, value=10),
)
def asked_contract_age(m: Any) -> Any:
    """Days since the contract that the request names was signed."""
    return in_days(m.age_us.max())


@contract(
    code="R403",
    unit=Unit.NUMBER,
    label=Text("所申请合同剩余天数", "Days left of the contract"),
    example=Example(rows=_TWO, value=70),
)
def asked_contract_days_left(m: Any) -> Any:
    """Days to the planned end of the contract that the request names; below 0 where that has passed."""
    return in_days(days(m.ends_on, m.as_of).max())


@of_contract(
    code="R404",
    table="payments",
    unit=Unit.MONEY,
    label=Text("所申请合同已付金额", "Paid on the contract"),
    example=Example(
        rows={
            "contract_id": ["asked", "asked", "other"],
            "paid_on": ["2025-06-25", None, "2025-06-25"],
            "amount": ["120.00", "30.00", "7.00"],
        },
        others={"contracts": _TWO},
        value=120,
    ),
)
def asked_contract_paid(m: Any) -> Any:
    """What the buyer has paid on the contract that the request names; unknown where no payment is planned or made."""
    return m.value.sum(where=m.paid_on.notnull()).fill_null(0)


@request(
    code="R411",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("申请额与合同金额之比", "Amount to contract"),
    adverse=Text("申请金额相对所申请合同高于一般水平", "The amount is larger than usual against the contract"),
    favourable=Text("申请金额相对所申请合同不高", "The amount is no larger than usual against the contract"),
    example=Example(rows={"amount": 50.0, "asked_contract_value": 40.0}, value=1.25),
    evidence=("asked_contract_value",),
)
def amount_to_contract(r: Any) -> Any:
    """Amount asked for over the value of the contract to be financed."""
    return ratio(r.amount, r.asked_contract_value)


@request(
    code="R412",
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("申请额与合同未付金额之比", "Amount to what is unpaid"),
    adverse=Text("申请金额相对合同未付金额高于一般水平", "The amount is larger than usual against what is unpaid"),
    favourable=Text("申请金额相对合同未付金额不高", "The amount is no larger than usual against what is unpaid"),
    example=Example(rows={"amount": 50.0, "asked_contract_value": 140.0, "asked_contract_paid": 40.0}, value=0.5),
    evidence=("asked_contract_value", "asked_contract_paid"),
)
def amount_to_unpaid(r: Any) -> Any:
    """Amount asked for over what the buyer has not paid yet of the contract to be financed."""
    return ratio(r.amount, r.asked_contract_value - r.asked_contract_paid.fill_null(0.0))


@request(
    code="R413",
    unit=Unit.NUMBER,
    risk=Risk.UNSIGNED,
    label=Text("期限超出合同的天数", "Days beyond the contract"),
    example=Example(rows={"days": 90.0, "asked_contract_days_left": 70.0}, value=20),
)
def days_beyond_contract(r: Any) -> Any:
    """Days asked for minus the days left to the planned end of the contract to be financed."""
    return r.days - r.asked_contract_days_left


@request(
    code="Q007",
    unit=Unit.FLAG,
    risk=Risk.UNSIGNED,
    label=Text("合同未找到", "Contract not found"),
    example=Example(rows={"contract_asked": 1.0, "asked_contract_age": None}, value=1),
)
def contract_not_found(r: Any) -> Any:
    """1 where the request names a contract that is no open contract of this supplier, else 0; unknown without one."""
    known = r.asked_contract_age.notnull().cast("float64")
    return ibis.ifelse(r.contract_asked == 1.0, 1.0 - known, ibis.null("float64"))


ASKED_CONTRACT: tuple[Feature, ...] = (
    asked_contract_value,
    asked_contract_age,
    asked_contract_days_left,
    asked_contract_paid,
)

OF_ASKED_CONTRACT: tuple[Feature, ...] = (amount_to_contract, amount_to_unpaid, days_beyond_contract)
"""Formulas of the terms and of the contract's figures."""

all_declared(__name__, *ASKED_CONTRACT, *OF_ASKED_CONTRACT, contract_not_found)
