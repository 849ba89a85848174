"""The development population: its suppliers and dates, and the columns that differ between its cases."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from features.declarations.feature import FeatureColumn
from features.engines.duckdb_engine import attach, connect
from features.facts.store import Facts
from training.figures import Floats, rounded

DEPTH = ("history_contracts", "history_months")
BINS = 10


def matrix(profiles: pa.Table, names: Sequence[str]) -> Floats:
    """Profile columns as one float64 matrix, NaN for null."""
    columns = [np.asarray(profiles[n].to_numpy(), dtype=np.float64) for n in names]
    values = np.column_stack(columns) if columns else np.empty((profiles.num_rows, 0))
    if infinite_columns := [n for n, c in zip(names, values.T, strict=True) if np.isinf(c).any()]:
        raise ValueError(f"Column {infinite_columns[0]!r} holds an infinite value: a division without `ratio`.")
    return values


def varying_columns(columns: Sequence[FeatureColumn], values: Floats) -> list[FeatureColumn]:
    """The columns with at least two different values in the development sample."""
    varying = []
    for column, x in zip(columns, values.T, strict=True):
        known = x[~np.isnan(x)]
        if known.size and known.min() < known.max():
            varying.append(column)
    return varying


def describe(facts: Facts, cases: pa.Table, profiles: pa.Table, *, text: str) -> dict[str, Any]:
    """The development sample in numbers: cases, suppliers, their kinds and the depth of their history."""
    suppliers = sorted(set(cases["supplier_id"].to_pylist()))
    as_of = np.asarray(cases["as_of"].to_numpy(), dtype="datetime64[D]")
    depth = {}
    for name in DEPTH:
        if name in profiles.column_names:
            known = matrix(profiles, [name])[:, 0]
            known = known[~np.isnan(known)]
            quantiles = np.quantile(known, (0.05, 0.5, 0.95), method="inverted_cdf").tolist() if known.size else []
            depth[name] = dict(zip(("low", "median", "high"), quantiles, strict=False))
    population: dict[str, Any] = {
        "text": text,
        "cases": cases.num_rows,
        "bad": int(np.asarray(cases["bad"].to_numpy()).sum()),
        "suppliers": len(suppliers),
        "kinds": kinds(facts, suppliers),
        "depth": depth,
        "as_of_first": str(as_of.min()),
        "as_of_last": str(as_of.max()),
    }
    return population


def kinds(facts: Facts, suppliers: Sequence[str]) -> dict[str, int]:
    """How many of the suppliers are of each kind."""
    if "suppliers" not in facts.tables:
        return {}
    connection = connect()
    try:
        attach(connection, facts)
        connection.register("wanted", pa.table({"supplier_id": pa.array(suppliers, pa.string())}))
        rows = connection.execute(
            "SELECT kind, count(*) FROM suppliers JOIN wanted USING (supplier_id) "
            "WHERE known_until IS NULL AND NOT retracted GROUP BY kind ORDER BY kind"
        ).fetchall()
    finally:
        connection.close()
    return {kind: int(n) for kind, n in rows}


def distribution(values: Floats) -> dict[str, Any]:
    """The distribution of a column's development values, as the reference for drift."""
    known = values[~np.isnan(values)]
    if not known.size:
        return {"edges": [], "shares": [], "null": 1.0}
    cuts = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf")
    edges = np.unique(cuts)
    # Edges are observed values: rounding would move such values into another bin.
    null = float(np.isnan(values).mean())
    return {"edges": edges.tolist(), "shares": rounded(shares(known, edges)), "null": rounded(null)}


def shares(known: Floats, edges: Floats) -> Floats:
    """Share of the values in each bin: up to the first edge, ..., beyond the last."""
    place = np.searchsorted(edges, known, side="left")
    return np.asarray(np.bincount(place, minlength=len(edges) + 1) / len(known), dtype=np.float64)
