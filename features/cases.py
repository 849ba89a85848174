"""Profiles from facts for the few cases that wait now: the plan prepared once, and handed their rows at each call."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from duckdb.func import PythonUDFType

from features.engine import connect, side_by_side, spine_rows
from features.facts import Facts
from features.feature import FeatureColumn
from features.fresh import held, merged
from features.history import spine
from features.lookup import Lookup, columns_read, schema_of
from features.plan import compile_plan, statement
from features.sql import quoted
from features.tables import TABLES


@dataclass(frozen=True)
class Case:
    """One supplier as one tenant sees it at one instant (naive UTC), with the facts that its request brought."""

    supplier_id: str
    as_of: datetime
    tenant_id: str | None = None
    fresh: Mapping[str, pa.Table] | None = None


class CaseEngine:
    """The facts that a plan reads, held in memory, and the plan prepared over the rows of the suppliers asked for.

    DuckDB plans a prepared statement anew at each execution if it reads tables, and planning costs several times what
    running does. So the plan reads no table: each relation is a function that gives the rows of the cases at hand.
    """

    def __init__(self, facts: Facts, columns: Sequence[FeatureColumn], *, threads: int = 1) -> None:
        self.columns = tuple(c for c in columns if c.feature.table in TABLES)
        self._plan = compile_plan(self.columns)
        self._lock = threading.Lock()
        read = columns_read(self._plan.stages)
        self.lookup = Lookup(facts.tables, held(read))
        self._rows: Mapping[str, pa.Table] = {}
        self._connection = connect(threads=threads)
        schemas = {name: schema_of(name, names) for name, names in read.items()}
        given = {name: self._give(name, schema) for name, schema in (schemas | {"spine": _SPINE}).items()}
        self._connection.execute(f"PREPARE profiles AS {statement(self._plan.stages, given=given)}")

    def profiles(self, cases: Sequence[Case]) -> list[dict[str, float]]:
        """Profiles of the cases, in their order; NaN for null.

        A case with fresh facts has a statement of its own: no other case may read them.
        """
        if len(cases) > 1 and any(c.fresh is not None for c in cases):
            return [self.profiles([c])[0] for c in cases]
        waiting = spine_rows(*([getattr(c, f) for c in cases] for f in ("supplier_id", "as_of", "tenant_id")))
        with self._lock:
            stored = self.lookup.rows([c.supplier_id for c in cases])
            self._rows = merged(stored, cases[0].fresh or {}) | {"spine": waiting}
            laid = self._connection.execute("EXECUTE profiles").fetchall()
        case_no, part = np.array([row[:2] for row in laid], dtype=np.int64).reshape(-1, 2).T
        cells = np.array([v for row in laid for v in row[2]], dtype=np.float64)
        values = side_by_side(case_no, part, cells, self._plan.parts, len(cases))
        return [{name: float(array[i]) for name, array in values.items()} for i in range(len(cases))]

    def _give(self, name: str, schema: pa.Schema) -> str:
        """Make the function that gives a relation's rows; return the SQL that reads it."""
        relation = self._connection.from_arrow(schema.empty_table())
        row = ", ".join(f"{quoted(c)} {t}" for c, t in zip(relation.columns, relation.types, strict=True))

        def given(_: pa.Array) -> pa.Array:
            columns = [c.combine_chunks() for c in self._rows[name].select(schema.names).columns]
            records = pa.StructArray.from_arrays(columns, fields=list(schema))
            return pa.ListArray.from_arrays(pa.array([0, len(records)], pa.int32()), records)

        kind, row = PythonUDFType.ARROW, f"STRUCT({row})[]"
        self._connection.create_function(f"{name}_rows", given, ["BIGINT"], row, type=kind, side_effects=True)
        return f"SELECT unnest({name}_rows(1), recursive := true)"


_SPINE = spine().schema().to_pyarrow()
