"""What FACTS' visibility rules show of a supplier on the day of a loan: the sandbox's own reading of them.

A row is visible on day D (00:00 local) if it was known before D, no further row of its key was known before D, it
is not retracted, and its event lies before D. A dated attribute that lies on D or later has not happened, and its
companions are unknown. Children of an invisible contract are invisible. In whole days, `instant < 00:00 of D` is
`day < D`, so this file compares integers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.market.delivery import ACCEPTANCE, DELIVERY, PASSED, TERMINATED
from sandbox.market.trade import SHARE_UNIT, WON
from sandbox.world.clock import NEVER, Days, Reals
from sandbox.world.rows import NONE, Rows, length, runs, take


@dataclass(frozen=True)
class Cases:
    """Loans that are asked for: by whom, on which day, on what terms (amount in fen)."""

    supplier: NDArray
    day: Days
    amount: NDArray
    days: NDArray


@dataclass(frozen=True)
class History:
    """All versions of the rows that the view looks at, whenever known."""

    contracts: Rows
    milestones: Rows
    bids: Rows
    conduct: Rows


@dataclass(frozen=True)
class Pairs:
    """Every case beside every row of its supplier: positions of both."""

    case: NDArray
    row: NDArray


def superseded(rows: Rows, *key: str) -> Days:
    """Day from which a further row of the same key is known, `NEVER` if there is none."""
    order = np.lexsort((rows["known_day"], *(rows[name] for name in reversed(key))))
    until = np.full(length(rows), NEVER, np.int32)
    same = np.ones(max(len(order) - 1, 0), bool)
    for name in key:
        ordered = rows[name][order]
        same &= ordered[1:] == ordered[:-1]
    until[order[:-1][same]] = rows["known_day"][order[1:][same]]
    return until


def beside(cases: Cases, supplier: NDArray) -> Pairs:
    """Pair every case with every row that is its supplier's."""
    order = np.argsort(supplier, kind="stable")
    ordered = supplier[order]
    low = np.searchsorted(ordered, cases.supplier, side="left")
    high = np.searchsorted(ordered, cases.supplier, side="right")
    case, place = runs(high - low)
    return Pairs(case, order[low[case] + place])


def seen(rows: Rows, until: Days, pairs: Pairs, day: Days, *, event: str | None) -> NDArray:
    """Which pairs' rows are visible on their case's day."""
    visible = (rows["known_day"][pairs.row] < day) & (until[pairs.row] >= day) & ~rows["retracted"][pairs.row]
    return visible & (rows[event][pairs.row] < day) if event else visible


def history_view(history: History, cases: Cases, *, half_life_days: float) -> dict[str, Reals]:
    """The variables of the view that come from procurement facts, by case."""
    view, contract_seen = _contracts(history.contracts, cases)
    view |= _milestones(history.milestones, contract_seen, cases, half_life_days)
    view |= _bids(history.bids, cases) | _conduct(history.conduct, cases)
    yuan = cases.amount / 100.0
    # Without turnover in the year the loan is large beyond measure.
    view["amount_ratio"] = np.minimum(yuan / np.maximum(view["value_365d"], yuan / 10.0), 10.0)
    view["days"] = cases.days.astype(float)
    return view


@dataclass(frozen=True)
class SeenContracts:
    """Visible (case, contract) pairs, as a bitmap over each supplier's contracts."""

    supplier: NDArray
    contract: NDArray
    offset: NDArray
    first: NDArray
    bitmap: NDArray


def _count(case: NDArray, which: NDArray, n: int) -> Reals:
    return np.bincount(case[which], minlength=n).astype(float)


def _sum(case: NDArray, which: NDArray, values: NDArray, n: int) -> Reals:
    return np.bincount(case[which], weights=values[which], minlength=n).astype(float)


def _share(part: NDArray, whole: NDArray) -> Reals:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _contracts(rows: Rows, cases: Cases) -> tuple[dict[str, Reals], SeenContracts]:
    until = superseded(rows, "contract_id", "supplier_id")
    pairs, n = beside(cases, rows["supplier_id"]), len(cases.day)
    visible = seen(rows, until, pairs, cases.day[pairs.case], event="signed_on")
    bitmap = seen_contracts(rows, cases, pairs, visible)
    case, row = pairs.case[visible], pairs.row[visible]
    age = cases.day[case] - rows["signed_on"][row]
    members = np.where(rows["members"][row] == NONE, 1, rows["members"][row])
    share = np.where(rows["share"][row] == NONE, 1.0 / members, rows["share"][row] / SHARE_UNIT)
    value = rows["amount"][row] / 100.0 * share
    recent, before = _sum(case, age <= 365, value, n), _sum(case, (age > 365) & (age <= 730), value, n)
    gone = cases.day[case] - rows["ended_on"][row]
    broken = (gone > 0) & (gone <= 730) & (rows["end_state"][row] == TERMINATED)
    last = np.full(n, NEVER, np.int64)
    np.minimum.at(last, case, age)
    return {
        "early_terminations_730d": _count(case, broken, n),
        "largest_buyer_share_730d": _largest_share(case, rows["buyer_id"][row], value, age <= 730, n),
        "value_365d": recent,
        "value_trend": _share(recent - before, recent + before),
        "contracts": np.bincount(case, minlength=n).astype(float),
        "contracts_365d": _count(case, age <= 365, n),
        "days_since_last_contract": np.minimum(last, 3650).astype(float),
    }, bitmap


