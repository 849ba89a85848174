"""Rows that a source makes from a publisher's records, collected for the intake."""

from collections.abc import Mapping

import pyarrow as pa

from features.facts.ids import normal_id_sql
from features.facts.sql import columns, quoted
from features.facts.tables import CLOCKS, TABLES
from features.intake.intake import ORDER, Intake

_BATCH_ROWS = 2_000
_PARTIES = ("suppliers", "buyers")
_FULLEST = "a party is described differently at one instant: the fullest description is used"


class Rows:
    """Collects rows as text, table by table, in batches: a source is never in memory whole."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._batches: dict[str, list[dict[str, str | int | None]]] = {}
        self._tables_created: set[str] = set()
        self._parties_added: set[tuple[str, ...]] = set()

    def add_party(self, table: str, values: Mapping[str, object], *, file: int, at: int | str) -> None:
        """Add a supplier or buyer that a record mentions, once for each different description."""
        description = (table, *(f"{name}={v}" for name, v in sorted(values.items()) if name != "source_ref"))
        if description not in self._parties_added:
            self._parties_added.add(description)
            self.add(table, values, file=file, at=at)

    def add(
        self,
        table: str,
        values: Mapping[str, object],
        *,
        file: int,
        at: int | str,
        bad: tuple[str, str, str] | None = None,
    ) -> None:
        """Add a row; `at` is its line or JSON pointer, `bad` a (column, kind, reason) known already."""
        row: dict[str, str | int | None] = {name: None if v is None else str(v) for name, v in values.items()}
        row |= {"_file": file, "_line": at if isinstance(at, int) else None}
        row |= {"_pointer": at if isinstance(at, str) else None, "_bad": "\t".join(bad) if bad else None}
        batch = self._batches.setdefault(table, [])
        batch.append(row)
        if len(batch) >= _BATCH_ROWS:
            self._flush(table)

    def finish(self) -> None:
        """Pass all rows to the intake, which types and checks them like any other rows."""
        for table in ORDER:
            if table not in self._batches:
                continue
            self._flush(table)
            if table in _PARTIES:
                self._keep_fullest_descriptions(table)
            types = dict.fromkeys(_names(table), "VARCHAR")
            self._intake.add(TABLES[table], types, f"raw_{table}", carried="_file, _line, _pointer, _bad", rounds=True)
            self._intake.con.execute(f"DROP TABLE raw_{table}")

    def _keep_fullest_descriptions(self, table: str) -> None:
        """Of the different descriptions of one party at one instant, keep the fullest, whatever their order.

        Two processes of one release date may describe a party differently: that is no contradiction between facts.
        """
        cells = [c.name for c in TABLES[table].columns]
        key = TABLES[table].key[0]
        filled = " + ".join(f"CAST({quoted(n)} IS NOT NULL AS INT)" for n in cells)
        order = f"ORDER BY {filled} DESC, {columns(cells)}"  # equal ones are duplicates, which the intake counts
        nth = f"dense_rank() OVER (PARTITION BY {normal_id_sql(quoted(key))}, known_at, retracted {order})"
        others = f"SELECT rowid FROM raw_{table} WHERE _bad IS NULL QUALIFY {nth} > 1"
        con = self._intake.con
        if left_out := self._intake.count(f"SELECT count(*) FROM ({others})"):
            self._intake.notes[_FULLEST] += left_out
            con.execute(f"DELETE FROM raw_{table} WHERE rowid IN ({others})")

    def _flush(self, table: str) -> None:
        text = [pa.field(name, pa.string()) for name in (*_names(table), "_pointer", "_bad")]
        schema = pa.schema([*text, pa.field("_file", pa.int32()), pa.field("_line", pa.int64())])
        rows, self._batches[table] = self._batches[table], []
        try:
            batch = pa.Table.from_pylist(rows, schema=schema)
        except UnicodeEncodeError:
            batch = pa.Table.from_pylist([_encodable(row) for row in rows], schema=schema)
        con = self._intake.con
        con.register("batch", batch)
        if table not in self._tables_created:
            con.execute(f"CREATE TABLE raw_{table} AS SELECT * FROM batch")
            self._tables_created.add(table)
        else:
            con.execute(f"INSERT INTO raw_{table} SELECT {columns(schema.names)} FROM batch")
        con.unregister("batch")


def _names(table: str) -> list[str]:
    """Columns that publishers can fill; none of them publishes account numbers."""
    return [c.name for c in (*TABLES[table].columns, *CLOCKS) if c.name != "payee_account"]


def _encodable(row: dict[str, str | int | None]) -> dict[str, str | int | None]:
    """Return a row without the cells that UTF-8 cannot encode (JSON allows half a character), marked bad."""
    cleaned = dict(row)
    for name, cell in row.items():
        try:
            str(cell).encode()
        except UnicodeEncodeError:
            cleaned[name] = None
            cleaned["_bad"] = f"{name}\tbad_text\tholds half a character"
    return cleaned
