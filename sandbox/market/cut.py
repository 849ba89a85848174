"""The data cut: of everything that will happen, the tables hold what is known at the end of the last day."""

import numpy as np
from numpy.typing import NDArray

from features.facts.tables import TABLES
from sandbox.world.clock import NEVER
from sandbox.world.rows import Rows, length, not_yet, take


def cut(tables: dict[str, Rows], last: int) -> dict[str, Rows]:
    """Drop what is not known by `last`, blank what has not happened by then, and whatever hangs on either."""
    kept = {name: _known(name, rows, last) for name, rows in tables.items()}
    contracts, tenders = kept["contracts"]["contract_id"], kept["tenders"]["tender_id"]
    for name in ("amendments", "milestones", "payments", "disputes"):
        kept[name] = take(kept[name], np.isin(kept[name]["contract_id"], contracts))
    kept["contracts"]["tender_id"] = _or_null(kept["contracts"]["tender_id"], tenders)
    kept["bids"] = take(kept["bids"], np.isin(kept["bids"]["tender_id"], tenders))
    stages = kept["stages"]
    kept["stages"] = take(
        stages,
        np.isin(stages["tender_id"], tenders)
        & ((stages["contract_id"] < 0) | np.isin(stages["contract_id"], contracts)),
    )
    kept["financings"]["contract_id"] = _or_null(kept["financings"]["contract_id"], contracts)
    loans = kept["financings"]["financing_id"]
    kept["repayments"] = take(kept["repayments"], np.isin(kept["repayments"]["financing_id"], loans))
    return kept


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
