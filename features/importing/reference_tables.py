"""The reference tables of an import: the peers of every month, computed from the stored facts, and the event kinds."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from features.facts.firm_events import event_kinds
from features.facts.peers import FEWEST
from features.facts.reference import ALL_PEERS, EVENT_KINDS, PEERS, REFERENCE, SEPARATOR, reference_relation
from features.facts.sql import columns, literal
from features.facts.store import instant
from features.importing.facts_writer import FactsWriter

MEASURES: Final = {"turnover": "turnover_365d", "lateness": "late_delivery_rate_365d"}
"""What peers are compared by, and the feature's column that says it of each of them."""

YEAR: Final = 365
CASES_AT_A_TIME: Final = 60_000
_MICROSECOND: Final = timedelta(microseconds=1)


def write_reference_tables(
    writer: FactsWriter, entries: Mapping[str, Mapping[str, Any]], tz: str
) -> dict[str, dict[str, Any]]:
    """Write `peers` and `event_kinds` from the stored tables; return their manifest entries.

    A table whose inputs are those of the last import is not computed again.
    """
    return {PEERS: _peers(writer, entries, tz), EVENT_KINDS: _event_kinds(writer)}


def _event_kinds(writer: FactsWriter) -> dict[str, Any]:
    kinds = event_kinds()
    table = pa.table({"type_code": list(kinds), "kind": list(kinds.values())}, schema=_schema(EVENT_KINDS))
    return writer.write_reference(EVENT_KINDS, table.sort_by("type_code"))


def _peers(writer: FactsWriter, entries: Mapping[str, Mapping[str, Any]], tz: str) -> dict[str, Any]:
    # Imported here: a first import of few suppliers needs neither the features nor their engine.
    from features.declarations.catalogue import column
    from features.engines.digest import features_digest
    from features.engines.lookup import columns_read
    from features.engines.plan import compile_plan

    wanted = tuple(column(name) for name in MEASURES.values())
    read = sorted({"suppliers", "contracts", *columns_read(compile_plan(wanted).stages)} & set(entries))
    inputs = {name: entries[name]["sha256"] for name in read}
    inputs |= {"features": features_digest(list(MEASURES.values())), "tz": tz}
    before = (writer.manifest or {}).get("reference", {}).get(PEERS, {})
    if before.get("inputs") == inputs:
        return dict(before)
    files = {name: writer.path / entry["file"] for name, entry in entries.items()}
    groups = list(_groups(files, wanted, tz))
    table = pa.concat_tables(groups) if groups else _schema(PEERS).empty_table()
    return writer.write_reference(PEERS, table.sort_by([("peer_key", "ascending"), ("month_end", "ascending")])) | {
        "inputs": inputs
    }


def _groups(files: Mapping[str, Path], wanted: tuple[Any, ...], tz: str) -> Iterator[pa.Table]:
    """Yield the rows of `peers`, some months at a time."""
    from features.engines.duckdb_engine import attach_files, connect, run_plan, spine_rows

    if "contracts" not in files:
        return
    connection = connect()
    attach_files(connection, files)
    months = _months(connection, tz)
    connection.register("month_rows", months)
    connection.execute(f"CREATE TEMP TABLE active AS {_ACTIVE}")
    for first, last in _chunks(connection):
        query = "SELECT supplier_id, ends_at FROM active WHERE ends_at BETWEEN $first AND $last ORDER BY ALL"
        cases = connection.sql(query, params={"first": first, "last": last}).to_arrow_table()
        spine = spine_rows(cases["supplier_id"], cases["ends_at"], pa.nulls(cases.num_rows, pa.string()))
        values = run_plan(connection, spine, wanted)
        measured = {m: pa.array(values[name], from_pandas=True) for m, name in MEASURES.items()}
        connection.register(
            "measured",
            cases.append_column("turnover", measured["turnover"]).append_column("lateness", measured["lateness"]),
        )
        yield connection.sql(_quartiles()).to_arrow_table().cast(_schema(PEERS))
        connection.unregister("measured")
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


def _schema(name: str) -> pa.Schema:
    return reference_relation(name).schema().to_pyarrow()
