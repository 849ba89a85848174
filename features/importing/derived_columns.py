"""From the new and stored rows of an import to the rows that are stored: suppliers, values, `known_until`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.facts.sql import columns, equal, literal, local_day, quoted, rows_of_repeated_keys
from features.facts.tables import SQL_TYPE, TABLES, Table
from features.importing.facts_writer import FactsWriter
from features.importing.identity import supplier_flags
from features.importing.severity import as_stated, with_severity
from features.intake.intake import ORDER, Intake, own_names
from features.quality.detectors import framework_rows

MISCONDUCT = "misconduct"
"""Name of the catalogue of types, on which `conduct` depends besides tables."""

UNGRADED = 1
"""Format of the facts whose `conduct` has no `stated_severity`."""

OF_CONTRACT = {"amendments", "milestones", "payments", "stages"}


@dataclass(frozen=True)
class Amount:
    """How a table's `value` is derived.

    Attributes:
        amount: the column to convert.
        on: SQL of the fact's own date, over the alias `b`; never later than the dates that the row itself reveals.
        currency: SQL of its currency.
        part: SQL of the supplier's share of it, or None.
    """

    amount: str
    on: str
    currency: str = "b.currency"
    part: str | None = None


# A payment's own date is that of its invoice or of the payment, but never after the day the row was known: otherwise
# the rate would reveal a date that is still hidden from the profile.
_PAID = "least(b.known_at, coalesce(b.invoiced_on, b.paid_on, b.known_at))"

# An amendment without a currency is in its contract's currency as known with the amendment.
_AMENDED = "coalesce(b.currency, v.currency, s.currency)"

AMOUNTS: Mapping[str, Amount] = {
    "suppliers": Amount("registered_capital", "b.founded_on"),
    "tenders": Amount("estimate", "b.published_on"),
    "bids": Amount("amount", "b.occurred_at"),
    "contracts": Amount("amount", "b.signed_on", part="b.part"),
    "amendments": Amount("amount_change", "b.occurred_at", currency=_AMENDED, part="s.part"),
    "payments": Amount("amount", _PAID, part="s.part"),
    "invoices": Amount("amount", "b.issued_on"),
    "financings": Amount("amount", "b.starts_on"),
    "repayments": Amount("remaining", "b.occurred_at"),
}


def view_stored_rows(table: Table, intake: Intake, entry: Mapping[str, Any] | None, store: FactsWriter) -> None:
    """Make `old_<table>`: the stored rows as their sources gave them, without derived columns."""
    if entry is None:
        typed = {c.name: SQL_TYPE[c.kind] for c in table.stored}
        nulls = ", ".join(f"CAST(NULL AS {typed[n]}) AS {quoted(n)}" for n in own_names(table))
        query = f"SELECT {nulls} WHERE false"
    else:
        # Rows of a joint contract are stored once per supplier, but the source gave them once.
        distinct = "DISTINCT" if table.name in OF_CONTRACT else ""
        rows = f"read_parquet({literal(str(store.path / entry['file']))})"
        graded = table.name == "conduct" and store.manifest is not None and store.manifest["format"] != UNGRADED
        source_rows = f"({as_stated(rows)})" if graded else rows
        query = f"SELECT {distinct} {columns(own_names(table))} FROM {source_rows}"
    intake.con.execute(f"CREATE VIEW old_{table.name} AS {query}")


def view_all_rows(table: Table, intake: Intake, *, new: bool) -> None:
    """Make `base_<table>`: the stored rows and, if there are any, the new rows."""
    own = columns(own_names(table))
    more = f" UNION ALL SELECT {own} FROM good_{table.name}" if new else ""
    intake.con.execute(f"CREATE VIEW base_{table.name} AS SELECT {own} FROM old_{table.name}{more}")


def write_tables(
    intake: Intake, store: FactsWriter, *, currency: str, present: set[str], grown: set[str]
) -> dict[str, Any]:
    """Write every table that has new rows or depends on one that has; return the manifest entries of all tables."""
    rates = "rates" in present
    list_rates(intake, present=rates)
    if "contracts" in present:
        list_contract_suppliers(intake)
    if "financings" in present:
        list_financing_owners(intake)
    entries = dict(store.tables)
    for name in ORDER:
        table = TABLES[name]
        stale = name in grown or bool(grown & _depends_on(table))
        if name in present and (stale or "dated" not in entries.get(name, {})):
            entries[name] = store.write_table(
                intake.con, table, stored_rows_sql(table, currency=currency, tz=intake.tz, rates=rates, present=present)
            )
    return entries


def stored_rows_sql(table: Table, *, currency: str, tz: str, rates: bool, present: set[str]) -> str:
    """Return SQL of a table's rows with derived columns, as they are stored."""
    derived, joins = _derived(table, present)
    if table.name in AMOUNTS:
        derived["value"], join = value(table.name, currency=currency, tz=tz, rates=rates)
        if table.name == "contracts":
            derived["value"] = f"CASE WHEN b.amount >= 0 AND w.contract_id IS NULL THEN {derived['value']} END"
            same_row = equal(["contract_id", "supplier_id", "known_at"], "b", "w")
            joins += f" LEFT JOIN ({framework_rows(base_of(table))}) w ON {same_row}"
        joins += f" {join}"
    base = base_of(table)
    filled = {"contracts": with_part, "conduct": with_severity}.get(table.name)
    rows = f"({filled(base)})" if filled else base
    more = "".join(f", {sql} AS {quoted(name)}" for name, sql in derived.items())
    until = f"({known_until(table, base)}) u ON {equal([*table.key, 'known_at'], 'b', 'u')}"
    return f"SELECT b.*{more}, u.known_until FROM {rows} b {joins} LEFT JOIN {until}"


