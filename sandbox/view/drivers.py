"""The variables that may drive the risk of a drawn world: one function each, over any window.

`DRAWN_VARIABLES` in `sandbox/world/world.py` says what each means.
"""
# ruff: noqa: D103

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.market.delivery import PASSED, TERMINATED
from sandbox.market.firms import Chunk
from sandbox.market.trade import DIRECT, WON
from sandbox.view.reading import Reading, Visible, share
from sandbox.view.view import Cases
from sandbox.world.clock import NEVER
from sandbox.world.rows import NONE, Rows
from sandbox.world.world import World

YEAR = 365
RATIO_MAX = 10.0
Window = int | None


@dataclass(frozen=True)
class DrawnHistory:
    """The tables of a chunk of a drawn world, whenever known."""

    chunk: Chunk
    tables: Mapping[str, Rows]
    without_met: int


def drawn_view(history: DrawnHistory, cases: Cases, wanted: Iterable[tuple[str, Window]]) -> dict[str, NDArray]:
    """What lending looks at, and the wanted variables, by case; those of earlier loans come with fate."""
    chunk = history.chunk
    reading = Reading(history.tables, cases, size=chunk.size, base=chunk.base, without_met=history.without_met)
    view = {
        "contracts": contracts_signed(reading, None),
        "contracts_365d": contracts_signed(reading, YEAR),
        "active_conduct_severity": conduct_worst(reading, None),
        "late_delivery_share_365d": late_share(reading, YEAR),
    }
    for variable, window in wanted:
        if variable == "late_fading":
            view[variable] = _late_fading(reading, chunk.world.risk.half_life_days)
        elif not variable.startswith("own_"):
            view[key(variable, window)] = DRIVERS[variable](reading, window)
    return view


def wanted_variables(world: World) -> list[tuple[str, Window]]:
    """The variables of a world's effects, each once."""
    return sorted({(f.variable, f.window) for e in world.risk.effects for f in e.factors}, key=str)


def key(variable: str, window: Window) -> str:
    """Name of a variable in the view."""
    return variable if window is None else f"{variable}_{window}d"


def contracts_signed(r: Reading, w: Window) -> NDArray:
    return r.contracts.count(r.contracts.within(w))


def value_signed(r: Reading, w: Window) -> NDArray:
    return r.contracts.sum(r.contracts.within(w), r.value)


def value_change(r: Reading, w: Window) -> NDArray:
    length = w or YEAR
    recent = value_signed(r, length)
    before = value_signed(r, 2 * length) - recent
    return share(recent - before, recent + before)


def largest_contract(r: Reading, w: Window) -> NDArray:
    return r.contracts.most(r.contracts.within(w), r.value)


def days_since_contract(r: Reading, w: Window) -> NDArray:
    last = np.full(r.contracts.n, float(NEVER))
    np.minimum.at(last, r.contracts.case, r.contracts.age.astype(float))
    return np.minimum(last, 3650.0)


def direct_share(r: Reading, w: Window) -> NDArray:
    recent = r.contracts.within(w)
    return share(r.contracts.count(recent & (r.contracts["method"] == DIRECT)), r.contracts.count(recent))


def _by_buyer(r: Reading, w: Window) -> tuple[NDArray, NDArray]:
    """By case and buyer of the window: the case, and the value signed."""
    recent = r.contracts.within(w)
    code = r.contracts.case[recent].astype(np.int64) * (1 << 32) + r.contracts["buyer_id"][recent]
    pair, at = np.unique(code, return_inverse=True)
    return pair >> 32, np.bincount(at, weights=r.value[recent], minlength=len(pair))


def main_buyer_share(r: Reading, w: Window) -> NDArray:
    case, value = _by_buyer(r, w)
    largest = np.zeros(r.contracts.n)
    np.maximum.at(largest, case, value)
    return share(largest, np.bincount(case, weights=value, minlength=r.contracts.n))


def buyers(r: Reading, w: Window) -> NDArray:
    return np.bincount(_by_buyer(r, w)[0], minlength=r.contracts.n).astype(float)


def broken_off(r: Reading, w: Window) -> NDArray:
    c = r.contracts
    gone = c.day - c["ended_on"]
    broken = (gone > 0) & (c["end_state"] == TERMINATED) & ~r.for_convenience(c)
    return c.count(broken & ((gone <= w) if w is not None else True))


def days_extended(r: Reading, w: Window) -> NDArray:
    days = r.amendments["days_change"]
    return r.amendments.sum(r.amendments.within(w) & (days != NONE), np.maximum(days, 0))


def _late(d: Visible, *, by: int = 0) -> NDArray:
    """Deliveries more than `by` days late, met or open."""
    return np.minimum(d["met_on"], d.day) > d["due_on"] + by


