"""Profiles from facts for the few cases that wait now: plans prepared once, and handed their rows at each call."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
from duckdb.func import PythonUDFType

from features.engine import connect, side_by_side, spine_rows
from features.facts import Facts
from features.feature import FeatureColumn
from features.fresh import held, merged
from features.history import spine
from features.lookup import Lookup, columns_read, schema_of
from features.plan import Plan, compile_plan, statement
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
    """The facts that the plans read, held in memory, and a plan a table, prepared over the rows of those asked for.

    DuckDB plans a prepared statement anew at each execution if it reads tables, and planning costs several times what
    running does. So the plans read no table: each relation is a function that gives the rows of the cases at hand.
    """

    def __init__(self, facts: Facts, columns: Sequence[FeatureColumn], *, threads: int = 1) -> None:
        self.columns = tuple(c for c in columns if c.feature.table in TABLES)
        by_table = {name: tuple(c for c in self.columns if c.feature.table == name) for name in TABLES}
        plans = {name: compile_plan(own) for name, own in by_table.items() if own}
        self._lock = threading.Lock()
        read = columns_read(stage for plan in plans.values() for stage in plan.stages)
        self.lookup = Lookup(facts.tables, held(read))
        self._given: Mapping[str, pa.ListArray] = {}
        self._schemas = {name: schema_of(name, names) for name, names in read.items()} | {"spine": _SPINE}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="cases")
        self._database = connect(threads=1)  # a statement; it owns the functions, and has to outlive its cursors
        given = {name: self._give(name, schema) for name, schema in self._schemas.items()}
        # Those with the most columns first: they take longest, and so the threads end together.
        ordered = sorted(plans, key=lambda name: len(by_table[name]), reverse=True)
        self._prepared = [_Prepared(name, plans[name], self._database.cursor(), given) for name in ordered]

    def profiles(self, cases: Sequence[Case]) -> list[dict[str, float]]:
        """Profiles of the cases, in their order; NaN for null.

        A case with fresh facts has its statements to itself: no other case may read them.
        """
        if len(cases) > 1 and any(c.fresh is not None for c in cases):
            return [self.profiles([c])[0] for c in cases]
        waiting = spine_rows(*([getattr(c, f) for c in cases] for f in ("supplier_id", "as_of", "tenant_id")))
        with self._lock:
            stored = self.lookup.rows([c.supplier_id for c in cases])
            rows = merged(stored, cases[0].fresh or {}) | {"spine": waiting}
            self._given = {name: _as_one_value(rows[name], schema) for name, schema in self._schemas.items()}
            found = self._pool.map(lambda prepared: prepared.run(rows, len(cases)), self._prepared)
            values = {name: array for columns in found for name, array in columns.items()}
        return [{name: float(array[i]) for name, array in values.items()} for i in range(len(cases))]

    def _give(self, name: str, schema: pa.Schema) -> str:
        """Make the function that gives a relation's rows; return the SQL that reads it."""
        relation = self._database.from_arrow(schema.empty_table())
        row = ", ".join(f"{quoted(c)} {t}" for c, t in zip(relation.columns, relation.types, strict=True))
        kind, row = PythonUDFType.ARROW, f"STRUCT({row})[]"
        rows, given = f"{name}_rows", lambda _: self._given[name]
        self._database.create_function(rows, given, ["BIGINT"], row, type=kind, side_effects=True)
        return f"SELECT unnest({rows}(1), recursive := true)"


class _Prepared:
    """One table's plan, prepared on a connection of its own over the relations that it reads."""

    def __init__(self, table: str, plan: Plan, connection: duckdb.DuckDBPyConnection, given: Mapping[str, str]) -> None:
        self.table, self._parts, self._connection = table, plan.parts, connection
        read = {*columns_read(plan.stages), "spine"}
        sql = statement(plan.stages, given={name: rows for name, rows in given.items() if name in read})
        connection.execute(f"PREPARE profiles AS {sql}")

    def run(self, rows: Mapping[str, pa.Table], cases: int) -> dict[str, np.ndarray]:
        """Run it for the rows at hand; column → values by `case_no`."""
        # A table without a row gives none, and most suppliers have nothing in some table.
        laid = self._connection.execute("EXECUTE profiles").fetchall() if len(rows[self.table]) else []
        case_no, part = np.array([row[:2] for row in laid], dtype=np.int64).reshape(-1, 2).T
        cells = np.array([v for row in laid for v in row[2]], dtype=np.float64)
        return side_by_side(case_no, part, cells, self._parts, cases)


def _as_one_value(rows: pa.Table, schema: pa.Schema) -> pa.ListArray:
    """The rows of a relation as one list of structures, which a function can return."""
    columns = [c.combine_chunks() for c in rows.select(schema.names).columns]
    records = pa.StructArray.from_arrays(columns, fields=list(schema))
    return pa.ListArray.from_arrays(pa.array([0, len(records)], pa.int32()), records)


_SPINE = spine().schema().to_pyarrow()
