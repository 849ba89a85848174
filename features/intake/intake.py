"""The working tables of one import: a DuckDB database with the new rows of every table, and their errors."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from features.facts import accounts
from features.facts.ids import PARTY_COLUMNS, add_function
from features.facts.sql import columns, literal, quoted
from features.facts.tables import CLOCKS, TABLES, Column, Table
from features.intake.cells import beyond_years, is_open_end, select_typed

MEMORY_LIMIT = "2GB"  # beyond it DuckDB spills into the scratch folder

DUPLICATE = "duplicate"


@dataclass
class Intake:
    """The new rows of an import.

    `new_<table>` has the rows read, in the order of the source; `dropped` lists the rows (by rowid) that will not be
    loaded, and why; the view `good_<table>` has the other rows, and `base_<table>` the stored rows and then those.

    Attributes:
        scratch: a folder for the working tables, and for what does not fit into memory.
        files: names of the source's files, by their number in `_file`.
        shifts: by file number, what to add to a rowid for its line; None where `_line` holds it.
        units: by file number, the unit of its places (`line` of text, `row` of Parquet).
        open_ends: by table, how many ends after the last year (`9999-12-31`) count as none, with the first places.
        unread: records that never became rows, by table.
        added: names of the tables that have new rows.
        parties: the columns with ids of parties that the new rows of a table have.
        notes: how often a cell was changed or a row left out on the way in, by sentence.
        account_key: the name of the key that account numbers were hashed with, if there were any.
        imported_at: the instant of the import, naive UTC; None where facts are checked without being imported.
        dump_known_at: the instant since which the content of a dump is known, naive UTC, where its rows have no clock.
    """

    con: duckdb.DuckDBPyConnection
    scratch: Path
    tz: str
    files: list[str] = field(default_factory=list)
    shifts: dict[int, int] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)
    open_ends: dict[str, tuple[int, list[tuple[int, int | str]]]] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    added: set[str] = field(default_factory=set)
    parties: dict[str, list[str]] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    account_key: str | None = None
    imported_at: datetime | None = None
    dump_known_at: datetime | None = None

    @classmethod
    @contextlib.contextmanager
    def open(cls, scratch: Path, tz: str) -> Iterator["Intake"]:
        """Open a session whose files lie in `scratch`."""
        con = connect(scratch)
        try:
            con.execute(f"SET TimeZone = {literal(tz)}")
            con.execute(
                "CREATE TABLE dropped (tbl VARCHAR, n BIGINT, col VARCHAR, kind VARCHAR, reason VARCHAR);"
                "CREATE TABLE unread (tbl VARCHAR, _file INT, _line BIGINT, _pointer VARCHAR, col VARCHAR,"
                " kind VARCHAR, reason VARCHAR)"
            )
            yield cls(con, scratch, tz)
        finally:
            con.close()

    def limit_memory(self, memory: str) -> None:
        """Lower DuckDB's memory limit, for a source whose own reader needs memory."""
        self.con.execute(f"SET memory_limit = {literal(memory)}")

    def file(self, name: str, *, shift: int | None = None, unit: str = "line") -> int:
        """Register a file of the source and return its number; `shift` + rowid is the line where a row is one line."""
        self.files.append(name)
        number = len(self.files) - 1
        if shift is not None:
            self.shifts[number] = shift
        self.units[number] = unit
        return number

    def add(self, table: Table, types: Mapping[str, str], relation: str, *, carried: str, rounds: bool = False) -> None:
        """Type the rows of `relation` into `new_<table>` and mark the bad ones.

        An amount with more decimals than the table is bad, unless `rounds`: then it is rounded, and counted in `notes`.
        """
        if "payee_account" in types and self.account_key is None:
            key = accounts.deployment_key()
            accounts.set_key_variables(self.con, key)
            self.account_key = accounts.key_name(key)
        typed = select_typed(table, types, relation, tz=self.tz, carried=carried, rounds=rounds)
        name = table.name
        self.con.execute(f"CREATE TABLE new_{name} AS {typed}")
        self.added.add(name)
        self.parties[name] = [c for c in types if c in PARTY_COLUMNS]
        if rounds and (rounded := self.count(f"SELECT count(*) FROM new_{name} WHERE _rounded AND _why IS NULL")):
            self.notes[f"an amount of {name} with more than 2 decimals is rounded"] += rounded
        self.con.execute(
            f"INSERT INTO dropped SELECT {literal(name)}, rowid, nullif(split_part(_why, chr(9), 1), ''),"
            f" split_part(_why, chr(9), 2), split_part(_why, chr(9), 3) FROM new_{name} WHERE _why IS NOT NULL"
        )
        self.con.execute(
            f"CREATE VIEW good_{name} AS SELECT rowid AS n, {columns(own_names(table))} FROM new_{name}"
            f" ANTI JOIN (SELECT n FROM dropped WHERE tbl = {literal(name)}) d ON new_{name}.rowid = d.n"
        )
        for column in filter(is_open_end, table.columns):
            if column.name in types:
                self._remove_open_ends(name, column)

    def _remove_open_ends(self, name: str, column: Column) -> None:
        """Set the ends after the last year to null, and count them."""
        rows = f"new_{name} WHERE _why IS NULL AND {beyond_years(column)}"
        places = self.con.execute(f"SELECT _file, _line, _pointer, rowid FROM {rows} ORDER BY rowid LIMIT 5").fetchall()
        if places:
            count = self.count(f"SELECT count(*) FROM {rows}")
            at = [(file, pointer or line or n + self.shifts.get(file, 0)) for file, line, pointer, n in places]
            self.open_ends[name] = (count, at)
            self.con.execute(f"UPDATE new_{name} SET {quoted(column.name)} = NULL WHERE {beyond_years(column)}")

    def reject(self, table: str, file: int, at: int | str, *, kind: str, reason: str) -> None:
        """Quarantine a record that never became a row; `at` is its line, or its JSON pointer."""
        line, pointer = (at, None) if isinstance(at, int) else (None, at)
        row = [table, file, line, pointer, None, kind, reason]
        self.con.execute("INSERT INTO unread VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self.unread[table] += 1

    def drop(self, table: Table, query: str, *, column: str | None, kind: str, reason: str) -> None:
        """Drop the rows whose rowids `query` returns as `n`."""
        column_sql = literal(column) if column else "NULL"
        self.con.execute(
            f"INSERT INTO dropped SELECT {literal(table.name)}, n, {column_sql}, {literal(kind)}, {literal(reason)}"
            f" FROM ({query})"
        )

    @property
    def arrived(self) -> list[Table]:
        """Tables with rows from the source, each after the tables that it refers to."""
        return [TABLES[name] for name in ORDER if name in self.added]

    def line_sql(self, alias: str, row: str | None = None) -> str:
        """Return SQL of the line of a row of `new_<table>`; `row` is SQL of its rowid, if the alias has none."""
        row = row or f"{alias}.rowid"
        shifts = " ".join(f"WHEN {number} THEN {row} + {shift}" for number, shift in self.shifts.items())
        return f"CASE {alias}._file {shifts} ELSE {alias}._line END" if shifts else f"{alias}._line"

    def count(self, query: str) -> int:
        """Return the single number of a query's result; 0 for null."""
        row = self.con.execute(query).fetchone()
        return int(row[0]) if row and row[0] is not None else 0


# A table comes after the tables that it refers to.
ORDER = (
    *("suppliers", "buyers", "rates", "tenders", "contracts", "bids", "amendments", "milestones", "payments", "stages"),
    *("invoices", "conduct", "disputes", "firm_events", "financings", "repayments", "outcomes", "calendar", "spine"),
)


def own_names(table: Table) -> list[str]:
    """Names of the columns that a source gives: the table's own and the clocks, without derived columns."""
    return [c.name for c in (*table.columns, *CLOCKS)]


def connect(scratch: Path) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB that downloads nothing, and stores and spills its tables in `scratch`."""
    con = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    con.execute(f"SET temp_directory = {literal(str(scratch / 'spill'))}; SET memory_limit = '{MEMORY_LIMIT}'")
    add_function(con)
    con.execute("SET preserve_insertion_order = true; SET enable_progress_bar = false")
    # Rows in a file are compressed, to a fifth of what they would spill; a killed import is never recovered, so no log.
    con.execute(f"ATTACH {literal(str(scratch / 'intake.duckdb'))} AS intake (RECOVERY_MODE no_wal_writes); USE intake")
    con.execute("PRAGMA disable_checkpoint_on_shutdown")
    return con
