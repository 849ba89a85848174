"""Buyers' profiles: the same plan, over views in which the buyer of a contract takes the place of its supplier.

Views named like the canonical tables have the buyer's id in the column `supplier_id`. So windows, visibility and exact
reductions are those of suppliers' profiles, and no buyer column can enter a supplier's profile.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.buyers.catalogue import BUYER_COLUMNS, PRESENCE
from features.declarations.feature import Feature
from features.engines.duckdb_engine import attach, connect, run_plan, spine_rows
from features.engines.worked_example import BUYER, fill_tables, plan_value
from features.errors import InputError
from features.facts.sql import columns, literal, quoted
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.facts.workdays import Calendar, calendar_of, workday_table

AS_IMPORTED = "as_imported"
"""The schema of the imported tables; the buyer's views have the same names outside it."""

_CHILDREN = ("amendments", "milestones", "payments")


def build_buyer_profiles(
    facts: Facts, as_of: datetime, buyers: Sequence[str] | None = None, *, threads: int | None = None
) -> pa.Table:
    """Compute buyers' profiles as things were known at an instant.

    Args:
        facts: an imported facts folder.
        as_of: the instant of the profiles (naive UTC).
        buyers: the buyers wanted (default: all who had signed a contract or are on record by then).
        threads: threads for the engine; the bits do not depend on it.

    Returns:
        A table ordered by `buyer_id`: that, `as_of`, then every column of the buyer catalogue as float64, null where
        unknown.

    Raises:
        InputError: no buyer has any history before the instant.
    """
    connection = connect(threads=threads)
    calendar = calendar_of(facts)
    create_buyer_views(connection, facts.tz, lambda tables_connection: attach(tables_connection, facts), calendar)
    ids = sorted(set(buyers)) if buyers is not None else _on_record(connection, as_of)
    values = run_plan(connection, spine_rows(ids, [as_of] * len(ids), [None] * len(ids)), BUYER_COLUMNS)
    connection.close()
    columns = {c.name: pa.array(values[c.name], from_pandas=True) for c in BUYER_COLUMNS}
    instants = pa.array(np.full(len(ids), np.datetime64(as_of, "us")))
    table = pa.table({"buyer_id": pa.array(ids, pa.string()), "as_of": instants, **columns})
    if buyers is None:
        table = table.filter(_has_history(table))
    if not table.num_rows:
        fix = "Name a later date, or import contracts first."
        raise InputError(f"No buyer has any history before {as_of.isoformat()}Z.", where=str(facts.path), fix=fix)
    return table


def buyer_example_value(feature: Feature) -> float | None:
    """Value of a buyer's declaration on its own example; None for null."""
    connection = connect(threads=1)
    create_buyer_views(connection, "UTC", lambda tables_connection: fill_tables(tables_connection, feature))
    return plan_value(connection, feature, BUYER)


def create_buyer_views(
    connection: duckdb.DuckDBPyConnection,
    tz: str,
    name_tables: Callable[[duckdb.DuckDBPyConnection], None],
    calendar: Calendar | None = None,
) -> None:
    """Create the buyer's views of the tables that `name_tables` creates, and `workdays` for the time zone `tz`.

    Working days are those of `calendar`, or China's.
    """
    connection.execute(f"CREATE SCHEMA {AS_IMPORTED}; SET schema = '{AS_IMPORTED}'")
    name_tables(connection)
    connection.execute("SET schema = 'main'")
    connection.register("workdays", workday_table(tz, calendar))
    # When DuckDB expects few rows it joins by loops over all days: fourteen times as slow for one buyer.
    connection.execute("SET asof_loop_join_threshold = 0")
    connection.execute(
        f"CREATE TEMP TABLE joint_contracts AS SELECT contract_id FROM {AS_IMPORTED}.contracts GROUP BY contract_id"
        " HAVING min(supplier_id) < max(supplier_id)"
    )
    connection.execute(f"CREATE TEMP VIEW contracts AS {_contracts()}")
    connection.execute("CREATE TEMP TABLE contract_buyers AS SELECT DISTINCT contract_id, buyer_id FROM contracts")
    for name in _CHILDREN:
        connection.execute(f"CREATE TEMP VIEW {name} AS {_child(name)}")
    own = _as_buyers("conduct", "party_id")
    connection.execute(
        f"CREATE TEMP VIEW conduct AS SELECT {own} FROM {AS_IMPORTED}.conduct WHERE party_role = {literal('buyer')}"
    )
    connection.execute(f"CREATE TEMP VIEW tenders AS SELECT * FROM {AS_IMPORTED}.tenders")


