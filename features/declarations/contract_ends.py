"""Prepared columns about the end of a contract: for whose convenience, its last delivery, and milestones it closes."""

from datetime import datetime
from typing import Any

import ibis

from features.declarations.convenience import is_convenience
from features.declarations.filled import with_fills
from features.facts.history import relation, spine, visible_at

# Bounds that stand for a missing date inside a comparison of several rows; no stored date reaches them.
_EARLIEST, _LATEST = datetime(1600, 1, 1), datetime(2290, 1, 1)


def with_convenience(rows: Any) -> Any:
    """Add `for_convenience`: whether a visible amendment says that the buyer ended the contract for its convenience.

    Args:
        rows: `case_no` and `contract_id` among others.
    """
    cases, facts = spine(), relation("amendments")
    same = [facts.supplier_id == cases.supplier_id, is_convenience(facts.reason)]
    ended = cases.join(facts, [*same, *visible_at(facts, cases.as_of, event="occurred_at")])
    ended = ended.select(cases.case_no, facts.contract_id).distinct().mutate(found=True)
    joined = rows.left_join(ended, ["case_no", "contract_id"])
    return joined.select(*rows.columns, for_convenience=joined.found.fill_null(False))


def with_done(rows: Any) -> Any:
    """Add `done_on` and `dropped` to milestones with `contract_ended_on`, `contract_end_state`, `for_convenience`.

    A milestone ends with its contract. `done_on` is when it was met, else when the contract ended; null while both are
    open. `dropped` says that it counts as neither late nor in time: it was still open when its contract was cancelled
    or ended for the buyer's convenience, or when its contract ended, other than by completion, before it was due.
    """
    state = rows.contract_end_state.fill_null("")
    not_due = (state != "completed") & (rows.due_on > rows.contract_ended_on).fill_null(False)
    excused = (state == "cancelled") | ((state == "terminated_early") & rows.for_convenience)
    return rows.mutate(
        done_on=ibis.coalesce(rows.met_on, rows.contract_ended_on),
        dropped=rows.met_on.isnull() & (excused | not_due),
    )


def with_last_delivery(rows: Any) -> Any:
    """Add `last_delivery_due_on` and `last_delivery_met_on` to contracts; both null without a recorded delivery.

    The last delivery is the one due last, at the contract's planned end where it states no date of its own; among
    equals one that is still open. A delivery without any date counts as due first, and its due date is null.
    """
    last = _deliveries_by_contract()
    joined = rows.left_join(last, ["case_no", "contract_id"])
    undated = joined.undated_met.notnull()
    # Null dates compare as the earliest: a delivery without any date is the last only where there is no other.
    own = ibis.coalesce(joined.ends_on, _instant(_EARLIEST))
    dated = ibis.coalesce(joined.dated_due, _instant(_EARLIEST))
    due = ibis.ifelse(undated & (joined.dated_due.isnull() | (own > dated)), own, dated)
    both = ibis.greatest(joined.dated_met, joined.undated_met)
    met = ibis.ifelse(joined.dated_due.isnull() | (undated & (own > dated)), joined.undated_met, joined.dated_met)
    met = ibis.ifelse(undated & joined.dated_due.notnull() & (own == dated), both, met)
    return joined.select(
        *rows.columns,
        last_delivery_due_on=due.nullif(_instant(_EARLIEST)),
        last_delivery_met_on=met.nullif(_instant(_LATEST)),
        has_delivery=joined.deliveries.notnull(),
    )


def _deliveries_by_contract() -> Any:
    """The deliveries of each case's contracts: the last due date with when it was met, and those without a date.

    A source that never says when a milestone was met leaves no delivery open: its deliveries are not counted.

    `dated_met` and `undated_met` are `_LATEST` where such a delivery is still open, null where there is none.
    """
    cases, facts = spine(), relation("milestones")
    same = [facts.supplier_id == cases.supplier_id, facts.kind == "delivery"]
    seen = cases.join(facts, [*same, *visible_at(facts, cases.as_of, event=None)])
    met = ibis.ifelse(facts.met_on < cases.as_of, facts.met_on, ibis.null("timestamp(6)"))
    dates = {"due": facts.due_on, "met": ibis.coalesce(met, _instant(_LATEST))}
    seen = seen.select(cases.case_no, cases.as_of, facts.contract_id, facts.source, **dates)
    seen = with_fills(seen, "milestones", ["fills_met_on"])
    seen = seen.filter(seen.fills_met_on)
    of_contract = ibis.window(group_by=["case_no", "contract_id"])
    seen = seen.mutate(last_due=seen.due.max().over(of_contract))
    return seen.group_by(["case_no", "contract_id"]).aggregate(
        deliveries=seen.count(),
        dated_due=seen.last_due.max(),
        dated_met=seen.met.max(where=seen.due == seen.last_due),
        undated_met=seen.met.max(where=seen.due.isnull()),
    )


def _instant(moment: datetime) -> Any:
    return ibis.literal(moment, "timestamp(6)")
