"""Findings in the stored rows of a facts folder: searched in SQL, counted, with the places of this import's rows."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from features.facts.sql import columns, literal
from features.facts.tables import TABLES, Table
from features.intake import quarantine
from features.intake.intake import Intake
from features.quality.codes import CODES
from features.quality.detectors import detectors, searches
from features.sources.notes import PLACES_MAX, Action
from features.sources.report import SourceReport

Place = Mapping[str, Any]
"""`file`, and one of `line`, `row` or `pointer`."""


@dataclass(frozen=True)
class Finding:
    """One kind of finding in one column.

    Attributes:
        count: rows found.
        share: of the table's current rows; None where the rows never became rows of a table.
        suppliers: suppliers that the rows belong to; None where it is not known.
        of: `facts`, all stored rows, or `import`, the rows that the last import read.
        places: the first places, in the order of file and line.
        source: the source that it is about, where it is about one.
    """

    code: str
    table: str
    column: str | None
    count: int
    share: float | None
    suppliers: int | None
    action: Action
    of: str = "facts"
    places: tuple[Place, ...] = ()
    source: str | None = None
    note: str | None = field(default=None)

    def to_json(self) -> dict[str, Any]:
        """Return the finding as it stands in `quality.json`; what does not apply is left out."""
        record = {**self.__dict__, "action": self.action.value, "places": [dict(place) for place in self.places]}
        return {name: value for name, value in record.items() if value is not None}


def view_current_rows(intake: Intake, files: Mapping[str, Path]) -> None:
    """Make `current_<table>` for stored tables: the latest version of each row, with its hash `k`; no retractions.

    A row that a rule excluded is still current: its `known_until` is its `known_at`.
    """
    for name, file in files.items():
        key = row_hash(TABLES[name])
        rows = f"read_parquet({literal(str(file))})"
        intake.con.execute(
            f"CREATE OR REPLACE TEMP VIEW current_{name} AS SELECT *, {key} AS k FROM {rows}"
            " WHERE NOT retracted AND (known_until IS NULL OR known_until = known_at)"
        )


def row_hash(table: Table) -> str:
    """Return SQL of a hash of a row's key and clock."""
    return f"hash({columns([*table.key, 'known_at'])})"


def search(intake: Intake, tables: Mapping[str, Any], only: frozenset[str] | None = None) -> None:
    """Fill the temporary table `found` (code, tbl, col, k, supplier_id) by every detector whose tables are stored.

    Args:
        tables: the stored tables; `current_<table>` exists for each.
        only: codes to search for; all where None.
    """
    con = intake.con
    con.execute(
        "CREATE OR REPLACE TEMP TABLE found (code VARCHAR, tbl VARCHAR, col VARCHAR, k UBIGINT, supplier_id VARCHAR)"
    )
    chosen = (
        detector
        for detector in detectors()
        if {detector.table, *detector.needs} <= set(tables) and (only is None or detector.code in only)
    )
    for statement in searches(chosen):
        con.execute(f"INSERT INTO found {statement}")


def stored_findings(intake: Intake, actions: Mapping[str, Action]) -> Iterator[Finding]:
    """Yield what `search` found; `actions` has the action of the rule for a code, where there is one."""
    con = intake.con
    counted = con.execute(
        "SELECT code, tbl, col, count(DISTINCT k), count(DISTINCT supplier_id) FROM found GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    totals: dict[str, int] = {}
    for code, table, column, count, suppliers in counted:
        if table not in totals:
            totals[table] = intake.count(f"SELECT count(DISTINCT k) FROM current_{table}")
        named = suppliers if "supplier_id" in TABLES[table].names else None
        yield Finding(
            code,
            table,
            column,
            count,
            count / totals[table],
            named,
            actions.get(code, CODES[code].action),
            places=tuple(_places_of(intake, code, table, column)),
        )


def _places_of(intake: Intake, code: str, table: str, column: str) -> Iterator[Place]:
    """Yield the first places of the rows found, among the rows that this import read."""
    if table not in {arrived.name for arrived in intake.arrived}:
        return
    line = intake.line_sql("t")
    rows = intake.con.execute(
        f"SELECT t._file, {line} AS line, t._pointer FROM new_{table} t WHERE {row_hash(TABLES[table])} IN"
        f" (SELECT k FROM found WHERE code = {literal(code)} AND tbl = {literal(table)} AND col = {literal(column)})"
        f" ORDER BY t._file, line, t._pointer LIMIT {PLACES_MAX}"
    ).fetchall()
    for file, at, pointer in rows:
        yield place(intake, file, pointer if pointer is not None else at)


def place(intake: Intake, file: int, at: int | str | None) -> Place:
    """Return a place as the report writes it; a source may read rows that have no line."""
    name = intake.files[file] if 0 <= file < len(intake.files) else ""
    if isinstance(at, str):
        return {"file": name, "pointer": at}
    return {"file": name, intake.units.get(file, "line"): at} if at is not None else {"file": name}


def quarantined_findings(intake: Intake) -> Iterator[Finding]:
    """Yield the kinds of error of quarantined rows, by table and column."""
    grouped: dict[tuple[str, str, str | None], list[Place]] = {}
    counts: dict[tuple[str, str, str | None], int] = {}
    for text in quarantine.lines(intake):
        row = json.loads(text)
        key = (row["kind"].upper(), row["table"], row.get("column"))
        counts[key] = counts.get(key, 0) + 1
        places = grouped.setdefault(key, [])
        if len(places) < PLACES_MAX:
            places.append({name: row[name] for name in ("file", "line", "row", "pointer") if row.get(name) is not None})
    for (code, table, column), places in sorted(grouped.items(), key=lambda item: tuple(map(str, item[0]))):
        count = counts[(code, table, column)]
        read = intake.unread[table]
        if table in {arrived.name for arrived in intake.arrived}:
            read += intake.count(f"SELECT count(*) FROM new_{table}")
        share = count / read if read else None
        yield Finding(code, table, column, count, share, None, Action.EXCLUDED, "import", tuple(places))


def noted_findings(intake: Intake, report: SourceReport) -> Iterator[Finding]:
    """Yield the notes of a source's reader: what it kept, repaired or left out while it read."""
    for code, count in sorted(report.counts_by_code.items()):
        kind = report.kinds[code]
        places = tuple(place(intake, file, at) for file, at in count.places[:PLACES_MAX])
        yield Finding(
            code, kind.table, None, count.count, None, None, Action(kind.action.value), "import", places, note=kind.text
        )
    uncoded = {kind.text for kind in report.kinds.values()}
    for sentence, times in sorted(report.notes.items()):
        if sentence not in uncoded:
            yield Finding("NOTE", "", None, times, None, None, Action.REPAIRED, "import", note=sentence)
