"""The mess of drawn worlds: transfers, foreign amounts, ends for convenience, sources that leave columns empty."""

import numpy as np
from numpy.typing import NDArray

from sandbox.market.delivery import Deliveries
from sandbox.market.firms import Chunk
from sandbox.market.rates import Rates
from sandbox.market.trade import Awards
from sandbox.world.clock import NEVER
from sandbox.world.hidden import FurtherMess
from sandbox.world.rows import NONE, Rows, correction, known, late_known, length, stack, take
from sandbox.world.seeds import Noun

CONVENIENCE = 4  # position of its reason among the reasons of amendments
NOON = 4 * 3600  # second of the day, UTC


def reporter_of(buyer: NDArray, mess: FurtherMess) -> NDArray:
    """The source that a buyer reports to; the first ones leave ends empty."""
    return (buyer * 7919) % mess.sources


def unmet_source(buyer: NDArray, mess: FurtherMess) -> NDArray:
    """Whether a buyer's source never says when a milestone was met."""
    return reporter_of(buyer, mess) < mess.without_met


def transferred(chunk: Chunk, contracts: Rows) -> Rows:
    """Retract some contracts for their supplier and enter them anew for another, half of them at the same instant."""
    assert chunk.world.drawn is not None
    rng, mess = chunk.stream(Noun.TRANSFERS), chunk.world.drawn.mess
    contracts["known_second"] = np.full(length(contracts), -1)
    key = contracts["contract_id"] * chunk.size + contracts["supplier_id"] - chunk.base
    _, place, versions = np.unique(key, return_inverse=True, return_counts=True)
    single = (contracts["members"] == NONE) & (versions[place] == 1)
    moved = np.flatnonzero(single & (rng.random(length(contracts)) < mess.transferred))
    n = len(moved)
    at = contracts["known_day"][moved] + rng.integers(10, 300, n)
    together = rng.random(n) < 0.5
    second = np.where(together, NOON, -1)
    gone = correction(contracts, moved, at, known_second=second)
    gone["retracted"][:] = True
    holder = chunk.base + (contracts["supplier_id"][moved] - chunk.base + 13) % chunk.size
    later = at + np.where(together, 0, rng.integers(1, 30, n))
    entered = correction(contracts, moved, later, supplier_id=holder, payee_account=holder, known_second=second)
    return stack(contracts, gone, entered)


def convenience_rows(chunk: Chunk, awards: Awards, deliveries: Deliveries, first_id: int) -> Rows:
    """Amendments that say the buyer ended the contract for its own convenience, dated to that day."""
    of = np.flatnonzero(deliveries.convenience)
    n = len(of)
    rows: Rows = {
        "amendment_id": first_id + np.arange(n),
        "contract_id": of,
        "amount_change": np.full(n, NONE),
        "days_change": np.full(n, NONE),
        "reason": np.full(n, CONVENIENCE),
        "occurred_at": deliveries.ended[of].astype(np.int32),
    }
    known(rows, rows["occurred_at"])
    late_known(rows, chunk.stream(Noun.ENDS), rate=chunk.world.mess.known_late, days=30)
    assert len(awards.buyer) > (of.max() if n else -1)
    return rows


def in_currencies(chunk: Chunk, awards: Awards, rates: Rates, tables: dict[str, Rows]) -> None:
    """Write the amounts of some contracts and of what hangs on them in another currency.

    Adds to the contracts `cny`: yuan for one unit by the rate that was known when the row became known.
    """
    assert chunk.world.drawn is not None
    rng, n = chunk.stream(Noun.FOREIGN), len(awards.buyer)
    foreign = rng.random(n) < chunk.world.drawn.mess.foreign
    currency = np.where(foreign, 1 + awards.buyer % 2, 0)
    unit = rates.right[currency, np.maximum(rates.month(awards.signed), 0)] / 1e8
    for name, column in (("contracts", "amount"), ("payments", "amount"), ("amendments", "amount_change")):
        rows = tables[name]
        of = rows["contract_id"]
        stated = rows[column] != NONE
        rows["currency"] = currency[of]
        rows[column] = np.where(
            stated & (currency[of] > 0), np.round(rows[column] / unit[of]).astype(np.int64), rows[column]
        )
    contracts = tables["contracts"]
    contracts["cny"] = rates.rate(contracts["currency"], contracts["signed_on"], contracts["known_day"])


def by_sources(chunk: Chunk, awards: Awards, tables: dict[str, Rows]) -> None:
    """Name the source of every contract and milestone, and empty the columns that it never fills."""
    assert chunk.world.drawn is not None
    mess = chunk.world.drawn.mess
    for name in ("contracts", "milestones"):
        rows = tables[name]
        rows["reporter"] = reporter_of(awards.buyer, mess)[rows["contract_id"]]
    contracts, milestones = tables["contracts"], tables["milestones"]
    silent = contracts["reporter"] < mess.without_ends
    contracts["ended_on"] = np.where(silent, NEVER, contracts["ended_on"]).astype(np.int32)
    contracts["end_state"] = np.where(silent, -1, contracts["end_state"])
    silent = milestones["reporter"] < mess.without_met
    # What these sources correct is only when a milestone was met: without it there is nothing to correct.
    milestones["met_on"] = np.where(silent, NEVER, milestones["met_on"]).astype(np.int32)
    milestones["requested_on"] = np.where(silent, NEVER, milestones["requested_on"]).astype(np.int32)
    milestones["result"] = np.where(silent, -1, milestones["result"])
    first = milestones["known_day"] == awards.signed[milestones["contract_id"]]
    tables["milestones"] = take(milestones, ~silent | first & ~milestones["known_stated"])
