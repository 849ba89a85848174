"""A few suppliers' rows out of millions: tables held in memory by key, cut into slices without a copy."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.history import relation
from features.reduction import Stage
from features.tables import TABLES


def columns_read(stages: Iterable[Stage]) -> dict[str, list[str]]:
    """The columns of each canonical table that a plan reads, in the table's order."""
    read: dict[str, set[str]] = defaultdict(set)
    for stage in stages:
        for node in stage.expr.op().find(ops.Field):
            relation = node.rel.parent if isinstance(node.rel, ops.JoinReference) else node.rel
            if isinstance(relation, ops.UnboundTable) and relation.name in TABLES and relation.name != "spine":
                read[relation.name].add(node.name)
    return {name: [c for c in TABLES[name].names if c in wanted] for name, wanted in read.items()}


def schema_of(name: str, names: Sequence[str]) -> pa.Schema:
    """Arrow's schema of some columns of a canonical table."""
    return relation(name).select(names).schema().to_pyarrow()


class Keyed:
    """A table sorted by one key, with the place of each key's rows."""

    def __init__(self, table: pa.Table, key: str) -> None:
        runs = _runs(table[key])
        if pc.count_distinct(runs.values).as_py() < len(runs.values) or runs.values.null_count:
            table = table.filter(table[key].is_valid()).sort_by(key)
            runs = _runs(table[key])
        keys = np.array([v.encode() for v in runs.values.to_pylist()] or [b""], dtype=np.bytes_)
        ends = np.asarray(runs.run_ends, dtype=np.int64) if len(runs.values) else np.array([0])
        # An import sorts by code point, which is the order of the UTF-8 bytes searched here.
        order = np.argsort(keys, kind="stable")
        self._keys, self._ends = keys[order], ends[order]
        self._starts = np.concatenate([[0], ends[:-1]])[order]
        self._table = table.combine_chunks()

    def rows(self, keys: Sequence[str]) -> pa.Table:
        """Rows of the given keys."""
        wanted = np.array([k.encode() for k in dict.fromkeys(keys)] or [b""], dtype=np.bytes_)
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        found = at[self._keys[at] == wanted]
        slices = [self._table.slice(self._starts[i], self._ends[i] - self._starts[i]) for i in found]
        return pa.concat_tables(slices) if slices else self._table.slice(0, 0)


class Lookup:
    """The facts that a plan reads, by supplier; tenders and buyers by the id that a supplier's rows name."""

    def __init__(self, tables: Mapping[str, Path], columns: Mapping[str, list[str]]) -> None:
        self._of_supplier: dict[str, Keyed] = {}
        self._named: dict[str, Keyed] = {}
        for name, names in columns.items():
            table = _read(tables.get(name), name, names)
            if TABLES[name].of_supplier:
                self._of_supplier[name] = Keyed(table, "supplier_id")
            else:
                self._named[name] = Keyed(table, TABLES[name].key[0])

    def rows(self, suppliers: Sequence[str]) -> dict[str, pa.Table]:
        """Every table's rows that concern the suppliers."""
        own = {name: keyed.rows(suppliers) for name, keyed in self._of_supplier.items()}
        return own | {
            name: keyed.rows(_naming(own.values(), TABLES[name].key[0])) for name, keyed in self._named.items()
        }

    def named(self, name: str, ids: Sequence[str]) -> pa.Table:
        """The tenders or buyers with these ids."""
        return self._named[name].rows(ids)


def _naming(tables: Iterable[pa.Table], key: str) -> list[str]:
    """The ids in a column of that name in any of the tables."""
    columns = [pc.unique(table[key]).to_pylist() for table in tables if key in table.column_names]
    return sorted({i for ids in columns for i in ids if i is not None})


def _runs(column: Any) -> Any:
    runs = pc.run_end_encode(column.combine_chunks() if column.num_chunks != 1 else column.chunk(0))
    return runs.chunk(0) if isinstance(runs, pa.ChunkedArray) else runs


def _read(file: Path | None, name: str, names: list[str]) -> pa.Table:
    schema = schema_of(name, names)
    return pq.read_table(file, columns=names).select(names).cast(schema) if file else schema.empty_table()