def seen_contracts(rows: Rows, cases: Cases, pairs: Pairs, visible: NDArray) -> SeenContracts:
    """The visible ones among the pairs of a case and a contract, in a form to look children up in."""
    order = np.lexsort((rows["contract_id"], rows["supplier_id"]))
    supplier, contract = rows["supplier_id"][order], rows["contract_id"][order]
    new = np.ones(len(order), bool)
    new[1:] = (supplier[1:] != supplier[:-1]) | (contract[1:] != contract[:-1])
    key = np.empty(len(order), np.int64)
    key[order] = np.cumsum(new) - 1
    supplier, contract = supplier[new], contract[new]
    first = np.searchsorted(supplier, cases.supplier, side="left")
    counts = np.searchsorted(supplier, cases.supplier, side="right") - first
    offset = np.cumsum(counts) - counts
    bitmap = np.zeros(int(counts.sum()), bool)
    case, row = pairs.case[visible], pairs.row[visible]
    bitmap[offset[case] + key[row] - first[case]] = True
    return SeenContracts(supplier, contract, offset, first, bitmap)


def _largest_share(case: NDArray, buyer: NDArray, value: Reals, which: NDArray, n: int) -> Reals:
    case, buyer, value = case[which], buyer[which], value[which]
    pair, at = np.unique(case.astype(np.int64) * (1 << 32) + buyer, return_inverse=True)
    totals, owner = np.bincount(at, weights=value, minlength=len(pair)), pair >> 32
    largest = np.zeros(n)
    np.maximum.at(largest, owner, totals)
    return _share(largest, np.bincount(owner, weights=totals, minlength=n))


def _milestones(rows: Rows, parents: SeenContracts, cases: Cases, half_life_days: float) -> dict[str, Reals]:
    rows, case, row = of_contracts(rows, superseded(rows, "milestone_id"), parents, cases, event=None)
    n, day = len(cases.day), cases.day[case]
    due, met = rows["due_on"][row], rows["met_on"][row]
    delivery = (rows["kind"][row] == DELIVERY) & (due < day)
    late = delivery & ((met >= day) | (met > due))
    year = day - due <= 365
    weight = np.exp2(-(day - due) / half_life_days)
    judged = (rows["kind"][row] == ACCEPTANCE) & (met < day) & (day - met <= 730) & (rows["result"][row] >= 0)
    failed = judged & (rows["result"][row] != PASSED)
    return {
        "late_delivery_share_365d": _share(_count(case, late & year, n), _count(case, delivery & year, n)),
        "late_delivery_decayed": _share(_sum(case, late, weight, n), _sum(case, delivery, weight, n)),
        "failed_acceptance_share_730d": _share(_count(case, failed, n), _count(case, judged, n)),
    }


def of_contracts(
    rows: Rows, until: Days, parents: SeenContracts, cases: Cases, *, event: str | None
) -> tuple[Rows, NDArray, NDArray]:
    """Visible rows that hang on visible contracts.

    Returns:
        The rows, one for each holder of their contract, and by visible pair the positions of its case and its row.
    """
    # A milestone of a joint contract is every member's: one row per (milestone, contract of a supplier).
    order = np.argsort(parents.contract, kind="stable")
    ordered = parents.contract[order]
    low = np.searchsorted(ordered, rows["contract_id"], side="left")
    copies = np.searchsorted(ordered, rows["contract_id"], side="right") - low
    source, place = runs(copies)
    rows, key = take({**rows, "until": until}, source), order[low[source] + place]
    pairs = beside(cases, parents.supplier[key])
    visible = seen(rows, rows["until"], pairs, cases.day[pairs.case], event=event)
    visible &= parents.bitmap[parents.offset[pairs.case] + key[pairs.row] - parents.first[pairs.case]]
    return rows, pairs.case[visible], pairs.row[visible]


def _bids(rows: Rows, cases: Cases) -> dict[str, Reals]:
    until, n = superseded(rows, "bid_id"), len(cases.day)
    pairs = beside(cases, rows["supplier_id"])
    day = cases.day[pairs.case]
    visible = seen(rows, until, pairs, day, event="occurred_at")
    recent = visible & (day - rows["occurred_at"][pairs.row] <= 730)
    decided = recent & (np.minimum(rows["decided_on"], NEVER)[pairs.row] < day)
    won = decided & (rows["result"][pairs.row] == WON)
    bidders = rows["bidders"][pairs.row].astype(float)
    return {
        "win_share_730d": _share(_count(pairs.case, won, n), _count(pairs.case, decided, n)),
        "mean_bidders_730d": _share(_sum(pairs.case, recent, bidders, n), _count(pairs.case, recent, n)),
    }


def _conduct(rows: Rows, cases: Cases) -> dict[str, Reals]:
    own = take(rows, rows["party_role"] == 0)
    until = superseded(own, "conduct_id")
    pairs = beside(cases, own["party"])
    day = cases.day[pairs.case]
    active = seen(own, until, pairs, day, event="effective_on")
    active &= (own["expires_on"][pairs.row] >= day) & (own["repaired_on"][pairs.row] >= day)
    worst = np.zeros(len(cases.day), np.int64)
    np.maximum.at(worst, pairs.case[active], np.maximum(own["severity"][pairs.row][active], 0))
    return {"active_conduct_severity": worst.astype(float)}
