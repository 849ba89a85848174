"""What a drawn world adds to its suppliers: an industry, a hidden level by quarter, and second ids."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sandbox.market.firms import Chunk, Suppliers
from sandbox.world.clock import NEVER, working_day
from sandbox.world.hidden import INDUSTRIES, Hidden
from sandbox.world.seeds import Noun

QUARTER = 91  # days
FIRST_ID_DAYS_MIN, SECOND_ID_DAYS_MIN = 500, 300


def quarters(chunk: Chunk) -> int:
    """Number of quarters of the market, the last one in part."""
    return (chunk.calendar.last - chunk.calendar.first) // QUARTER + 1


def quarter_of(days: NDArray, first: int) -> NDArray:
    """Quarter of days, counted from the market's first day; days before it lie in the first quarter."""
    return np.maximum((days - first) // QUARTER, 0)


def drawn_firms(chunk: Chunk, firms: Suppliers) -> Suppliers:
    """Give the suppliers their industries and levels, and let some go on under a second id."""
    drawn = chunk.world.drawn
    assert drawn is not None
    rng, n = chunk.stream(Noun.HIDDEN), chunk.size
    industry = rng.integers(0, INDUSTRIES, n)
    level = _levels(drawn.hidden, n, quarters(chunk), rng)
    firms = replace(
        firms,
        industry=industry,
        level=level,
        origin=np.arange(n),
        scale=firms.scale * np.exp(np.array(drawn.industries.amount)[industry]),
    )
    return _second_ids(chunk, firms, drawn.mess.two_ids)


def _levels(hidden: Hidden, n: int, columns: int, rng: np.random.Generator) -> NDArray:
    """Levels of suppliers by quarter: kept with the chance `stays`, else drawn anew by the shares."""
    bounds = np.cumsum(hidden.shares)[:-1]
    level = np.searchsorted(bounds, rng.random((n, columns)), side="right").astype(np.int8)
    for quarter in range(1, columns):
        keeps = rng.random(n) < hidden.stays
        level[keeps, quarter] = level[keeps, quarter - 1]
    return level


def _second_ids(chunk: Chunk, firms: Suppliers, share: float) -> Suppliers:
    """Let a share of the suppliers end on a day, and the next id of the chunk go on as the same firm from there."""
    rng, n = chunk.stream(Noun.SECOND_IDS), chunk.size
    lasting = firms.exit - firms.entry
    first_id = np.flatnonzero((np.arange(n) % 2 == 0) & (np.arange(n) + 1 < n))
    # Only every second id can be a first one, so the chance is doubled.
    chosen = (rng.random(len(first_id)) < 2 * share) & (lasting[first_id] > FIRST_ID_DAYS_MIN + SECOND_ID_DAYS_MIN)
    part = rng.random(len(first_id))[chosen]
    first_id = first_id[chosen]
    second_id = first_id + 1
    spare = lasting[first_id] - FIRST_ID_DAYS_MIN - SECOND_ID_DAYS_MIN
    switch = (firms.entry[first_id] + FIRST_ID_DAYS_MIN + part * spare).astype(np.int32)
    columns = {name: values.copy() for name, values in vars(firms).items()}
    for values in columns.values():
        values[second_id] = values[first_id]
    columns["exit"][first_id] = switch - 1
    columns["entry"][second_id] = switch
    registered = columns["registered"][second_id]
    anew = working_day(np.maximum(registered, switch + 20))
    columns["registered"][second_id] = np.where(registered < NEVER, anew, NEVER)
    return Suppliers(**columns)
