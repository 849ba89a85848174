"""The reference tables of an import: peers and buyers of every month, and the kinds of registry events."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from features.declarations.feature import FeatureColumn
from features.declarations.filled import filled_in_entries
from features.engines.lookup import columns_read
from features.engines.plan import compile_plan, plan_sql
from features.facts.firm_events import event_kinds
from features.facts.reference import BUYER_MONTHS, EVENT_KINDS, FEWEST, PEERS, REFERENCE
from features.importing.facts_writer import FactsWriter
from features.importing.months import buyer_columns, buyer_months, peer_columns, peer_months, schema_of


def write_reference_tables(
    writer: FactsWriter, entries: Mapping[str, Mapping[str, Any]], tz: str
) -> dict[str, dict[str, Any]]:
    """Write `peers` and `event_kinds` from the stored tables; return their manifest entries.

    A table whose inputs are those of the last import is not computed again.
    """
    computed = {name: _unless_same(writer, name, entries, tz) for name in (PEERS, BUYER_MONTHS)}
    return computed | {EVENT_KINDS: _event_kinds(writer)}


def _event_kinds(writer: FactsWriter) -> dict[str, Any]:
    kinds = event_kinds()
    table = pa.table({"type_code": list(kinds), "kind": list(kinds.values())}, schema=schema_of(EVENT_KINDS))
    return writer.write_reference(EVENT_KINDS, table.sort_by("type_code"))


def _unless_same(writer: FactsWriter, name: str, entries: Mapping[str, Mapping[str, Any]], tz: str) -> dict[str, Any]:
    """The manifest entry of a monthly table: as it stands where its inputs are the same, else written anew."""
    columns = peer_columns() if name == PEERS else buyer_columns()
    read = sorted({"suppliers", "contracts", *columns_read(compile_plan(columns).stages)} & set(entries))
    plan = hashlib.sha256(plan_sql(columns).encode()).hexdigest()
    inputs = {table: str(entries[table]["sha256"]) for table in read} | {"plan": plan, "tz": tz}
    before = (writer.manifest or {}).get("reference", {}).get(name, {})
    if before.get("inputs") == inputs:
        return dict(before)
    table = pa.concat_tables([schema_of(name).empty_table(), *_months(writer, name, entries, columns, tz)])
    key = next(iter(REFERENCE[name]))
    return writer.write_reference(name, table.sort_by([(key, "ascending"), ("month_end", "ascending")])) | {
        "inputs": inputs
    }


def _months(
    writer: FactsWriter,
    name: str,
    entries: Mapping[str, Mapping[str, Any]],
    columns: tuple[FeatureColumn, ...],
    tz: str,
) -> Iterable[pa.Table]:
    """The rows of a monthly table; none where no contract is stored, or too few suppliers to be compared."""
    if "contracts" not in entries or (name == PEERS and entries["suppliers"]["rows"] < FEWEST):
        return []
    files = {table: writer.path / entry["file"] for table, entry in entries.items()}
    months = peer_months if name == PEERS else buyer_months
    return months(files, filled_in_entries(entries), columns, tz)
