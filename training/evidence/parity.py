"""Parity: whether the engine that serves one case computes the same profiles as training, cell by cell."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.facts.store import Facts
from features.facts.tables import TABLES
from features.profiles.one_case import Case, CaseEngine
from training.cases.population import matrix
from training.cases.split import supplier_folds
from training.learning.training_data import TrainingData

CASES = 50


def parity(facts: Facts, data: TrainingData) -> dict[str, Any]:
    """Compute some test cases' profiles as the service does, and compare every cell that comes from the facts.

    Only the facts of the drawn cases' suppliers are read, so that facts of any size can be compared.

    Returns:
        `cases` and `cells` compared and how many are `differing`; all 0 where no column comes from the facts.
    """
    columns = [c for c in data.columns if c.feature.table in TABLES]
    places = np.flatnonzero(data.split.test)
    if not columns or not len(places):
        return {"cases": 0, "cells": 0, "differing": 0}
    suppliers = data.cases["supplier_id"].take(pa.array(places)).to_pylist()
    order = np.argsort(supplier_folds(suppliers, 2**31, salt="parity"), kind="stable")[:CASES]
    chosen = data.cases.take(pa.array(places[order]))
    waiting = [
        Case(c["supplier_id"], c["as_of"], c["tenant_id"], contract_id=c["contract_id"])
        for c in chosen.select(["supplier_id", "as_of", "tenant_id", "contract_id"]).to_pylist()
    ]
    with _facts_of(facts, {c.supplier_id for c in waiting}) as theirs, closing(CaseEngine(theirs, columns)) as engine:
        served_profiles = engine.profiles(waiting)
    served = np.array([[profile[c.name] for c in columns] for profile in served_profiles])
    learned = matrix(data.profiles.take(pa.array(places[order])), [c.name for c in columns])
    same = (served == learned) | (np.isnan(served) & np.isnan(learned))
    return {"cases": len(waiting), "cells": int(same.size), "differing": int((~same).sum())}


@contextmanager
def _facts_of(facts: Facts, suppliers: set[str]) -> Iterator[Facts]:
    """The facts of some suppliers alone, in files of their own and in their order; other tables stay whole."""
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        tables = dict(facts.tables)
        for name, file in facts.tables.items():
            if "supplier_id" in pq.read_schema(file).names:
                tables[name] = Path(folder) / f"{name}.parquet"
                pq.write_table(pq.read_table(file, filters=[("supplier_id", "in", sorted(suppliers))]), tables[name])
        yield replace(facts, tables=tables)
