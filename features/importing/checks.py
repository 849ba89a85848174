"""Checks of new rows against each other and against the stored rows, however the new rows arrived."""

from dataclasses import dataclass

from features.facts.ids import spelling
from features.facts.sql import columns, equal, literal, quoted, rows_of_repeated_keys, same
from features.facts.tables import TABLES, Table
from features.importing.clocks import date_dump, drop_known_later
from features.intake.intake import DUPLICATE, Intake, own_names

_CONFLICT = "differs from another row of the same key and known_at; a dump needs import --known-at DATE"
_PROVENANCE = {"source", "source_ref"}  # two sources may report the same fact

# The column that names whose fact a row is, where the key does not; a correction may not change it.
_OWNER = {
    "amendments": "contract_id",
    "milestones": "contract_id",
    "payments": "contract_id",
    "stages": "contract_id",
    "conduct": "party_id",
    "repayments": "financing_id",
}


@dataclass(frozen=True)
class Reference:
    """A column that must name a row of another table, if that table has rows at all."""

    column: str
    target: str
    where: str = "true"

    @property
    def key(self) -> str:
        """The key column of the target."""
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
# Rows of the first table take their supplier from the second.
_REQUIRED = {("amendments", "contracts"), ("milestones", "contracts"), ("payments", "contracts")} | {
    ("repayments", "financings")
}


def check(table: Table, intake: Intake, present: set[str]) -> None:
    """Complete the new rows of a table and drop those that may not be loaded, with the reason.

    Args:
        table: the table; `old_`, `good_` and `base_<table>` exist, and `base_` of the tables that it refers to.
        intake: the new rows.
        present: tables that have rows, old or new.
    """
    date_dump(table, intake)
    fill_retractions(table, intake)
    drop_broken(table, intake, present)
    fill_known_at(table, intake)
    drop_known_later(table, intake)
    drop_twins(table, intake)
    drop_repeated(table, intake)
    drop_owner_changes(table, intake)


def references(table: Table) -> tuple[Reference, ...]:
    """Return the references of a table; a case's terms and outcomes refer to its supplier alone."""
    if table.name == "spine":
        return (Reference("supplier_id", "suppliers"),)
    by_name = (Reference(c.name, _TARGETS[c.name]) for c in table.columns if c.name in _TARGETS)
    own = tuple(r for r in by_name if r.target != table.name)
    return (*own, *_PARTIES) if table.name == "conduct" else own


def owner(table: Table) -> str | None:
    """Return the column that names whose fact a row is; None where the key names it, or the row has no owner."""
    own = {c.name for c in table.columns}
    return _OWNER.get(table.name) or ("supplier_id" if "supplier_id" in own - set(table.key) else None)


def fill_retractions(table: Table, intake: Intake) -> None:
    """Fill the blank columns of a retraction from the row that it retracts."""
    blank = [c.name for c in table.columns if c.required and c.name not in table.key]
    if not blank:
        return
    lacks = " OR ".join(f"g.{quoted(n)} IS NULL" for n in blank)
    own = [c.name for c in table.columns if c.name not in table.key]
    con, name = intake.con, table.name
    con.execute(
        f"CREATE TEMP TABLE blank AS SELECT n, known_at, {columns(table.key)} FROM good_{name} g"
        f" WHERE retracted AND known_at IS NOT NULL AND ({lacks})"
    )
    if intake.count("SELECT count(*) FROM blank"):
        con.execute(
            f"CREATE TEMP TABLE inherited AS SELECT b.n, arg_max(v, v.known_at) AS v FROM blank b JOIN"
            f" (SELECT known_at, {columns(own)}, {columns(table.key)} FROM base_{name} WHERE NOT retracted) v"
            f" ON {equal(table.key, 'b', 'v')} AND v.known_at < b.known_at GROUP BY b.n"
        )
        filled = ", ".join(f"{quoted(n)} = coalesce(new_{name}.{quoted(n)}, i.v.{quoted(n)})" for n in own)
        con.execute(f"UPDATE new_{name} SET {filled} FROM inherited i WHERE new_{name}.rowid = i.n")
        unmatched = "SELECT n FROM blank ANTI JOIN inherited USING (n)"
        # An OCDS release says that a contract is not in force, whether or not an earlier release gave it.
        released = f"(SELECT rowid AS n FROM new_{name} WHERE source = 'ocds')"
        needless = f"{unmatched} SEMI JOIN {released} r USING (n)"
        intake.drop(table, needless, column=None, kind=DUPLICATE, reason="")
        wrong, reason = f"{unmatched} ANTI JOIN {released} r USING (n)", "retracts a row that does not exist"
        intake.drop(table, wrong, column=None, kind="nothing_to_retract", reason=reason)
        con.execute("DROP TABLE inherited")
    con.execute("DROP TABLE blank")


