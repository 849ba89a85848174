"""A number per supplier that changes when a fact that its profile may read changes, becomes visible or disappears.

An incremental run compares the numbers of two instants. So it sees a row that arrived late, a correction, and a date
that has passed only now though it was known long before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

import numpy as np
import pyarrow as pa

from features.declarations.feature import FeatureColumn
from features.engines.duckdb_engine import ask_table
from features.engines.lookup import columns_read
from features.engines.plan import compile_plan
from features.engines.supplier_ranges import Range
from features.facts.history import NAMED_BY, OF_TENANT
from features.facts.sql import literal, quoted
from features.facts.store import Facts
from features.facts.supplier_kinds import in_bytes
from features.facts.tables import TABLES, Table

_MODULUS = 2**64
OF_REGISTER = ("suppliers", "firm_events")  # entries of the register are no history (`data_depth.history_flags`)


@cache
def _read_columns(columns: tuple[FeatureColumn, ...]) -> Mapping[str, list[str]]:
    return {**columns_read(compile_plan(columns).stages), "suppliers": list(TABLES["suppliers"].names)}


def fingerprints(
    facts: Facts, as_of: datetime, columns: Sequence[FeatureColumn], within: Range | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return ids (bytes, sorted) and fingerprints (uint64) of the suppliers (of a range) with any visible history."""
    read = {name: names for name, names in _read_columns(tuple(columns)).items() if name in facts.tables}
    parts = [_own_rows(TABLES[name], names) for name, names in read.items() if TABLES[name].of_supplier]
    parts += [
        _named_rows(TABLES[name], names, naming_table, key)
        for name, names in read.items()
        if not TABLES[name].of_supplier
        for naming_table, own in read.items()
        for key in NAMED_BY.get(name, ())
        if TABLES[naming_table].of_supplier and key in own
    ]
    total = f"CAST(sum(CAST(h AS HUGEINT)) % {_MODULUS} AS UBIGINT)"
    query = (
        f"SELECT supplier_id, {total} AS fingerprint FROM ({' UNION ALL '.join(parts)})"
        " WHERE supplier_id IS NOT NULL GROUP BY supplier_id HAVING bool_or(of_history) ORDER BY supplier_id"
    )
    table: pa.Table = ask_table(facts, query, within=within, as_of=as_of)
    ids, numbers = in_bytes(table["supplier_id"]), table["fingerprint"].to_numpy()
    order = np.argsort(ids, kind="stable")
    return ids[order], numbers[order].astype(np.uint64)


def of_suppliers(wanted: np.ndarray, ids: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the fingerprints of some suppliers; 0 for one without visible history."""
    if not len(ids):
        return np.zeros(len(wanted), dtype=np.uint64)
    at = np.minimum(ids.searchsorted(wanted), len(ids) - 1)
    return np.where(ids[at] == wanted, numbers[at], np.uint64(0))


def _own_rows(table: Table, names: Sequence[str]) -> str:
    """SQL of supplier, hash and whether it is history, for each visible row of a supplier's table."""
    of_history = table.name not in {*OF_REGISTER, *OF_TENANT}
    row = f"{_hash(table, names)} AS h, {str(of_history).lower()} AS of_history"
    return f"SELECT supplier_id, {row} FROM {table.name} WHERE {_visible(table)}"


def _named_rows(table: Table, names: Sequence[str], naming_table: str, key: str) -> str:
    """SQL of supplier and hash for each visible row of a shared table that a supplier's rows name."""
    own = quoted(table.key[0])
    shared = f"SELECT {own} AS k, {_hash(table, names)} AS h FROM {table.name} WHERE {_visible(table)}"
    naming = f"SELECT DISTINCT supplier_id, {quoted(key)} AS k FROM {naming_table} WHERE known_at < $as_of"
    row = f"hash({literal(f'{naming_table}.{key}')}, s.k, s.h) AS h, false AS of_history"
    return f"SELECT n.supplier_id, {row} FROM ({naming}) n JOIN ({shared}) s USING (k)"


def _visible(table: Table) -> str:
    rules = ["known_at < $as_of", "(known_until IS NULL OR known_until >= $as_of)", "NOT retracted"]
    return " AND ".join([*rules, *([f"{table.event} < $as_of"] if table.event else [])])


def _hash(table: Table, names: Sequence[str]) -> str:
    """SQL of the hash of a row as a profile sees it: what a date hides counts from that date on."""
    cells = {name: quoted(name) for name in names if name not in {"known_until", "retracted"}}
    for dated, companions in table.hides.items():
        passed = f"{quoted(dated)} < $as_of"
        shown = f"({passed} OR {quoted(dated)} IS NULL)" if dated == "decided_on" else passed
        for name in {dated, *companions} & set(cells):
            cells[name] = f"CASE WHEN {passed if name == dated else shown} THEN {quoted(name)} END"
    return f"hash({', '.join([literal(table.name), *(cells[name] for name in sorted(cells))])})"
