"""Takes in the facts that requests bring, by the rules of an import, and forgets them with the answer."""

import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from features.engines.duckdb_engine import connect
from features.engines.lookup import Lookup
from features.facts.history import relation
from features.facts.sql import columns, literal, quoted
from features.facts.store import Facts
from features.facts.tables import CLOCKS, SQL_TYPE, TABLES, Table
from features.importing.checks import check
from features.importing.derived_columns import (
    MISCONDUCT,
    OF_CONTRACT,
    list_contract_suppliers,
    list_rates,
    stored_rows_sql,
    view_all_rows,
)
from features.importing.severity import list_types
from features.intake.cells import BLANKS
from features.intake.intake import DUPLICATE, ORDER, Intake, own_names
from features.request_facts.ocds_package import forget_parties, is_package, package_rows
from features.request_facts.schema import ERRORS_MAX, ROOT, FactsRefused, SentRow, SentRows, canonical_rows
from features.request_facts.sent_facts import SentFacts, known_at, merge_rows, tables_to_check

MEMORY_LIMIT: Final = "512MB"
PLANNED: Final = ("filter_pushdown", "filter_pullup")
"""All that is left of DuckDB's optimizer: over a handful of rows the rest takes longer than it saves."""

NAMED: Final = ("tenders", "buyers")
"""Tables of nobody's own, of which a supplier's rows name some."""

_LOOSE = "broken_reference"  # A release may speak of an award and not of its tender; what hangs on that is left out.
_CARRIED = "0 AS _file, CAST(NULL AS BIGINT) AS _line, _pointer, _bad"

_MENDS: Final[Mapping[str, str]] = {
    "bad_date": "write it as 2026-11-21 or 2026-11-21T09:00:00+08:00",
    "bad_number": "write it with digits and a point, such as 1200.00",
    "bad_currency": "write it as CNY",
    "missing_value": "send it",
    "broken_reference": "send that row too; rows of other suppliers do not count",
    "conflict": "send one of them",
    "nothing_to_retract": "leave it out",
    "foreign": "send facts about the supplier asked for, and no other",
    "end_without_date": "send that too",
}
"""What to do about a row, by what is wrong with it, where the reason does not say so itself."""


