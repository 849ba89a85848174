"""Since when each source fills each dated column, as a table that the plan joins.

A date that a source never gives is unknown: its absence does not say that the thing has not happened. So a formula that
reads the absence of a date counts only rows of sources that had filled the column by the instant of the profile.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from features.facts import dated_columns
from features.facts.dated_columns import OTHER_SOURCES, UNNAMED_SOURCE
from features.facts.sql import literal
from features.facts.store import Facts
from features.facts.tables import TABLES, Kind, Table

Counts = Mapping[str, Mapping[str, dated_columns.DatedColumn]]
"""By source, then by dated column."""

PREFIX = "fills_"
_ALWAYS = datetime(1600, 1, 1)


@cache
def filled() -> Any:
    """The unbound table `filled`: a table's source, one of its dated columns, and `since`, the first instant of it."""
    return ibis.table(
        {"source": "string", "table_name": "string", "column_name": "string", "since": "timestamp(6)"}, name="filled"
    )


@cache
def optional_dates(name: str) -> tuple[str, ...]:
    """The dated columns of a table that a row may leave empty; none for tables without suppliers."""
    table = TABLES[name]
    if not table.of_supplier:
        return ()
    return tuple(c.name for c in table.columns if c.kind is Kind.INSTANT and not c.required)


def fills_columns(name: str) -> dict[str, str]:
    """Name → Ibis type of the columns that `with_fills` can add to rows of a table."""
    return {f"{PREFIX}{column}": "boolean" for column in optional_dates(name)}


def with_fills(rows: Any, name: str, wanted: Iterable[str]) -> Any:
    """Add `fills_<column>` columns: whether the row's source had filled that column by the instant of the case.

    Args:
        rows: rows of the table `name` with `as_of` and `source`.
        name: the table.
        wanted: the columns to add.
    """
    date_of_column = {column: column.removeprefix(PREFIX) for column in sorted(wanted)}
    table = filled()
    of_table = table.filter(table.table_name == name)
    since = {f"{c}_since": of_table.since.min(where=of_table.column_name == date) for c, date in date_of_column.items()}
    by_source = of_table.group_by("source").aggregate(**since)
    named = rows.mutate(named_source=rows.source.fill_null(UNNAMED_SOURCE), any_source=ibis.literal(OTHER_SOURCES))
    joined = named.left_join(by_source.rename(named_source="source"), "named_source")
    joined = joined.select(*named.columns, *since)
    other = by_source.rename(any_source="source", **{f"other_{c}": c for c in since})
    joined = joined.left_join(other, "any_source").select(*joined.columns, *(f"other_{c}" for c in since))
    known = {
        c: (ibis.coalesce(joined[f"{c}_since"], joined[f"other_{c}_since"]) < joined.as_of).fill_null(False)
        for c in date_of_column
    }
    return joined.select(*rows.columns, **known)


def filled_rows(facts: Facts, names: Iterable[str] = TABLES) -> pa.Table:
    """The rows of `filled` for a facts folder, or for some of its tables."""
    entries = facts.manifest["tables"]
    counted = {
        name: facts.dated_columns(name) if "dated" in entries.get(name, {}) else _counted(name, facts.tables[name])
        for name in names
        if name in facts.tables and optional_dates(name)
    }
    return _of_counts(counted)


def filled_in_entries(entries: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    """The rows of `filled` for stored tables, from what their manifest entries counted."""
    names = [name for name in entries if optional_dates(name)]
    return _of_counts({name: dated_columns.from_json(entries[name]["dated"]) for name in names})


def _of_counts(counted: Mapping[str, Counts]) -> pa.Table:
    return _as_table(
        (source, name, date, columns[date].since)
        for name, by_source in counted.items()
        for source, columns in by_source.items()
        for date in optional_dates(name)
        if columns[date].since is not None
    )


@lru_cache(maxsize=64)
def _counted(name: str, file: Path) -> Counts:
    """The counts of a table whose manifest has none."""
    table = TABLES[name]
    with duckdb.connect() as connection:
        rows = connection.execute(dated_columns.count_sql(table, f"read_parquet({literal(str(file))})")).fetchall()
    return dated_columns.from_json(dated_columns.to_json(table, rows))


def filled_by_all() -> pa.Table:
    """The rows of `filled` where rows without a source fill every column, as in worked examples."""
    return _as_table((UNNAMED_SOURCE, name, date, _ALWAYS) for name in TABLES for date in optional_dates(name))


def filled_by_sent(stored: pa.Table, sent: Mapping[str, pa.Table]) -> pa.Table:
    """The rows of `filled` when the rows of a request are added to the stored facts."""
    rows = list(zip(*(stored[c].to_pylist() for c in stored.column_names), strict=True))
    for name, table in sent.items():
        dates = [date for date in optional_dates(name) if date in table.column_names]
        if not dates or "source" not in table.column_names:
            continue
        for row in table.select(["source", "known_at", "retracted", *dates]).to_pylist():
            source = row["source"] or UNNAMED_SOURCE
            if row["retracted"]:
                continue
            rows += [(source, name, date, _since(TABLES[name], date, row)) for date in dates if row[date] is not None]
    return _as_table(rows)


def _since(table: Table, date: str, row: Mapping[str, Any]) -> datetime:
    known: datetime = row["known_at"]
    return max(known, row[date]) if date in {table.event, *table.hides} else known


def _as_table(rows: Iterable[Sequence[Any]]) -> pa.Table:
    schema = filled().schema().to_pyarrow()
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
