"""The reference tables of an import: peers and buyers of every month, and the kinds of registry events."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.declarations.filled import filled_in_entries
from features.engines.lookup import columns_read
from features.engines.plan import compile_plan, plan_sql
from features.facts.firm_events import event_kinds
from features.facts.reference import BUYER_MONTHS, EVENT_KINDS, PEERS, REFERENCE
from features.importing.facts_writer import FactsWriter
from features.importing.months import buyer_columns, buyer_months, peer_columns, peer_months, schema_of


def write_reference_tables(
    writer: FactsWriter, entries: Mapping[str, Mapping[str, Any]], tz: str
) -> dict[str, dict[str, Any]]:
    """Write `peers` and `event_kinds` from the stored tables; return their manifest entries.

    A table whose inputs are those of the last import is not computed again.
    """
    files = {name: writer.path / entry["file"] for name, entry in entries.items()}
    digests = {name: str(entry["sha256"]) for name, entry in entries.items()}
    filled = filled_in_entries(entries)
    computed = {name: _unless_same(writer, name, digests, tz, files, filled) for name in (PEERS, BUYER_MONTHS)}
    return computed | {EVENT_KINDS: _event_kinds(writer)}


def _event_kinds(writer: FactsWriter) -> dict[str, Any]:
    kinds = event_kinds()
    table = pa.table({"type_code": list(kinds), "kind": list(kinds.values())}, schema=schema_of(EVENT_KINDS))
    return writer.write_reference(EVENT_KINDS, table.sort_by("type_code"))


def _unless_same(
    writer: FactsWriter,
    name: str,
    digests: Mapping[str, str],
    tz: str,
    files: Mapping[str, Path],
    filled: pa.Table,
) -> dict[str, Any]:
    """The manifest entry of a monthly table: as it stands where its inputs are the same, else written anew."""
    columns = peer_columns() if name == PEERS else buyer_columns()
    read = sorted({"suppliers", "contracts", *columns_read(compile_plan(columns).stages)} & set(digests))
    plan = hashlib.sha256(plan_sql(columns).encode()).hexdigest()
    inputs = {table: digests[table] for table in read} | {"plan": plan, "tz": tz}
    before = (writer.manifest or {}).get("reference", {}).get(name, {})
    if before.get("inputs") == inputs:
        return dict(before)
    months = peer_months if name == PEERS else buyer_months
    chunks = list(months(files, filled, columns, tz)) if "contracts" in files else []
    key = next(iter(REFERENCE[name]))
    table = pa.concat_tables([schema_of(name).empty_table(), *chunks])
    return writer.write_reference(name, table.sort_by([(key, "ascending"), ("month_end", "ascending")])) | {
        "inputs": inputs
    }