class SentFactsChecker:
    """One set of stored facts, beside which sent ones are checked; they live in a transaction that is never committed.

    Args:
        facts: the imported facts.
        lookup: their rows by supplier, with the columns that `fresh.held` names.
    """

    def __init__(self, facts: Facts, lookup: Lookup) -> None:
        self._facts, self._lookup, self._zone = facts, lookup, ZoneInfo(facts.tz)
        self._lock = threading.Lock()
        self._con = connect(threads=1)
        self._con.execute(f"SET TimeZone = {literal(facts.tz)}; SET memory_limit = '{MEMORY_LIMIT}'")
        self._con.execute("SET temp_directory = ''")  # What a bank sends is never spilled to a disk.
        names = [row[0] for row in self._con.execute("SELECT name FROM duckdb_optimizers()").fetchall()]
        self._keep_what_all_share()
        off = ",".join(name for name in names if name not in PLANNED)
        self._con.execute(f"SET disabled_optimizers = {literal(off)}")

    def check(self, facts: Mapping[str, Any], *, about: str, as_of: datetime) -> SentFacts:
        """Return the facts of one request as they enter its answer; FactsRefused says what is wrong with them.

        Args:
            facts: canonical tables as arrays of rows, or an OCDS release package; parsed JSON.
            about: the supplier asked for.
            as_of: the instant of the request, naive UTC.
        """
        with self._lock:
            self._con.begin()
            try:
                return self._taken(facts, about, as_of)
            finally:
                self._con.rollback()
                for name in TABLES:
                    self._con.unregister(f"held_{name}").unregister(f"sent_{name}")

    def _taken(self, facts: Mapping[str, Any], about: str, as_of: datetime) -> SentFacts:
        rows = self._lookup.rows([about])
        sent = _read(facts, about, rows["contracts"])
        ids = _ids(sent, about)
        named = {name: self._newly_named(rows[name], name, ids) for name in NAMED}
        rows |= {name: pa.concat_tables([rows[name], more]) for name, more in named.items()}
        if sent.kind == "ocds":
            forget_parties(sent, {n: set(rows[n][TABLES[n].key[0]].to_pylist()) for n in ("suppliers", "buyers")})
        arrived = [name for name in ORDER if sent.rows.get(name)]
        if not arrived:
            raise FactsRefused([(ROOT, "holds no row: leave it out, or send what is new")])
        intake = Intake(self._con, Path(), self._facts.tz)
        self._con.execute("CREATE TABLE dropped (tbl VARCHAR, n BIGINT, col VARCHAR, kind VARCHAR, reason VARCHAR)")
        for name in tables_to_check(arrived):
            key = TABLES[name].key[0]
            concerned = rows[name].filter(pc.is_in(rows[name][key], value_set=pa.array(sorted(ids[key]), pa.string())))
            self._show_stored(TABLES[name], concerned, about)
            if name in arrived:
                self._type(TABLES[name], sent, intake, known_at(as_of))
                _drop_foreign(TABLES[name], intake, about)
            view_all_rows(TABLES[name], intake, new=name in arrived)
        present = {*self._facts.tables, *arrived}
        for name in arrived:
            check(TABLES[name], intake, present)
            self._settle(name)
        loose = _LOOSE if sent.kind == "ocds" else ""
        self._refuse_any(arrived, loose)
        if OF_CONTRACT.intersection(arrived):
            list_contract_suppliers(intake)
        made = {name: self._made(TABLES[name], present, about, as_of) for name in arrived}
        told = {name: intake.count(f"SELECT count(*) FROM good_{name}") for name in arrived}
        made |= merge_rows({name: more for name, more in named.items() if more.num_rows}, made)
        left_out = sent.left_out + intake.count(f"SELECT count(*) FROM dropped WHERE kind = {literal(loose)}")
        return SentFacts(sent.kind, _digest(facts), told, left_out, made)

    def _keep_what_all_share(self) -> None:
        """Hold the rates of the day, the catalogue that conduct is graded by, and who shares a contract with whom."""
        tables = self._facts.tables
        intake = Intake(self._con, Path(), self._facts.tz)
        for name in ("rates", "contracts"):
            file = tables.get(name)
            source = f"read_parquet({literal(str(file))})" if file else f"({_nothing(TABLES[name])})"
            self._con.execute(f"CREATE VIEW base_{name} AS SELECT * FROM {source}")
        list_rates(intake, present="rates" in tables)
        list_types(intake, self._facts.manifest.get(MISCONDUCT, {}).get("severities", {}))
        several = "SELECT contract_id FROM base_contracts GROUP BY ALL HAVING min(supplier_id) < max(supplier_id)"
        self._con.execute(
            f"CREATE TABLE joint AS SELECT * FROM base_contracts SEMI JOIN ({several}) USING (contract_id)"
        )
        self._con.execute("DROP VIEW base_rates; DROP VIEW base_contracts")

    def _newly_named(self, rows: pa.Table, name: str, ids: Mapping[str, set[str]]) -> pa.Table:
        """Return the stored tenders or buyers that sent rows name and no stored row of the supplier does."""
        key = TABLES[name].key[0]
        return self._lookup.named(name, sorted(ids[key] - set(rows[key].to_pylist())))

    def _show_stored(self, table: Table, rows: pa.Table, about: str) -> None:
        """Make `old_<table>`; what is not held of a stored row reads as null, for it decides nothing."""
        self._con.register(f"held_{table.name}", rows)
        typed = {c.name: SQL_TYPE[c.kind] for c in table.stored}
        cells = (
            quoted(n) if n in rows.column_names else f"CAST(NULL AS {typed[n]}) AS {quoted(n)}"
            for n in own_names(table)
        )
        query = f"SELECT {', '.join(cells)} FROM held_{table.name}"
        if table.name == "contracts":
            query += (
                f" UNION ALL SELECT {columns(own_names(table))} FROM joint SEMI JOIN held_contracts USING (contract_id)"
                f" WHERE supplier_id <> {literal(about)}"
            )
        self._con.execute(f"CREATE TABLE old_{table.name} AS {query}")

    def _type(self, table: Table, sent: SentRows, intake: Intake, known: datetime) -> None:
        """Make `new_<table>` of the sent rows, all known at one instant: of each key the latest that was released."""
        rows = sent.rows[table.name]
        names = [c.name for c in (*table.columns, *CLOCKS) if any(c.name in row.values for row in rows)]
        text = _text_table(rows, names)
        self._con.register(f"sent_{table.name}", text)
        intake.add(table, dict.fromkeys(names, "VARCHAR"), f"sent_{table.name}", carried=_CARRIED)
        if "known_at" in names:
            order = f"OVER (PARTITION BY {columns(table.key)} ORDER BY known_at DESC)"
            older = f"SELECT n FROM (SELECT n, rank() {order} AS nth FROM good_{table.name}) WHERE nth > 1"
            intake.drop(table, older, column=None, kind=DUPLICATE, reason="")
        self._con.execute(f"UPDATE new_{table.name} SET known_at = ?", [known])

    def _settle(self, name: str) -> None:
        """Make a table of `base_<table>`, which no longer changes: a view in views would be planned again and again."""
        self._con.execute(
            f"CREATE TABLE settled AS SELECT * FROM base_{name}; DROP VIEW base_{name};"
            f" ALTER TABLE settled RENAME TO base_{name}"
        )

    def _made(self, table: Table, present: set[str], about: str, as_of: datetime) -> pa.Table:
        """Return a table's sent rows as they would be stored; what is dated today has happened."""
        setting = {"currency": self._facts.currency, "tz": self._facts.tz}
        query = stored_rows_sql(table, **setting, rates="rates" in self._facts.tables, present=present)
        # The stored rows are only there to be asked; what is sent is known at its own instant. What hangs on a joint
        # contract comes once for each of its suppliers.
        own = "known_at = $known" + (f" AND supplier_id = {literal(about)}" if table.of_supplier else "")
        rows = self._con.sql(
            f"SELECT {columns(table.names)} FROM ({query}) WHERE {own}", params={"known": known_at(as_of)}
        ).to_arrow_table()
        rows = rows.cast(relation(table.name).schema().to_pyarrow())
        return _happened(rows, table, self._end_of_day(as_of), known_at(as_of))

    def _end_of_day(self, as_of: datetime) -> datetime:
        day = as_of.replace(tzinfo=UTC).astimezone(self._zone).date()
        following = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=self._zone)
        return following.astimezone(UTC).replace(tzinfo=None) - timedelta(microseconds=1)

    def _refuse_any(self, arrived: list[str], loose: str) -> None:
        """Raise FactsRefused if any row may not be used, unless for the reason `loose`."""
        wrong = f"d.kind NOT IN ({literal(DUPLICATE)}, {literal(loose)})"
        if not self._con.execute(f"SELECT 1 FROM dropped d WHERE {wrong} LIMIT 1").fetchone():
            return
        parts = (
            f"SELECT {ORDER.index(name)} AS place, n, _pointer, col, d.kind, reason FROM dropped d"
            f" JOIN new_{name} t ON d.n = t.rowid WHERE tbl = {literal(name)} AND {wrong}"
            for name in arrived
        )
        found = self._con.execute(f"{' UNION ALL '.join(parts)} ORDER BY place, n, col LIMIT {ERRORS_MAX}").fetchall()
        raise FactsRefused([_complaint(*one[2:], foreign_names=bool(loose)) for one in found])


