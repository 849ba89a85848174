"""G0 and G3: how many contracts a buyer signs, how often it changes them, and how they end."""

from functools import partial
from typing import Any

from features.declarations.exact import in_days
from features.declarations.families.completion import terminated
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

signed = partial(feature, table="contracts", on="signed_on", risk=Risk.UNSIGNED)

_THREE = {
    "contract_id": ["C1", "C2", "C3"],
    "signed_on": ["2024-08-01", "2025-02-01", "2020-02-01"],
}
_CHANGED = {"amendments": {"contract_id": ["C1", "C1"], "occurred_at": ["2025-01-01", "2025-03-01"]}}


@signed(
    code="G001",
    window=(365, None),
    unit=Unit.COUNT,
    label=Text("签订合同数", "Contracts signed"),
    example=Example(rows=_THREE, value=3),
)
def buyer_contracts(m: Any) -> Any:
    """Contracts and orders that the buyer signed in the window, a joint award once."""
    return m.count()


@signed(
    code="G002",
    unit=Unit.DAYS,
    label=Text("合同记录长度", "Days of contract history"),
    example=Example(rows={"signed_on": ["2025-06-20", "2025-05-31"]}, value=30),
)
def buyer_history_days(m: Any) -> Any:
    """Days since the buyer signed the first contract that is known."""
    return in_days(m.age_us.max())


@signed(
    code="G301",
    window=(365, 730),
    unit=Unit.RATIO,
    label=Text("合同变更率", "Contracts amended"),
    example=Example(rows=_THREE, others=_CHANGED, value=0.5),
)
def buyer_amended_share(m: Any) -> Any:
    """Share of the contracts signed in the window that have been amended since."""
    return m.amended.mean()


@feature(
    code="G302",
    table="amendments",
    on="occurred_at",
    window=(730,),
    where=lambda m: m.days_change.notnull(),
    unit=Unit.NUMBER,
    risk=Risk.UNSIGNED,
    label=Text("平均工期变更天数", "Days added by amendments"),
    example=Example(
        rows={"occurred_at": ["2025-01-01", "2025-02-01", "2025-03-01"], "days_change": [30, -10, None]}, value=10
    ),
)
def buyer_days_changed(m: Any) -> Any:
    """Mean days that the amendments of the window added to contracts; below 0 where they shortened them."""
    return m.days_change.mean()


@feature(
    code="G303",
    table="contracts",
    on="ended_on",
    window=(730, None),
    where=lambda m: m.end_state.isin(["completed", "terminated_early"]),
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("提前终止率", "Ended early"),
    example=Example(
        rows={
            "signed_on": "2024-01-01",
            "ended_on": ["2025-01-01", "2025-02-01", "2025-03-01", None],
            "end_state": ["terminated_early", "completed", "cancelled", None],
        },
        value=0.5,
    ),
)
def buyer_ended_early_share(m: Any) -> Any:
    """Share of the contracts ended in the window that ended early; those called off before they began left out."""
    return terminated(m).mean()


BUYER_DEPTH: tuple[Feature, ...] = (buyer_contracts, buyer_history_days)
BUYER_CONTRACTS: tuple[Feature, ...] = (buyer_amended_share, buyer_days_changed, buyer_ended_early_share)

all_declared(__name__, *BUYER_DEPTH, *BUYER_CONTRACTS)
