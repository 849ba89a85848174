"""D, second part: how a supplier's contracts end, and how often they are amended before."""

from functools import partial
from typing import Any

import ibis

from features.declarations.exact import DAY_US, days, ratio
from features.declarations.families.trading import not_cancelled
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

change = partial(feature, table="amendments", on="occurred_at")


def terminated(m: Any) -> Any:
    """Contracts known to have been ended early."""
    return m.end_state.fill_null("") == "terminated_early"


def failed_early(m: Any) -> Any:
    """Contracts ended early, other than for the buyer's own convenience."""
    return terminated(m) & ~m.for_convenience


def concluded(m: Any) -> Any:
    """Contracts neither cancelled nor ended for the buyer's own convenience."""
    return not_cancelled(m) & ~(terminated(m) & m.for_convenience)


@feature(
    code="D201",
    table="contracts",
    on="ended_on",
    window=(730,),
    unit=Unit.COUNT,
    risk=Risk.RISES,
    label=Text("提前终止合同数", "Contracts ended early"),
    adverse=Text("被提前终止的合同多于一般水平", "More contracts than usual were ended early"),
    favourable=Text("没有或很少合同被提前终止", "Few or no contracts were ended early"),
    example=Example(
        rows={
            "contract_id": ["C1", "C2", "C3", "C4"],
            "signed_on": ["2024-01-01", "2024-01-01", "2024-01-01", "2019-01-01"],
            "ended_on": ["2025-01-01", "2025-02-01", "2025-03-01", "2020-02-01"],
            "end_state": ["terminated_early", "completed", "terminated_early", "terminated_early"],
        },
        others={
            "amendments": {
                "contract_id": ["C3"],
                "occurred_at": ["2025-03-01"],
                "reason": ["Termination for convenience"],
            }
        },
        value=1,
    ),
)
def early_terminations(m: Any) -> Any:
    """Contracts ended early in the window, those ended for the buyer's own convenience left out."""
    return m.count(where=failed_early(m))


@feature(
    code="D202",
    table="contracts",
    on="ended_on",
    unit=Unit.COUNT,
    risk=Risk.FALLS,
    label=Text("已完成合同数", "Completed contracts"),
    adverse=Text("完成过的合同少于一般水平", "Fewer contracts than usual have been completed"),
    favourable=Text("完成过的合同不少于一般水平", "At least the usual number of contracts has been completed"),
    example=Example(
        rows={
            "signed_on": ["2024-01-01", "2024-01-01", "2024-01-01"],
            "ended_on": ["2025-01-01", "2025-02-01", None],
            "end_state": ["terminated_early", "completed", None],
        },
        value=1,
    ),
)
def completed_contracts(m: Any) -> Any:
    """Contracts known to have been completed."""
    return m.count(where=m.end_state == "completed")


@feature(
    code="D203",
    table="contracts",
    on="signed_on",
    where=concluded,
    unit=Unit.RATIO,
    risk=Risk.RISES,
    label=Text("合同失败率", "Contract failure rate"),
    adverse=Text(
        "提前终止或严重超期的合同占比高于一般水平", "More contracts than usual ended early or were long past due"
    ),
    favourable=Text("没有或很少合同失败", "Few or no contracts ended early or were long past due"),
    example=Example(
        # Completed, ended early, delivered but never said to have ended, still open, and not due yet.
        rows={
            "contract_id": ["C1", "C2", "C3", "C4", "C5"],
            "signed_on": ["2024-01-01", "2024-01-01", "2024-01-01", "2024-01-01", "2024-01-01"],
            "ends_on": ["2024-12-31", "2025-03-01", "2024-12-31", "2024-12-31", "2025-12-31"],
            "ended_on": ["2024-12-31", "2025-02-01", None, None, None],
            "end_state": ["completed", "terminated_early", None, None, None],
        },
        others={
            "milestones": {
                "contract_id": ["C3", "C4", "C4"],
                "due_on": ["2024-12-31", "2024-06-30", "2024-12-31"],
                "met_on": ["2024-12-20", "2024-06-30", None],
            }
        },
        value=0.5,
    ),
)
def contract_failure_rate(m: Any) -> Any:
    """Of contracts that ended, were delivered, or are over 90 days past due: those ended early or over 90 days late."""
    done_on = ibis.coalesce(m.last_delivery_met_on, m.ended_on)
    due_on = ibis.coalesce(m.last_delivery_due_on, m.ends_on)
    behind = (days(ibis.coalesce(done_on, m.as_of), due_on) > 90 * DAY_US).fill_null(False)
    # An end that its source never reports is unknown: without a recorded delivery, such a contract is not judged.
    known = done_on.notnull() | m.has_delivery | m.fills_ended_on
    failed = terminated(m) | (known & behind)
    return ratio(m.count(where=failed), m.count(where=failed | done_on.notnull()))


@change(
    code="D301",
    window=(365,),
    unit=Unit.COUNT,
    risk=Risk.UNSIGNED,
    label=Text("合同变更数", "Amendments"),
    example=Example(rows={"occurred_at": ["2025-01-01", "2025-02-01", "2023-02-01"]}, value=2),
)
def amendments(m: Any) -> Any:
    """Changes to the supplier's contracts in the window."""
    return m.count()


@change(
    code="D302",
    window=(730,),
    unit=Unit.DAYS,
    risk=Risk.RISES,
    label=Text("延期天数", "Days of extension"),
    adverse=Text("合同延期的累计天数多于一般水平", "Contracts were extended by more days than usual"),
    favourable=Text("合同延期的累计天数不多于一般水平", "Contracts were extended by no more days than usual"),
    example=Example(rows={"occurred_at": ["2025-01-01", "2025-02-01"], "days_change": [30, -10]}, value=30),
)
def extension_days(m: Any) -> Any:
    """Days added to contracts by amendments in the window; shortenings do not count against them."""
    return ibis.greatest(m.days_change, 0).sum().fill_null(0)


@change(
    code="D303",
    unit=Unit.RATIO,
    risk=Risk.UNSIGNED,
    label=Text("合同金额变动比例", "Price change by amendment"),
    example=Example(
        rows={"contract_id": ["C1"], "occurred_at": ["2025-01-01"], "amount_change": ["20.00"]},
        others={"contracts": {"contract_id": ["C1"], "signed_on": ["2024-01-01"], "amount": ["100.00"]}},
        value=0.2,
    ),
)
def price_change(m: Any) -> Any:
    """Sum of amount changes over the value of the contracts changed, once per change."""
    return ratio(m.value.sum(), m.contract_value.sum(where=m.value.notnull()))


COMPLETION: tuple[Feature, ...] = all_declared(
    __name__,
    early_terminations,
    completed_contracts,
    contract_failure_rate,
    amendments,
    extension_days,
    price_change,
)
