"""New rows beside those already stored: duplicates, conflicts, corrections, retractions."""

from features.facts.sql import columns, equal, literal, quoted, same
from features.facts.tables import TABLES, Table
from features.intake.intake import DUPLICATE, Intake, own_names

_PROVENANCE = {"source", "source_ref"}  # two sources may tell the same fact

# Whose fact a row is, where its key does not say; a correction may not change it.
_OWNER = {
    "amendments": "contract_id",
    "milestones": "contract_id",
    "payments": "contract_id",
    "stages": "contract_id",
    "conduct": "party_id",
    "repayments": "financing_id",
}


def owner(table: Table) -> str | None:
    """Return the column that says whose fact a row is, or None where that is the key itself or nobody."""
    own = {c.name for c in table.columns}
    return _OWNER.get(table.name) or ("supplier_id" if "supplier_id" in own - set(table.key) else None)


def fill_retractions(table: Table, intake: Intake) -> None:
    """Let a retraction inherit what it leaves blank from the row that it retracts."""
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
        kept = ", ".join(f"{quoted(n)} = coalesce(new_{name}.{quoted(n)}, i.v.{quoted(n)})" for n in own)
        con.execute(f"UPDATE new_{name} SET {kept} FROM inherited i WHERE new_{name}.rowid = i.n")
        nothing = "SELECT n FROM blank ANTI JOIN inherited USING (n)"
        intake.drop(table, nothing, column=None, kind="nothing_to_retract", reason="retracts a row that is not there")
        con.execute("DROP TABLE inherited")
    con.execute("DROP TABLE blank")


def drop_repeated(table: Table, intake: Intake) -> None:
    """Count and drop identical rows; quarantine other content under the same key and `known_at`."""
    said = [n for n in own_names(table) if n not in _PROVENANCE]
    content = [n for n in said if n not in table.key and n != "known_at"]
    name, at = table.name, [*table.key, "known_at"]
    into = f"INSERT INTO dropped SELECT {literal(name)}, n, known, kind, reason FROM"
    verdict = (
        f"CASE WHEN alike THEN NULL ELSE 'known_at' END AS known,"
        f" CASE WHEN alike THEN {literal(DUPLICATE)} ELSE 'conflict' END AS kind,"
        " CASE WHEN alike THEN '' ELSE 'differs from another row of the same key and known_at' END AS reason"
    )
    intake.con.execute(
        f"{into} (SELECT n, {verdict} FROM (SELECT g.n, {same(content, 'g', 'o')} AS alike"
        f" FROM good_{name} g JOIN old_{name} o ON {equal(at, 'g', 'o')}))"
    )
    twice = _repeated(at, f"good_{name}")
    first = f"OVER (PARTITION BY {columns(at)} ORDER BY n)"  # the first row stands, whatever the later ones say
    told = f"row({columns(content)})"
    intake.con.execute(
        f"{into} (SELECT n, {verdict} FROM (SELECT n, row_number() {first} AS nth,"
        f" {told} IS NOT DISTINCT FROM first_value({told}) {first} AS alike FROM ({twice})) WHERE nth > 1)"
    )


def drop_owner_changes(table: Table, intake: Intake) -> None:
    """Quarantine a correction that gives a fact to somebody else: it must be retracted and entered anew."""
    whose = owner(table)
    if table.name == "contracts":
        return drop_supplier_changes(intake)
    if whose is None:
        return None
    keys = columns(table.key)
    many = _repeated(table.key, f"(SELECT *, NULL AS n FROM old_{table.name} UNION ALL BY NAME FROM good_{table.name})")
    lives = (  # a retraction ends a life of the key
        f"SELECT n, known_at, {keys}, {quoted(whose)} AS whose, coalesce(sum(CAST(retracted AS INT)) OVER (PARTITION BY"
        f" {keys} ORDER BY known_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS life FROM ({many})"
    )
    intake.drop(
        table,
        f"SELECT n FROM (SELECT n, whose, first_value(whose) OVER (PARTITION BY {keys}, life ORDER BY n IS NOT NULL,"
        f" known_at) AS rightful FROM ({lives})) WHERE n IS NOT NULL AND whose IS DISTINCT FROM rightful",
        column=whose,
        kind="owner_changed",
        reason="is changed by a correction; retract the row and enter it anew",
    )
    return None


def drop_supplier_changes(intake: Intake) -> None:
    """Quarantine a correction of a contract that names another supplier and says nothing of a joint award.

    A contract's key holds its supplier, for joint awards have several; whoever is there first is its supplier, until
    a retraction.
    """
    rows = "(SELECT *, NULL AS n FROM old_contracts UNION ALL BY NAME FROM good_contracts)"
    several = f"SELECT contract_id FROM {rows} GROUP BY contract_id HAVING min(supplier_id) < max(supplier_id)"
    lives = (
        "SELECT n, contract_id, supplier_id, known_at, coalesce(members, 1) > 1 OR share IS NOT NULL AS joint,"
        " coalesce(sum(CAST(retracted AS INT)) OVER (PARTITION BY contract_id ORDER BY known_at RANGE BETWEEN UNBOUNDED"
        f" PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING), 0) AS life FROM {rows} SEMI JOIN ({several}) USING"
        " (contract_id)"
    )
    first = "dense_rank() OVER (PARTITION BY contract_id, life ORDER BY n IS NOT NULL, known_at)"
    ranked = f"SELECT *, {first} AS r FROM ({lives})"
    intake.drop(
        TABLES["contracts"],
        f"WITH ranked AS ({ranked}) SELECT n FROM ranked ANTI JOIN (SELECT contract_id, life, supplier_id FROM ranked"
        " WHERE r = 1) first USING (contract_id, life, supplier_id) WHERE n IS NOT NULL AND NOT joint",
        column="supplier_id",
        kind="owner_changed",
        reason="is changed by a correction; retract the row and enter it anew",
    )


def known_until(table: Table, relation: str) -> str:
    """Return SQL of key, `known_at` and the next `known_at` of the same key, for rows that have a next one."""
    keys = columns(table.key)
    return (
        f"SELECT * FROM (SELECT {keys}, known_at, lead(known_at) OVER (PARTITION BY {keys} ORDER BY known_at) AS"
        f" known_until FROM ({_repeated(table.key, relation)})) WHERE known_until IS NOT NULL"
    )


def _repeated(names: list[str] | tuple[str, ...], relation: str) -> str:
    """Return SQL of the rows whose values in `names` occur more than once, and a few whose hashes collide with theirs.

    Windows over all rows would sort them all; most keys have one row.
    """
    digest = f"hash({columns(names)})"
    return (
        f"SELECT * FROM {relation} SEMI JOIN (SELECT {digest} AS h FROM {relation} GROUP BY h HAVING count(*) > 1) t"
        f" ON {digest} = t.h"
    )