def drop_broken(table: Table, intake: Intake, present: set[str]) -> None:
    """Quarantine rows that refer to a missing row; `present` are the tables that have rows, old or new."""
    for ref in references(table):
        required = ref.target == "suppliers" or (table.name, ref.target) in _REQUIRED
        if ref.target not in present and not required:
            continue
        column = quoted(ref.column)
        existing = f"(SELECT DISTINCT {quoted(ref.key)} AS k FROM base_{ref.target})" if ref.target in present else None
        unmatched = f"ANTI JOIN {existing} t ON g.{column} = t.k" if existing else ""
        broken = f"SELECT n FROM good_{table.name} g {unmatched} WHERE {column} IS NOT NULL AND {ref.where}"
        if not intake.count(f"SELECT count(*) FROM ({broken})"):
            continue
        if existing:
            padded = f"(SELECT DISTINCT ltrim(k, '0') AS k FROM {existing} WHERE k LIKE '0%')"
            lost = f"SEMI JOIN {padded} p ON g.{column} = p.k"
            intake.drop(
                table,
                f"SELECT n FROM (SELECT g.* FROM good_{table.name} g {unmatched}) g {lost} WHERE {ref.where}",
                column=ref.column,
                kind="leading_zeros_lost",
                reason=f"names a row of {ref.target} but for its leading zeros: a spreadsheet drops them; export again"
                " with the column formatted as text",
            )
        reason = f"names no row of {ref.target} that was loaded"
        intake.drop(table, broken, column=ref.column, kind="broken_reference", reason=reason)


def fill_known_at(table: Table, intake: Intake) -> None:
    """Set a missing `known_at` of milestones and payments to their contract's `signed_on`; quarantine the rest."""
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
        reason="is required where the row has no event date to take it from",
    )


def drop_twins(table: Table, intake: Intake) -> None:
    """Of a party's rows of one instant under several spellings of its id keep the fullest, whatever their order."""
    key, given = table.key[0], spelling(table.key[0])
    if table.name not in {"suppliers", "buyers"} or key not in intake.parties[table.name]:
        return
    if not intake.count(f"SELECT count(*) FROM new_{table.name} WHERE {given} IS NOT NULL"):
        return
    new = f"good_{table.name} g JOIN new_{table.name} t ON g.n = t.rowid"
    together = f"OVER (PARTITION BY g.{quoted(key)}, g.known_at, g.retracted"
    spelled = f"coalesce({given}, g.{quoted(key)})"
    content = [n for n in own_names(table) if n != key]
    filled = " + ".join(f"CAST(g.{quoted(n)} IS NOT NULL AS INT)" for n in content)
    others = (
        f"SELECT n FROM (SELECT g.n, min({spelled}) {together}) < max({spelled}) {together}) AS several, row_number()"
        f" {together} ORDER BY {filled} DESC, {columns(content, 'g')}, {spelled}) AS nth FROM {new})"
        " WHERE several AND nth > 1"
    )
    intake.drop(table, others, column=None, kind=DUPLICATE, reason="")


