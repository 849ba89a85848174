"""Small pieces of SQL for the import."""

from collections.abc import Iterable


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def columns(names: Iterable[str], of: str = "") -> str:
    """Return a list of columns, each qualified by the table alias `of` if one is given."""
    return ", ".join(f"{of}.{quoted(n)}" if of else quoted(n) for n in names)


def equal(names: Iterable[str], left: str, right: str) -> str:
    """Return SQL that joins two aliases on columns that are never null."""
    return " AND ".join(f"{left}.{quoted(n)} = {right}.{quoted(n)}" for n in names)


def same(names: Iterable[str], left: str, right: str) -> str:
    """Return SQL that is true where two aliases agree in all the columns, nulls included."""
    return " AND ".join(f"{left}.{quoted(n)} IS NOT DISTINCT FROM {right}.{quoted(n)}" for n in names) or "true"


def utc_of_local(local: str, tz: str) -> str:
    """Return SQL for the naive UTC instant of a naive local time."""
    return f"timezone('UTC', timezone({literal(tz)}, {local}))"


def end_of_day(day: str, tz: str) -> str:
    """Return SQL for the last microsecond of a local day, as a naive UTC instant."""
    return utc_of_local(f"(try_cast({day} AS TIMESTAMP) + INTERVAL 86399999999 MICROSECOND)", tz)


def local_day(instant: str, tz: str) -> str:
    """Return SQL for the local day that a naive UTC instant lies in."""
    return f"CAST(timezone({literal(tz)}, timezone('UTC', {instant})) AS DATE)"


def rows_of_repeated_keys(names: Iterable[str], relation: str) -> str:
    """Return SQL of the rows whose values in `names` occur more than once, and a few whose hashes collide with theirs.

    Windows over all rows would sort them all; most keys have one row.
    """
    key_hash = f"hash({columns(names)})"
    return (
        f"SELECT * FROM {relation} SEMI JOIN (SELECT {key_hash} AS h FROM {relation} GROUP BY h HAVING count(*) > 1) t"
        f" ON {key_hash} = t.h"
    )
