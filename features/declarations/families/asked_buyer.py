"""R, third part: the buyer that a request names, as of the last month that ended before the instant.

How a buyer pays is the buyer's: these figures enter no supplier's scorecard, only those of requests. They are columns
of the buyers' own profiles (`features/buyers`), stored for every month by the import.
"""

from functools import partial
from typing import Any

import ibis

from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

buyer = partial(feature, table="asked_buyer", risk=Risk.UNSIGNED)
request = partial(feature, table="request")


@buyer(
    code="R501",
    unit=Unit.COUNT,
    label=Text("采购人年签约数", "Contracts of the buyer"),
    example=Example(rows={"buyer_contracts_365d": 12.0}, value=12),
)
def asked_buyer_contracts(b: Any) -> Any:
    """Contracts that the buyer named by the request signed in the 365 days before the month's end."""
    return b.buyer_contracts_365d


@buyer(
    code="R502",
    unit=Unit.DAYS,
    label=Text("采购人付款天数", "Buyer's days to payment"),
    example=Example(rows={"buyer_payment_days": 41.5}, value=41.5),
)
def asked_buyer_payment_days(b: Any) -> Any:
    """Mean days from invoice to payment of the buyer named by the request, as its own profile counts them."""
    return b.buyer_payment_days


@buyer(
    code="R503",
    unit=Unit.RATIO,
    label=Text("采购人九十天仍未付款率", "Buyer's invoices unpaid after 90 days"),
    example=Example(rows={"buyer_unpaid_share": 0.25}, value=0.25),
)
def asked_buyer_unpaid_share(b: Any) -> Any:
    """Share of the invoices to the buyer named by the request that were not paid within 90 days."""
    return b.buyer_unpaid_share


@buyer(
    code="R504",
    unit=Unit.RATIO,
    label=Text("采购人逾期付款率", "Buyer's late payments"),
    example=Example(rows={"buyer_paid_late_share_365d": 0.5}, value=0.5),
)
def asked_buyer_paid_late_share(b: Any) -> Any:
    """Share of the payments due in 365 days that the buyer named by the request made late, or not yet."""
    return b.buyer_paid_late_share_365d


@request(
    code="R511",
    unit=Unit.DAYS,
    risk=Risk.UNSIGNED,
    label=Text("合同剩余加付款天数", "Days until the buyer will have paid"),
    example=Example(rows={"asked_contract_days_left": 70.0, "asked_buyer_payment_days": 30.0}, value=100),
)
def days_until_paid(r: Any) -> Any:
    """Days left of the contract to be financed, 0 where it is past its end, and the buyer's mean days to payment."""
    left = ibis.ifelse(r.asked_contract_days_left < 0.0, 0.0, r.asked_contract_days_left)
    return left + r.asked_buyer_payment_days


ASKED_BUYER: tuple[Feature, ...] = (
    asked_buyer_contracts,
    asked_buyer_payment_days,
    asked_buyer_unpaid_share,
    asked_buyer_paid_late_share,
)

OF_ASKED_BUYER: tuple[Feature, ...] = (days_until_paid,)

all_declared(__name__, *ASKED_BUYER, *OF_ASKED_BUYER)
