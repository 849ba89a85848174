"""Profiles from facts for a few cases at a time: plans are prepared once and receive their rows at each call."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
from duckdb.func import PythonUDFType

from features.declarations.feature import FeatureColumn
from features.declarations.filled import filled, filled_by_sent, filled_rows
from features.declarations.request_formulas import request_values
from features.engines.duckdb_engine import connect, side_by_side, spine_rows
from features.engines.lookup import Lookup, as_records, columns_read, schema_of
from features.engines.plan import Plan, compile_plan, statement
from features.facts.history import spine
from features.facts.sql import quoted
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.profiles.build import is_unknown, with_inputs
from features.request_facts.sent_facts import columns_to_hold, merge_rows

TOGETHER: Final = (
    ("contracts",),
    ("milestones", "payments", "amendments", "disputes", "stages"),
    ("invoices",),
    ("bids",),
    ("financings", "repayments"),
    ("suppliers", "firm_events", "conduct"),
)
"""Tables whose features are one statement: they read the same relations, or have few features.

A statement takes about a millisecond besides its rows, and one statement for all tables could not use two threads.
"""


@dataclass(frozen=True)
class Case:
    """One supplier as one tenant sees it at one instant (naive UTC), with what its request names and sends."""

    supplier_id: str
    as_of: datetime
    tenant_id: str | None = None
    sent_facts: Mapping[str, pa.Table] | None = None
    contract_id: str | None = None


class CaseEngine:
    """The facts that the plans read, in memory, and a few prepared plans over the rows of the requested cases.

    DuckDB plans a prepared statement again at each execution if it reads tables, and planning takes several times as
    long as running. So the plans read no table: each relation is a function that returns the rows of the current cases.
    """

    def __init__(self, facts: Facts, columns: Sequence[FeatureColumn], *, threads: int = 1) -> None:
        columns = with_inputs(columns)
        from_facts = tuple(c for c in columns if c.feature.table in TABLES and not is_unknown(c, facts))
        self._unknown = [c.name for c in columns if c.feature.table in TABLES and is_unknown(c, facts)]
        self._row_columns = [c for c in columns if c.feature.table == "profile"]
        self.columns = tuple(c for c in columns if c.feature.table in TABLES or c in self._row_columns)
        of_contract = tuple(c for c in from_facts if c.feature.among == "asked_contract")
        others = [c for c in from_facts if c not in of_contract]
        groups = [tuple(c for c in others if c.feature.table in tables) for tables in TOGETHER]
        assert sum(len(own) for own in groups) == len(others), "a table of features is in no group"
        self._of_contract = [c.name for c in of_contract]
        groups = [own for own in groups if own]
        # The statement of a named contract is the last, and runs only where a case names one.
        plans = [compile_plan(own) for own in (*groups, *([of_contract] if of_contract else []))]
        self._lock = threading.Lock()
        read = columns_read(stage for plan in plans for stage in plan.stages)
        self._schemas = {name: schema_of(name, names) for name, names in read.items()}
        self.lookup = Lookup({**facts.tables, **facts.reference}, columns_to_hold(read), self._schemas)
        self._filled = filled_rows(facts)
        self._given: Mapping[str, pa.ListArray] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="cases")
        self._database = connect(threads=1)  # one per statement; it owns the functions and must outlive its cursors
        schemas = self._schemas | {"spine": _SPINE, "filled": _FILLED}
        given = {name: self._create_function(name, schema) for name, schema in schemas.items()}
        self._prepared = [_PreparedPlan(plan, self._database.cursor(), given) for plan in plans]

    def profiles(self, cases: Sequence[Case]) -> list[dict[str, float]]:
        """Profiles of the cases, in their order; NaN for null.

        A case with sent facts is computed alone: no other case may read them.
        """
        if len(cases) > 1 and any(c.sent_facts is not None for c in cases):
            return [self.profiles([c])[0] for c in cases]
        suppliers = [c.supplier_id for c in cases]
        named = ([getattr(c, f) for c in cases] for f in ("as_of", "tenant_id", "contract_id"))
        cases_table = spine_rows(suppliers, *named)
        with self._lock:
            if sent_facts := cases[0].sent_facts:
                rows = merge_rows(self.lookup.rows(suppliers), sent_facts)
                filled = filled_by_sent(self._filled, sent_facts)
                records = {name: as_records(rows[name], self._schemas[name]) for name in self._schemas if name in rows}
                records |= self.lookup.reference_records(rows)
            else:
                records, filled = self.lookup.records(suppliers), self._filled
            records |= {"spine": as_records(cases_table, _SPINE), "filled": as_records(filled, _FILLED)}
            self._given = {name: _as_one_value(own) for name, own in records.items()}
            values = {name: np.full(len(cases), np.nan) for name in (*self._unknown, *self._of_contract)}
            names_contract = not self._of_contract or any(c.contract_id is not None for c in cases)
            prepared_plans = self._prepared if names_contract else self._prepared[:-1]
            for columns in self._pool.map(lambda prepared: prepared.run(len(cases)), prepared_plans):
                values |= columns
        values |= request_values(self._row_columns, {}, values, len(cases))
        return [{name: float(array[i]) for name, array in values.items()} for i in range(len(cases))]

    def close(self) -> None:
        """Release the engine: it and its functions refer to each other, and would otherwise remain until exit."""
        self._pool.shutdown()
        for prepared in self._prepared:
            prepared.close()
        for name in (*self._schemas, "spine", "filled"):
            self._database.remove_function(f"{name}_rows")
        self._database.close()

    def _create_function(self, name: str, schema: pa.Schema) -> str:
        """Create the function that returns a relation's rows; return the SQL that reads it."""
        relation = self._database.from_arrow(schema.empty_table())
        row = ", ".join(f"{quoted(c)} {t}" for c, t in zip(relation.columns, relation.types, strict=True))
        kind, row = PythonUDFType.ARROW, f"STRUCT({row})[]"
        rows, given = f"{name}_rows", lambda _: self._given[name]
        self._database.create_function(rows, given, ["BIGINT"], row, type=kind, side_effects=True)
        return f"SELECT unnest({rows}(1), recursive := true)"


class _PreparedPlan:
    """One plan, prepared on its own connection over the relations that it reads."""

    def __init__(self, plan: Plan, connection: duckdb.DuckDBPyConnection, given: Mapping[str, str]) -> None:
        self._parts, self._connection = plan.parts, connection
        read = {*columns_read(plan.stages), "spine", *_also_read(plan)}
        sql = statement(plan.stages, given={name: rows for name, rows in given.items() if name in read})
        connection.execute(f"PREPARE profiles AS {sql}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def run(self, cases: int) -> dict[str, np.ndarray]:
        """Run the plan on the current rows; column → values by `case_no`."""
        result = self._connection.execute("EXECUTE profiles").fetchall()
        case_no, part = np.array([row[:2] for row in result], dtype=np.int64).reshape(-1, 2).T
        cells = np.array([v for row in result for v in row[2]], dtype=np.float64)
        return side_by_side(case_no, part, cells, self._parts, cases)


def _also_read(plan: Plan) -> set[str]:
    """The relation `filled` where the plan reads it."""
    return {node.name for stage in plan.stages for node in stage.expr.op().find(ops.UnboundTable)} & {"filled"}


def _as_one_value(records: pa.StructArray) -> pa.ListArray:
    """The rows of a relation as one list of structures, which a function can return."""
    return pa.ListArray.from_arrays(pa.array([0, len(records)], pa.int32()), records)


_SPINE = spine().schema().to_pyarrow()
_FILLED = filled().schema().to_pyarrow()
