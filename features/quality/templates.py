"""A CSV template and a JSON Schema of each canonical table, generated from the tables' declarations."""

import json
from pathlib import Path
from typing import Any, Final

from features.facts.currencies import CURRENCIES
from features.facts.tables import CLOCKS, TABLES, Column, Kind, Table
from features.intake.cells import ID_LENGTH_MAX

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$"
_CELLS: Final[dict[Kind, dict[str, Any]]] = {
    Kind.ID: {"type": "string", "minLength": 1, "maxLength": ID_LENGTH_MAX},
    Kind.TEXT: {"type": "string"},
    Kind.ENUM: {"type": "string"},
    Kind.INSTANT: {"type": "string", "pattern": _DATE},
    Kind.MONEY: {"type": "string", "pattern": r"^[+-]?\d{1,14}(\.\d{1,2})?$"},
    Kind.RATE: {"type": "string", "pattern": r"^[+-]?\d{1,10}(\.\d{1,8})?$"},
    Kind.INTEGER: {"type": "string", "pattern": r"^[+-]?\d{1,9}$"},
    Kind.FLAG: {"type": "string", "enum": ["true", "false"]},
    Kind.REAL: {"type": "string", "pattern": r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$"},
}


def write_templates(folder: Path) -> list[Path]:
    """Write `NAME.csv` and `NAME.schema.json` of every table into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for table in TABLES.values():
        files = {f"{table.name}.csv": csv_header(table), f"{table.name}.schema.json": _text(row_schema(table))}
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
            written.append(folder / name)
    return written


def csv_header(table: Table) -> str:
    """Return the header row of a table: its own columns, then the clocks."""
    return ",".join(c.name for c in (*table.columns, *CLOCKS)) + "\n"


def row_schema(table: Table) -> dict[str, Any]:
    """Return the JSON Schema of one row as text cells; an empty cell is left out or empty.

    `known_at`, `retracted`, `source` and `source_ref` may be left out in every table. A retraction needs its key and
    `known_at` only.
    """
    required = [c.name for c in table.columns if c.required]
    retraction = {"properties": {"retracted": {"const": "true"}}, "required": ["retracted"]}
    return {
        "$schema": DIALECT,
        "$id": f"{table.name}.schema.json",
        "title": table.name,
        "type": "object",
        "properties": {c.name: _cell(c, table) for c in (*table.columns, *CLOCKS)},
        "additionalProperties": False,
        "required": [name for name in required if name in table.key],
        "if": retraction,
        "then": {"required": ["known_at"]},
        "else": {"required": required},
    }


def _cell(column: Column, table: Table) -> dict[str, Any]:
    cell = dict(_CELLS[column.kind])
    if column.values:
        cell["enum"] = list(column.values)
    if column.name == "currency":
        cell["enum"] = sorted(CURRENCIES)
    if column.required or column.name in table.key:
        return cell
    return {"anyOf": [cell, {"const": ""}]}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
