"""Checks the facts sent with a request by the rules of an import; nothing of them is stored."""

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
from features.facts.history import NAMED_BY, relation
from features.facts.ids import PARTY_COLUMNS, add_function, normal_id
from features.facts.sql import columns, literal, quoted
from features.facts.store import Facts
from features.facts.tables import CLOCKS, SQL_TYPE, TABLES, Table
from features.importing.checks import check
from features.importing.derived_columns import MISCONDUCT, OF_CONTRACT, stored_rows_sql, view_all_rows
from features.importing.severity import list_types
from features.importing.values.exchange import RateHistory
from features.importing.values.shares import list_contract_suppliers
from features.intake.cells import BLANKS
from features.intake.intake import DUPLICATE, ORDER, Intake, own_names
from features.request_facts.ocds_package import drop_stored_parties, is_package, package_rows
from features.request_facts.schema import ERRORS_MAX, ROOT, FactsRefused, SentRow, SentRows, canonical_rows
from features.request_facts.sent_facts import SentFacts, known_at, merge_rows, tables_to_check, with_shared_name

MEMORY_LIMIT: Final = "512MB"
OPTIMIZERS_KEPT: Final = ("filter_pushdown", "filter_pullup")
"""The only optimizer passes of DuckDB that stay on: for a few rows the others take longer than they save."""

SHARED_TABLES: Final = ("tenders", "buyers")
"""Tables without a supplier, whose rows a supplier's rows name."""

_TOLERATED = "broken_reference"  # A release may have an award without its tender; rows that depend on it are left out.
_CARRIED = "0 AS _file, CAST(NULL AS BIGINT) AS _line, _pointer, _bad"

_FIXES: Final[Mapping[str, str]] = {
    "bad_date": "write it as 2026-11-21 or 2026-11-21T09:00:00+08:00",
    "bad_number": "write it with digits and a point, such as 1200.00",
    "too_many_decimals": "write it with at most two, such as 1200.00",
    "bad_currency": "write it as CNY",
    "missing_value": "send it",
    "broken_reference": "send that row too; rows of other suppliers do not count",
    "conflict": "send one of them",
    "nothing_to_retract": "leave it out",
    "foreign": "send facts about the requested supplier only",
    "end_without_date": "send that too",
}
"""What to do about a row, by kind of error, where the reason itself does not say it."""


