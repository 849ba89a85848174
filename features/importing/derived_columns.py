"""From the rows of an import to the rows that are stored: suppliers, values, `known_until`."""

from collections.abc import Mapping
from typing import Any

from features.facts.sql import columns, equal, literal, quoted
from features.facts.store import EARLIER
from features.facts.tables import SQL_TYPE, TABLES, Table
from features.importing.currency import AMOUNTS, list_rates, value
from features.importing.facts_writer import FactsWriter
from features.importing.linking import conduct_supplier, list_contract_suppliers, list_financing_owners, with_part
from features.importing.merging import known_until
from features.importing.severity import as_stated, with_severity
from features.intake.intake import ORDER, Intake, own_names

MISCONDUCT = "misconduct"
"""What `conduct` hangs on beside tables: the catalogue of its types."""

OF_CONTRACT = {"amendments", "milestones", "payments", "stages"}


def view_stored_rows(table: Table, intake: Intake, entry: Mapping[str, Any] | None, store: FactsWriter) -> None:
    """Make `old_<table>`: the stored rows as their sources gave them, without what an import derives."""
    if entry is None:
        typed = {c.name: SQL_TYPE[c.kind] for c in table.stored}
        nulls = ", ".join(f"CAST(NULL AS {typed[n]}) AS {quoted(n)}" for n in own_names(table))
        query = f"SELECT {nulls} WHERE false"
    else:
        # The children of a joint contract are stored once per supplier, but were given once.
        distinct = "DISTINCT" if table.name in OF_CONTRACT else ""
        rows = f"read_parquet({literal(str(store.path / entry['file']))})"
        graded = table.name == "conduct" and store.manifest is not None and store.manifest["format"] != EARLIER
        given = f"({as_stated(rows)})" if graded else rows
        query = f"SELECT {distinct} {columns(own_names(table))} FROM {given}"
    intake.con.execute(f"CREATE VIEW old_{table.name} AS {query}")


def view_all_rows(table: Table, intake: Intake, *, new: bool) -> None:
    """Make `base_<table>`: the rows stored and, if there are any, the new ones."""
    own = columns(own_names(table))
    more = f" UNION ALL SELECT {own} FROM good_{table.name}" if new else ""
    intake.con.execute(f"CREATE VIEW base_{table.name} AS SELECT {own} FROM old_{table.name}{more}")


def write_tables(
    intake: Intake, store: FactsWriter, *, currency: str, present: set[str], grown: set[str]
) -> dict[str, Any]:
    """Write every table that has new rows or hangs on one that has; return the entries of all tables."""
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
        if name in present and (stale or name not in entries):
            entries[name] = store.write_table(
                intake.con, table, stored_rows_sql(table, currency=currency, tz=intake.tz, rates=rates, present=present)
            )
    return entries


def stored_rows_sql(table: Table, *, currency: str, tz: str, rates: bool, present: set[str]) -> str:
    """Return SQL of a table's rows as they are stored."""
    derived, joins = _derived(table, present)
    if table.name in AMOUNTS:
        derived["value"], join = value(table.name, currency=currency, tz=tz, rates=rates)
        joins += f" {join}"
    base = f"base_{table.name}"
    filled = {"contracts": with_part, "conduct": with_severity}.get(table.name)
    rows = f"({filled(base)})" if filled else base
    more = "".join(f", {sql} AS {quoted(name)}" for name, sql in derived.items())
    until = f"({known_until(table, base)}) u ON {equal([*table.key, 'known_at'], 'b', 'u')}"
    return f"SELECT b.*{more}, u.known_until FROM {rows} b {joins} LEFT JOIN {until}"


def _derived(table: Table, present: set[str]) -> tuple[dict[str, str], str]:
    """Return the SQL of the columns that come from elsewhere, but for `value`, and the joins they need."""
    if table.name == "conduct":
        return {"supplier_id": conduct_supplier("b")}, ""
    if table.name == "repayments":
        owners = "JOIN financing_owners f ON b.financing_id = f.financing_id"
        return {"supplier_id": "f.supplier_id", "tenant_id": "f.tenant_id"}, owners
    if table.name == "stages" and "contracts" not in present:
        return {"supplier_id": "CAST(NULL AS VARCHAR)"}, ""
    if table.name in OF_CONTRACT:
        how = "LEFT JOIN" if table.name == "stages" else "JOIN"
        return {"supplier_id": "s.supplier_id"}, f"{how} contract_suppliers s ON b.contract_id = s.contract_id"
    return {}, ""


def _depends_on(table: Table) -> set[str]:
    of_contract = {"contracts"} if table.name in OF_CONTRACT else set()
    of_financing = {"financings"} if table.name == "repayments" else set()
    of_catalogue = {MISCONDUCT} if table.name == "conduct" else set()
    return of_contract | of_financing | of_catalogue | ({"rates"} if table.name in AMOUNTS else set())