def late_share(r: Reading, w: Window) -> NDArray:
    d = r.deliveries
    return share(d.count(d.within(w) & _late(d)), d.count(d.within(w)))


def _late_fading(r: Reading, half_life_days: float) -> NDArray:
    d = r.deliveries
    weight = np.exp2(-d.age / half_life_days)
    return share(d.sum(_late(d), weight), d.sum(d.age >= 1, weight))


def month_late_share(r: Reading, w: Window) -> NDArray:
    d = r.deliveries
    return share(d.count(d.within(w) & _late(d, by=30)), d.count(d.within(w)))


def open_late(r: Reading, w: Window) -> NDArray:
    return r.deliveries.count(r.deliveries.within(w) & (r.deliveries["met_on"] >= r.deliveries.day))


def days_late(r: Reading, w: Window) -> NDArray:
    d = r.deliveries
    met = d.within(w) & (d["met_on"] < d.day)
    return share(d.sum(met, np.maximum(d["met_on"] - d["due_on"], 0)), d.count(met))


def early_share(r: Reading, w: Window) -> NDArray:
    d = r.deliveries
    return share(d.count(d.within(w) & (d["met_on"] < d["due_on"])), d.count(d.within(w)))


def deliveries(r: Reading, w: Window) -> NDArray:
    return r.deliveries.count(r.deliveries.within(w))


def not_passed_share(r: Reading, w: Window) -> NDArray:
    a = r.acceptances
    return share(a.count(a.within(w) & (a["result"] != PASSED)), a.count(a.within(w)))


def won_share(r: Reading, w: Window) -> NDArray:
    b = r.bids
    decided = b.within(w) & (b["decided_on"] < b.day)
    return share(b.count(decided & (b["result"] == WON)), b.count(decided))


def bidders(r: Reading, w: Window) -> NDArray:
    return share(r.bids.sum(r.bids.within(w), r.bids["bidders"]), r.bids.count(r.bids.within(w)))


def bids(r: Reading, w: Window) -> NDArray:
    return r.bids.count(r.bids.within(w))


def conduct_worst(r: Reading, w: Window) -> NDArray:
    c = r.conduct
    active = (c["expires_on"] >= c.day) & (c["repaired_on"] >= c.day)
    return c.most(active, np.maximum(c["severity"], 0))


def conduct_entries(r: Reading, w: Window) -> NDArray:
    return r.conduct.count(r.conduct.within(w))


def sales(r: Reading, w: Window) -> NDArray:
    return r.sales.sum(r.sales.within(w) & (r.sales["state"] == 0), r.sales["amount"] / 100.0)


def void_share(r: Reading, w: Window) -> NDArray:
    recent = r.sales.within(w)
    return share(r.sales.count(recent & (r.sales["state"] == 1)), r.sales.count(recent))


def register_events(r: Reading, w: Window) -> NDArray:
    return r.register_events.count(r.register_events.within(w))


def firm_years(r: Reading, w: Window) -> NDArray:
    founded = r.tables["suppliers"]["founded_on"][: r.size]
    return np.maximum(r.cases.day - founded[r.cases.supplier - r.base], 0) / 365.25


def capital(r: Reading, w: Window) -> NDArray:
    stated = r.tables["suppliers"]["registered_capital"][: r.size][r.cases.supplier - r.base]
    return np.where(stated == NONE, 0, stated) / 100.0


def _yuan(r: Reading) -> NDArray:
    return r.cases.amount / 100.0


def amount_ratio(r: Reading, w: Window) -> NDArray:
    return np.minimum(_yuan(r) / np.maximum(value_signed(r, YEAR), _yuan(r) / RATIO_MAX), RATIO_MAX)


def amount_to_largest(r: Reading, w: Window) -> NDArray:
    return np.minimum(_yuan(r) / np.maximum(largest_contract(r, None), _yuan(r) / RATIO_MAX), RATIO_MAX)


def amount(r: Reading, w: Window) -> NDArray:
    return _yuan(r)


def days(r: Reading, w: Window) -> NDArray:
    return r.cases.days.astype(float)


DRIVERS: Mapping[str, Callable[[Reading, Window], NDArray]] = {
    one.__name__: one
    for one in (
        *(contracts_signed, value_signed, value_change, largest_contract, days_since_contract, direct_share),
        *(main_buyer_share, buyers, broken_off, days_extended, late_share, month_late_share, open_late, days_late),
        *(early_share, deliveries, not_passed_share, won_share, bidders, bids, conduct_worst, conduct_entries),
        *(sales, void_share, register_events, firm_years, capital, amount_ratio, amount_to_largest, amount, days),
    )
}
