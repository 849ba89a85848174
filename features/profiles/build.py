"""Profiles: one row of feature values for every case of a spine, from the facts known at its instant."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.declarations.data_depth import has_history, history_flags
from features.declarations.feature import FeatureColumn
from features.declarations.request_formulas import ROW_TABLES, TERMS, reads, request_values
from features.engines.duckdb_engine import attach, connect, run_plan, spine_rows
from features.engines.supplier_ranges import MEMORY, Range
from features.errors import InputError
from features.facts.ids import normal_id
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.profiles.asked_buyer import asked_buyer_values

IDENTITY = ("case_id", "supplier_id", "as_of", "tenant_id")
ROW_GROUP_SIZE = 65_536
_INSTANT = pa.timestamp("us")

Compute = Callable[[pa.Table, tuple[FeatureColumn, ...]], dict[str, np.ndarray]]
"""An engine over facts: cases (as `spine_rows` makes them) and columns → float64 arrays by `case_no`, NaN for null."""


def build_profiles(
    facts: Facts,
    spine: pa.Table,
    columns: Sequence[FeatureColumn] | None = None,
    *,
    threads: int | None = None,
    within: Range | None = None,
    scratch: Path | None = None,
) -> pa.Table:
    """Compute point-in-time profiles.

    Args:
        facts: an imported facts folder.
        spine: the cases: `case_id`, `supplier_id`, `as_of` (naive UTC), and optionally `tenant_id` and the terms.
        columns: the feature columns wanted (default: all of the catalogue).
        threads: threads for the engine; the bits do not depend on it.
        within: a range that contains all suppliers of the spine: only its facts are read, in bounded memory.
        scratch: a folder for data that exceeds that memory.

    Returns:
        A table ordered by `case_id`: the identity columns, then every feature column as float64, null where unknown.
        Request columns exist only where the spine has terms.
    """

    def compute(cases: pa.Table, wanted: tuple[FeatureColumn, ...]) -> dict[str, np.ndarray]:
        connection = connect(threads=threads, memory=MEMORY if within else None, scratch=scratch)
        attach(connection, facts, within)
        values = run_plan(connection, cases, wanted)
        connection.close()
        return values

    return profiles_by(compute, facts, spine, columns)


def profiles_by(
    compute: Compute, facts: Facts, spine: pa.Table, columns: Sequence[FeatureColumn] | None = None
) -> pa.Table:
    """`build_profiles` with another engine for the columns that are computed from facts."""
    from features.declarations.catalogue import COLUMNS

    columns = tuple(columns if columns is not None else COLUMNS)
    spine = spine.sort_by("case_id")
    unknown = pa.nulls(spine.num_rows, pa.string())
    identity = {c: spine[c] if c in spine.column_names else unknown for c in IDENTITY}
    with_terms = any(term in spine.column_names for term in TERMS)
    contract_ids = spine["contract_id"] if "contract_id" in spine.column_names else None
    cases = spine_rows(identity["supplier_id"], identity["as_of"], identity["tenant_id"], contract_ids)
    computed = with_inputs(columns)
    from_facts = tuple(c for c in computed if c.feature.table in TABLES and not is_unknown(c, facts))
    values = compute(cases, from_facts) if from_facts else {}
    values |= missing_columns(computed, facts, spine.num_rows)
    values |= asked_buyer_values(facts, computed, spine)
    values |= request_values([c for c in computed if c.feature.table == "profile"], {}, values, spine.num_rows)
    if with_terms:
        request_columns = [c for c in columns if c.feature.table == "request"]
        values |= request_values(request_columns, terms_of(spine, facts.currency), values, spine.num_rows)
    ordered = {c.name: pa.array(values[c.name], from_pandas=True) for c in columns if c.name in values}
    return pa.table({**identity, **ordered})


def build_one(facts: Facts, supplier_id: str, as_of: datetime) -> pa.Table:
    """Compute one supplier's profile without terms and without any tenant's loans; only its own facts are read.

    Raises:
        InputError: no fact of the supplier's own was known before the instant.
    """
    supplier_id = normal_id(supplier_id)
    spine = pa.table({"case_id": [supplier_id], "supplier_id": [supplier_id], "as_of": pa.array([as_of], _INSTANT)})
    table = build_profiles(facts, spine, within=Range(supplier_id, supplier_id))
    if not has_history({name: table[name][0].as_py() for name in history_flags()}):
        what = f"No fact of this supplier's own was known before {as_of.isoformat()}Z."
        raise InputError(what, where=str(facts.path), fix="Name another supplier, or a later date.")
    return table


def with_inputs(columns: Sequence[FeatureColumn]) -> tuple[FeatureColumn, ...]:
    """The columns, and those of the profile that their row formulas read."""
    from features.declarations.catalogue import COLUMNS

    every = [c.name for c in COLUMNS if c.feature.table != "request"]
    rows = [c.feature for c in columns if c.feature.table in ROW_TABLES]
    read = {name for feature in rows for name in reads(feature, every)} - {c.name for c in columns}
    further = tuple(c for c in COLUMNS if c.name in read)
    return (*columns, *with_inputs(further)) if further else tuple(columns)


def is_unknown(column: FeatureColumn, facts: Facts) -> bool:
    """Whether a column is null for everybody: a table that it needs was never imported, or loans are not pooled."""
    not_pooled = column.feature.among == "pooled" and not facts.pooled_financing
    return not_pooled or not set(column.feature.needs) <= set(facts.tables)


def missing_columns(columns: Sequence[FeatureColumn], facts: Facts, rows: int) -> dict[str, np.ndarray]:
    """Columns that depend on the imported tables alone.

    `missing_<table>`: 1 where the table was never imported, else 0; NaN in columns that need a table which never was.
    """
    wanted = [c.name for c in columns if c.feature.table == "quality"]
    unknown = [c.name for c in columns if is_unknown(c, facts)]
    flags = {n: np.full(rows, float(n.removeprefix("missing_") not in facts.tables)) for n in wanted}
    return flags | {name: np.full(rows, np.nan) for name in unknown}


def terms_of(spine: pa.Table, currency: str) -> dict[str, np.ndarray]:
    """The terms of a spine as the arrays that request formulas read; an amount in another currency is unknown."""
    terms: dict[str, np.ndarray] = {}
    for name, kind in TERMS.items():
        if name not in spine.column_names:
            continue
        if kind == "string":
            terms[name] = np.array(spine[name].to_pylist(), dtype=object)
        else:
            terms[name] = pc.cast(spine[name], pa.float64()).to_numpy(zero_copy_only=False)
    if "amount" in terms and "currency" in spine.column_names:
        is_reporting = np.array([c in (None, currency) for c in spine["currency"].to_pylist()], dtype=bool)
        terms["amount"] = np.where(is_reporting, terms["amount"], np.nan)
    if "contract_id" in spine.column_names:
        named = pc.cast(pc.is_valid(spine["contract_id"]), pa.float64())
        terms["contract_asked"] = named.to_numpy(zero_copy_only=False)
    return terms


def one_request(terms: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The terms of one request as arrays of one row (amount in the reporting currency)."""
    arrays: dict[str, np.ndarray] = {}
    for name, kind in TERMS.items():
        value = terms.get(name)
        if kind == "string":
            arrays[name] = np.array([value], dtype=object)
        else:
            arrays[name] = np.array([np.nan if value is None else float(value)])
    return arrays | {"contract_asked": np.array([float(terms.get("contract_id") is not None)])}


def write_profiles(table: pa.Table, out: Path) -> None:
    """Write profiles as Parquet, the same bytes for the same table; `as_of` is written as UTC."""
    write_slices(table.schema, [table], out)


def write_slices(schema: pa.Schema, slices: Iterable[pa.Table], out: Path) -> None:
    """Write profiles given in slices, each of whole row groups except the last, as `write_profiles` does."""
    at = schema.get_field_index("as_of")
    schema = schema.set(at, pa.field("as_of", pa.timestamp("us", tz="UTC")))
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(out.name + ".partial")
    with pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        for table in slices:
            writer.write_table(table.cast(schema), row_group_size=ROW_GROUP_SIZE)
    partial.replace(out)
