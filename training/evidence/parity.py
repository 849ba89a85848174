"""Parity: whether the engine that serves one case computes the same profiles as training, cell by cell."""

from contextlib import closing
from typing import Any

import numpy as np
import pyarrow as pa

from features.facts.store import Facts
from features.facts.tables import TABLES
from features.profiles.one_case import Case, CaseEngine
from training.cases.population import matrix
from training.cases.split import supplier_folds
from training.learning.training_data import TrainingData

CASES = 50
_FACT_ROWS_MAX = 20_000_000  # with more, the facts do not fit in memory beside training


def parity(facts: Facts, data: TrainingData) -> dict[str, Any]:
    """Compute some test cases' profiles as the service does, and compare every cell that comes from the facts.

    Returns:
        `cases` and `cells` compared and how many are `differing`; all 0 where the facts are too large for memory.
    """
    columns = [c for c in data.columns if c.feature.table in TABLES]
    rows = sum(entry["rows"] for entry in facts.manifest["tables"].values())
    places = np.flatnonzero(data.split.test)
    if rows > _FACT_ROWS_MAX or not columns or not len(places):
        return {"cases": 0, "cells": 0, "differing": 0}
    suppliers = data.cases["supplier_id"].take(pa.array(places)).to_pylist()
    order = np.argsort(supplier_folds(suppliers, 2**31, salt="parity"), kind="stable")[:CASES]
    chosen = data.cases.take(pa.array(places[order]))
    waiting = [
        Case(c["supplier_id"], c["as_of"], c["tenant_id"])
        for c in chosen.select(["supplier_id", "as_of", "tenant_id"]).to_pylist()
    ]
    with closing(CaseEngine(facts, columns)) as engine:
        served_profiles = engine.profiles(waiting)
    served = np.array([[profile[c.name] for c in columns] for profile in served_profiles])
    learned = matrix(data.profiles.take(pa.array(places[order])), [c.name for c in columns])
    same = (served == learned) | (np.isnan(served) & np.isnan(learned))
    return {"cases": len(waiting), "cells": int(same.size), "differing": int((~same).sum())}
