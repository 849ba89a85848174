"""From the new and stored rows of an import to the rows that are stored: suppliers, values, `known_until`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.facts.sql import columns, equal, literal, local_day, quoted, rows_of_repeated_keys
from features.facts.store import FORMAT
from features.facts.tables import SQL_TYPE, TABLES, Table
from features.importing.facts_writer import FactsWriter
from features.importing.identity import supplier_flags
from features.importing.severity import as_stated, with_severity
from features.importing.values.exchange import RateHistory
from features.importing.values.shares import all_versions, list_contract_suppliers, part_of
from features.intake.intake import ORDER, Intake, own_names
from features.quality.detectors import framework_rows

MISCONDUCT = "misconduct"
"""Name of the catalogue of types, on which `conduct` depends besides tables."""

UNGRADED = 1
"""Format of the facts whose `conduct` has no `stated_severity`."""

OF_CONTRACT = {"amendments", "milestones", "payments", "stages"}

_SHARED = {"amendments", "payments"}
"""Tables of which each supplier of a contract has its part of the value."""


@dataclass(frozen=True)
class Amount:
    """How a table's `value` is derived.

    Attributes:
        amount: the column to convert.
        on: SQL of the fact's own date, over the alias `b`; never later than the dates that the row itself reveals.
        currency: SQL of its currency.
        shared: whether each supplier of the contract has its part of it.
    """

    amount: str
    on: str
    currency: str = "b.currency"
    shared: bool = False


# A payment's own date is that of its invoice or of the payment, but never after the day the row was known: otherwise
# the rate would reveal a date that is still hidden from the profile.
_PAID = "least(b.stated_at, coalesce(b.invoiced_on, b.paid_on, b.stated_at))"

AMOUNTS: Mapping[str, Amount] = {
    "suppliers": Amount("registered_capital", "b.founded_on"),
    "tenders": Amount("estimate", "b.published_on"),
    "bids": Amount("amount", "b.occurred_at"),
    "contracts": Amount("amount", "b.signed_on", shared=True),
    "amendments": Amount(
        "amount_change", "b.occurred_at", currency="coalesce(b.currency, b.contract_currency)", shared=True
    ),
    "payments": Amount("amount", _PAID, shared=True),
    "invoices": Amount("amount", "b.issued_on"),
    "financings": Amount("amount", "b.starts_on"),
    "repayments": Amount("remaining", "b.occurred_at"),
}


def view_stored_rows(table: Table, intake: Intake, entry: Mapping[str, Any] | None, store: FactsWriter) -> None:
    """Make `old_<table>`: the stored rows as their sources gave them, without derived columns and restated versions."""
    names, typed = own_names(table), {c.name: SQL_TYPE[c.kind] for c in table.stored}
    if entry is None:
        cells, relation = {}, "(SELECT 1 WHERE false)"
    else:
        relation = f"read_parquet({literal(str(store.path / entry['file']))})"
        described = intake.con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        cells = {row[0]: quoted(row[0]) for row in described}
        if table.name == "conduct" and store.format not in {None, UNGRADED}:
            relation = f"({as_stated(relation)})"
        if "restated" in cells:
            relation = f"(SELECT * FROM {relation} WHERE restated IS NOT TRUE)"
    # Rows of a joint contract are stored once per supplier, but the source gave them once.
    distinct = "DISTINCT" if table.name in OF_CONTRACT | {"repayments"} else ""
    # Facts of an earlier format lack the columns that were added since.
    own = ", ".join(f"{cells.get(n, f'CAST(NULL AS {typed[n]})')} AS {quoted(n)}" for n in names)
    intake.con.execute(f"CREATE VIEW old_{table.name} AS SELECT {distinct} {own} FROM {relation}")


def view_all_rows(table: Table, intake: Intake, *, new: bool) -> None:
    """Make `base_<table>`: the stored rows and, if there are any, the new rows."""
    own = columns(own_names(table))
    more = f" UNION ALL SELECT {own} FROM good_{table.name}" if new else ""
    intake.con.execute(f"CREATE VIEW base_{table.name} AS SELECT {own} FROM old_{table.name}{more}")


def write_tables(
    intake: Intake, store: FactsWriter, *, currency: str, present: set[str], grown: set[str]
) -> dict[str, Any]:
    """Write every table that has new rows or depends on one that has; return the manifest entries of all tables."""
    rates = RateHistory.read(intake) if "rates" in present else None
    if "contracts" in present:
        list_contract_suppliers(intake)
    if "financings" in present:
        list_financing_owners(intake)
    entries = dict(store.tables)
    for name in ORDER:
        table = TABLES[name]
        stale = name in grown or bool(grown & _depends_on(table)) or store.format != FORMAT
        if name in present and (stale or name not in entries):
            query = stored_rows_sql(table, intake, currency=currency, rates=rates, present=present)
            entries[name] = store.write_table(intake.con, table, query)
    return entries


def stored_rows_sql(
    table: Table, intake: Intake, *, currency: str, rates: RateHistory | None, present: set[str]
) -> str:
    """Return SQL of a table's rows with derived columns, as they are stored.

    Args:
        table: the table; `base_<table>` exists.
        intake: the session in which the SQL will run; the rates that it needs are listed there.
        currency: the reporting currency.
        rates: the exchange rates; None where there are none.
        present: tables that have rows.
    """
    rows = _rows(table, present)
    if table.name not in AMOUNTS:
        return rows
    source = AMOUNTS[table.name]
    days = f"{local_day(source.on, intake.tz)} AS fact_day"
    # A fact that is known before its own date becomes visible on that date.
    days += f", {local_day(f'greatest(b.stated_at, {source.on})', intake.tz)} AS known_day"
    dated = f"SELECT b.*, {source.currency} AS own_currency, {days} FROM ({rows}) b"
    amount = f"b.{quoted(source.amount)}"
    if rates is None:
        value = f"CASE WHEN b.own_currency = {literal(currency)} THEN {amount} END"
        join = ""
    else:
        rates_needed = "SELECT own_currency AS currency, fact_day AS day, known_day"
        rates_needed += f" FROM ({dated}) b WHERE {amount} IS NOT NULL AND own_currency <> {literal(currency)}"
        rates_needed += " AND fact_day IS NOT NULL AND known_day IS NOT NULL"
        rates.list_rates(intake, rates_needed, f"rates_of_{table.name}")
        # 16 digits: the largest amount that needs no conversion; a converted amount that does not fit is unknown. 20
        # digits and the 18 of a rate are the 38 that DuckDB can multiply without overflow.
        product = f"CAST({amount} AS DECIMAL(20,2)) * x.rate"
        converted = f"CAST(try_cast({product} AS DECIMAL(16,2)) AS DECIMAL(18,2))"
        value = f"CASE WHEN b.own_currency = {literal(currency)} THEN {amount} ELSE {converted} END"
        join = (
            f"LEFT JOIN rates_of_{table.name} x ON b.own_currency = x.currency AND b.fact_day = x.day"
            " AND b.known_day = x.known_day"
        )
    if table.name == "contracts":
        value, join = _of_business(value, join)
    valued = f"SELECT b.*, {value} AS whole_value FROM ({dated}) b {join}"
    part = part_of("v.whole_value", "v") if source.shared else "v.whole_value"
    return f"SELECT v.*, {part} AS value FROM ({valued}) v"


def _of_business(value: str, join: str) -> tuple[str, str]:
    """Return SQL of a contract's value and its joins: a negative amount and a framework's ceiling are no business."""
    framework = f"({framework_rows('base_contracts')}) w ON {equal(['contract_id', 'supplier_id'], 'b', 'w')}"
    sql = f"CASE WHEN b.amount >= 0 AND w.contract_id IS NULL THEN {value} END"
    return sql, f"LEFT JOIN {framework} AND b.stated_at = w.known_at {join}"


def _rows(table: Table, present: set[str]) -> str:
    """Return SQL of all rows with `stated_at`, the columns taken from other tables, and `known_until`."""
    base = f"base_{table.name}"
    if table.name == "contracts":
        return _contract_rows()
    until = f"LEFT JOIN ({known_until(table, base)}) u ON {equal([*table.key, 'known_at', 'retracted'], 'b', 'u')}"
    if table.name in OF_CONTRACT and "contracts" in present:
        return _child_rows(table, f"SELECT b.*, u.known_until FROM {base} b {until}")
    more, joins = "", ""
    if table.name == "suppliers":
        flags, joins = supplier_flags(base)
        more = "".join(f", {sql} AS {quoted(name)}" for name, sql in flags.items())
    elif table.name == "conduct":
        base, more = f"({with_severity(base)})", f", {conduct_supplier('b')} AS supplier_id"
    elif table.name == "repayments":
        more = ", f.supplier_id, f.tenant_id"
        joins = "JOIN financing_owners f ON b.financing_id = f.financing_id"
    elif table.name in OF_CONTRACT:
        more = ", CAST(NULL AS VARCHAR) AS supplier_id"
    return f"SELECT b.*, b.known_at AS stated_at{more}, u.known_until FROM {base} b {joins} {until}"


def _contract_rows() -> str:
    table, every = TABLES["contracts"], f"({all_versions()})"
    key = [*table.key, "known_at", "retracted"]
    return (
        f"SELECT b.*, p.low, p.high, p.whole, u.known_until FROM {every} b LEFT JOIN contract_parts p"
        " ON b.contract_id = p.contract_id AND b.supplier_id = p.supplier_id AND b.known_at = p.instant"
        f" LEFT JOIN ({known_until(table, every)}) u ON {equal(key, 'b', 'u')}"
    )


def _child_rows(table: Table, rows: str) -> str:
    """Return SQL of the rows of a contract's child, once for each supplier.

    Where the table has a value, a further version begins whenever the supplier's part of the contract changes.
    """
    join = "LEFT JOIN" if table.name == "stages" else "JOIN"
    if table.name not in _SHARED:
        return (
            f"SELECT b.* EXCLUDE known_until, b.known_at AS stated_at, s.supplier_id, b.known_until FROM ({rows}) b"
            f" {join} contract_suppliers s ON b.contract_id = s.contract_id AND s.since IS NULL"
        )
    restated = "coalesce(s.since > b.known_at, false)"
    during = (
        "(s.since IS NULL OR b.known_until IS NULL OR s.since < b.known_until)"
        " AND (s.until IS NULL OR s.until > b.known_at)"
    )
    # `least` and `greatest` ignore nulls.
    versions = (
        "SELECT b.* REPLACE (greatest(b.known_at, s.since) AS known_at, least(b.known_until, s.until) AS known_until),"
        f" b.known_at AS stated_at, {restated} AS restated, s.supplier_id, s.low, s.high, s.whole,"
        f" s.currency AS first_currency FROM ({rows}) b JOIN contract_suppliers s ON b.contract_id = s.contract_id"
        f" AND {during} WHERE NOT (b.retracted AND {restated})"
    )
    return (
        f"SELECT b.*, coalesce(q.currency, b.first_currency) AS contract_currency FROM ({versions}) b"
        " ASOF LEFT JOIN contract_currencies q ON b.contract_id = q.contract_id AND b.stated_at >= q.since"
    )


def _depends_on(table: Table) -> set[str]:
    of_contract = {"contracts"} if table.name in OF_CONTRACT else set()
    of_financing = {"financings"} if table.name == "repayments" else set()
    of_catalogue = {MISCONDUCT} if table.name == "conduct" else set()
    return of_contract | of_financing | of_catalogue | ({"rates"} if table.name in AMOUNTS else set())


def list_financing_owners(intake: Intake) -> None:
    """Make `financing_owners`: every supplier and tenant that a financing ever had.

    A repayment is stored for each of them; it is visible to the one whose financing is.
    """
    intake.con.execute(
        "CREATE OR REPLACE TEMP TABLE financing_owners AS SELECT DISTINCT financing_id, supplier_id, tenant_id"
        " FROM base_financings"
    )


def conduct_supplier(alias: str) -> str:
    """Return SQL for the supplier that a row of `conduct` is about; null where it is about another kind of party."""
    return f"CASE WHEN {alias}.party_role = {literal('supplier')} THEN {alias}.party_id END"


def known_until(table: Table, relation: str) -> str:
    """Return SQL of key, clock and the next `known_at` of the same key, for rows that have a next one.

    A retraction and a new entry may become known at one instant: the retraction comes first.
    """
    keys = columns(table.key)
    following = f"lead(known_at) OVER (PARTITION BY {keys} ORDER BY known_at, retracted DESC)"
    return (
        f"SELECT * FROM (SELECT {keys}, known_at, retracted, {following} AS known_until"
        f" FROM ({rows_of_repeated_keys(table.key, relation)})) WHERE known_until IS NOT NULL"
    )