class SentFactsChecker:
    """Checks sent facts against one set of stored facts, in a transaction that is never committed.

    Args:
        facts: the imported facts.
        lookup: their rows by supplier, with the columns of `columns_to_hold`.
    """

    def __init__(self, facts: Facts, lookup: Lookup) -> None:
        self._facts, self._lookup, self._zone = facts, lookup, ZoneInfo(facts.tz)
        self._lock = threading.Lock()
        self._con = connect(threads=1)
        add_function(self._con)
        self._con.execute(f"SET TimeZone = {literal(facts.tz)}; SET memory_limit = '{MEMORY_LIMIT}'")
        self._con.execute("SET temp_directory = ''")  # Sent facts are never written to a disk.
        names = [row[0] for row in self._con.execute("SELECT name FROM duckdb_optimizers()").fetchall()]
        self._prepare_shared_tables()
        off = ",".join(name for name in names if name not in OPTIMIZERS_KEPT)
        self._con.execute(f"SET disabled_optimizers = {literal(off)}")

    def check(self, facts: Mapping[str, Any], *, about: str, as_of: datetime) -> SentFacts:
        """Return the checked facts of one request.

        Args:
            facts: canonical tables as arrays of rows, or an OCDS release package; parsed JSON.
            about: the requested supplier.
            as_of: the instant of the request, naive UTC.

        Raises:
            FactsRefused: rows cannot be used; it lists where and why.
        """
        with self._lock:
            self._con.begin()
            try:
                return self._check(facts, about, as_of)
            finally:
                self._con.rollback()
                for name in TABLES:
                    self._con.unregister(f"stored_{name}").unregister(f"sent_{name}")

    def _check(self, facts: Mapping[str, Any], about: str, as_of: datetime) -> SentFacts:
        rows = self._lookup.rows([about])
        sent = _rows_of(facts, about, rows["contracts"])
        ids_by_column = _ids_by_column(sent, about)
        newly_named = {name: self._newly_named(rows[name], name, ids_by_column) for name in SHARED_TABLES}
        rows |= {name: pa.concat_tables([rows[name], extra]) for name, extra in newly_named.items()}
        if sent.kind == "ocds":
            drop_stored_parties(sent, {n: set(rows[n][TABLES[n].key[0]].to_pylist()) for n in ("suppliers", "buyers")})
        arrived = [name for name in ORDER if sent.rows.get(name)]
        if not arrived:
            raise FactsRefused([(ROOT, "has no row: leave it out, or send new facts")])
        intake = Intake(self._con, Path(), self._facts.tz)
        self._con.execute("CREATE TABLE dropped (tbl VARCHAR, n BIGINT, col VARCHAR, kind VARCHAR, reason VARCHAR)")
        for name in tables_to_check(arrived):
            key = TABLES[name].key[0]
            own_rows = rows[name].filter(
                pc.is_in(rows[name][key], value_set=pa.array(sorted(ids_by_column[key]), pa.string()))
            )
            self._create_stored_table(TABLES[name], own_rows, about)
            if name in arrived:
                self._create_new_table(TABLES[name], sent, intake, known_at(as_of))
                _drop_other_parties(TABLES[name], intake, about)
            view_all_rows(TABLES[name], intake, new=name in arrived)
        present = {*self._facts.tables, *arrived}
        for name in arrived:
            check(TABLES[name], intake, present)
            self._materialise(name)
        tolerated = _TOLERATED if sent.kind == "ocds" else ""
        self._refuse_any(arrived, tolerated)
        if {"contracts", *OF_CONTRACT}.intersection(arrived):
            list_contract_suppliers(intake)
        tables_by_name = {name: self._as_stored(TABLES[name], intake, present, about, as_of) for name in arrived}
        if "suppliers" in arrived:
            tables_by_name["suppliers"] = with_shared_name(tables_by_name["suppliers"], rows["suppliers"])
        row_counts = {name: intake.count(f"SELECT count(*) FROM good_{name}") for name in arrived}
        tables_by_name |= merge_rows(
            {name: extra for name, extra in newly_named.items() if extra.num_rows}, tables_by_name
        )
        left_out = sent.left_out + intake.count(f"SELECT count(*) FROM dropped WHERE kind = {literal(tolerated)}")
        return SentFacts(sent.kind, _digest(facts), row_counts, left_out, tables_by_name)

    def _prepare_shared_tables(self) -> None:
        """Create the tables that all requests share: day rates, misconduct types, and joint contracts."""
        tables = self._facts.tables
        intake = Intake(self._con, Path(), self._facts.tz)
        for name in ("rates", "contracts"):
            file = tables.get(name)
            source = f"read_parquet({literal(str(file))})" if file else f"({_empty_rows_sql(TABLES[name])})"
            given = " WHERE restated IS NOT TRUE" if name == "contracts" else ""
            self._con.execute(f"CREATE VIEW base_{name} AS SELECT * FROM {source}{given}")
        self._rates = RateHistory.read(intake) if "rates" in tables else None
        list_types(intake, self._facts.manifest.get(MISCONDUCT, {}).get("severities", {}))
        several = "SELECT contract_id FROM base_contracts GROUP BY ALL HAVING min(supplier_id) < max(supplier_id)"
        self._con.execute(
            f"CREATE TABLE joint AS SELECT * FROM base_contracts SEMI JOIN ({several}) USING (contract_id)"
        )
        self._con.execute("DROP VIEW base_rates; DROP VIEW base_contracts")

    def _newly_named(self, rows: pa.Table, name: str, ids: Mapping[str, set[str]]) -> pa.Table:
        """Return the stored tenders or buyers that sent rows name and no stored row of the supplier does."""
        key = TABLES[name].key[0]
        wanted = {i for column in NAMED_BY[name] for i in ids[column]}
        return self._lookup.named(name, sorted(wanted - set(rows[key].to_pylist())))

    def _create_stored_table(self, table: Table, rows: pa.Table, about: str) -> None:
        """Make `old_<table>`; columns that the lookup does not hold are null, because no check reads them."""
        self._con.register(f"stored_{table.name}", rows)
        typed = {c.name: SQL_TYPE[c.kind] for c in table.stored}
        cells = (
            quoted(n) if n in rows.column_names else f"CAST(NULL AS {typed[n]}) AS {quoted(n)}"
            for n in own_names(table)
        )
        given = " WHERE restated IS NOT TRUE" if "restated" in rows.column_names else ""
        query = f"SELECT {', '.join(cells)} FROM stored_{table.name}{given}"
        if table.name == "contracts":
            query += (
                f" UNION ALL SELECT {columns(own_names(table))} FROM joint"
                " SEMI JOIN stored_contracts USING (contract_id)"
                f" WHERE supplier_id <> {literal(about)}"
            )
        self._con.execute(f"CREATE TABLE old_{table.name} AS {query}")

    def _create_new_table(self, table: Table, sent: SentRows, intake: Intake, known: datetime) -> None:
        """Make `new_<table>` of the sent rows, all known at one instant; of each key only the latest release's row."""
        rows = sent.rows[table.name]
        names = [c.name for c in (*table.columns, *CLOCKS) if any(c.name in row.values for row in rows)]
        text = _text_table(rows, names)
        self._con.register(f"sent_{table.name}", text)
        types = dict.fromkeys(names, "VARCHAR")
        # As at import: a publisher's package is rounded, rows of the canonical tables are not.
        intake.add(table, types, f"sent_{table.name}", carried=_CARRIED, rounds=sent.kind == "ocds")
        if "known_at" in names:
            order = f"OVER (PARTITION BY {columns(table.key)} ORDER BY known_at DESC)"
            older = f"SELECT n FROM (SELECT n, rank() {order} AS nth FROM good_{table.name}) WHERE nth > 1"
            intake.drop(table, older, column=None, kind=DUPLICATE, reason="")
        self._con.execute(f"UPDATE new_{table.name} SET known_at = ?", [known])

    def _materialise(self, name: str) -> None:
        """Turn the view `base_<table>` into a table: nested views would be planned again at each query."""
        self._con.execute(
            f"CREATE TABLE settled AS SELECT * FROM base_{name}; DROP VIEW base_{name};"
            f" ALTER TABLE settled RENAME TO base_{name}"
        )

    def _as_stored(self, table: Table, intake: Intake, present: set[str], about: str, as_of: datetime) -> pa.Table:
        """Return a table's sent rows as an import would store them; dates of today count as passed."""
        currency, rates = self._facts.currency, self._rates
        query = stored_rows_sql(table, intake, currency=currency, rates=rates, present=present)
        # Only sent rows are known at the request's instant. Rows of a joint contract come once for each supplier.
        own = "known_at = $known" + (f" AND supplier_id = {literal(about)}" if table.of_supplier else "")
        rows = self._con.sql(
            f"SELECT {columns(table.names)} FROM ({query}) WHERE {own}", params={"known": known_at(as_of)}
        ).to_arrow_table()
        rows = rows.cast(relation(table.name).schema().to_pyarrow())
        return _with_todays_dates_passed(rows, table, self._end_of_day(as_of), known_at(as_of))

    def _end_of_day(self, as_of: datetime) -> datetime:
        day = as_of.replace(tzinfo=UTC).astimezone(self._zone).date()
        following = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=self._zone)
        return following.astimezone(UTC).replace(tzinfo=None) - timedelta(microseconds=1)

    def _refuse_any(self, arrived: list[str], tolerated: str) -> None:
        """Raise FactsRefused if any row has an error of a kind other than `tolerated`."""
        is_error = f"d.kind NOT IN ({literal(DUPLICATE)}, {literal(tolerated)})"
        if not self._con.execute(f"SELECT 1 FROM dropped d WHERE {is_error} LIMIT 1").fetchone():
            return
        queries = (
            f"SELECT {ORDER.index(name)} AS place, n, _pointer, col, d.kind, reason FROM dropped d"
            f" JOIN new_{name} t ON d.n = t.rowid WHERE tbl = {literal(name)} AND {is_error}"
            for name in arrived
        )
        errors = self._con.execute(
            f"{' UNION ALL '.join(queries)} ORDER BY place, n, col LIMIT {ERRORS_MAX}"
        ).fetchall()
        raise FactsRefused([_error(*error[2:], foreign_names=bool(tolerated)) for error in errors])


