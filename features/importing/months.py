"""Figures of suppliers and buyers at the end of every month, computed by the plan of the features themselves."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa

from features.buyers.build import create_buyer_views
from features.buyers.catalogue import BUYER_COLUMNS
from features.declarations.catalogue import column
from features.declarations.feature import FeatureColumn
from features.engines.duckdb_engine import attach_files, connect, run_plan, spine_rows
from features.facts.reference import (
    ALL_PEERS,
    BUYER_FIGURES,
    BUYER_MONTHS,
    FEWEST,
    PEERS,
    REFERENCE,
    SEPARATOR,
    reference_relation,
)
from features.facts.sql import columns, literal
from features.facts.store import instant

MEASURES: Final = {"turnover": "turnover_365d", "lateness": "late_delivery_rate_365d"}
"""What peers are compared by, and the feature's column that says it of each of them."""

YEAR: Final = 365
CASES_AT_A_TIME: Final = 60_000
_MICROSECOND: Final = timedelta(microseconds=1)


def peer_columns() -> tuple[FeatureColumn, ...]:
    """The columns that peers are compared by."""
    return tuple(column(name) for name in MEASURES.values())


def buyer_columns() -> tuple[FeatureColumn, ...]:
    """The columns of buyers' profiles that are stored for every month."""
    return tuple(c for c in BUYER_COLUMNS if c.name in BUYER_FIGURES)


def peer_months(
    files: Mapping[str, Path], filled: pa.Table, wanted: tuple[FeatureColumn, ...], tz: str
) -> Iterator[pa.Table]:
    """Yield the rows of `peers`, some months at a time.

    Args:
        files: the Parquet file of each stored table; contracts are among them.
        filled: which source fills which dated column since when.
        wanted: the columns that peers are compared by.
        tz: the zone whose months are meant.
    """
    connection = connect()
    attach_files(connection, files, None, filled)
    connection.register("month_rows", _months(connection, tz))
    connection.execute(f"CREATE TEMP TABLE active AS {_ACTIVE}")
    connection.execute(_KEEP_COMPARABLE)
    for cases, values in _profiled(connection, wanted):
        measured = {m: pa.array(values[name], from_pandas=True) for m, name in MEASURES.items()}
        connection.register(
            "measured",
            cases.append_column("turnover", measured["turnover"]).append_column("lateness", measured["lateness"]),
        )
        yield connection.sql(_quartiles()).to_arrow_table().cast(schema_of(PEERS))
        connection.unregister("measured")
    connection.close()


def buyer_months(
    files: Mapping[str, Path], filled: pa.Table, wanted: tuple[FeatureColumn, ...], tz: str
) -> Iterator[pa.Table]:
    """Yield the rows of `buyer_months`, some months at a time; of buyers that had signed a contract by then."""
    connection = connect()
    create_buyer_views(connection, tz, lambda named: attach_files(named, files, None, filled))
    connection.register("month_rows", _months(connection, tz))
    connection.execute(f"CREATE TEMP TABLE active AS {_SIGNED}")
    for cases, values in _profiled(connection, wanted):
        figures = {name: pa.array(values[name], from_pandas=True) for name in BUYER_FIGURES}
        rows = pa.table({"buyer_id": cases["supplier_id"], "ends_at": cases["ends_at"], **figures})
        connection.register("figures", rows)
        stored = f"SELECT {columns(REFERENCE[BUYER_MONTHS])} FROM figures JOIN month_rows USING (ends_at) ORDER BY ALL"
        yield connection.sql(stored).to_arrow_table().cast(schema_of(BUYER_MONTHS))
        connection.unregister("figures")
    connection.close()


def _months(connection: duckdb.DuckDBPyConnection, tz: str) -> pa.Table:
    """The months that ended before the last fact: `ends_at`, when the next one begins, `month_end`, and its `until`."""
    first, last = connection.execute(
        "SELECT min(greatest(signed_on, known_at)), max(known_at) FROM contracts WHERE signed_on IS NOT NULL"
    ).fetchall()[0]
    starts = list(_starts(first, last, tz)) if first is not None else []
    ends: list[datetime | None] = [at - _MICROSECOND for at in starts]
    return pa.table(
        {"ends_at": starts, "month_end": ends, "until": [*ends[1:], None][: len(ends)]},
        schema=pa.schema([(name, pa.timestamp("us")) for name in ("ends_at", "month_end", "until")]),
    )