def base_of(table: Table) -> str:
    """Return the name of the view with the stored rows and then the new rows of a table."""
    return f"base_{table.name}"


def _derived(table: Table, present: set[str]) -> tuple[dict[str, str], str]:
    """Return SQL of the columns taken from other tables, except `value`, and the joins that they need."""
    if table.name == "conduct":
        return {"supplier_id": conduct_supplier("b")}, ""
    if table.name == "suppliers":
        return supplier_flags("base_suppliers")
    if table.name == "repayments":
        owners = "JOIN financing_owners f ON b.financing_id = f.financing_id"
        return {"supplier_id": "f.supplier_id", "tenant_id": "f.tenant_id"}, owners
    if table.name == "stages" and "contracts" not in present:
        return {"supplier_id": "CAST(NULL AS VARCHAR)"}, ""
    if table.name in OF_CONTRACT:
        join_kind = "LEFT JOIN" if table.name == "stages" else "JOIN"
        joins = f"{join_kind} contract_suppliers s ON b.contract_id = s.contract_id"
        if table.name == "amendments":
            joins += f" {_CURRENCY_THEN}"
        return {"supplier_id": "s.supplier_id"}, joins
    return {}, ""


_CURRENCY_THEN = (
    "ASOF LEFT JOIN (SELECT contract_id, supplier_id, known_at, currency FROM base_contracts SEMI JOIN (SELECT"
    " contract_id FROM base_contracts GROUP BY contract_id HAVING min(currency) < max(currency)) USING (contract_id)"
    " WHERE NOT retracted) v ON b.contract_id = v.contract_id AND s.supplier_id = v.supplier_id"
    " AND b.known_at >= v.known_at"
)
"""Joins `v`: the latest version of a contract that was known by the row `b`, of contracts that changed currency."""


def _depends_on(table: Table) -> set[str]:
    of_contract = {"contracts"} if table.name in OF_CONTRACT else set()
    of_financing = {"financings"} if table.name == "repayments" else set()
    of_catalogue = {MISCONDUCT} if table.name == "conduct" else set()
    return of_contract | of_financing | of_catalogue | ({"rates"} if table.name in AMOUNTS else set())


def list_rates(intake: Intake, *, present: bool) -> None:
    """Make `day_rates`: the latest known rate of each currency, by the local day from which it applies.

    A rate that became known after its own day converts only facts of later days: otherwise it would change a value that
    an earlier profile already contains.
    """
    own = local_day(chr(34) + "on" + chr(34), intake.tz)
    learned = local_day("known_at", intake.tz)
    first = (
        f'SELECT currency, {own} AS own, arg_min(rate, ("on", known_at)) AS rate, min({learned}) AS learned'
        " FROM base_rates WHERE NOT retracted GROUP BY ALL"
    )
    usable = f"SELECT *, CASE WHEN learned <= own THEN own ELSE learned + 1 END AS day FROM ({first})"
    latest = "arg_max(rate, own) OVER (PARTITION BY currency ORDER BY day)"
    chosen = f"SELECT DISTINCT currency, day, {latest} AS rate FROM ({usable})"
    empty = "SELECT NULL::VARCHAR AS currency, NULL::DATE AS day, NULL::DECIMAL(18,8) AS rate WHERE false"
    intake.con.execute(f"CREATE OR REPLACE TEMP TABLE day_rates AS {chosen if present else empty}")


