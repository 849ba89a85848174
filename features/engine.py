"""DuckDB, the engine: facts as relations, and the compiled plan run for many cases or for the few that wait now."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from features.facts import Facts
from features.feature import FeatureColumn
from features.history import spine
from features.lookup import Lookup, columns_read
from features.plan import compile_plan, plan_sql
from features.sql import columns as listed
from features.sql import literal, quoted
from features.tables import SQL_TYPE, TABLES, Table

# An extension would be downloaded.
OFFLINE: Mapping[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


@dataclass(frozen=True)
class Case:
    """One supplier as one tenant sees it at one instant (naive UTC)."""

    supplier_id: str
    as_of: datetime
    tenant_id: str | None = None


def connect(*, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that downloads nothing."""
    connection = duckdb.connect(config={**OFFLINE, **({"threads": threads} if threads else {})})
    connection.execute("SET enable_progress_bar = false")
    return connection


def attach(connection: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    """Name every canonical table: a view on its Parquet file, or an empty table where it was never imported."""
    for name, table in TABLES.items():
        if name == "spine":
            continue
        if file := facts.tables.get(name):
            connection.execute(
                f"CREATE VIEW {name} AS SELECT {listed(table.names)} FROM read_parquet({literal(str(file))})"
            )
        else:
            create(connection, table)


def create(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make an empty canonical table."""
    typed = ", ".join(f"{quoted(c.name)} {SQL_TYPE[c.kind]}" for c in table.stored)
    connection.execute(f"CREATE TABLE {table.name} ({typed})")


def ask(facts: Facts, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """Rows of one query over the canonical tables, with `$name` parameters."""
    connection = connect()
    attach(connection, facts)
    rows = connection.execute(sql, values or None).fetchall()
    connection.close()
    return rows


def run_plan(
    connection: duckdb.DuckDBPyConnection, cases: pa.Table, columns: tuple[FeatureColumn, ...]
) -> dict[str, np.ndarray]:
    """Run the plan for `cases` (as `spine_rows` makes them); column → float64 array by `case_no`, NaN for null."""
    connection.register("spine_rows", cases)
    connection.execute("CREATE OR REPLACE TEMP TABLE spine AS SELECT * FROM spine_rows")
    connection.unregister("spine_rows")
    table = connection.sql(plan_sql(columns)).to_arrow_table()
    return by_case(table, cases.num_rows)


def spine_rows(suppliers: Any, instants: Any, tenants: Any) -> pa.Table:
    """The cases as the plan reads them, numbered in their order; lists or Arrow arrays, tenants may be null."""
    columns = (list(range(len(suppliers))), suppliers, instants, tenants)
    schema = spine().schema().to_pyarrow()
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)


def by_case(table: pa.Table, rows: int) -> dict[str, np.ndarray]:
    """Put a result in `case_no` order, as float64 arrays."""
    place = table["case_no"].to_numpy()
    assert len(place) == rows, "a case must give exactly one row"
    values = {}
    for name in table.column_names[1:]:
        array = np.empty(rows)
        array[place] = table[name].to_numpy(zero_copy_only=False)
        values[name] = array
    return values


class CaseEngine:
    """Profiles from facts for the few cases that wait now, many in one statement.

    The facts that the plan reads are held in memory; a call hands the engine just the rows of the suppliers asked for.
    Nearly all of its time goes into planning the statement and hardly any into rows, so a caller with many waiting
    cases hands them over together.
    """

    def __init__(self, facts: Facts, columns: Sequence[FeatureColumn], *, threads: int = 1) -> None:
        self.columns = tuple(c for c in columns if c.feature.table in TABLES)
        self._lock = threading.Lock()
        self._lookup = Lookup(facts.tables, columns_read(compile_plan(self.columns)))
        self._connection = connect(threads=threads)
        # Parsed once, planned at each call: DuckDB plans a PREPAREd statement that reads tables anew as well.
        self._statement = self._connection.extract_statements(plan_sql(self.columns))[0]

    def profiles(self, cases: Sequence[Case]) -> list[dict[str, float]]:
        """Profiles of the cases, in their order; NaN for null."""
        with self._lock:
            for name, rows in self._lookup.rows([c.supplier_id for c in cases]).items():
                self._connection.register(name, rows)
            waiting = spine_rows(*([getattr(c, f) for c in cases] for f in ("supplier_id", "as_of", "tenant_id")))
            self._connection.register("spine", waiting)
            cursor = self._connection.execute(self._statement)
            names = [d[0] for d in cursor.description or ()][1:]
            found = {row[0]: row[1:] for row in cursor.fetchall()}
        return [
            {n: (np.nan if v is None else v) for n, v in zip(names, found[i], strict=True)} for i in range(len(cases))
        ]
