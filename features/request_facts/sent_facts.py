"""Facts sent with a request: only its own answer reads them, together with the supplier's stored rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from features.facts.tables import TABLES
from features.importing.checks import owner, references
from features.request_facts.schema import SENDABLE

KNOWN_BEFORE = timedelta(microseconds=1)
"""How long before its request a sent fact counts as known."""

_ALWAYS_HELD = ("supplier_id", "known_at", "retracted", "known_until", "restated")
# Rows of a contract take the supplier's share from these columns, and a supplier's row its identity flags.
_DERIVED_FROM = {"contracts": ("currency", "members", "share"), "suppliers": ("name", "kind", "name_shared_on")}


@dataclass(frozen=True)
class SentFacts:
    """Checked facts of one request about one supplier.

    Attributes:
        kind: `canonical` or `ocds`, as they were sent.
        digest: `sha256:...` of what was sent, as canonical JSON.
        rows: how many rows are used, by table; a row sent twice counts once.
        left_out: rows of an OCDS package that are not about the supplier, or name a row neither stored nor sent.
        tables: those rows, typed as an import stores them and known one microsecond before the request, and the stored
            tenders and buyers that they name.
    """

    kind: str
    digest: str
    rows: Mapping[str, int]
    left_out: int
    tables: Mapping[str, pa.Table]

    @property
    def kind_of_supplier(self) -> str | None:
        """The supplier's kind in the sent registry entry; None where none is sent, or it is retracted."""
        rows = self.tables["suppliers"].to_pylist() if "suppliers" in self.tables else []
        return next((row["kind"] for row in rows if not row["retracted"]), None)


def known_at(as_of: datetime) -> datetime:
    """Return the `known_at` of facts sent with a request of an instant."""
    return as_of - KNOWN_BEFORE


def columns_to_hold(columns: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the columns to hold of each table: the given columns, and those needed to merge sent rows."""
    wanted = {name: set(names) for name, names in columns.items()}
    for name in SENDABLE:
        table = TABLES[name]
        more = {*table.key, *_ALWAYS_HELD, owner(table), *_DERIVED_FROM.get(name, ())}
        wanted[name] = wanted.get(name, set()) | (more & set(table.names))
    columns_of_tables = {
        name: [c for c in TABLES[name].names if c in names] for name, names in wanted.items() if name in TABLES
    }
    return columns_of_tables | {name: names for name, names in columns.items() if name not in TABLES}


def tables_to_check(names: Iterable[str]) -> list[str]:
    """Return the tables whose stored rows are needed to check sent rows of the tables `names`."""
    arrived = list(names)
    targets = [ref.target for name in arrived for ref in references(TABLES[name])]
    return [name for name in SENDABLE if name in {*arrived, *targets}]


def merge_rows(rows: Mapping[str, pa.Table], new_rows: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return the stored rows of one supplier, with new rows merged in.

    Args:
        rows: stored rows by table; of each table, at least the key and the clocks.
        new_rows: rows by table with all stored columns; at most one per stored key.

    Returns:
        The same tables and columns; a stored row that a new row corrects gets that row's `known_at` as `known_until`.
    """
    return {
        name: _merge_table(name, table, new_rows[name]) if name in new_rows else table for name, table in rows.items()
    }


def with_shared_name(new_rows: pa.Table, stored: pa.Table) -> pa.Table:
    """Return sent rows of `suppliers` with the stored `name_shared_on`: other suppliers' rows are not sent."""
    place = new_rows.column_names.index("name_shared_on")
    known = pc.min(stored["name_shared_on"])
    filled = pc.coalesce(new_rows["name_shared_on"], known) if known.is_valid else new_rows["name_shared_on"]
    return new_rows.set_column(place, new_rows.schema.field(place), filled)


def _merge_table(name: str, stored: pa.Table, new_rows: pa.Table) -> pa.Table:
    key = TABLES[name].key[0]  # Among one supplier's rows, the first key column is unique.
    at = pc.index_in(stored[key], value_set=new_rows[key].combine_chunks())
    since = pc.take(new_rows["known_at"], at)
    earlier = pc.less(stored["known_at"], since)
    sooner = pc.fill_null(pc.less(since, stored["known_until"]), True)
    until = pc.if_else(pc.fill_null(pc.and_(earlier, sooner), False), since, stored["known_until"])
    place = stored.column_names.index("known_until")
    stored = stored.set_column(place, stored.schema.field(place), until)
    return pa.concat_tables([stored, new_rows.select(stored.column_names).cast(stored.schema)])