def value(table: str, *, currency: str, tz: str, rates: bool) -> tuple[str, str]:
    """Return SQL of a row's `value` in the reporting currency, and the join that it needs (none without `rates`)."""
    source = AMOUNTS[table]
    # 20 digits and the 18 of a rate or share are the 38 that DuckDB can multiply without overflow.
    amount = f"CAST(b.{quoted(source.amount)} AS DECIMAL(20,2))"
    same = f"CAST({amount} * {source.part} AS DECIMAL(18,2))" if source.part else f"b.{quoted(source.amount)}"
    if not rates:
        return f"CASE WHEN {source.currency} = {literal(currency)} THEN {same} END", ""
    # 16 digits: the largest amount that needs no conversion; a converted amount that does not fit is unknown.
    converted = f"CAST(try_cast(CAST({same} AS DECIMAL(20,2)) * x.rate AS DECIMAL(16,2)) AS DECIMAL(18,2))"
    join = f"ASOF LEFT JOIN day_rates x ON {source.currency} = x.currency AND {local_day(source.on, tz)} >= x.day"
    return f"CASE WHEN {source.currency} = {literal(currency)} THEN {same} ELSE {converted} END", join


def list_contract_suppliers(intake: Intake) -> None:
    """Make `contract_suppliers`: each supplier of a contract with its share and currency, as first known.

    As first known, so that no later correction changes an earlier profile.
    """
    intake.con.execute(
        "CREATE OR REPLACE TEMP TABLE contract_suppliers AS SELECT contract_id, supplier_id,"
        " arg_min(currency, known_at) AS currency, arg_min(part, known_at) AS part"
        f" FROM ({with_part('base_contracts')}) GROUP BY contract_id, supplier_id"
    )


def with_part(relation: str) -> str:
    """Return SQL of contracts with `part`: the share, else 1/members, else 1/(number of suppliers known by then)."""
    joint = (
        f"SELECT r.contract_id, r.supplier_id, r.known_at, count(*) AS members_known FROM {relation} r JOIN (SELECT"
        f" contract_id, supplier_id, min(known_at) AS since FROM {relation} WHERE contract_id IN (SELECT contract_id"
        f" FROM {relation} GROUP BY contract_id HAVING min(supplier_id) < max(supplier_id)) GROUP BY ALL) f"
        " ON r.contract_id = f.contract_id AND f.since <= r.known_at GROUP BY ALL"
    )
    return (
        "SELECT c.*, CAST(coalesce(c.share, 1.0 / coalesce(c.members, j.members_known, 1)) AS DECIMAL(18,8)) AS part"
        f" FROM {relation} c LEFT JOIN ({joint}) j ON c.contract_id = j.contract_id"
        " AND c.supplier_id = j.supplier_id AND c.known_at = j.known_at"
    )


def list_financing_owners(intake: Intake) -> None:
    """Make `financing_owners`: supplier and tenant of each financing, as first known."""
    intake.con.execute(
        "CREATE OR REPLACE TEMP TABLE financing_owners AS SELECT financing_id, arg_min(supplier_id, known_at) AS"
        " supplier_id, arg_min(tenant_id, known_at) AS tenant_id FROM base_financings GROUP BY financing_id"
    )


def conduct_supplier(alias: str) -> str:
    """Return SQL for the supplier that a row of `conduct` is about; null where it is about another kind of party."""
    return f"CASE WHEN {alias}.party_role = {literal('supplier')} THEN {alias}.party_id END"


def known_until(table: Table, relation: str) -> str:
    """Return SQL of key, `known_at` and the next `known_at` of the same key, for rows that have a next one."""
    keys = columns(table.key)
    return (
        f"SELECT * FROM (SELECT {keys}, known_at, lead(known_at) OVER (PARTITION BY {keys} ORDER BY known_at) AS"
        f" known_until FROM ({rows_of_repeated_keys(table.key, relation)})) WHERE known_until IS NOT NULL"
    )
