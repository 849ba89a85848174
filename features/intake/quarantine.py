"""The rows that were not loaded: their place in the source, and the reason."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator

from features.facts.sql import literal
from features.intake.intake import DUPLICATE, Intake


def counts(intake: Intake) -> dict[str, Counter[str]]:
    """Return, by table, how many rows were dropped by kind, duplicates among them."""
    by_table: dict[str, Counter[str]] = {}
    query = (
        "SELECT tbl, kind, count(*) FROM (SELECT tbl, kind FROM dropped UNION ALL SELECT tbl, kind FROM unread)"
        " GROUP BY ALL ORDER BY ALL"
    )
    for table, kind, rows in intake.con.execute(query).fetchall():
        by_table.setdefault(table, Counter())[kind] += rows
    return by_table


def lines(intake: Intake) -> Iterator[str]:
    """Yield one line of JSON for every quarantined row, by table, file and row; a line has no cell's value."""
    unread = "SELECT tbl, _file, coalesce(_line, 0) AS n, _line, _pointer, col, kind, reason FROM unread"
    parts = [unread, *(_of_table(table.name, intake) for table in intake.arrived)]
    rows = intake.con.execute(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY tbl, _file, _line, n, _pointer")
    while batch := rows.fetchmany(10_000):
        for table, file, _, line, pointer, column, kind, reason in batch:
            where = {"pointer": pointer} if pointer is not None else {intake.units[file]: line}
            named = {"column": column} if column else {}
            entry = {"table": table, "file": intake.files[file], **where, **named, "kind": kind, "reason": reason}
            yield json.dumps(entry, ensure_ascii=False) + "\n"


def examples(intake: Intake, count: int = 3) -> list[str]:
    """Describe the first quarantined rows by place and reason."""
    out = []
    for text in itertools.islice(lines(intake), count):
        row = json.loads(text)
        place = row.get("pointer") or " ".join(f"{unit} {row[unit]}" for unit in ("line", "row") if unit in row)
        column = f", column {row['column']}" if "column" in row else ""
        out.append(f"{row['file']} {place}{column}: {row['reason']}")
    return out


def _of_table(name: str, intake: Intake) -> str:
    line = intake.line_sql("t", "d.n")
    return (
        f"SELECT d.tbl, t._file, d.n, {line} AS _line, t._pointer, d.col, d.kind, d.reason FROM dropped d"
        f" JOIN new_{name} t ON d.n = t.rowid WHERE d.tbl = {literal(name)} AND d.kind <> {literal(DUPLICATE)}"
    )