def _rows_of(facts: Mapping[str, Any], about: str, contracts: pa.Table) -> SentRows:
    if is_package(facts):
        return package_rows(facts, about, set(contracts["contract_id"].to_pylist()))
    return canonical_rows(facts)


def _ids_by_column(sent: SentRows, about: str) -> dict[str, set[str]]:
    """Return the ids that sent rows name, by column: only the stored rows of these ids matter."""
    ids: dict[str, set[str]] = defaultdict(set, supplier_id={about})
    for rows in sent.rows.values():
        for row in rows:
            for name, cell in row.values.items():
                if name.endswith("_id"):
                    ids[name].add(normal_id(cell) if name in PARTY_COLUMNS else cell.strip(BLANKS))
    return ids


def _text_table(rows: list[SentRow], names: list[str]) -> pa.Table:
    cells = {name: [row.values.get(name) for row in rows] for name in names}
    cells |= {"_pointer": [row.pointer for row in rows], "_bad": [row.bad for row in rows]}
    return pa.table(cells, schema=pa.schema([(name, pa.string()) for name in cells]))


def _drop_other_parties(table: Table, intake: Intake, about: str) -> None:
    """Drop rows about another supplier or another kind of party."""
    own = {c.name for c in table.columns}
    if table.name == "conduct":
        column, test = "party_id", f"party_role <> 'supplier' OR party_id <> {literal(about)}"
    elif "supplier_id" in own:
        column, test = "supplier_id", f"supplier_id <> {literal(about)}"
    else:
        return
    query = f"SELECT n FROM good_{table.name} WHERE {test}"
    intake.drop(table, query, column=column, kind="foreign", reason="is not the requested supplier")


