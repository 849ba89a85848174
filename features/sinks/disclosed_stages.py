"""The nine disclosed stages of each contract: which exist, since when, and the days between them."""

import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from features.engines.duckdb_engine import attach, connect
from features.errors import InputError
from features.facts.history import as_sql, relation, visible_at
from features.facts.sql import local_day, quoted
from features.facts.store import Facts
from features.facts.tables import STAGES, TABLES


def contract_stages(facts: Facts, as_of: str | date | datetime) -> pa.Table:
    """Return the stages of every contract that is visible on `as_of`, as known then.

    A stage counts from its first disclosure. Stages of a tender belong to all its contracts. A missing stage is null,
    never zero.

    Returns:
        `contract_id`, `tender_id`; `<stage>_on`, the local day of each of the nine; `<stage>_days`, days since the
        latest disclosed stage of those before it in their order (below zero where it came earlier; null for a first
        or missing one); `missing`, the names of stages not disclosed, separated by blanks. Ordered by `contract_id`.
    """
    instant = facts.instant(as_of)
    days_of_stages = [f"min(day) FILTER (stage = '{stage}') AS {quoted(f'{stage}_on')}" for stage in STAGES]
    sql = (
        f"WITH contract AS ({_contracts(instant)}), visible_stages AS ({_visible_rows('stages', instant)}),"
        " of_contract AS (SELECT c.contract_id, s.stage, s.occurred_at FROM contract c JOIN visible_stages s"
        " ON s.contract_id = c.contract_id UNION ALL SELECT c.contract_id, s.stage, s.occurred_at FROM contract c"
        " JOIN visible_stages s ON s.contract_id IS NULL AND s.tender_id = c.tender_id),"
        f" dated AS (SELECT contract_id, stage, {local_day('min(occurred_at)', facts.tz)} AS day"
        " FROM of_contract GROUP BY 1, 2),"
        f" wide AS (SELECT contract_id, {', '.join(days_of_stages)} FROM dated GROUP BY 1)"
        f" SELECT c.contract_id, c.tender_id, {', '.join(_columns())}"
        " FROM contract c LEFT JOIN wide USING (contract_id) ORDER BY c.contract_id"
    )
    connection = connect()
    try:
        attach(connection, facts)
        return connection.sql(sql).to_arrow_table()
    finally:
        connection.close()


def write_stages(table: pa.Table, file: Path) -> None:
    """Write stages as Parquet, in one step."""
    if not file.parent.is_dir() or file.is_dir():
        raise InputError("No file can be written here.", where=str(file), fix="Name a file in a folder that exists.")
    partial = file.with_name(f".{file.name}.part")
    try:
        pq.write_table(table, partial)
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def disclosed(table: pa.Table) -> dict[str, int]:
    """Return how many of the contracts have each stage."""
    return {stage: table.num_rows - table[f"{stage}_on"].null_count for stage in STAGES}


def _visible_rows(name: str, instant: datetime) -> str:
    """SQL of the rows of a table that are visible at an instant."""
    rows: Any = relation(name)
    return as_sql(rows.filter(visible_at(rows, ibis.literal(instant, "timestamp(6)"), event=TABLES[name].event)))


def _contracts(instant: datetime) -> str:
    """SQL of the visible contracts, a joint award once."""
    visible = _visible_rows("contracts", instant)
    return f"SELECT contract_id, min(tender_id) AS tender_id FROM ({visible}) GROUP BY contract_id"


def _columns() -> Iterator[str]:
    on = [quoted(f"{stage}_on") for stage in STAGES]
    yield from on
    for place, stage in enumerate(STAGES):
        before = ", ".join(reversed(on[:place]))
        since = f"date_diff('day', coalesce({before}), {on[place]})" if before else "NULL"
        yield f"CAST({since} AS INTEGER) AS {quoted(f'{stage}_days')}"
    missing_names = (f"CASE WHEN {day} IS NULL THEN '{stage}' END" for day, stage in zip(on, STAGES, strict=True))
    yield f"concat_ws(' ', {', '.join(missing_names)}) AS missing"
