"""Identity of suppliers over time: another name or kind under one id, one name under several ids.

Each date is the instant at which the finding could first be known, so a profile of an earlier date does not see it.
"""

from features.facts.stand_ins import looks_like_stand_in

_NAME_LENGTH_MIN = 2


def supplier_flags(relation: str) -> tuple[dict[str, str], str]:
    """Return SQL of the derived columns of suppliers, over the alias `b`, and the joins that they need."""
    derived = {
        "stand_in": f"coalesce({looks_like_stand_in('b.supplier_id')}, false)",
        "renamed_on": "renamed.at",
        "kind_changed_on": "rekinded.at",
        "name_shared_on": "shared.at",
    }
    joins = (
        f"LEFT JOIN ({_changed('name', relation)}) renamed ON b.supplier_id = renamed.supplier_id"
        f" LEFT JOIN ({_changed('kind', relation)}) rekinded ON b.supplier_id = rekinded.supplier_id"
        f" LEFT JOIN ({_shared(relation)}) shared ON b.supplier_id = shared.supplier_id"
    )
    return derived, joins


def _named(relation: str) -> str:
    """SQL of supplier, clock, kind and the name in capitals, letters and digits only: spelling is no other name."""
    name = r"nullif(upper(regexp_replace(name, '[^\p{L}\p{N}]', '', 'g')), '') AS name"
    return f"SELECT supplier_id, known_at, kind, {name} FROM {relation} WHERE NOT retracted"


def _changed(column: str, relation: str) -> str:
    """SQL of the suppliers whose `column` differs from the first one known, and the instant it was known."""
    several = f"SELECT supplier_id FROM {relation} GROUP BY supplier_id HAVING count(*) > 1"
    named = f"SELECT supplier_id, known_at, {column} AS v FROM ({_named(relation)})"
    rows = f"{named} SEMI JOIN ({several}) USING (supplier_id)"
    first = f"SELECT supplier_id, arg_min(v, (known_at, v)) AS v FROM ({rows}) WHERE v IS NOT NULL GROUP BY supplier_id"
    return (
        f"SELECT r.supplier_id, min(r.known_at) AS at FROM ({rows}) r JOIN ({first}) f USING (supplier_id)"
        " WHERE r.v <> f.v GROUP BY r.supplier_id"
    )


def _shared(relation: str) -> str:
    """SQL of the suppliers whose name another id has too, and the instant from which both were known."""
    firsts = (
        f"SELECT name, supplier_id, min(known_at) AS first FROM ({_named(relation)})"
        f" WHERE length(name) >= {_NAME_LENGTH_MIN} GROUP BY ALL"
    )
    second = f"SELECT name, min(first, 2)[2] AS second FROM ({firsts}) GROUP BY name HAVING count(*) > 1"
    return (
        f"SELECT f.supplier_id, min(greatest(f.first, s.second)) AS at FROM ({firsts}) f JOIN ({second}) s USING (name)"
        " GROUP BY f.supplier_id"
    )
