"""Which part of a contract each of its suppliers holds, from which instant on.

A supplier holds a part while its latest known version of the contract is not a retraction. A part is a fraction: the
value of a holder is the value up to `high` / `whole` minus the value up to `low` / `whole`, each rounded to the cent.
So the values of all holders add up to the cent.
"""

from features.facts.sql import columns
from features.facts.tables import TABLES
from features.intake.intake import Intake, own_names

SHARE_UNITS = 10**8  # a declared share has eight decimals

_SAME_HOLDER = "PARTITION BY contract_id, supplier_id ORDER BY instant"
_FRACTION = "row(low, high, whole)"


def list_contract_suppliers(intake: Intake) -> None:
    """Make the tables that say who holds a contract and in which currency it is.

    `contract_parts`: the part of each holder of a shared contract, at each instant at which a row of it became known.
    `restated_contracts`: versions to add, because a part changed when a row of another supplier became known.
    `contract_suppliers`: every supplier of every contract, with its parts as intervals `since` to `until`; the first
    interval has no `since`, and an unshared contract has one interval without a part.
    `contract_currencies`: the currencies of contracts that changed theirs, by the instant from which they are known.
    """
    _list_parts(intake)
    changed = f"SELECT *, {_FRACTION} IS DISTINCT FROM lag({_FRACTION}) OVER ({_SAME_HOLDER}) AS changed"
    intake.con.execute(
        "CREATE OR REPLACE TEMP TABLE part_changes AS SELECT * EXCLUDE changed"
        f" FROM ({changed} FROM contract_parts) WHERE changed"
    )
    own = [n for n in own_names(TABLES["contracts"]) if n != "known_at"]
    intake.con.execute(
        f"CREATE OR REPLACE TEMP TABLE restated_contracts AS SELECT {columns(own, 'c')}, p.instant AS known_at,"
        " c.known_at AS stated_at FROM base_contracts c JOIN part_changes p ON c.contract_id = p.contract_id"
        " AND c.supplier_id = p.supplier_id AND c.known_at = p.stated_at"
        " WHERE p.stated_at < p.instant AND NOT c.retracted"
    )
    intake.con.execute(
        "CREATE OR REPLACE TEMP TABLE contract_suppliers AS SELECT k.*, p.low, p.high, p.whole,"
        f" CASE WHEN row_number() OVER ({_SAME_HOLDER}) > 1 THEN instant END AS since,"
        f" lead(instant) OVER ({_SAME_HOLDER}) AS until FROM (SELECT contract_id, supplier_id,"
        " arg_min(currency, known_at) AS currency FROM base_contracts GROUP BY ALL) k"
        " LEFT JOIN part_changes p USING (contract_id, supplier_id)"
    )
    intake.con.execute(
        "CREATE OR REPLACE TEMP TABLE contract_currencies AS SELECT contract_id, known_at AS since, min(currency) AS"
        " currency FROM base_contracts SEMI JOIN (SELECT contract_id FROM base_contracts GROUP BY contract_id HAVING"
        " min(currency) < max(currency)) USING (contract_id) WHERE NOT retracted GROUP BY ALL"
    )


def part_of(amount: str, alias: str) -> str:
    """Return SQL of a holder's part of `amount` (SQL of DECIMAL); `alias` has `low`, `high` and `whole`, or nulls."""
    cents = f"CAST(CAST({amount} AS DECIMAL(20,2)) * 100 AS HUGEINT)"

    def up_to(limit: str) -> str:
        """Cents up to a limit, rounded half away from zero."""
        exact, whole = f"{cents} * {alias}.{limit}", f"CAST({alias}.whole AS HUGEINT)"
        return f"sign({cents}) * ((2 * abs({exact}) + {whole}) // (2 * {whole}))"

    difference = f"CAST({up_to('high')} - ({up_to('low')}) AS DECIMAL(20,0)) * CAST(0.01 AS DECIMAL(3,2))"
    return f"CASE WHEN {alias}.whole IS NULL THEN {amount} ELSE CAST({difference} AS DECIMAL(18,2)) END"


