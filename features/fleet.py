"""Stored profiles: every supplier's profile at one instant, as the service reads it.

`<profiles>/current.json` names the folder in force and is swapped atomically. A folder holds sorted ids and one
float64 matrix, memory-mappable; a tenant's loan columns lie in a matrix of their own beside it.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.depth import history_flags
from features.digest import features_digest
from features.engine import ask
from features.errors import InputError
from features.facts import Facts, sha256_of
from features.feature import FeatureColumn
from features.history import OF_TENANT
from features.kinds import Kinds
from features.profile import build_profiles
from features.sql import literal
from features.tables import TABLES

Progress = Callable[[str], None]


def default_as_of(facts: Facts) -> datetime:
    """00:00, local, of the day after the latest `known_at`."""
    # Suppliers and buyers are known always, unless they say since when: that is no date.
    cutoffs = [datetime.fromisoformat(c).replace(tzinfo=UTC) for c in facts.data_cutoffs.values()]
    latest = max((c for c in cutoffs if c.year > 1), default=None)
    if latest is None:
        raise InputError("The facts hold no dated row.", where=str(facts.path), mend="Import contracts or bids first.")
    return facts.instant((latest.astimezone(ZoneInfo(facts.tz)) + timedelta(days=1)).date())


def fleet_spine(facts: Facts, as_of: datetime) -> pa.Table:
    """One case for every supplier that has a fact of its own in any table, without terms."""
    held = [t.name for t in TABLES.values() if t.of_supplier and t.name != "suppliers" and t.name not in OF_TENANT]
    union = " UNION ".join(
        f"SELECT supplier_id FROM {name} WHERE supplier_id IS NOT NULL AND known_at < $as_of"
        + (f" AND {TABLES[name].event} < $as_of" if TABLES[name].event else "")
        for name in held
        if name in facts.tables
    )
    if not union:
        mend = "Import contracts, bids or another table of what suppliers did."
        raise InputError("The facts hold no table of suppliers' history.", where=str(facts.path), mend=mend)
    found = ask(facts, f"SELECT supplier_id FROM ({union}) ORDER BY 1", as_of=as_of)
    return _spine([row[0] for row in found], as_of)


def _spine(suppliers: list[str], as_of: datetime) -> pa.Table:
    ids = pa.array(suppliers, pa.string())
    instants = pa.array(np.full(len(ids), np.datetime64(as_of, "us")))
    return pa.table({"case_id": ids, "supplier_id": ids, "as_of": instants})


def write_fleet(facts: Facts, as_of: datetime, profiles: Path, *, progress: Progress = lambda _: None) -> Path:
    """Profile the whole fleet and make it the stored profile in force.

    Returns:
        The folder written.
    """
    from features.catalogue import COLUMNS

    columns = [c for c in COLUMNS if c.feature.table != "request"]
    digest = features_digest([c.name for c in columns])
    name = f"fleet-{as_of:%Y%m%dT%H%M%S}-{hashlib.sha256((facts.digest + digest).encode()).hexdigest()[:12]}"
    folder, partial = profiles / name, profiles / f".{name}.{os.getpid()}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    progress("profiling suppliers")
    manifest = _write(facts, as_of, columns, partial, progress)
    manifest |= {"features_digest": digest, "facts_digest": facts.digest}
    manifest["sha256"] = {f.name: sha256_of(f) for f in sorted(partial.iterdir())}
    (partial / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True))
    if _same(folder, partial, manifest["sha256"]):
        shutil.rmtree(partial)  # what is in force, and may be being read, stays where it is
    else:
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    _point(profiles, folder, manifest)
    return folder


def _same(there: Path, made: Path, digests: dict[str, str]) -> bool:
    """Whether a folder holds what was just made, byte for byte."""
    manifest = there / "manifest.json"
    if not manifest.is_file() or manifest.read_bytes() != (made / "manifest.json").read_bytes():
        return False
    return all((there / name).is_file() and sha256_of(there / name) == digest for name, digest in digests.items())


def _write(
    facts: Facts, as_of: datetime, columns: list[FeatureColumn], folder: Path, progress: Progress
) -> dict[str, Any]:
    table = build_profiles(facts, fleet_spine(facts, as_of), columns)
    table = table.filter(_has_history(table))
    if not table.num_rows:
        shutil.rmtree(folder)
        raise InputError(
            f"No supplier has any history before {as_of.isoformat()}Z.",
            where=str(facts.path),
            mend="Name a later date; what is stored now stays in force.",
        )
    _matrix(table, [c.name for c in columns], folder, "ids.npy", "matrix.npy")
    ordered = sorted(table["supplier_id"].to_pylist(), key=str.encode)
    np.save(folder / "kinds.npy", Kinds(facts).codes(ordered, as_of))
    loans = [c for c in columns if c.feature.table in OF_TENANT]
    tenants = {}
    for number, tenant in enumerate(_tenants(facts)):
        progress(f"profiling loans of tenant {number + 1}")
        tenants[tenant] = _write_tenant(facts, as_of, tenant, loans, folder, number)
    return {
        "format": 1,
        "as_of": as_of.isoformat() + "Z",
        "columns": [c.name for c in columns],
        "tenant_columns": [c.name for c in loans],
        "tenants": tenants,
        "rows": table.num_rows,
        "tz": facts.tz,
        "currency": facts.currency,
        "synthetic": facts.synthetic,
        "data_cutoff": _visible_cutoffs(facts, as_of),
        "missing_tables": facts.missing_tables,
    }


def _write_tenant(
    facts: Facts, as_of: datetime, tenant: str, loans: list[FeatureColumn], folder: Path, number: int
) -> dict[str, str]:
    query = "SELECT DISTINCT supplier_id FROM financings WHERE tenant_id = $tenant ORDER BY 1"
    spine = _spine([row[0] for row in ask(facts, query, tenant=tenant)], as_of)
    spine = spine.append_column("tenant_id", pa.array([tenant] * spine.num_rows, pa.string()))
    files = {"ids": f"tenant-{number}-ids.npy", "matrix": f"tenant-{number}-matrix.npy"}
    _matrix(build_profiles(facts, spine, loans), [c.name for c in loans], folder, files["ids"], files["matrix"])
    return files


def _matrix(table: pa.Table, columns: list[str], folder: Path, ids: str, matrix: str) -> None:
    names = np.array([s.encode() for s in table["supplier_id"].to_pylist()], dtype=np.bytes_)
    order = np.argsort(names, kind="stable")
    values = np.empty((len(names), len(columns)))
    for i, column in enumerate(columns):
        values[:, i] = table[column].to_numpy(zero_copy_only=False)[order]
    np.save(folder / ids, names[order])
    np.save(folder / matrix, values)


def _has_history(table: pa.Table) -> Any:
    """Suppliers with any visible fact of their own (not just a registry entry)."""
    present = [pc.equal(table[flag], 0.0) for flag in history_flags()]
    return reduce(pc.or_, present)


def _tenants(facts: Facts) -> list[str]:
    if "financings" not in facts.tables:
        return []
    return [row[0] for row in ask(facts, "SELECT DISTINCT tenant_id FROM financings ORDER BY 1")]


def _visible_cutoffs(facts: Facts, as_of: datetime) -> dict[str, str]:
    """Latest `known_at` of each table that is visible at the instant, ISO 8601 in UTC."""
    latest = " UNION ALL ".join(
        f"SELECT {literal(name)}, max(known_at) FROM {name} WHERE known_at < $as_of" for name in facts.data_cutoffs
    )
    found = ask(facts, latest, as_of=as_of)
    return {name: instant.isoformat() + "Z" for name, instant in found if instant is not None}


def _point(profiles: Path, folder: Path, manifest: dict[str, Any]) -> None:
    pointer = profiles / "current.json"
    partial = pointer.with_suffix(".partial")
    with partial.open("w") as out:
        json.dump({"folder": folder.name, "as_of": manifest["as_of"], "digest": manifest["features_digest"]}, out)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(pointer)
