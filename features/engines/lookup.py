"""The rows of a few suppliers out of millions: tables in memory, sorted by key, sliced without a copy."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.declarations.reduction import Stage
from features.errors import InputError
from features.facts.history import NAMED_BY, relation
from features.facts.reference import REFERENCE, named_reference_ids, reference_relation
from features.facts.tables import TABLES


def columns_read(stages: Iterable[Stage]) -> dict[str, list[str]]:
    """The columns of each canonical or reference table that a plan reads, in the table's order."""
    read: dict[str, set[str]] = defaultdict(set)
    for stage in stages:
        for node in stage.expr.op().find(ops.Field):
            relation = node.rel.parent if isinstance(node.rel, ops.JoinReference) else node.rel
            if isinstance(relation, ops.UnboundTable) and relation.name in _LISTED:
                read[relation.name].add(node.name)
    return {name: [c for c in _LISTED[name] if c in wanted] for name, wanted in read.items()}


def schema_of(name: str, names: Sequence[str]) -> pa.Schema:
    """Arrow's schema of some columns of a canonical table."""
    whole = reference_relation(name) if name in REFERENCE else relation(name)
    return whole.select(names).schema().to_pyarrow()


class KeyedTable:
    """A table sorted by one key, with the place of each key's rows.

    Args:
        table: the rows.
        key: the column to look rows up by.
        record_schema: the columns of a record, some of the table's.
    """

    def __init__(self, table: pa.Table, key: str, record_schema: pa.Schema) -> None:
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
        self._table = _whole(table)
        self._record_schema, self._columns = record_schema, [self._table[c].chunk(0) for c in record_schema.names]

    def rows(self, keys: Sequence[str]) -> pa.Table:
        """Rows of the given keys."""
        slices = [self._table.slice(*place) for place in self._places(keys)]
        return pa.concat_tables(slices) if slices else self._table.slice(0, 0)

    def records(self, keys: Sequence[str]) -> pa.StructArray:
        """The same rows as an array of structures."""
        places = self._places(keys) or [(0, 0)]
        # The columns are sliced, not the structures: DuckDB rejects structures that begin inside an array.
        slices_of_columns = [[column.slice(*place) for place in places] for column in self._columns]
        columns = [slices[0] if len(slices) == 1 else pa.concat_arrays(slices) for slices in slices_of_columns]
        return pa.StructArray.from_arrays(columns, fields=list(self._record_schema))

    def _places(self, keys: Sequence[str]) -> list[tuple[int, int]]:
        # NumPy would first copy all keys into an array as wide as the longest wanted one: that one is not among them.
        width = self._keys.dtype.itemsize
        names = [name for name in (key.encode() for key in dict.fromkeys(keys)) if len(name) <= width]
        wanted = np.array(names or [b""], dtype=self._keys.dtype)
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        matches = at[self._keys[at] == wanted]
        return [(int(self._starts[i]), int(self._ends[i] - self._starts[i])) for i in matches]


class Lookup:
    """The facts that a plan reads, by supplier; tenders and buyers by the id that a supplier's rows name.

    Args:
        tables: the Parquet file of each imported table.
        columns: the columns to load of each table.
        record_schemas: the columns of each table's records.
    """

    def __init__(
        self, tables: Mapping[str, Path], columns: Mapping[str, list[str]], record_schemas: Mapping[str, pa.Schema]
    ):
        self._of_supplier: dict[str, KeyedTable] = {}
        self._named: dict[str, KeyedTable] = {}
        self._reference: dict[str, KeyedTable] = {}
        for name, names in columns.items():
            table = _read(tables.get(name), name, names)
            if name in REFERENCE:
                key, schema = next(iter(REFERENCE[name])), record_schemas.get(name, pa.schema([]))
                self._reference[name] = KeyedTable(table, key, schema)
                continue
            own = TABLES[name].of_supplier
            by = self._of_supplier if own else self._named
            by[name] = KeyedTable(
                table, "supplier_id" if own else TABLES[name].key[0], record_schemas.get(name, pa.schema([]))
            )

    def rows(self, suppliers: Sequence[str]) -> dict[str, pa.Table]:
        """Every table's rows that concern the suppliers."""
        own = {name: keyed.rows(suppliers) for name, keyed in self._of_supplier.items()}
        return own | {n: keyed.rows(_named_ids(own.values(), NAMED_BY[n])) for n, keyed in self._named.items()}

    def records(self, suppliers: Sequence[str]) -> dict[str, pa.StructArray]:
        """The same rows as arrays of structures."""
        own = {name: keyed.records(suppliers) for name, keyed in self._of_supplier.items()}
        named = {n: keyed.records(_named_ids(own.values(), NAMED_BY[n])) for n, keyed in self._named.items()}
        return own | named | self.reference_records(own)

    def reference_records(self, rows: Mapping[str, pa.Table | pa.StructArray]) -> dict[str, pa.StructArray]:
        """The rows of reference tables that may concern the suppliers whose rows these are."""
        return {n: keyed.records(named_reference_ids(n, rows)) for n, keyed in self._reference.items()}

    def named(self, name: str, ids: Sequence[str]) -> pa.Table:
        """The tenders or buyers with these ids."""
        return self._named[name].rows(ids)


_LISTED: Mapping[str, Sequence[str]] = {name: t.names for name, t in TABLES.items() if name != "spine"} | {
    name: tuple(columns) for name, columns in REFERENCE.items()
}


def as_records(rows: pa.Table, schema: pa.Schema) -> pa.StructArray:
    """Some columns of a table as one array of structures."""
    columns = [c.combine_chunks() for c in rows.select(schema.names).columns]
    return pa.StructArray.from_arrays(columns, fields=list(schema))


def _named_ids(rows: Iterable[pa.Table | pa.StructArray], keys: Sequence[str]) -> list[str]:
    """The ids in the columns of those names in any of the tables."""
    columns = [_column(own, key) for own in rows for key in keys if key in _names(own)]
    ids = {i for column in columns for i in pc.unique(column).to_pylist()}
    return sorted(ids - {None})


def _names(rows: pa.Table | pa.StructArray) -> list[str]:
    return rows.column_names if isinstance(rows, pa.Table) else [field.name for field in rows.type]


def _column(rows: pa.Table | pa.StructArray, name: str) -> Any:
    return rows[name] if isinstance(rows, pa.Table) else rows.field(name)


def _whole(table: pa.Table) -> pa.Table:
    """The table in one chunk, also when it is empty."""
    pieces = table.combine_chunks().to_batches()
    if len(pieces) > 1:
        raise InputError("A column of the facts takes more than 2 GiB.", fix="Serve a part of the suppliers each.")
    return pa.Table.from_batches(pieces or [pa.RecordBatch.from_pylist([], schema=table.schema)])


def _runs(column: Any) -> Any:
    runs = pc.run_end_encode(column.combine_chunks() if column.num_chunks != 1 else column.chunk(0))
    return runs.chunk(0) if isinstance(runs, pa.ChunkedArray) else runs


def _read(file: Path | None, name: str, names: list[str]) -> pa.Table:
    schema = schema_of(name, names)
    return pq.read_table(file, columns=names).select(names).cast(schema) if file else schema.empty_table()
