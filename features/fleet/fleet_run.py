"""One fleet run: its inputs, and the rows that it computes for a range of suppliers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.declarations.data_depth import history_flags
from features.declarations.feature import FeatureColumn
from features.engines.digest import features_digest
from features.engines.duckdb_engine import ask, ask_table
from features.engines.supplier_ranges import Range
from features.facts.history import OF_TENANT
from features.facts.source_register import REGISTER, registered_at
from features.facts.sql import literal
from features.facts.store import Facts
from features.facts.supplier_kinds import SupplierKinds, in_bytes
from features.fleet.profile_store import FLEET, FORMAT, KINDS_FILE, RUNS_FILE, ProfileFolder
from features.profiles.build import build_profiles
from features.profiles.spine import fleet_spine

Arrays = dict[str, np.ndarray]
"""File → rows for it, in order of the suppliers' ids."""


@dataclass(frozen=True)
class FleetRun:
    """The inputs of a fleet run.

    Attributes:
        columns: columns of the fleet's matrix; those of past loans are also the columns of each tenant's matrix.
        registered: ids of all suppliers, sorted.
        tenants: in the order of their file numbers.
        base: the stored profiles that the run builds on, or None where it profiles all suppliers.
        changed: ids, as sorted bytes, of the suppliers that it profiles in that case.
    """

    facts: Facts
    as_of: datetime
    columns: Sequence[FeatureColumn]
    registered: Any
    tenants: Sequence[str]
    kinds: SupplierKinds
    base: ProfileFolder | None
    changed: np.ndarray | None

    @classmethod
    def of(
        cls,
        facts: Facts,
        as_of: datetime,
        columns: Sequence[FeatureColumn],
        *,
        base: ProfileFolder | None,
        changed: np.ndarray | None,
    ) -> "FleetRun":
        """Look up the suppliers and tenants of the facts."""
        registered = ask_table(facts, "SELECT DISTINCT supplier_id FROM suppliers ORDER BY 1")["supplier_id"]
        rows = ask(facts, "SELECT DISTINCT tenant_id FROM financings ORDER BY 1")
        tenants = sorted({row[0] for row in rows} | set(base.tenants if base else ()))
        return cls(facts, as_of, columns, registered, tenants, SupplierKinds(facts), base, changed)

    @property
    def name(self) -> str:
        """Name of the folder: the same for the same facts, features, date and stored rows."""
        parts = [self.facts.digest, self.features_digest]
        if self.base is not None and self.changed is not None:
            parts += [self.base.digest, hashlib.sha256(self.changed.tobytes()).hexdigest()]
        return f"fleet-{self.as_of:%Y%m%dT%H%M%S}-{hashlib.sha256(''.join(parts).encode()).hexdigest()[:12]}"

    @property
    def features_digest(self) -> str:
        """Digest of the columns' declarations."""
        return features_digest([c.name for c in self.columns])

    @property
    def loans(self) -> list[FeatureColumn]:
        """The columns of each tenant's own matrix."""
        return [c for c in self.columns if c.feature.table in OF_TENANT]

    def manifest(self) -> dict[str, Any]:
        """The manifest of the run, without row count and file digests."""
        before = self.base.manifest["runs"] if self.base is not None else []
        return {
            "format": FORMAT,
            "as_of": self.as_of.isoformat() + "Z",
            "columns": [c.name for c in self.columns],
            "features_digest": self.features_digest,
            "facts_digest": self.facts.digest,
            "tenant_columns": [c.name for c in self.loans],
            "tenants": {tenant: tenant_files(number) for number, tenant in enumerate(self.tenants)},
            "tz": self.facts.tz,
            "currency": self.facts.currency,
            "synthetic": self.facts.synthetic,
            "misconduct": self.facts.misconduct,
            "event_kinds": self.facts.event_kinds,
            "runs": [*before, self._run_entry()],
        }

    def rows(self, within: Range, scratch: Path) -> Arrays:
        """Compute the rows of the suppliers of a range, and copy the stored rows that did not change."""
        spine = self._to_profile(fleet_spine(self.facts, self.as_of, within))
        table = build_profiles(self.facts, spine, self.columns, within=within, scratch=scratch)
        table = table.filter(_has_history(table))
        ids = self._ids(table["supplier_id"])
        number = len(self.base.manifest["runs"]) if self.base is not None else 0
        arrays = {
            FLEET["ids"]: ids,
            FLEET["matrix"]: _matrix(table, self.columns),
            KINDS_FILE: self.kinds.codes(ids, self.as_of),
            RUNS_FILE: np.full(len(ids), number, dtype=np.int32),
        }
        arrays = self._with_unchanged(arrays, {name: name for name in arrays}, FLEET["ids"], within)
        return arrays | self._loan_rows(within, scratch)

    def _loan_rows(self, within: Range, scratch: Path) -> Arrays:
        """Each tenant's rows: one for each supplier that it ever financed."""
        query = "SELECT DISTINCT tenant_id, supplier_id FROM financings ORDER BY 1, 2"
        pairs = self._to_profile(ask_table(self.facts, query, within=within))
        numbers = pc.utf8_lpad(pc.cast(np.arange(pairs.num_rows), pa.string()), 9, "0")  # sorted like the pairs
        instants = pa.array(np.full(pairs.num_rows, np.datetime64(self.as_of, "us")))
        spine = pairs.append_column("case_id", numbers).append_column("as_of", instants)
        table = build_profiles(self.facts, spine, self.loans, within=within, scratch=scratch)
        arrays: Arrays = {}
        for number, tenant in enumerate(self.tenants):
            rows_of_tenant = table.filter(pc.equal(table["tenant_id"], tenant))
            files = tenant_files(number)
            arrays_of_tenant = {
                files["ids"]: self._ids(rows_of_tenant["supplier_id"]),
                files["matrix"]: _matrix(rows_of_tenant, self.loans),
            }
            before = self.base.tenants.get(tenant) if self.base is not None else None
            stored_files = {files[what]: before[what] for what in files} if before else {}
            arrays |= self._with_unchanged(arrays_of_tenant, stored_files, files["ids"], within)
        return arrays

    def _to_profile(self, cases: pa.Table) -> pa.Table:
        """The cases of the suppliers that this run profiles."""
        if self.changed is None:
            return cases
        return cases.filter(pa.array(np.isin(in_bytes(cases["supplier_id"]), self.changed)))

    def _with_unchanged(self, new_arrays: Arrays, files: Mapping[str, str], ids: str, within: Range) -> Arrays:
        """Merge new rows with the unchanged stored rows of the range; `files` has the stored file of each array."""
        if self.base is None or self.changed is None or not files:
            return new_arrays
        base, stored_ids = self.base, self.base.array(files[ids])
        low, high = (
            np.searchsorted(stored_ids, within.first.encode()),
            np.searchsorted(stored_ids, within.last.encode(), "right"),
        )
        unchanged = np.flatnonzero(~np.isin(stored_ids[low:high], self.changed)) + low
        merged = {
            n: np.concatenate([rows, base.array(files[n])[unchanged].astype(rows.dtype)])
            for n, rows in new_arrays.items()
        }
        order = np.argsort(merged[ids], kind="stable")
        return {name: rows[order] for name, rows in merged.items()}

    def _ids(self, suppliers: Any) -> np.ndarray:
        longest = pc.max(pc.binary_length(self.registered)).as_py()
        return in_bytes(suppliers).astype(f"S{longest}")

    def _run_entry(self) -> dict[str, Any]:
        """The manifest entry of the run, to which its rows refer."""
        entry = {
            "as_of": self.as_of.isoformat() + "Z",
            "facts_digest": self.facts.digest,
            "data_cutoff": visible_cutoffs(self.facts, self.as_of),
            "missing_tables": self.facts.missing_tables,
        }
        sources = registered_at(self.facts.manifest, self.as_of, ZoneInfo(self.facts.tz))
        return entry | {REGISTER: sources} if sources else entry


