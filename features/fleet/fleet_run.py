"""One fleet run: on what it stands, and the rows that it gives for a range of suppliers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.declarations.data_depth import history_flags
from features.declarations.feature import FeatureColumn
from features.engines.digest import features_digest
from features.engines.duckdb_engine import ask, ask_table
from features.engines.supplier_ranges import Range
from features.facts.history import OF_TENANT
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
    """What a fleet run computes.

    Attributes:
        columns: of the fleet's matrix; those of past loans also make up each tenant's own.
        registered: ids of all suppliers, sorted.
        tenants: in the order in which their files are numbered.
        kept: the stored profiles that the run adds to, or None where it profiles everybody.
        changed: ids, as sorted bytes, of whom it profiles in that case.
    """

    facts: Facts
    as_of: datetime
    columns: Sequence[FeatureColumn]
    registered: Any
    tenants: Sequence[str]
    kinds: SupplierKinds
    kept: ProfileFolder | None
    changed: np.ndarray | None

    @classmethod
    def of(
        cls,
        facts: Facts,
        as_of: datetime,
        columns: Sequence[FeatureColumn],
        *,
        kept: ProfileFolder | None,
        changed: np.ndarray | None,
    ) -> "FleetRun":
        """Look up who there is."""
        registered = ask_table(facts, "SELECT DISTINCT supplier_id FROM suppliers ORDER BY 1")["supplier_id"]
        found = ask(facts, "SELECT DISTINCT tenant_id FROM financings ORDER BY 1")
        tenants = sorted({row[0] for row in found} | set(kept.tenants if kept else ()))
        return cls(facts, as_of, columns, registered, tenants, SupplierKinds(facts), kept, changed)

    @property
    def name(self) -> str:
        """Name of the folder: the same for the same facts, features, date and rows kept."""
        parts = [self.facts.digest, self.features_digest]
        if self.kept is not None and self.changed is not None:
            parts += [self.kept.digest, hashlib.sha256(self.changed.tobytes()).hexdigest()]
        return f"fleet-{self.as_of:%Y%m%dT%H%M%S}-{hashlib.sha256(''.join(parts).encode()).hexdigest()[:12]}"

    @property
    def features_digest(self) -> str:
        """Digest of the columns' declarations."""
        return features_digest([c.name for c in self.columns])

    @property
    def loans(self) -> list[FeatureColumn]:
        """The columns that each tenant has of its own."""
        return [c for c in self.columns if c.feature.table in OF_TENANT]

    def manifest(self) -> dict[str, Any]:
        """What is said of the run beside its arrays."""
        before = self.kept.manifest["runs"] if self.kept is not None else []
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
            "runs": [*before, self._told()],
        }

    def rows(self, within: Range, scratch: Path) -> Arrays:
        """Compute the rows of the suppliers of a range, and take over those that are kept."""
        spine = self._asked(fleet_spine(self.facts, self.as_of, within))
        table = build_profiles(self.facts, spine, self.columns, within=within, scratch=scratch)
        table = table.filter(_has_history(table))
        ids = self._ids(table["supplier_id"])
        number = len(self.kept.manifest["runs"]) if self.kept is not None else 0
        arrays = {
            FLEET["ids"]: ids,
            FLEET["matrix"]: _matrix(table, self.columns),
            KINDS_FILE: self.kinds.codes(ids, self.as_of),
            RUNS_FILE: np.full(len(ids), number, dtype=np.int32),
        }
        arrays = self._with_kept(arrays, {name: name for name in arrays}, FLEET["ids"], within)
        return arrays | self._loan_rows(within, scratch)

    def _loan_rows(self, within: Range, scratch: Path) -> Arrays:
        """Each tenant's rows: of all suppliers that it ever financed."""
        query = "SELECT DISTINCT tenant_id, supplier_id FROM financings ORDER BY 1, 2"
        pairs = self._asked(ask_table(self.facts, query, within=within))
        numbers = pc.utf8_lpad(pc.cast(np.arange(pairs.num_rows), pa.string()), 9, "0")  # in the order of the pairs
        instants = pa.array(np.full(pairs.num_rows, np.datetime64(self.as_of, "us")))
        spine = pairs.append_column("case_id", numbers).append_column("as_of", instants)
        table = build_profiles(self.facts, spine, self.loans, within=within, scratch=scratch)
        arrays: Arrays = {}
        for number, tenant in enumerate(self.tenants):
            own = table.filter(pc.equal(table["tenant_id"], tenant))
            files = tenant_files(number)
            rows = {files["ids"]: self._ids(own["supplier_id"]), files["matrix"]: _matrix(own, self.loans)}
            before = self.kept.tenants.get(tenant) if self.kept is not None else None
            same = {files[what]: before[what] for what in files} if before else {}
            arrays |= self._with_kept(rows, same, files["ids"], within)
        return arrays

    def _asked(self, cases: pa.Table) -> pa.Table:
        """The cases whose supplier this run profiles."""
        if self.changed is None:
            return cases
        return cases.filter(pa.array(np.isin(in_bytes(cases["supplier_id"]), self.changed)))

    def _with_kept(self, fresh: Arrays, files: Mapping[str, str], ids: str, within: Range) -> Arrays:
        """Put beside fresh rows the stored ones of the range that stay; `files` has the stored file of each."""
        if self.kept is None or self.changed is None or not files:
            return fresh
        kept, held = self.kept, self.kept.array(files[ids])
        low, high = np.searchsorted(held, within.first.encode()), np.searchsorted(held, within.last.encode(), "right")
        stay = np.flatnonzero(~np.isin(held[low:high], self.changed)) + low
        both = {n: np.concatenate([rows, kept.array(files[n])[stay].astype(rows.dtype)]) for n, rows in fresh.items()}
        order = np.argsort(both[ids], kind="stable")
        return {name: rows[order] for name, rows in both.items()}

    def _ids(self, suppliers: Any) -> np.ndarray:
        longest = pc.max(pc.binary_length(self.registered)).as_py()
        return in_bytes(suppliers).astype(f"S{longest}")

    def _told(self) -> dict[str, Any]:
        """What is kept of the run for the rows that stem from it."""
        return {
            "as_of": self.as_of.isoformat() + "Z",
            "facts_digest": self.facts.digest,
            "data_cutoff": visible_cutoffs(self.facts, self.as_of),
            "missing_tables": self.facts.missing_tables,
        }


