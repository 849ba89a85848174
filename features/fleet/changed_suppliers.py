"""Suppliers whose profile may have changed since the stored profiles: those with newly known rows."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from features.declarations.feature import FeatureColumn
from features.declarations.filled import filled_rows
from features.engines.duckdb_engine import ask_table
from features.engines.lookup import columns_read
from features.engines.plan import compile_plan
from features.errors import InputError
from features.facts.dated_columns import OTHER_SOURCES, UNNAMED_SOURCE
from features.facts.history import NAMED_BY
from features.facts.sql import literal, quoted
from features.facts.store import Facts
from features.facts.supplier_kinds import in_bytes
from features.facts.tables import TABLES
from features.fleet.profile_store import ProfileFolder

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
    """Suppliers with a row that became known by `as_of` and is not in the stored profiles; ids as sorted bytes.

    That is a row, a correction or a retraction known on or after `since`, or later than the last run's cutoff of its
    table; of the supplier itself, or of a tender or buyer that its own rows name. So is every supplier with a row of a
    source that filled a dated column for the first time since.
    """
    read = columns_read(compile_plan(tuple(columns)).stages) | {"suppliers": ["supplier_id"]}
    read = {name: names for name, names in read.items() if name in facts.tables}
    cutoffs = stored.manifest["runs"][-1]["data_cutoff"]
    queries = []
    for name in read:
        new_rows = f"FROM {name} WHERE known_at < $as_of AND {_unseen(cutoffs.get(name))}"
        if TABLES[name].of_supplier:
            queries += [f"SELECT supplier_id {new_rows}", *_of_filling_sources(facts, name, since, as_of)]
            continue
        key = quoted(TABLES[name].key[0])
        queries += [
            f"SELECT supplier_id FROM {n} WHERE {quoted(naming)} IN (SELECT {key} {new_rows})"
            for n, names in read.items()
            for naming in NAMED_BY[name]
            if TABLES[n].of_supplier and naming in names
        ]
    changed = ask_table(
        facts, f"SELECT DISTINCT supplier_id FROM ({' UNION ALL '.join(queries)}) ORDER BY 1", as_of=as_of, since=since
    )
    return in_bytes(changed["supplier_id"].drop_null())


def _of_filling_sources(facts: Facts, name: str, since: datetime, as_of: datetime) -> list[str]:
    """SQL of the suppliers with rows of a table whose source filled one of its dated columns for the first time."""
    rows = filled_rows(facts, [name]).to_pylist()
    sources = sorted({row["source"] for row in rows if since <= row["since"] < as_of})
    if OTHER_SOURCES in sources:
        return [f"SELECT supplier_id FROM {name}"]
    listed = ", ".join(literal(source) for source in sources)
    source = f"coalesce(source, {literal(UNNAMED_SOURCE)})"
    return [f"SELECT supplier_id FROM {name} WHERE {source} IN ({listed})"] if sources else []


def _unseen(cutoff: str | None) -> str:
    """SQL that is true of rows that the last run has not read; true of all rows where it read none of the table."""
    if cutoff is None:
        return "true"
    return f"(known_at >= $since OR known_at > CAST({literal(cutoff.removesuffix('Z'))} AS TIMESTAMP))"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