def all_versions() -> str:
    """Return SQL of the contracts as their sources gave them and the restated versions, with `stated_at`."""
    own = columns(own_names(TABLES["contracts"]))
    return (
        f"SELECT {own}, known_at AS stated_at, false AS restated FROM base_contracts"
        f" UNION ALL SELECT {own}, stated_at, true AS restated FROM restated_contracts"
    )


# Contracts that more than one supplier ever had, or that say so.
_SHARED = (
    "SELECT contract_id FROM base_contracts GROUP BY contract_id"
    " HAVING min(supplier_id) < max(supplier_id) OR bool_or(coalesce(members, 1) > 1 OR share IS NOT NULL)"
)
_VERSIONS = (
    "SELECT contract_id, supplier_id, known_at, retracted, members, share, lead(known_at) OVER (PARTITION BY"
    " contract_id, supplier_id ORDER BY known_at, retracted DESC) AS until FROM base_contracts"
    f" SEMI JOIN ({_SHARED}) USING (contract_id)"
)


def _list_parts(intake: Intake) -> None:
    """Make `contract_parts`: contract, supplier, `instant`, `stated_at` of the supplier's version, its fraction."""
    # A source that writes 0.33333333 for one of three members means a third.
    equal = "share IS NULL OR coalesce(share = CAST(1.0 / members AS DECIMAL(18,8)), false)"
    held = (
        f"SELECT i.contract_id, i.instant, r.supplier_id, r.known_at AS stated_at, r.members, share, {equal} AS equal"
        " FROM (SELECT DISTINCT contract_id, known_at AS instant FROM versions) i JOIN versions r"
        " ON i.contract_id = r.contract_id AND r.known_at <= i.instant AND (r.until IS NULL OR r.until > i.instant)"
        " WHERE NOT r.retracted"
    )
    together = "PARTITION BY contract_id, instant"
    counts = "SELECT contract_id, instant, count(*) AS n FROM held GROUP BY ALL"
    declared = (
        "SELECT contract_id, known_at, max(members) AS members FROM versions"
        " WHERE NOT retracted AND members IS NOT NULL GROUP BY ALL"
    )
    # The number that was declared last, less those who left since then and more those who joined.
    counted = (
        "SELECT h.*, row_number() OVER (PARTITION BY h.contract_id, h.instant ORDER BY h.supplier_id) AS place, c.n,"
        " greatest(c.n, coalesce(d.members + c.n - t.n, 1)) AS members_in_all, bool_and(equal) OVER (PARTITION BY"
        " h.contract_id, h.instant) AS all_equal FROM held h JOIN counts c ON h.contract_id = c.contract_id AND"
        " h.instant = c.instant ASOF LEFT JOIN declared d ON h.contract_id = d.contract_id AND h.instant >= d.known_at"
        " LEFT JOIN counts t ON d.contract_id = t.contract_id AND d.known_at = t.instant"
    )
    weighed = (
        f"SELECT *, CAST(round(CASE WHEN equal THEN {SHARE_UNITS} / members_in_all ELSE share * {SHARE_UNITS} END) AS"
        " BIGINT) AS weight FROM counted"
    )
    summed = (
        f"SELECT *, sum(weight) OVER ({together} ORDER BY place) AS up_to, sum(weight) OVER ({together}) AS total"
        " FROM weighed"
    )
    # Shares that miss the whole by no more than their own rounding are the whole.
    complete = f"place = n AND abs(total - {SHARE_UNITS}) <= n"
    intake.con.execute(
        f"CREATE OR REPLACE TEMP TABLE contract_parts AS WITH versions AS ({_VERSIONS}), held AS ({held}),"
        f" counts AS ({counts}), declared AS ({declared}), counted AS ({counted}), weighed AS ({weighed}),"
        f" summed AS ({summed})"
        " SELECT contract_id, supplier_id, instant, stated_at,"
        " CAST(CASE WHEN all_equal THEN place - 1 ELSE up_to - weight END AS HUGEINT) AS low,"
        f" CAST(CASE WHEN all_equal THEN place WHEN {complete} THEN {SHARE_UNITS} ELSE up_to END AS HUGEINT) AS high,"
        f" CAST(CASE WHEN all_equal THEN members_in_all ELSE {SHARE_UNITS} END AS BIGINT) AS whole FROM summed"
    )