def _starts(first: datetime, last: datetime, tz: str) -> Iterator[datetime]:
    """Every local first of a month after `first`, up to `last`, as naive UTC."""
    day = first.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(tz)).date().replace(day=1)
    while day.year < date.max.year:
        day = (day + timedelta(days=32)).replace(day=1)
        at = instant(day, tz)
        if at > last:
            return
        yield at


def _profiled(
    connection: duckdb.DuckDBPyConnection, wanted: tuple[FeatureColumn, ...]
) -> Iterator[tuple[pa.Table, dict[str, np.ndarray]]]:
    """Yield cases of the table `active` with their columns, some months at a time."""
    for first, last in _chunks(connection):
        query = "SELECT supplier_id, ends_at FROM active WHERE ends_at BETWEEN $first AND $last ORDER BY ALL"
        cases = connection.sql(query, params={"first": first, "last": last}).to_arrow_table()
        spine = spine_rows(cases["supplier_id"], cases["ends_at"], pa.nulls(cases.num_rows, pa.string()))
        values = run_plan(connection, spine, wanted)
        yield cases, values


def _chunks(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[datetime, datetime]]:
    """Yield the first and the last month of chunks of about `CASES_AT_A_TIME` suppliers by month."""
    counts = connection.execute("SELECT ends_at, count(*) FROM active GROUP BY ends_at ORDER BY ends_at").fetchall()
    chunk: list[datetime] = []
    size = 0
    for at, count in counts:
        if chunk and size + count > CASES_AT_A_TIME:
            yield chunk[0], chunk[-1]
            chunk, size = [], 0
        chunk.append(at)
        size += count
    if chunk:
        yield chunk[0], chunk[-1]


def _quartiles() -> str:
    """SQL of the rows of `peers` from `measured`; a figure of fewer than `FEWEST` suppliers is null."""
    visible = "s.known_at < m.ends_at AND (s.known_until IS NULL OR s.known_until >= m.ends_at) AND NOT s.retracted"
    firms = (
        "SELECT m.ends_at, m.turnover, m.lateness, s.industry, s.region, s.size_class FROM measured m"
        f" JOIN suppliers s ON s.supplier_id = m.supplier_id AND {visible} WHERE m.turnover > 0"
    )
    sep = literal(SEPARATOR)
    keys = (literal(ALL_PEERS), f"{sep} || industry", f"industry || {sep} || region || {sep} || size_class")
    keyed = " UNION ALL ".join(f"SELECT ends_at, {key} AS peer_key, turnover, lateness FROM firms" for key in keys)
    cells = ", ".join(
        f"CASE WHEN count({m}) >= {FEWEST} THEN quantile_cont({m}, {q}) END AS {m}_{name}"
        for m in MEASURES
        for name, q in (("low", 0.25), ("median", 0.5), ("high", 0.75))
    )
    return (
        f"WITH firms AS ({firms}), keyed AS ({keyed}), grouped AS (SELECT ends_at, peer_key, count(*) AS suppliers,"
        f" count(lateness) AS suppliers_with_lateness, {cells} FROM keyed WHERE peer_key IS NOT NULL"
        f" GROUP BY ends_at, peer_key HAVING count(*) >= {FEWEST})"
        f" SELECT {columns(REFERENCE[PEERS])} FROM grouped JOIN month_rows USING (ends_at) ORDER BY peer_key, month_end"
    )


# Contracts signed in the year before the month's end and known by then.
_ACTIVE: Final = (
    "SELECT DISTINCT c.supplier_id, m.ends_at FROM contracts c JOIN month_rows m"
    " ON m.ends_at > c.known_at AND m.ends_at > c.signed_on"
    f" AND c.signed_on >= m.ends_at - INTERVAL {YEAR} DAY WHERE NOT c.retracted"
)

# Months with fewer suppliers have no peers, so their suppliers are not profiled.
_KEEP_COMPARABLE: Final = (
    f"DELETE FROM active WHERE ends_at IN (SELECT ends_at FROM active GROUP BY ends_at HAVING count(*) < {FEWEST})"
)

# Buyers with a contract known by then.
_SIGNED: Final = (
    "SELECT DISTINCT c.supplier_id, m.ends_at FROM (SELECT supplier_id, min(greatest(signed_on, known_at)) AS since"
    " FROM contracts GROUP BY ALL) c JOIN month_rows m ON m.ends_at > c.since"
)


def schema_of(name: str) -> pa.Schema:
    """Arrow's schema of a reference table."""
    return reference_relation(name).schema().to_pyarrow()