def _with_todays_dates_passed(rows: pa.Table, table: Table, today: datetime, known: datetime) -> pa.Table:
    """Set dates of today without a time to just before the request, so that they count as passed."""
    for name in filter(None, (table.event, *table.hides)):
        at = rows.column_names.index(name)
        moment = pa.scalar(known, rows.schema.field(at).type)
        now = pc.fill_null(pc.equal(rows[name], pa.scalar(today, rows.schema.field(at).type)), False)
        rows = rows.set_column(at, rows.schema.field(at), pc.if_else(now, moment, rows[name]))
    return rows


def _error(pointer: str, column: str | None, kind: str, reason: str, *, foreign_names: bool) -> tuple[str, str]:
    """Return the pointer and the sentence of an error; with `foreign_names` the sentence names the column."""
    why = f"{reason}: {_FIXES[kind]}" if kind in _FIXES else reason
    if column is None:
        return pointer, why
    return (pointer, f"{column} {why}") if foreign_names else (f"{pointer}/{column}", why)


def _digest(facts: Mapping[str, Any]) -> str:
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _empty_rows_sql(table: Table) -> str:
    cells = (f"CAST(NULL AS {SQL_TYPE[c.kind]}) AS {quoted(c.name)}" for c in table.stored)
    return f"SELECT {', '.join(cells)} WHERE false"
