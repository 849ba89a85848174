"""Suppliers whose profile may have changed since the stored profiles: those whose visible facts differ."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from features.declarations.feature import FeatureColumn
from features.declarations.filled import filled_rows
from features.engines.duckdb_engine import ask_table
from features.errors import InputError
from features.facts.dated_columns import OTHER_SOURCES, UNNAMED_SOURCE
from features.facts.sql import literal
from features.facts.store import Facts
from features.facts.supplier_kinds import in_bytes
from features.facts.tables import TABLES
from features.fleet.fingerprints import fingerprints, of_suppliers
from features.fleet.profile_store import FINGERPRINTS_FILE, FLEET, ProfileFolder

FULL = "Run `supplier-credit profile FACTS --fleet` without --changed-since."


def check_base(
    stored: ProfileFolder | None, facts: Facts, columns: Sequence[FeatureColumn], since: datetime, as_of: datetime
) -> ProfileFolder:
    """Return the stored profiles if an incremental run can build on them.

    Raises:
        InputError: there are none, they have other columns, settings or catalogue than the facts, `since` lies after
            their instant, or `as_of` lies before it.
    """
    if stored is None:
        raise InputError("There are no stored profiles to build on.", where="--changed-since", fix=FULL)
    manifest = stored.manifest
    if FINGERPRINTS_FILE not in manifest["sha256"]:
        raise InputError("An earlier version wrote the stored profiles.", where=str(stored.folder), fix=FULL)
    if manifest["columns"] != [c.name for c in columns]:
        raise InputError("The stored profiles have other features.", where=str(stored.folder), fix=FULL)
    for setting in ("tz", "currency", "synthetic"):
        if manifest[setting] != getattr(facts, setting):
            values = f"{manifest[setting]}, not {getattr(facts, setting)}"
            what = f"The stored profiles are of facts whose {setting} is {values}."
            raise InputError(what, where=str(facts.path), fix=FULL)
    if manifest.get("misconduct") != facts.misconduct:
        what = "The stored profiles were graded by another catalogue of misconduct, which affects every supplier."
        raise InputError(what, where=str(stored.folder), fix=FULL)
    if manifest.get("event_kinds") != facts.event_kinds:
        what = "The stored profiles took registry events by another catalogue, which affects every supplier."
        raise InputError(what, where=str(stored.folder), fix=FULL)
    before = _instant(manifest["as_of"])
    if since > before:
        raise InputError(
            f"The stored profiles are of {before.isoformat()}Z: what became known after it would be missed.",
            where="--changed-since",
            fix="Name a date not after it, or profile the whole fleet.",
        )
    if as_of < before:
        raise InputError(
            f"The stored profiles are already of {before.isoformat()}Z, later than {as_of.isoformat()}Z.",
            where="--as-of",
            fix=FULL,
        )
    return stored


def changed_suppliers(
    facts: Facts, stored: ProfileFolder, since: datetime, as_of: datetime, columns: Sequence[FeatureColumn]
) -> np.ndarray:
    """Suppliers whose visible facts at `as_of` differ from those of their stored profile; ids as sorted bytes.

    Also those with a row of their own that became known on or after `since`, and those with a row of a source that
    filled a dated column for the first time since.
    """
    ids, numbers = fingerprints(facts, as_of, columns)
    base_ids, base_numbers = stored.array(FLEET["ids"]), stored.array(FINGERPRINTS_FILE)
    differ = ids[of_suppliers(ids, base_ids, base_numbers) != numbers]
    gone = base_ids[~np.isin(base_ids, ids)]
    own_tables = [name for name, table in TABLES.items() if table.of_supplier and name in facts.tables]
    queries = [f"SELECT supplier_id FROM {n} WHERE known_at >= $since AND known_at < $as_of" for n in own_tables]
    queries += [query for name in own_tables for query in _of_filling_sources(facts, name, since, as_of)]
    known_since = ask_table(
        facts, f"SELECT DISTINCT supplier_id FROM ({' UNION ALL '.join(queries)})", as_of=as_of, since=since
    )
    longest = max(ids.dtype.itemsize, base_ids.dtype.itemsize)
    parts = (differ, gone, in_bytes(known_since["supplier_id"].drop_null()))
    return np.unique(np.concatenate([part.astype(f"S{max(longest, part.dtype.itemsize)}") for part in parts]))


def _of_filling_sources(facts: Facts, name: str, since: datetime, as_of: datetime) -> list[str]:
    """SQL of the suppliers with rows of a table whose source filled one of its dated columns for the first time."""
    rows = filled_rows(facts, [name]).to_pylist()
    sources = sorted({row["source"] for row in rows if since <= row["since"] < as_of})
    if OTHER_SOURCES in sources:
        return [f"SELECT supplier_id FROM {name}"]
    listed = ", ".join(literal(source) for source in sources)
    source = f"coalesce(source, {literal(UNNAMED_SOURCE)})"
    return [f"SELECT supplier_id FROM {name} WHERE {source} IN ({listed})"] if sources else []


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
