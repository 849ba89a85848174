"""A spine: the cases to profile, read from a file with the checks of an import, or all suppliers."""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.engines.duckdb_engine import ask_table
from features.engines.supplier_ranges import Range
from features.errors import InputError
from features.facts.history import OF_TENANT
from features.facts.sql import columns
from features.facts.store import Facts
from features.facts.tables import CLOCKS, TABLES
from features.intake import quarantine
from features.intake.intake import Intake
from features.intake.table_file import read_table

SPINE = TABLES["spine"]


def read_spine(facts: Facts, file: Path) -> pa.Table:
    """Read a spine from CSV or Parquet, in its own order; a bare date is 00:00 in the facts' time zone.

    A case without a `case_id` gets `supplier_id@as_of`.

    Raises:
        InputError: a column is unknown or missing, a `case_id` repeats, or a row cannot be used.
    """
    if not file.is_file():
        raise InputError("There is no such file.", where=str(file), fix="Give a spine as CSV or Parquet.")
    with tempfile.TemporaryDirectory() as scratch, Intake.open(Path(scratch), facts.tz) as intake:
        file_columns = read_table(file, SPINE, intake)
        if bad := quarantine.examples(intake, 1):
            raise InputError(f"A case cannot be used: {bad[0]}.", where=str(file), fix="Correct the row, or remove it.")
        clocks = {c.name for c in CLOCKS}
        names = [
            c.name for c in SPINE.columns if c.name == "case_id" or (c.name in file_columns and c.name not in clocks)
        ]
        # Rows are in the order of the file.
        table = intake.con.sql(f"SELECT {columns(names)} FROM new_spine ORDER BY rowid").to_arrow_table()
    return unique(table, str(file))


def fleet_spine(facts: Facts, as_of: datetime, within: Range | None = None) -> pa.Table:
    """One case for every supplier (of a range) that has a fact of its own in any table, without terms."""
    history_tables = [
        t.name for t in TABLES.values() if t.of_supplier and t.name != "suppliers" and t.name not in OF_TENANT
    ]
    union = " UNION ALL ".join(
        f"SELECT supplier_id FROM {name} WHERE supplier_id IS NOT NULL AND known_at < $as_of"
        + (f" AND {TABLES[name].event} < $as_of" if TABLES[name].event else "")
        for name in history_tables
        if name in facts.tables
    )
    if not union:
        fix = "Import contracts, bids or another table of what suppliers did."
        raise InputError("The facts have no table of suppliers' history.", where=str(facts.path), fix=fix)
    suppliers = ask_table(facts, f"SELECT DISTINCT supplier_id FROM ({union}) ORDER BY 1", within=within, as_of=as_of)
    return spine_of(suppliers["supplier_id"], as_of)


def spine_of(suppliers: Any, as_of: datetime) -> pa.Table:
    """One case for each of some suppliers (an Arrow column without repeats); its `case_id` is the supplier's id."""
    instants = pa.array(np.full(len(suppliers), np.datetime64(as_of, "us")))
    return pa.table({"case_id": suppliers, "supplier_id": suppliers, "as_of": instants})


def timeline(supplier_id: str, instants: Sequence[datetime]) -> pa.Table:
    """One supplier's cases at several different instants (naive UTC); their `case_id` is `supplier@instant`."""
    return pa.table(
        {
            "case_id": [f"{supplier_id}@{instant.isoformat()}" for instant in instants],
            "supplier_id": pa.array([supplier_id] * len(instants), pa.string()),
            "as_of": pa.array(instants, pa.timestamp("us")),
        }
    )


def unique(spine: pa.Table, where: str) -> pa.Table:
    """Return the spine, or refuse one whose `case_id` repeats."""
    counts = pc.value_counts(spine["case_id"])
    if len(counts) != spine.num_rows:
        repeated = next(c["values"].as_py() for c in counts if c["counts"].as_py() > 1)
        raise InputError(f"case_id {repeated!r} repeats.", where=where, fix="Give every case a case_id of its own.")
    return spine
