"""The DuckDB engine: facts as relations, and the compiled plan run over them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.declarations.feature import FeatureColumn
from features.declarations.filled import filled_rows
from features.engines.plan import Plan, compile_plan, plan_sql
from features.engines.supplier_ranges import Range
from features.facts.history import spine
from features.facts.reference import REFERENCE, SQL_TYPES
from features.facts.sql import columns as listed
from features.facts.sql import literal, quoted
from features.facts.store import Facts
from features.facts.tables import SQL_TYPE, TABLES, Table

# An extension would be downloaded.
OFFLINE: Mapping[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def connect(
    *, threads: int | None = None, memory: str | None = None, scratch: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that downloads nothing; beyond `memory` it uses the folder `scratch`."""
    limits = {"threads": threads, "memory_limit": memory, "temp_directory": scratch and str(scratch)}
    connection = duckdb.connect(config={**OFFLINE, **{name: value for name, value in limits.items() if value}})
    connection.execute("SET enable_progress_bar = false")
    return connection


def attach(connection: duckdb.DuckDBPyConnection, facts: Facts, within: Range | None = None) -> None:
    """Name every canonical table: a view on its Parquet file, or an empty table where it was never imported; `filled`.

    Args:
        connection: an engine without tables.
        facts: an imported facts folder.
        within: the range of suppliers whose rows are read; tables without a supplier are read whole.
    """
    attach_files(connection, facts.tables, within, filled_rows(facts))
    attach_reference(connection, facts.reference)


def attach_files(
    connection: duckdb.DuckDBPyConnection,
    files: Mapping[str, Path],
    within: Range | None,
    filled: pa.Table,
) -> None:
    """Name every canonical table by its file, or as an empty table where it has none; and name `filled`."""
    connection.register("filled", filled)
    for name, table in TABLES.items():
        if name == "spine":
            continue
        if file := files.get(name):
            rows = f"SELECT {listed(table.names)} FROM read_parquet({literal(str(file))})"
            limited = f" WHERE {within.condition()}" if within and table.of_supplier else ""
            connection.execute(f"CREATE VIEW {name} AS {rows}{limited}")
        else:
            create_empty(connection, table)


def attach_reference(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> None:
    """Name every reference table: a view on its Parquet file, or an empty table where there is none."""
    for name, columns in REFERENCE.items():
        if file := files.get(name):
            rows = f"SELECT {listed(columns)} FROM read_parquet({literal(str(file))})"
            connection.execute(f"CREATE VIEW {name} AS {rows}")
        else:
            typed = ", ".join(f"{quoted(c)} {SQL_TYPES[kind]}" for c, kind in columns.items())
            connection.execute(f"CREATE TABLE {name} ({typed})")


def create_empty(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make an empty canonical table."""
    typed = ", ".join(f"{quoted(c.name)} {SQL_TYPE[c.kind]}" for c in table.stored)
    connection.execute(f"CREATE TABLE {table.name} ({typed})")


def ask(facts: Facts, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """Rows of one query over the canonical tables, with `$name` parameters."""
    return list(zip(*(column.to_pylist() for column in ask_table(facts, sql, **values).columns), strict=True))


def ask_table(facts: Facts, sql: str, *, within: Range | None = None, **values: Any) -> pa.Table:
    """The same as an Arrow table; with a range, over the rows of its suppliers only."""
    connection = connect()
    attach(connection, facts, within)
    rows = connection.sql(sql, params=values or None).to_arrow_table()
    connection.close()
    return rows


def run_plan(
    connection: duckdb.DuckDBPyConnection, cases: pa.Table, columns: tuple[FeatureColumn, ...]
) -> dict[str, np.ndarray]:
    """Run the plan for `cases` (as `spine_rows` makes them); column → float64 array by `case_no`, NaN for null."""
    connection.register("spine_rows", cases)
    connection.execute("CREATE OR REPLACE TEMP TABLE spine AS SELECT * FROM spine_rows")
    connection.unregister("spine_rows")
    # A relation of the statement itself would be bound twice, which is half of the time for a few cases.
    connection.execute(f"CREATE OR REPLACE TEMP TABLE cells_of_cases AS {plan_sql(columns)}")
    cells = connection.table("cells_of_cases").to_arrow_table()
    connection.execute("DROP TABLE cells_of_cases")
    return by_column(cells, compile_plan(columns), cases.num_rows)


def spine_rows(suppliers: Any, instants: Any, tenants: Any, contracts: Any = None) -> pa.Table:
    """The cases as the plan reads them, numbered in their order.

    Args:
        suppliers, instants: lists or Arrow arrays, one entry a case.
        tenants: likewise; may be null.
        contracts: ids of the contracts that the cases name, likewise; None where no case names one.
    """
    named = contracts if contracts is not None else pa.nulls(len(suppliers), pa.string())
    columns = (list(range(len(suppliers))), suppliers, instants, tenants, named)
    schema = spine().schema().to_pyarrow()
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)


def by_column(laid: pa.Table, plan: Plan, cases: int) -> dict[str, np.ndarray]:
    """Column → float64 array by `case_no`, NaN for null, from the rows of a plan for that many cases."""
    cells = pc.list_flatten(laid["cells"].combine_chunks()).to_numpy(zero_copy_only=False)
    return side_by_side(laid["case_no"].to_numpy(), laid["part"].to_numpy(), cells, plan.parts, cases)


def side_by_side(
    case_no: np.ndarray, part: np.ndarray, cells: np.ndarray, parts: Sequence[Sequence[FeatureColumn]], cases: int
) -> dict[str, np.ndarray]:
    """Turn the result rows of a plan into columns.

    Args:
        case_no: the case of each row.
        part: the part of each row.
        cells: the values of all rows, end to end.
        parts: the columns of each part.
        cases: how many cases there are.

    Returns:
        Column → float64 array by `case_no`, NaN for null.
    """
    widths = np.array([len(columns) for columns in parts])
    starts = np.cumsum(widths[part]) - widths[part]
    values: dict[str, np.ndarray] = {}
    for number, columns in enumerate(parts):
        rows = np.flatnonzero(part == number)
        assert len(np.unique(case_no[rows])) == len(rows), "a case has at most one row in a part"
        absent = [np.nan if c.feature.absent is None else c.feature.absent for c in columns]
        filled = np.repeat(np.array([absent]).T, cases, axis=1)
        filled[:, case_no[rows]] = cells[starts[rows] + np.arange(len(columns))[:, np.newaxis]]
        values |= {column.name: filled[i] for i, column in enumerate(columns)}
    return values