def tenant_files(number: int) -> dict[str, str]:
    """The files of a tenant's own matrix."""
    return {"ids": f"tenant-{number}-ids.npy", "matrix": f"tenant-{number}-matrix.npy"}


def visible_cutoffs(facts: Facts, as_of: datetime) -> dict[str, str]:
    """Latest `known_at` of each table that is visible at the instant, ISO 8601 in UTC."""
    last = {n: datetime.fromisoformat(c).astimezone(UTC).replace(tzinfo=None) for n, c in facts.data_cutoffs.items()}
    found = {name: instant for name, instant in last.items() if instant < as_of}
    asked = [n for n in last if n not in found]
    latest = " UNION ALL ".join(
        f"SELECT {literal(name)}, max(known_at) FROM {name} WHERE known_at < $as_of" for name in asked
    )
    found |= dict(ask(facts, latest, as_of=as_of)) if asked else {}
    return {name: found[name].isoformat() + "Z" for name in last if found[name] is not None}


def _matrix(table: pa.Table, columns: Sequence[FeatureColumn]) -> np.ndarray:
    values = np.empty((table.num_rows, len(columns)))
    for i, column in enumerate(columns):
        values[:, i] = table[column.name].to_numpy(zero_copy_only=False)
    return values


def _has_history(table: pa.Table) -> Any:
    """Suppliers with any visible fact of their own (not just a registry entry)."""
    present = [pc.equal(table[flag], 0.0) for flag in history_flags()]
    return reduce(pc.or_, present)
