"""Worked examples: the few rows of a declaration, run through the same plan as all facts."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np

from features.declarations.feature import Example, Feature, FeatureColumn
from features.declarations.filled import filled_by_all
from features.declarations.request_formulas import ROW_TABLES, TERMS, reads, request_values, row_values
from features.engines.duckdb_engine import attach_reference, connect, create_empty, run_plan, spine_rows
from features.facts.firm_events import generic_kinds
from features.facts.reference import BUYER_FIGURES, EVENT_KINDS, REFERENCE
from features.facts.tables import TABLES, Column, Kind, Table

SUPPLIER, BUYER, TENANT, ASKED = "S", "B", "bank", "asked"
_MICROSECOND = timedelta(microseconds=1)


def example_value(feature: Feature) -> float | None:
    """Value of the declared formula on the declaration's own example; None for null."""
    example = feature.example
    assert example is not None, f"{feature.name} has no example"
    if feature.table == "asked_buyer":
        figures = {name: np.array([_number(example.rows.get(name))]) for name in BUYER_FIGURES}
        return float(row_values(feature.columns, figures, 1)[feature.name][0])
    if feature.table in ROW_TABLES:
        return _request_value(feature, example)
    connection = connect(threads=1)
    fill_tables(connection, feature)
    return plan_value(connection, feature, SUPPLIER)


def fill_tables(connection: duckdb.DuckDBPyConnection, feature: Feature) -> None:
    """Create every canonical table, with the rows of the declaration's example; rows without a source fill all."""
    assert feature.example is not None
    connection.register("filled", filled_by_all())
    rows = {**feature.example.others, feature.table: feature.example.rows}
    for name, table in TABLES.items():
        if name != "spine":
            _fill(connection, table, rows.get(name), example_tables=rows)
    attach_reference(connection, {})
    kinds = generic_kinds()
    given = {EVENT_KINDS: {"type_code": list(kinds), "kind": list(kinds.values())}, **feature.example.others}
    for name in (n for n in REFERENCE if n in given):
        columns, marks = ", ".join(given[name]), ", ".join("?" for _ in given[name])
        cells = zip(*(v if isinstance(v, list) else [v] for v in given[name].values()), strict=True)
        connection.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", [list(row) for row in cells])


def plan_value(connection: duckdb.DuckDBPyConnection, feature: Feature, subject: str) -> float | None:
    """Value of the plan for the subject of an example in the example's window; closes the connection."""
    assert feature.example is not None
    column = _column(feature, feature.example)
    case = spine_rows([subject], [datetime.fromisoformat(feature.example.as_of)], [TENANT], [ASKED])
    value = run_plan(connection, case, (column,))[column.name][0]
    connection.close()
    return None if np.isnan(value) else float(value)


def _column(feature: Feature, example: Example) -> FeatureColumn:
    windows = feature.window
    longest = None if None in windows else max(windows, key=lambda w: w if isinstance(w, int) else 0)
    window = longest if example.window == "longest" else example.window
    return next(c for c in feature.columns if c.window == window)


def _request_value(feature: Feature, example: Example) -> float | None:
    profile = [c for c in example.rows if c not in TERMS]
    named = sorted(set(profile) | _profile_names(feature, profile))
    given = {n: np.array([_number(example.rows.get(n))]) for n in named}
    terms: dict[str, np.ndarray] = {}
    for term, kind in TERMS.items():
        value = example.rows.get(term)
        terms[term] = np.array([value], dtype=object) if kind == "string" else np.array([_number(value)])
    value = request_values(feature.columns, terms, given, 1)[feature.name][0]
    return None if np.isnan(value) else float(value)


def _profile_names(feature: Feature, profile: list[str]) -> set[str]:
    from features.declarations.catalogue import COLUMNS

    every = [c.name for c in COLUMNS if c.feature.table != "request"]
    return set(reads(feature, sorted({*every, *profile}))) - set(TERMS)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _instant(text: Any) -> datetime | None:
    """A bare date is the last microsecond of its day, as at import (examples are in UTC)."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if len(text) > 10 else moment + timedelta(days=1) - _MICROSECOND


def _fill(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    rows: Mapping[str, Any] | None,
    *,
    example_tables: Mapping[str, Any],
) -> None:
    create_empty(connection, table)
    given = rows or _implied_parent(table, example_tables)
    if not given:
        return
    count = max(len(v) if isinstance(v, list) else 1 for v in given.values())
    records = [{k: v[i] if isinstance(v, list) else v for k, v in given.items()} for i in range(count)]
    filled = [_record(table, record, i) for i, record in enumerate(records)]
    marks = ", ".join("?" for _ in table.stored)
    connection.executemany(
        f"INSERT INTO {table.name} VALUES ({marks})", [[r.get(c.name) for c in table.stored] for r in filled]
    )


def _implied_parent(table: Table, example_tables: Mapping[str, Any]) -> dict[str, Any]:
    """One row for each parent that the example leaves out, so that its children are visible."""
    children = [n for n in example_tables if n in TABLES and TABLES[n].parent == table.name]
    if not children:
        return {}
    key = table.key[0]
    keys = {k for n in children for k in np.atleast_1d(np.array(example_tables[n].get(key, "C"), dtype=object)) if k}
    return {key: sorted(keys)}


def _record(table: Table, given: Mapping[str, Any], number: int) -> dict[str, Any]:
    record = {c.name: _default(table, c, number) for c in table.stored}
    record |= {k: _instant(v) if table.column(k).kind is Kind.INSTANT else v for k, v in given.items()}
    for amount in ("amount", "estimate", "remaining", "amount_change", "registered_capital"):
        if "value" in table.names and "value" not in given and amount in given:
            record["value"] = given[amount]
    if "known_at" not in given:
        record["known_at"] = record.get(table.event or "") or datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    return record


def _default(table: Table, column: Column, number: int) -> Any:
    if column.name == "supplier_id" or column.name == "party_id":
        return SUPPLIER
    if table.name == "contracts" and column.name == "buyer_id":
        return BUYER
    if column.name == "tenant_id":
        return TENANT
    if column.name == "retracted":
        return False
    if column.name in table.key and column.name not in {"contract_id", "financing_id"}:
        return f"{table.name}-{number}"
    if column.name in {"contract_id", "financing_id"}:
        parented = table.parent is not None
        return ("C" if parented else f"C{number}") if column.required or parented else None
    if column.kind is Kind.ENUM and column.required:
        return column.values[0]
    if not column.required:
        return None
    return {Kind.INSTANT: datetime(2020, 1, 1), Kind.MONEY: "0", Kind.RATE: "0", Kind.INTEGER: 0}.get(column.kind, "x")
