"""D, third part: disclosed stages of contracts, the time between them, and where contracts wait now.

A contract waits until the next stage is disclosed or until it ends. How long a buyer takes to sign or to pay is the
buyer's: no feature here counts it against the supplier.
"""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import in_days
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

stage = partial(feature, table="stages", on="occurred_at", by="contract_id", risk=Risk.UNSIGNED)

_THREE = {
    "contract_id": ["C1", "C1", "C2", "C2", "C2", "C3", "C4"],
    "stage": ["contract", "acceptance", "contract", "acceptance", "payment", "contract", "contract"],
    "occurred_at": [
        *("2025-01-01", "2025-01-21", "2025-02-01", "2025-03-13", "2025-05-01"),
        *("2025-06-20", "2024-06-01"),
    ],
}
_ENDED = {
    "contracts": {
        "contract_id": ["C1", "C2", "C3", "C4"],
        "signed_on": "2024-01-01",
        "ended_on": [None, None, None, "2024-09-01"],
        "end_state": [None, None, None, "cancelled"],
    }
}


def _parts(m: Any) -> dict[str, Any]:
    """Of one contract: stages disclosed by kind, the age of its contract notice, and whether it has ended."""
    return {
        "accepted": m.count(where=m.stage == "acceptance"),
        "paid": m.count(where=m.stage == "payment"),
        "age": m.age_us.max(where=m.stage == "contract"),
        "ended": m.count(where=m.contract_ended_on.notnull()),
    }


def _where_acceptances_are_disclosed(accepted: Any, value: Any) -> Any:
    # A source without the stage `acceptance` would leave every contract waiting for it.
    return ibis.ifelse(accepted.sum() > 0, value, ibis.null(value.type()))


@stage(
    code="D401",
    window=(730,),
    over=lambda age, accepted_age: in_days((age - accepted_age).mean(where=age >= accepted_age)),
    unit=Unit.DAYS,
    label=Text("合同到验收天数", "Days from contract to acceptance"),
    example=Example(rows=_THREE, others=_ENDED, value=30),
)
def days_to_acceptance(m: Any) -> dict[str, Any]:
    """Average days between the disclosed contract and its last disclosed acceptance, both in the window."""
    return {
        "age": m.age_us.max(where=m.stage == "contract"),
        "accepted_age": m.age_us.min(where=m.stage == "acceptance"),
    }


@stage(
    code="D402",
    over=lambda accepted, paid, age, ended: _where_acceptances_are_disclosed(
        accepted, age.count(where=(accepted == 0) & (paid == 0) & (ended == 0))
    ),
    unit=Unit.COUNT,
    label=Text("待验收合同数", "Contracts awaiting acceptance"),
    example=Example(rows=_THREE, others=_ENDED, value=1),
)
def contracts_awaiting_acceptance(m: Any) -> dict[str, Any]:
    """Contracts disclosed, not ended, with neither acceptance nor payment; unknown where no acceptance ever is."""
    return _parts(m)


@stage(
    code="D403",
    over=lambda accepted, paid, age, ended: _where_acceptances_are_disclosed(
        accepted, in_days(age.max(where=(accepted == 0) & (paid == 0) & (ended == 0)).fill_null(0))
    ),
    unit=Unit.DAYS,
    label=Text("最长待验收天数", "Longest wait for acceptance"),
    example=Example(rows=_THREE, others=_ENDED, value=10),
)
def longest_wait_for_acceptance(m: Any) -> dict[str, Any]:
    """Days that the oldest contract awaiting acceptance has been disclosed; 0 where none waits."""
    return _parts(m)


@stage(
    code="D404",
    over=lambda accepted, paid, age, ended: ibis.ifelse(
        paid.sum() > 0, accepted.count(where=(accepted > 0) & (paid == 0) & (ended == 0)), ibis.null("int64")
    ),
    unit=Unit.COUNT,
    label=Text("待付款合同数", "Contracts awaiting payment"),
    example=Example(rows=_THREE, others=_ENDED, value=1),
)
def contracts_awaiting_payment(m: Any) -> dict[str, Any]:
    """Contracts accepted, not ended and without a disclosed payment; unknown where no payment is ever disclosed."""
    return _parts(m)


STAGE_WAITS: tuple[Feature, ...] = all_declared(
    __name__,
    days_to_acceptance,
    contracts_awaiting_acceptance,
    longest_wait_for_acceptance,
    contracts_awaiting_payment,
)
