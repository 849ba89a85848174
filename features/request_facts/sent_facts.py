"""Facts sent with a request: seen by its answer beside the supplier's stored rows, and by nothing else."""

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

_ALWAYS = ("supplier_id", "known_at", "retracted", "known_until")
_PART = ("currency", "members", "share")  # from which the rows that hang on a contract take the supplier's part


@dataclass(frozen=True)
class SentFacts:
    """Checked facts of one request about one supplier.

    Attributes:
        kind: `canonical` or `ocds`, as they were sent.
        digest: `sha256:...` of what was sent, as canonical JSON.
        rows: how many rows are used, by table; a row sent twice counts once.
        left_out: rows of an OCDS package that are not about the supplier, or name what is neither stored nor sent.
        tables: those rows typed as an import stores them, all known one microsecond before the request, and the stored
            tenders that they name.
    """

    kind: str
    digest: str
    rows: Mapping[str, int]
    left_out: int
    tables: Mapping[str, pa.Table]

    @property
    def kind_of_supplier(self) -> str | None:
        """The kind of person the supplier is sent as; None where its registry entry is not sent, or is retracted."""
        rows = self.tables["suppliers"].to_pylist() if "suppliers" in self.tables else []
        return next((row["kind"] for row in rows if not row["retracted"]), None)


def known_at(as_of: datetime) -> datetime:
    """Return when the facts sent with a request of an instant became known."""
    return as_of - KNOWN_BEFORE


def columns_to_hold(columns: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the columns that must be at hand of each table: those given, and those by which sent rows are merged."""
    wanted = {name: set(names) for name, names in columns.items()}
    for name in SENDABLE:
        table = TABLES[name]
        more = {*table.key, *_ALWAYS, owner(table), *(_PART if name == "contracts" else ())}
        wanted[name] = wanted.get(name, set()) | (more & set(table.names))
    return {name: [c for c in TABLES[name].names if c in names] for name, names in wanted.items()}


def tables_to_check(names: Iterable[str]) -> list[str]:
    """Return the tables whose stored rows decide whether sent rows of some tables may be used."""
    arrived = list(names)
    targets = [ref.target for name in arrived for ref in references(TABLES[name])]
    return [name for name in SENDABLE if name in {*arrived, *targets}]


def merge_rows(rows: Mapping[str, pa.Table], fresh: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return the stored rows of one supplier with the fresh ones put in.

    Args:
        rows: a table's rows as they are stored, with any of its columns but its key and clocks among them.
        fresh: rows with all stored columns; at most one of a key that is stored.

    Returns:
        The same tables and columns; a stored row that a fresh one corrects is known until that one is known.
    """
    return {name: _put(name, table, fresh[name]) if name in fresh else table for name, table in rows.items()}


def _put(name: str, stored: pa.Table, fresh: pa.Table) -> pa.Table:
    key = TABLES[name].key[0]  # Of one supplier's rows, the first column of a key tells them apart.
    at = pc.index_in(stored[key], value_set=fresh[key].combine_chunks())
    since = pc.take(fresh["known_at"], at)
    earlier = pc.less(stored["known_at"], since)
    sooner = pc.fill_null(pc.less(since, stored["known_until"]), True)
    until = pc.if_else(pc.fill_null(pc.and_(earlier, sooner), False), since, stored["known_until"])
    place = stored.column_names.index("known_until")
    stored = stored.set_column(place, stored.schema.field(place), until)
    return pa.concat_tables([stored, fresh.select(stored.column_names).cast(stored.schema)])
