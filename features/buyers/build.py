"""Buyers' profiles: the same plan, over the facts as they concern the buyer of a contract instead of its supplier.

Relations named as the canonical tables carry the buyer's id where a supplier's stands. So windows, visibility and exact
reductions are those of suppliers' profiles, and none of this can enter one.
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
from features.facts.sql import literal, quoted
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.facts.workdays import workday_table

TOLD = "told"
"""The schema of the tables as they were imported; the buyer's view of them takes their names outside it."""

_CHILDREN = ("amendments", "milestones", "payments")


def build_buyer_profiles(
    facts: Facts, as_of: datetime, buyers: Sequence[str] | None = None, *, threads: int | None = None
) -> pa.Table:
    """Compute buyers' profiles as things were known at an instant.

    Args:
        facts: an imported facts folder.
        as_of: the instant stood on (naive UTC).
        buyers: the buyers wanted (default: all who had signed a contract or are on record by then).
        threads: threads for the engine; the bits do not depend on it.

    Returns:
        A table ordered by `buyer_id`: that, `as_of`, then every column of the buyer catalogue as float64, null where
        unknown.

    Raises:
        InputError: no buyer has any history before the instant.
    """
    connection = connect(threads=threads)
    show_buyers(connection, facts.tz, lambda told: attach(told, facts))
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
    """What a buyer's declaration gives on its own example; None for null."""
    connection = connect(threads=1)
    show_buyers(connection, "UTC", lambda told: fill_tables(told, feature))
    return plan_value(connection, feature, BUYER)


def show_buyers(
    connection: duckdb.DuckDBPyConnection, tz: str, name_tables: Callable[[duckdb.DuckDBPyConnection], None]
) -> None:
    """Name the buyer's view of the tables that `name_tables` names, and the working days of the time zone `tz`."""
    connection.execute(f"CREATE SCHEMA {TOLD}; SET schema = '{TOLD}'")
    name_tables(connection)
    connection.execute("SET schema = 'main'")
    connection.register("workdays", workday_table(tz))
    # For what it takes for a few rows DuckDB joins by loops over all days: fourteen times as slow for one buyer.
    connection.execute("SET asof_loop_join_threshold = 0")
    connection.execute(
        f"CREATE TEMP TABLE joint_contracts AS SELECT contract_id FROM {TOLD}.contracts GROUP BY contract_id"
        " HAVING min(supplier_id) < max(supplier_id)"
    )
    connection.execute(f"CREATE TEMP VIEW contracts AS {_contracts()}")
    connection.execute("CREATE TEMP TABLE contract_buyers AS SELECT DISTINCT contract_id, buyer_id FROM contracts")
    for name in _CHILDREN:
        connection.execute(f"CREATE TEMP VIEW {name} AS {_child(name)}")
    own = _as_buyers("conduct", "party_id")
    connection.execute(
        f"CREATE TEMP VIEW conduct AS SELECT {own} FROM {TOLD}.conduct WHERE party_role = {literal('buyer')}"
    )
    connection.execute(f"CREATE TEMP VIEW tenders AS SELECT * FROM {TOLD}.tenders")


def _contracts() -> str:
    """SQL of contracts by buyer, a joint award once: its first supplier's row that stands, version by version.

    A version begins with every row that becomes known of any of its suppliers, and ends with the next.
    """
    alone = f"SELECT {_as_buyers('contracts', 'buyer_id')} FROM {TOLD}.contracts ANTI JOIN joint_contracts USING"
    told = f"(SELECT * FROM {TOLD}.contracts SEMI JOIN joint_contracts USING (contract_id))"
    versions = (
        "SELECT contract_id, known_at, lead(known_at) OVER (PARTITION BY contract_id ORDER BY known_at) AS known_until"
        f" FROM (SELECT DISTINCT contract_id, known_at FROM {told})"
    )
    first = (
        f"SELECT r.* REPLACE (v.known_at AS known_at, v.known_until AS known_until) FROM ({versions}) v JOIN {told} r"
        " ON r.contract_id = v.contract_id AND r.known_at <= v.known_at"
        " AND (r.known_until IS NULL OR r.known_until > v.known_at)"
        " QUALIFY row_number() OVER (PARTITION BY v.contract_id, v.known_at ORDER BY r.retracted, r.supplier_id) = 1"
    )
    return f"{alone} (contract_id) UNION ALL SELECT {_as_buyers('contracts', 'buyer_id')} FROM ({first})"


def _child(name: str) -> str:
    """SQL of a contract's children, for every buyer the contract ever had: only where it is visible do they count.

    The children of a joint award lie in the facts once for each supplier.
    """
    told = f"SELECT {_as_buyers(name, literal(''))} FROM {TOLD}.{name}"
    once = (
        f"{told} ANTI JOIN joint_contracts USING (contract_id)"
        f" UNION ALL SELECT DISTINCT * FROM ({told} SEMI JOIN joint_contracts USING (contract_id))"
    )
    return f"SELECT c.* REPLACE (b.buyer_id AS supplier_id) FROM ({once}) c JOIN contract_buyers b USING (contract_id)"


def _as_buyers(name: str, buyer: str) -> str:
    """SQL of a table's columns with the buyer's id as the subject's, and no `value`: that is a supplier's part."""
    others = {"supplier_id": buyer, "value": "CAST(NULL AS DECIMAL(18,2))"}
    return ", ".join(f"{others.get(c, quoted(c))} AS {quoted(c)}" for c in TABLES[name].names)


def _on_record(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[str]:
    """Every buyer with a contract or an entry of conduct that may be visible at the instant, sorted."""
    found = connection.execute(
        "SELECT DISTINCT supplier_id FROM (SELECT supplier_id FROM contracts WHERE known_at < $as_of AND"
        " signed_on < $as_of UNION ALL SELECT supplier_id FROM conduct WHERE known_at < $as_of AND effective_on <"
        " $as_of) ORDER BY supplier_id",
        {"as_of": as_of},
    )
    return [row[0] for row in found.fetchall()]


def _has_history(table: pa.Table) -> pa.ChunkedArray:
    """Buyers with a contract or an entry of conduct that was not withdrawn."""
    contracts, conduct = (pc.is_valid(table[name]) for name in PRESENCE)
    return pc.or_(contracts, conduct)
