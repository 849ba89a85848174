"""Canonical facts → OCDS 1.1: one release per line, for each instant at which rows of a process became known.

The import reads the same facts back: both clocks, corrections and retractions (docs/ocds.md).
"""

import heapq
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from features.engines.duckdb_engine import attach, connect
from features.errors import InputError
from features.facts.sql import columns as listed
from features.facts.sql import literal, quoted
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.sinks.ocds_instants import Instants
from features.sinks.ocds_releases import Release, Row
from features.sources.ocds.fields import FIELDS, columns

MEMORY_LIMIT = "1GB"  # beyond it DuckDB spills beside the file that is written
_ROWS_AT_ONCE = 2_000
_OF_CONTRACT = {"amendments", "milestones", "payments", "stages"}
_SETTLED = {"calendar", "outcomes", "spine"}  # not facts

# The process that a row belongs to, by its table; `p` is the process of its contract.
_PROCESS: Mapping[str, str] = {
    "suppliers": "'supplier/' || supplier_id",
    "buyers": "'buyer/' || buyer_id",
    "tenders": "'tender/' || tender_id",
    "bids": "'tender/' || tender_id",
    **dict.fromkeys(("contracts", "amendments", "milestones", "payments"), "p.process"),
    "stages": "coalesce(p.process, 'tender/' || tender_id, 'contract/' || contract_id, 'stage/' || stage_id)",
}


@dataclass
class ExportResult:
    """The counts of an export: what was written, and what OCDS has no field for.

    Attributes:
        rows: rows written, by table.
        left_out: rows (of a table) or values (of `table.column`) that were not written.
    """

    releases: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def export(facts: Facts, file: Path) -> ExportResult:
    """Write facts as OCDS JSON Lines into `file`, in one step; the same facts give the same bytes."""
    if not file.parent.is_dir() or file.is_dir():
        raise InputError("No file can be written here.", where=str(file), fix="Name a file in a folder that exists.")
    result = ExportResult()
    partial = file.with_name(f".{file.name}.part")
    spill = partial.with_suffix(".spill")
    con = connect()
    try:
        con.execute(f"SET memory_limit = '{MEMORY_LIMIT}'; SET temp_directory = {literal(str(spill))}")
        attach(con, facts)
        _count_left_out(con, facts, result)
        with partial.open("w", encoding="utf-8", newline="\n") as stream:
            for release in _releases(con, facts, result):
                json.dump(release, stream, ensure_ascii=False, separators=(",", ":"))
                stream.write("\n")
                result.releases += 1
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, file)
    finally:
        con.close()
        partial.unlink(missing_ok=True)
        shutil.rmtree(spill, ignore_errors=True)
    return result


def _count_left_out(con: duckdb.DuckDBPyConnection, facts: Facts, result: ExportResult) -> None:
    """Count what OCDS has no field for: other tables, and account numbers, which are hashed."""
    for name in facts.tables:
        if name in FIELDS:
            hashed = [c.name for c in TABLES[name].columns if c.name == "payee_account"]
            counted = {f"{name}.{column}": f"{name} WHERE {quoted(column)} IS NOT NULL" for column in hashed}
        else:
            counted = {name: name} if name not in _SETTLED else {}
        for name_left_out, relation in counted.items():
            result.left_out[name_left_out] = con.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0]
    result.left_out = +result.left_out


def _releases(con: duckdb.DuckDBPyConnection, facts: Facts, result: ExportResult) -> Iterator[dict[str, Any]]:
    con.execute(
        "CREATE TABLE processes AS SELECT contract_id, min({'known_at': known_at, 'process':"
        " coalesce('tender/' || tender_id, 'contract/' || contract_id)}).process AS process FROM contracts GROUP BY 1"
    )
    instants = Instants(facts.tz)
    deployment = {"version": 1, "synthetic": facts.synthetic, "currency": facts.currency, "tz": facts.tz}
    streams = [_rows(con, table, n) for n, table in enumerate(FIELDS) if table in facts.tables]
    for (process, known_at), rows in groupby(heapq.merge(*streams, key=lambda r: r[:3]), key=lambda r: r[:2]):
        rows_as_text = [(table, instants.in_row(row)) for *_, table, row in rows]
        result.rows.update(table for table, _ in rows_as_text)
        yield Release(process, instants.text(known_at), deployment, rows_as_text).json()


def _rows(con: duckdb.DuckDBPyConnection, table: str, place: int) -> Iterator[tuple[str, Any, int, str, Row]]:
    """Yield the rows of a table by process and clock; `_again` is true for a row that corrects another."""
    own = columns(table)
    key = listed(TABLES[table].key, "t")
    # Rows of a joint contract are stored once per supplier, but the source gave them once.
    distinct = "DISTINCT" if table in _OF_CONTRACT else ""
    given = "WHERE restated IS NOT TRUE" if "restated" in TABLES[table].names else ""
    rows = f"(SELECT {distinct} {listed([*own, 'known_at'])} FROM {table} {given})"
    of_contract = table in _OF_CONTRACT or table == "contracts"
    joined = f"{rows} t LEFT JOIN processes p ON t.contract_id = p.contract_id" if of_contract else f"{rows} t"
    sql = (
        f"SELECT {_PROCESS[table].replace('contract_id', 't.contract_id')} AS _process, t.known_at AS _known_at,"
        f" row_number() OVER (PARTITION BY {key} ORDER BY t.known_at) > 1 AS _again, {listed(own, 't')}"
        f" FROM {joined} ORDER BY _process, _known_at, {key}"
    )
    cursor = con.cursor()  # one cursor per table, all read at the same time
    for batch in cursor.sql(sql).to_arrow_reader(_ROWS_AT_ONCE):
        for row in batch.to_pylist():
            yield row.pop("_process"), row.pop("_known_at"), place, table, row
