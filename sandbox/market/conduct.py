"""Misconduct on record: of suppliers by their quality, of buyers by chance."""

import numpy as np
import pyarrow as pa

from sandbox.market.firms import HALF_YEAR, Buyers, Chunk, Suppliers
from sandbox.world.arrow import PREFIX, Labels
from sandbox.world.clock import NEVER, working_day
from sandbox.world.ids import numbered
from sandbox.world.rows import NONE, Rows, correction, fen, known, late_known, length, runs, stack
from sandbox.world.seeds import Noun

SUPPLIER, BUYER = 0, 1


def conduct_rows(chunk: Chunk, firms: Suppliers, buyers: Buyers) -> Rows:
    """The `conduct` table; `party` is the number of the supplier or of the buyer."""
    rng, mess = chunk.stream(Noun.CONDUCT), chunk.world.mess
    base, slope = chunk.world.quality.conduct
    halves = firms.quality.shape[1]
    start = chunk.calendar.first + HALF_YEAR * np.arange(halves)
    awake = (firms.entry[:, None] <= start) & (start < firms.exit[:, None])
    rate = np.where(awake, np.exp(base - slope * firms.quality) * 0.5, 0.0)
    cell, _ = runs(rng.poisson(np.minimum(rate, 3.0)).ravel())
    own, half = cell // halves, cell % halves
    others = rng.poisson(0.05 * chunk.size / 20)
    n = len(own) + others
    happened = np.concatenate(
        [start[half] + rng.integers(0, HALF_YEAR, len(own)), rng.integers(start[0], chunk.calendar.last, others)]
    )
    happened = working_day(happened.astype(np.int32))
    severity = np.minimum(1 + rng.geometric(0.45, n) - 1, 5)
    lasts = 180 + 180 * severity
    repaired = np.where(rng.random(n) < 0.35, happened + rng.integers(30, 400, n), NEVER)
    rows: Rows = {
        "conduct_id": np.arange(n),
        "party": np.concatenate([chunk.base + own, rng.integers(0, len(buyers.level), others)]),
        "party_role": np.repeat([SUPPLIER, BUYER], [len(own), others]),
        "type_code": np.where(np.arange(n) < len(own), rng.integers(0, 5, n), 5),
        "severity": np.where(rng.random(n) < 0.02, NONE, severity),
        "amount": np.where(rng.random(n) < 0.3, fen(rng.lognormal(9, 1, n), to=10_000), NONE),
        "effective_on": happened,
        "expires_on": np.where(rng.random(n) < 0.9, happened + lasts, NEVER).astype(np.int32),
        "repaired_on": repaired.astype(np.int32),
    }
    known(rows, rows["effective_on"])
    late_known(rows, rng, rate=4 * mess.known_late, days=60)
    rows["repaired_on"] = np.where(repaired <= rows["known_day"], NEVER, rows["repaired_on"]).astype(np.int32)
    overturned = np.flatnonzero(rng.random(n) < 4 * mess.retracted)
    appeal = correction(rows, overturned, rows["known_day"][overturned] + rng.integers(20, 200, len(overturned)))
    appeal["retracted"][:] = True
    return stack(rows, appeal)


def party_ids(rows: Rows, labels: Labels) -> pa.Array:
    """`party_id` of conduct rows: a supplier's code or a buyer's id."""
    if length(rows) == 0:
        return pa.array([], pa.string())
    supplier = rows["party_role"] == SUPPLIER
    codes = labels.supplier(np.where(supplier, rows["party"], labels.base))
    buyers = numbered(PREFIX["buyer_id"], rows["party"])
    return pa.compute.if_else(pa.array(supplier), codes, buyers)