def _contracts() -> str:
    """SQL of contracts by buyer, a joint award once: in each version, the valid row of its first supplier.

    A version begins when a row of any of its suppliers becomes known, and ends with the next such row.
    """
    single = (
        f"SELECT {_as_buyers('contracts', 'buyer_id')} FROM {AS_IMPORTED}.contracts ANTI JOIN joint_contracts USING"
    )
    joint = f"(SELECT * FROM {AS_IMPORTED}.contracts SEMI JOIN joint_contracts USING (contract_id))"
    versions = (
        "SELECT contract_id, known_at, lead(known_at) OVER (PARTITION BY contract_id ORDER BY known_at) AS known_until"
        f" FROM (SELECT DISTINCT contract_id, known_at FROM {joint})"
    )
    first_rows = (
        f"SELECT r.* REPLACE (v.known_at AS known_at, v.known_until AS known_until) FROM ({versions}) v JOIN {joint} r"
        " ON r.contract_id = v.contract_id AND r.known_at <= v.known_at"
        " AND (r.known_until IS NULL OR r.known_until > v.known_at)"
        " QUALIFY row_number() OVER (PARTITION BY v.contract_id, v.known_at ORDER BY r.retracted, r.supplier_id) = 1"
    )
    return f"{single} (contract_id) UNION ALL SELECT {_as_buyers('contracts', 'buyer_id')} FROM ({first_rows})"


def _child(name: str) -> str:
    """SQL of the rows of a child table, for every buyer of the contract; they count where the contract is visible.

    The facts have the rows of a joint award once for each supplier, and further versions where a part changed.
    """
    rows = f"SELECT {_as_buyers(name, literal(''))} FROM {AS_IMPORTED}.{name}"
    given = " WHERE restated IS NOT TRUE" if "restated" in TABLES[name].names else ""
    joint = (
        f"SELECT DISTINCT * REPLACE (CAST(NULL AS TIMESTAMP) AS known_until) FROM ({rows} SEMI JOIN joint_contracts"
        f" USING (contract_id)){given}"
    )
    following = f"lead(known_at) OVER (PARTITION BY {columns(TABLES[name].key)} ORDER BY known_at, retracted DESC)"
    distinct_rows = (
        f"{rows} ANTI JOIN joint_contracts USING (contract_id)"
        f" UNION ALL SELECT * REPLACE ({following} AS known_until) FROM ({joint})"
    )
    joined = f"({distinct_rows}) c JOIN contract_buyers b USING (contract_id)"
    return f"SELECT c.* REPLACE (b.buyer_id AS supplier_id) FROM {joined}"


def _as_buyers(name: str, buyer: str) -> str:
    """SQL of a table's columns with the buyer's id as the subject's, and no `value`: that is a supplier's part."""
    others = {"supplier_id": buyer, "value": "CAST(NULL AS DECIMAL(18,2))"}
    return ", ".join(f"{others.get(c, quoted(c))} AS {quoted(c)}" for c in TABLES[name].names)


def _on_record(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[str]:
    """Every buyer with a contract or an entry of conduct that may be visible at the instant, sorted."""
    rows = connection.execute(
        "SELECT DISTINCT supplier_id FROM (SELECT supplier_id FROM contracts WHERE known_at < $as_of AND"
        " signed_on < $as_of UNION ALL SELECT supplier_id FROM conduct WHERE known_at < $as_of AND effective_on <"
        " $as_of) ORDER BY supplier_id",
        {"as_of": as_of},
    )
    return [row[0] for row in rows.fetchall()]


def _has_history(table: pa.Table) -> pa.ChunkedArray:
    """Buyers with a contract or an entry of conduct that is not retracted."""
    contracts, conduct = (pc.is_valid(table[name]) for name in PRESENCE)
    return pc.or_(contracts, conduct)
