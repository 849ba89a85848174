"""Ids of parties that are written in another form than the normal one: kept as they were given, and counted."""

import json
from collections.abc import Iterator

from features.facts.ids import spelled_variously, spelling
from features.facts.sql import literal, quoted
from features.intake.intake import Intake

RESPELLED = "an id of a party is read in its normal form, and kept as it was given"
VARIOUS = "a supplier is written under several spellings of its id: it is one supplier"


def note(intake: Intake) -> None:
    """Add the notes: rows whose id was not in its normal form, and suppliers written in several ways."""
    rows = sum(count for _, _, _, _, count, _ in _given(intake))
    if not rows:
        return
    intake.notes[RESPELLED] += rows
    columns = [
        (table, column) for table, names in intake.parties.items() for column in names if column == "supplier_id"
    ]
    every = " UNION ALL ".join(
        f"SELECT {quoted(column)}, {spelling(column)} FROM new_{table}" for table, column in columns
    )
    if every and (various := intake.count(f"SELECT count(*) FROM ({spelled_variously('supplier_id', f'({every})')})")):
        intake.notes[VARIOUS] += various


def lines(intake: Intake) -> Iterator[str]:
    """Yield a line of JSON for each different spelling: table, column, normal form, as given, rows, first file."""
    for table, column, normal, given, count, file in _given(intake):
        entry = {"table": table, "column": column, "id": normal, "given": given, "rows": count}
        yield json.dumps({**entry, "file": intake.files[file]}, ensure_ascii=False) + "\n"


def _given(intake: Intake) -> list[tuple[str, str, str, str, int, int]]:
    queries = [
        f"SELECT {literal(table)}, {literal(column)}, {quoted(column)}, {spelling(column)}, count(*), min(_file)"
        f" FROM new_{table} WHERE {spelling(column)} IS NOT NULL GROUP BY ALL"
        for table, names in intake.parties.items()
        for column in names
    ]
    return intake.con.execute(f"{' UNION ALL '.join(queries)} ORDER BY ALL").fetchall() if queries else []
