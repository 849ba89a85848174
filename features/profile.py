"""Profiles: one row of features for every case of a spine, as things were known at its instant."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.engine import attach, connect, run_plan
from features.errors import InputError
from features.facts import Facts
from features.feature import FeatureColumn
from features.request import TERMS, request_values
from features.tables import TABLES

SPINE = TABLES["spine"]
IDENTITY = ("case_id", "supplier_id", "as_of", "tenant_id")


def build_profiles(
    facts: Facts, spine: pa.Table, columns: Sequence[FeatureColumn] | None = None, *, threads: int | None = None
) -> pa.Table:
    """Compute point-in-time profiles.

    Args:
        facts: an imported facts folder.
        spine: the cases: `case_id`, `supplier_id`, `as_of` (naive UTC), and optionally `tenant_id` and the terms.
        columns: the feature columns wanted (default: all of the catalogue).
        threads: threads for the engine; the bits do not depend on it.

    Returns:
        A table ordered by `case_id`: the identity columns, then every feature column as float64, null where unknown.
        Request columns are there only where the spine carries terms.
    """
    from features.catalogue import COLUMNS

    columns = tuple(columns if columns is not None else COLUMNS)
    spine = spine.sort_by("case_id")
    with_terms = any(t in spine.column_names for t in ("amount", "days"))
    connection = connect(threads=threads)
    attach(connection, facts)
    values = run_plan(connection, _cases(spine), tuple(c for c in columns if c.feature.table in TABLES))
    connection.close()
    values |= missing_columns(columns, facts, spine.num_rows)
    if with_terms:
        asked = [c for c in columns if c.feature.table == "request"]
        values |= request_values(asked, terms_of(spine, facts.currency), values, spine.num_rows)
    identity = {c: spine[c] if c in spine.column_names else _nulls(spine.num_rows) for c in IDENTITY}
    ordered = {c.name: pa.array(values[c.name], from_pandas=True) for c in columns if c.name in values}
    return pa.table({**identity, **ordered})


def missing_columns(columns: Sequence[FeatureColumn], facts: Facts, rows: int) -> dict[str, np.ndarray]:
    """`missing_<table>` columns: 1 where the table was never imported, else 0."""
    wanted = [c.name for c in columns if c.feature.table == "quality"]
    return {n: np.full(rows, float(n.removeprefix("missing_") not in facts.tables)) for n in wanted}


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
        ours = np.array([c in (None, currency) for c in spine["currency"].to_pylist()], dtype=bool)
        terms["amount"] = np.where(ours, terms["amount"], np.nan)
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
    return arrays


def read_spine(facts: Facts, file: Path) -> pa.Table:
    """Read a spine from CSV or Parquet; a bare date is 00:00 in the facts' time zone.

    Raises:
        InputError: a column is unknown or missing, a `case_id` repeats, or a value cannot be read.
    """
    import pandas as pd

    where = str(file)
    try:
        frame = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file, dtype=str)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise InputError("The spine cannot be read.", where=where, mend=f"Give CSV or Parquet ({error}).") from error
    allowed = {c.name for c in SPINE.columns}
    if unknown := [c for c in frame.columns if c not in allowed]:
        raise InputError(f"Unknown column {unknown[0]!r}.", where=where, mend=f"Known: {', '.join(sorted(allowed))}.")
    if lacking := [c for c in ("supplier_id", "as_of") if c not in frame.columns]:
        raise InputError(f"Column {lacking[0]!r} is missing.", where=where)
    columns: dict[str, pa.Array] = {"supplier_id": pa.array(frame["supplier_id"].astype(str))}
    columns["as_of"] = pa.array(
        [_instant(facts, v, where, i) for i, v in enumerate(frame["as_of"])], pa.timestamp("us")
    )
    default = [f"{s}@{str(a)[:10]}" for s, a in zip(frame["supplier_id"], frame["as_of"], strict=True)]
    columns["case_id"] = pa.array(frame["case_id"].astype(str) if "case_id" in frame else default, pa.string())
    for name in [c for c in frame.columns if c not in columns]:
        columns[name] = _term(frame[name], name, where)
    return unique(pa.table(columns), where)


def unique(spine: pa.Table, where: str) -> pa.Table:
    """Return the spine, or refuse one whose `case_id` repeats."""
    counts = pc.value_counts(spine["case_id"])
    if len(counts) != spine.num_rows:
        twice = next(c["values"].as_py() for c in counts if c["counts"].as_py() > 1)
        raise InputError(f"case_id {twice!r} repeats.", where=where, mend="Give every case a case_id of its own.")
    return spine


def _instant(facts: Facts, value: Any, where: str, row: int) -> Any:
    try:
        return facts.instant(value.to_pydatetime() if hasattr(value, "to_pydatetime") else value)
    except (ValueError, TypeError) as error:
        raise InputError("as_of is not a date or instant.", where=f"{where}: row {row + 2}", mend=str(error)) from error


def _term(series: Any, name: str, where: str) -> pa.Array:
    kinds = {"amount": pa.decimal128(18, 2), "days": pa.int64(), "bidders": pa.int64()}
    kept = [None if v is None or v != v or v == "" else v for v in series.tolist()]
    words = pa.array([None if v is None else str(v) for v in kept], pa.string())
    try:
        array = pc.cast(words, kinds.get(name, pa.string()))
    except pa.ArrowInvalid as error:
        raise InputError(f"Column {name!r} holds a value that is no {kinds[name]}.", where=where) from error
    allowed = SPINE.column(name).values
    if allowed and (odd := [v for v in array.to_pylist() if v is not None and v not in allowed]):
        raise InputError(f"Column {name!r} holds {odd[0]!r}.", where=where, mend=f"Known: {', '.join(allowed)}.")
    return array


def write_profiles(table: pa.Table, out: Path) -> None:
    """Write profiles as Parquet, the same bytes for the same table."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(out.name + ".partial")
    pq.write_table(table, partial, compression="zstd", row_group_size=65_536)
    partial.replace(out)


def _cases(spine: pa.Table) -> pa.Table:
    rows = spine.num_rows
    tenant = spine["tenant_id"] if "tenant_id" in spine.column_names else _nulls(rows)
    return pa.table(
        {
            "case_no": pa.array(np.arange(rows)),
            "supplier_id": spine["supplier_id"],
            "as_of": spine["as_of"],
            "tenant_id": tenant,
        }
    )


def _nulls(rows: int) -> pa.Array:
    return pa.nulls(rows, pa.string())
