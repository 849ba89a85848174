"""Which dated columns a source ever fills: a date that a source never gives is unknown, not a date in the future.

The import counts it per table and source, and stores it in the manifest with the table. A formula or an outcome that
rests on a column asks for the instant since which the source fills it, so that it uses nothing known later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.facts.sql import columns, literal, quoted
from features.facts.tables import Kind, Table

UNNAMED_SOURCE = ""
"""Name of the source of rows whose column `source` is empty."""

OTHER_SOURCES = "*"
"""Name under which all sources of a table count together, where it has more than `SOURCES_MAX`."""

SOURCES_MAX = 1_000


@dataclass(frozen=True)
class DatedColumn:
    """How often one source fills one dated column of a table.

    Attributes:
        rows: stored rows of the source, without retractions.
        filled: those that have a date in the column.
        since: the first instant at which such a date was known and, where the column hides until its date, had passed
            (naive UTC); None where the source never fills it.
    """

    rows: int
    filled: int
    since: datetime | None

    def filled_by(self, as_of: datetime) -> bool:
        """Whether a profile of `as_of` (naive UTC) may know that the source fills this column."""
        return self.since is not None and self.since < as_of


def names_of_dated_columns(table: Table) -> tuple[str, ...]:
    """Return the table's own columns that hold an instant, without the clock `known_at`."""
    return tuple(c.name for c in table.columns if c.kind is Kind.INSTANT)


def count_sql(table: Table, relation: str) -> str:
    """Return SQL with a row per source: name, rows, latest `known_at`; `filled` and `since` of each dated column."""
    counts = []
    for name in names_of_dated_columns(table):
        at = f"greatest(known_at, {quoted(name)})" if name in {table.event, *table.hides} else "known_at"
        counts.append(f"count({quoted(name)}), min(CASE WHEN {quoted(name)} IS NOT NULL THEN {at} END)")
    source = f"coalesce(source, {literal(UNNAMED_SOURCE)})"
    needed = columns(dict.fromkeys(("source", "known_at", "retracted", *names_of_dated_columns(table))))
    rows = f"SELECT {needed} FROM {relation} WHERE NOT retracted"
    several = f"SELECT count(DISTINCT {source}) > {SOURCES_MAX} FROM ({rows})"
    named = f"CASE WHEN ({several}) THEN {literal(OTHER_SOURCES)} ELSE {source} END"
    return (
        f"SELECT {named} AS s, {', '.join(['count(*)', 'max(known_at)', *counts])} FROM ({rows}) GROUP BY 1 ORDER BY 1"
    )


def to_json(table: Table, counted: list[tuple[Any, ...]]) -> dict[str, Any]:
    """Return the manifest's form of the rows of `count_sql`: by source, then by column."""
    names, out = names_of_dated_columns(table), {}
    for source, rows, latest, *cells in counted:
        filled, since = cells[::2], cells[1::2]
        out[source] = {
            "rows": rows,
            "latest_known_at": latest.isoformat(),
            "columns": {
                name: {"filled": filled[i], "since": since[i].isoformat() if since[i] else None}
                for i, name in enumerate(names)
            },
        }
    return out


def from_json(stored: Mapping[str, Any]) -> dict[str, dict[str, DatedColumn]]:
    """Return the counts by source, then by column, from the manifest's form."""
    return {
        source: {
            name: DatedColumn(
                of_source["rows"],
                column["filled"],
                datetime.fromisoformat(column["since"]) if column["since"] else None,
            )
            for name, column in of_source["columns"].items()
        }
        for source, of_source in stored.items()
    }


def never_filled(entries: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the dated columns that a source never fills, by table and source, from the manifest's table entries.

    Only pairs that have such a column are listed, and only tables that hold facts.
    """
    out = {}
    for table, entry in sorted(entries.items()):
        if table in {"rates", "calendar", "outcomes", "spine"}:
            continue
        for source, of_source in sorted(from_json(entry["dated"]).items()):
            names = tuple(sorted(name for name, column in of_source.items() if not column.filled))
            if names:
                out[(table, source)] = names
    return out
