"""The data cut: of everything that will happen, the tables hold what is known at the end of the last day."""

import numpy as np
from numpy.typing import NDArray

from features.facts.tables import TABLES
from sandbox.world.clock import NEVER
from sandbox.world.rows import Rows, length, not_yet, take


def cut(tables: dict[str, Rows], last: int) -> dict[str, Rows]:
    """Drop what is not known by `last`, blank what has not happened by then, and whatever hangs on either."""
    known = {name: _known(name, rows, last) for name, rows in tables.items()}
    contracts, tenders = known["contracts"]["contract_id"], known["tenders"]["tender_id"]
    for name in ("amendments", "milestones", "payments", "disputes"):
        known[name] = take(known[name], np.isin(known[name]["contract_id"], contracts))
    known["contracts"]["tender_id"] = _or_null(known["contracts"]["tender_id"], tenders)
    known["bids"] = take(known["bids"], np.isin(known["bids"]["tender_id"], tenders))
    stages = known["stages"]
    known["stages"] = take(
        stages,
        np.isin(stages["tender_id"], tenders)
        & ((stages["contract_id"] < 0) | np.isin(stages["contract_id"], contracts)),
    )
    known["financings"]["contract_id"] = _or_null(known["financings"]["contract_id"], contracts)
    loans = known["financings"]["financing_id"]
    known["repayments"] = take(known["repayments"], np.isin(known["repayments"]["financing_id"], loans))
    return known


def _known(name: str, rows: Rows, last: int) -> Rows:
    table = TABLES[name]
    here = rows["known_day"] <= last
    if table.event:
        here &= rows[table.event] <= last
    if name == "bids":
        here &= rows["decided_on"] <= last  # a bid without a result is not known
    rows = take(rows, here)
    for dated, companions in table.hides.items():
        if dated not in rows:
            continue
        rows[dated] = not_yet(rows[dated], last)
        for companion in companions:
            rows[companion] = np.where(rows[dated] == NEVER, -1, rows[companion])
    assert length(rows) == int(here.sum())
    return rows


def _or_null(ids: NDArray, known: NDArray) -> NDArray:
    return np.where(np.isin(ids, known), ids, -1)
