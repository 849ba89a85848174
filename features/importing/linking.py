"""What ties rows together: references, the contract's clock for its children, the suppliers of a contract."""

from dataclasses import dataclass

from features.facts.sql import literal, quoted
from features.facts.tables import TABLES, Table
from features.intake.intake import Intake


@dataclass(frozen=True)
class Reference:
    """A column that must name a row of another table, if that table is there at all."""

    column: str
    target: str
    where: str = "true"

    @property
    def key(self) -> str:
        """The column that is named."""
        return TABLES[self.target].key[0]


_TARGETS = {
    "supplier_id": "suppliers",
    "buyer_id": "buyers",
    "tender_id": "tenders",
    "contract_id": "contracts",
    "financing_id": "financings",
}
_PARTIES = (
    Reference("party_id", "suppliers", "party_role = 'supplier'"),
    Reference("party_id", "buyers", "party_role = 'buyer'"),
)
# Without these tables their children would have no supplier.
_NEEDED = {("amendments", "contracts"), ("milestones", "contracts"), ("payments", "contracts")} | {
    ("repayments", "financings")
}


def references(table: Table) -> tuple[Reference, ...]:
    """Return what the rows of a table refer to; the terms and outcomes of a case refer to nothing but its supplier."""
    if table.name == "spine":
        return (Reference("supplier_id", "suppliers"),)
    found = (Reference(c.name, _TARGETS[c.name]) for c in table.columns if c.name in _TARGETS)
    own = tuple(r for r in found if r.target != table.name)
    return (*own, *_PARTIES) if table.name == "conduct" else own


def drop_broken(table: Table, intake: Intake, present: set[str]) -> None:
    """Quarantine rows that refer to what is not there; `present` are the tables that have rows, old or new."""
    for ref in references(table):
        needed = ref.target == "suppliers" or (table.name, ref.target) in _NEEDED
        if ref.target not in present and not needed:
            continue
        column = quoted(ref.column)
        there = f"(SELECT DISTINCT {quoted(ref.key)} AS k FROM base_{ref.target})" if ref.target in present else None
        lost = f"ANTI JOIN {there} t ON g.{column} = t.k" if there else ""
        intake.drop(
            table,
            f"SELECT n FROM good_{table.name} g {lost} WHERE {column} IS NOT NULL AND {ref.where}",
            column=ref.column,
            kind="broken_reference",
            reason=f"names no row of {ref.target} that was loaded",
        )


def fill_known_at(table: Table, intake: Intake) -> None:
    """Give milestones and payments without a clock their contract's `signed_on`, and quarantine what has none."""
    if table.name in {"milestones", "payments"}:
        signed = (
            "SELECT contract_id, min(signed) AS at FROM (SELECT contract_id, supplier_id,"
            " arg_min(signed_on, known_at) AS signed FROM base_contracts GROUP BY ALL) GROUP BY contract_id"
        )
        new = f"new_{table.name}"
        intake.con.execute(
            f"UPDATE {new} SET known_at = s.at FROM ({signed}) s WHERE {new}.known_at IS NULL"
            f" AND {new}.contract_id = s.contract_id"
        )
    intake.drop(
        table,
        f"SELECT n FROM good_{table.name} WHERE known_at IS NULL",
        column="known_at",
        kind="missing_value",
        reason="is required where there is no event date to take it from",
    )


def list_contract_suppliers(intake: Intake) -> None:
    """Make `contract_suppliers`: each supplier of a contract with its share and currency, as first known.

    As first known, so that no later correction changes what an earlier profile saw.
    """
    intake.con.execute(
        "CREATE OR REPLACE TEMP TABLE contract_suppliers AS SELECT contract_id, supplier_id,"
        " arg_min(currency, known_at) AS currency, arg_min(part, known_at) AS part"
        f" FROM ({with_part('base_contracts')}) GROUP BY contract_id, supplier_id"
    )


def with_part(relation: str) -> str:
    """Return SQL of contracts with `part`: the share, else 1/members, else 1 over the suppliers known by then."""
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
    """Return SQL for the supplier that a row of `conduct` is about, if it is about one."""
    return f"CASE WHEN {alias}.party_role = {literal('supplier')} THEN {alias}.party_id END"