def tenant_files(number: int) -> dict[str, str]:
    """The files of a tenant's own matrix."""
    return {"ids": f"tenant-{number}-ids.npy", "matrix": f"tenant-{number}-matrix.npy"}


def visible_cutoffs(facts: Facts, as_of: datetime) -> dict[str, str]:
    """Latest `known_at` of each table that is visible at the instant, ISO 8601 in UTC."""
    last = {n: datetime.fromisoformat(c).astimezone(UTC).replace(tzinfo=None) for n, c in facts.data_cutoffs.items()}
    cutoffs = {name: instant for name, instant in last.items() if instant < as_of}
    to_query = [n for n in last if n not in cutoffs]
    latest = " UNION ALL ".join(
        f"SELECT {literal(name)}, max(known_at) FROM {name} WHERE known_at < $as_of" for name in to_query
    )
    cutoffs |= dict(ask(facts, latest, as_of=as_of)) if to_query else {}
    return {name: cutoffs[name].isoformat() + "Z" for name in last if cutoffs[name] is not None}


def _matrix(table: pa.Table, columns: Sequence[FeatureColumn]) -> np.ndarray:
    values = np.empty((table.num_rows, len(columns)))
    for i, column in enumerate(columns):
        values[:, i] = table[column.name].to_numpy(zero_copy_only=False)
    return values


def _has_history(table: pa.Table) -> Any:
    """True for suppliers with any visible fact of their own (not only a registry entry)."""
    present = [pc.equal(table[flag], 0.0) for flag in history_flags()]
    return reduce(pc.or_, present)
