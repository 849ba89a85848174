"""Whose profile may have changed since the stored ones: suppliers of whom something has become known."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from features.declarations.feature import FeatureColumn
from features.engines.duckdb_engine import ask_table
from features.engines.lookup import columns_read
from features.engines.plan import compile_plan
from features.errors import InputError
from features.facts.sql import literal, quoted
from features.facts.store import Facts
from features.facts.supplier_kinds import in_bytes
from features.facts.tables import TABLES
from features.fleet.profile_store import ProfileFolder

FULL = "Run `supplier-credit profile FACTS --fleet` without --changed-since."


def check_base(
    stored: ProfileFolder | None, facts: Facts, columns: Sequence[FeatureColumn], since: datetime, as_of: datetime
) -> ProfileFolder:
    """Return the stored profiles, or refuse to add to them what would leave something out.

    Raises:
        InputError: there are none, they have other columns or stem from facts of another sort, `since` lies after
            them, or they are younger than `as_of`.
    """
    if stored is None:
        raise InputError("There are no stored profiles that could be kept.", where="--changed-since", fix=FULL)
    held = stored.manifest
    if held["columns"] != [c.name for c in columns]:
        raise InputError("The stored profiles have other features.", where=str(stored.folder), fix=FULL)
    for what in ("tz", "currency", "synthetic"):
        if held[what] != getattr(facts, what):
            said = f"The stored profiles are of facts whose {what} is {held[what]}, not {getattr(facts, what)}."
            raise InputError(said, where=str(facts.path), fix=FULL)
    if held.get("misconduct") != facts.misconduct:
        said = "The stored profiles were graded by another catalogue of misconduct, which counts for every supplier."
        raise InputError(said, where=str(stored.folder), fix=FULL)
    before = _instant(held["as_of"])
    if since > before:
        raise InputError(
            f"The stored profiles stand on {before.isoformat()}Z: what became known from there on would be missed.",
            where="--changed-since",
            fix="Name a date not after it, or profile the whole fleet.",
        )
    if as_of < before:
        raise InputError(
            f"The stored profiles already stand on {before.isoformat()}Z, later than {as_of.isoformat()}Z.",
            where="--as-of",
            fix=FULL,
        )
    return stored


def changed_suppliers(
    facts: Facts, stored: ProfileFolder, since: datetime, as_of: datetime, columns: Sequence[FeatureColumn]
) -> np.ndarray:
    """Suppliers of whom a row became known, by `as_of`, that the stored profiles have not seen; ids as sorted bytes.

    That is a row, a correction or a retraction known on or after `since`, or later than anything the last run saw of
    its table; of the supplier itself, or of a tender or buyer that its own rows name.
    """
    read = columns_read(compile_plan(tuple(columns)).stages) | {"suppliers": ["supplier_id"]}
    seen = stored.manifest["runs"][-1]["data_cutoff"]
    queries = []
    for name in (n for n in read if n in facts.tables):
        fresh = f"FROM {name} WHERE known_at < $as_of AND {_unseen(seen.get(name))}"
        if TABLES[name].of_supplier:
            queries.append(f"SELECT supplier_id {fresh}")
            continue
        key = TABLES[name].key[0]
        naming = [n for n, names in read.items() if TABLES[n].of_supplier and key in names and n in facts.tables]
        queries += [
            f"SELECT supplier_id FROM {n} WHERE {quoted(key)} IN (SELECT {quoted(key)} {fresh})" for n in naming
        ]
    found = ask_table(
        facts, f"SELECT DISTINCT supplier_id FROM ({' UNION ALL '.join(queries)}) ORDER BY 1", as_of=as_of, since=since
    )
    return in_bytes(found["supplier_id"].drop_null())


def _unseen(cutoff: str | None) -> str:
    """SQL that is true of what became known late enough; all of a table that the last run saw nothing of."""
    if cutoff is None:
        return "true"
    return f"(known_at >= $since OR known_at > CAST({literal(cutoff.removesuffix('Z'))} AS TIMESTAMP))"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
