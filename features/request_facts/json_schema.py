"""JSON Schema of the facts that may be sent with a request."""

from typing import Any, Final

from features.facts.tables import TABLES, Column, Kind
from features.request_facts.schema import ROWS_MAX, SENDABLE, sendable_columns

_TYPES: Final = {Kind.INTEGER: "integer", Kind.REAL: "number", Kind.FLAG: "boolean"}


def facts_schema() -> list[Any]:
    """Return the JSON schemas of the two forms in which facts may be sent, and of none."""
    tables = {name: {"type": "array", "items": _row(name)} for name in SENDABLE}
    canonical = {
        "title": "Canonical tables",
        "description": f"Rows by table, at most {ROWS_MAX} in all.",
        "type": "object",
        "properties": tables,
        "additionalProperties": False,
    }
    package = {
        "title": "OCDS release package",
        "description": "Of its releases, what is about the supplier asked for.",
        "type": "object",
        "required": ["releases"],
        "properties": {"releases": {"type": "array", "items": {"type": "object", "required": ["ocid", "date"]}}},
    }
    return [canonical, package, {"type": "null"}]


def _row(name: str) -> dict[str, Any]:
    table = TABLES[name]
    columns = sendable_columns(table)
    return {
        "type": "object",
        "required": [c for c in table.key if c in columns],
        "properties": {c.name: _cell(c) for c in columns.values()},
        "additionalProperties": False,
    }


def _cell(column: Column) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": [_TYPES.get(column.kind, "string"), "null"]}
    if column.values:
        schema["enum"] = [*column.values, None]
    return schema