def drop_repeated(table: Table, intake: Intake) -> None:
    """Drop and count identical rows; quarantine all rows of the same key and `known_at` with different content.

    A stored row stays; a new row that differs from it is quarantined. A retraction and a new entry of one key and
    instant do not contradict each other.
    """
    content = [n for n in own_names(table) if n not in {*_PROVENANCE, *table.key, "known_at", "retracted"}]
    name, at = table.name, [*table.key, "known_at", "retracted"]
    into = f"INSERT INTO dropped SELECT {literal(name)}, n, known, kind, reason FROM"
    verdict = (
        f"CASE WHEN alike THEN NULL ELSE 'known_at' END AS known,"
        f" CASE WHEN alike THEN {literal(DUPLICATE)} ELSE 'conflict' END AS kind,"
        f" CASE WHEN alike THEN '' ELSE {literal(_CONFLICT)} END AS reason"
    )
    intake.con.execute(
        f"{into} (SELECT n, {verdict} FROM (SELECT g.n, {same(content, 'g', 'o')} AS alike"
        f" FROM good_{name} g JOIN old_{name} o ON {equal(at, 'g', 'o')}))"
    )
    twice = rows_of_repeated_keys(at, f"good_{name}")
    together = f"OVER (PARTITION BY {columns(at)})"
    row = f"row({columns(content)})"
    intake.con.execute(
        f"{into} (SELECT n, {verdict} FROM (SELECT n, row_number() OVER (PARTITION BY {columns(at)} ORDER BY n) AS nth,"
        f" min({row}) {together} IS NOT DISTINCT FROM max({row}) {together} AS alike FROM ({twice}))"
        " WHERE nth > 1 OR NOT alike)"
    )


def drop_owner_changes(table: Table, intake: Intake) -> None:
    """Quarantine a correction that moves a fact to another owner: the row must be retracted and entered again."""
    owner_column = owner(table)
    if table.name == "contracts":
        return drop_supplier_changes(intake)
    if owner_column is None:
        return None
    keys = columns(table.key)
    every = f"(SELECT *, NULL AS n FROM old_{table.name} UNION ALL BY NAME FROM good_{table.name})"
    repeated = rows_of_repeated_keys(table.key, every)
    lives = (  # a retraction ends one life of the key
        f"SELECT n, known_at, {keys}, {quoted(owner_column)} AS whose, coalesce(sum(CAST(retracted AS INT)) OVER"
        f" (PARTITION BY {keys} ORDER BY known_at, retracted DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),"
        f" 0) AS life FROM ({repeated})"
    )
    intake.drop(
        table,
        f"SELECT n FROM (SELECT n, whose, first_value(whose) OVER (PARTITION BY {keys}, life ORDER BY n IS NOT NULL,"
        f" known_at) AS rightful FROM ({lives})) WHERE n IS NOT NULL AND whose IS DISTINCT FROM rightful",
        column=owner_column,
        kind="owner_changed",
        reason="is changed by a correction; retract the row and enter it again",
    )
    return None


def drop_supplier_changes(intake: Intake) -> None:
    """Quarantine a correction of a contract that names another supplier and does not declare a joint award.

    A contract's key includes the supplier, because joint awards have several. The first supplier stays the contract's
    supplier until a retraction. At one instant the retraction comes first, then the new entry.
    """
    rows = "(SELECT *, NULL AS n FROM old_contracts UNION ALL BY NAME FROM good_contracts)"
    several = f"SELECT contract_id FROM {rows} GROUP BY contract_id HAVING min(supplier_id) < max(supplier_id)"
    ended = "coalesce(sum(CAST(retracted AS INT)) OVER (PARTITION BY contract_id ORDER BY known_at RANGE BETWEEN"
    lives = (
        "SELECT n, contract_id, supplier_id, known_at, retracted,"
        " coalesce(members, 1) > 1 OR share IS NOT NULL AS joint,"
        f" CASE WHEN retracted THEN {ended} UNBOUNDED PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING), 0)"
        f" ELSE {ended} UNBOUNDED PRECEDING AND CURRENT ROW), 0) END AS life"
        f" FROM {rows} SEMI JOIN ({several}) USING (contract_id)"
    )
    first = "dense_rank() OVER (PARTITION BY contract_id, life ORDER BY n IS NOT NULL, known_at)"
    ranked = f"SELECT *, {first} AS r FROM ({lives})"
    intake.drop(
        TABLES["contracts"],
        f"WITH ranked AS ({ranked}) SELECT n FROM ranked ANTI JOIN (SELECT contract_id, life, supplier_id FROM ranked"
        " WHERE r = 1) first USING (contract_id, life, supplier_id) WHERE n IS NOT NULL AND NOT (joint OR retracted)",
        column="supplier_id",
        kind="owner_changed",
        reason="is changed by a correction; retract the row and enter it again",
    )