def _read(facts: Mapping[str, Any], about: str, contracts: pa.Table) -> SentRows:
    if is_package(facts):
        return package_rows(facts, about, set(contracts["contract_id"].to_pylist()))
    return canonical_rows(facts)


def _ids(sent: SentRows, about: str) -> dict[str, set[str]]:
    """Return the ids that sent rows name, by column: no stored row but theirs decides anything."""
    ids: dict[str, set[str]] = defaultdict(set, supplier_id={about})
    for rows in sent.rows.values():
        for row in rows:
            for name, cell in row.values.items():
                if name.endswith("_id"):
                    ids[name].add(cell.strip(BLANKS))
    return ids


def _text_table(rows: list[SentRow], names: list[str]) -> pa.Table:
    told = {name: [row.values.get(name) for row in rows] for name in names}
    told |= {"_pointer": [row.pointer for row in rows], "_bad": [row.bad for row in rows]}
    return pa.table(told, schema=pa.schema([(name, pa.string()) for name in told]))


def _drop_foreign(table: Table, intake: Intake, about: str) -> None:
    """Drop rows about another supplier or another kind of party."""
    own = {c.name for c in table.columns}
    if table.name == "conduct":
        column, test = "party_id", f"party_role <> 'supplier' OR party_id <> {literal(about)}"
    elif "supplier_id" in own:
        column, test = "supplier_id", f"supplier_id <> {literal(about)}"
    else:
        return
    query = f"SELECT n FROM good_{table.name} WHERE {test}"
    intake.drop(table, query, column=column, kind="foreign", reason="is not the supplier asked for")


def _happened(rows: pa.Table, table: Table, today: datetime, known: datetime) -> pa.Table:
    """Let what is dated today, without a time, have happened before the request."""
    for name in filter(None, (table.event, *table.hides)):
        at = rows.column_names.index(name)
        moment = pa.scalar(known, rows.schema.field(at).type)
        now = pc.fill_null(pc.equal(rows[name], pa.scalar(today, rows.schema.field(at).type)), False)
        rows = rows.set_column(at, rows.schema.field(at), pc.if_else(now, moment, rows[name]))
    return rows


def _complaint(pointer: str, column: str | None, kind: str, reason: str, *, foreign_names: bool) -> tuple[str, str]:
    """Return where a row is wrong, and how to fix it; where its columns have other names there, the sentence says."""
    why = f"{reason}: {_MENDS[kind]}" if kind in _MENDS else reason
    if column is None:
        return pointer, why
    return (pointer, f"{column} {why}") if foreign_names else (f"{pointer}/{column}", why)


def _digest(facts: Mapping[str, Any]) -> str:
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _nothing(table: Table) -> str:
    cells = (f"CAST(NULL AS {SQL_TYPE[c.kind]}) AS {quoted(c.name)}" for c in table.stored)
    return f"SELECT {', '.join(cells)} WHERE false"
