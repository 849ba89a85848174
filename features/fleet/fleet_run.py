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
from features.fleet.fingerprints import fingerprints, of_suppliers
from features.fleet.profile_store import (
    BUYERS,
    CONTRACTS,
    FINGERPRINTS_FILE,
    FLEET,
    FORMAT,
    KINDS_FILE,
    RUNS_FILE,
    ProfileFolder,
    contract_key,
)
from features.profiles.asked_buyer import BuyerMonths
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
        longest_contract_key: bytes of the longest id in the matrix of contracts.
    """

    facts: Facts
    as_of: datetime
    columns: Sequence[FeatureColumn]
    registered: Any
    tenants: Sequence[str]
    kinds: SupplierKinds
    base: ProfileFolder | None
    changed: np.ndarray | None
    longest_contract_key: int

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
        (longest,) = ask(facts, "SELECT coalesce(max(strlen(supplier_id) + strlen(contract_id)), 0) FROM contracts")[0]
        return cls(facts, as_of, columns, registered, tenants, SupplierKinds(facts), base, changed, longest + 1)

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
    def of_contract(self) -> list[FeatureColumn]:
        """The columns of the matrix of open contracts."""
        return [c for c in self.columns if c.feature.among == "asked_contract"]

    @property
    def of_buyer(self) -> list[FeatureColumn]:
        """The columns of the matrix of buyers."""
        return [c for c in self.columns if c.feature.table == "asked_buyer"]

    @property
    def loans(self) -> list[FeatureColumn]:
        """The columns of each tenant's own matrix."""
        return [c for c in self.columns if c.feature.table in OF_TENANT and c.feature.among == "own"]

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
            "contract_columns": [c.name for c in self.of_contract],
            "buyer_columns": [c.name for c in self.of_buyer],
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
            FINGERPRINTS_FILE: of_suppliers(ids, *fingerprints(self.facts, self.as_of, self.columns, within)),
        }
        arrays = self._with_unchanged(arrays, {name: name for name in arrays}, FLEET["ids"], within)
        return arrays | self._loan_rows(within, scratch) | self._contract_rows(within, scratch)

    def buyer_rows(self) -> Arrays:
        """The rows of all buyers."""
        months = BuyerMonths.of(self.facts)
        instants = np.full(len(months.buyers), np.datetime64(self.as_of, "us"))
        values = months.values(self.of_buyer, months.buyers, instants)
        ids = np.array([b.encode() for b in months.buyers] or [b""], dtype=np.bytes_)[: len(months.buyers)]
        order = np.argsort(ids, kind="stable")
        matrix = np.stack([values[c.name] for c in self.of_buyer], axis=1)
        return {BUYERS["ids"]: ids[order], BUYERS["matrix"]: matrix[order]}

    def _contract_rows(self, within: Range, scratch: Path) -> Arrays:
        """The rows of the open contracts of a range's suppliers."""
        query = (
            "SELECT DISTINCT supplier_id, contract_id FROM contracts WHERE known_at < $as_of AND signed_on < $as_of"
            " AND (ended_on IS NULL OR ended_on >= $as_of) ORDER BY ALL"
        )
        pairs = self._to_profile(ask_table(self.facts, query, within=within, as_of=self.as_of))
        table = build_profiles(self.facts, self._numbered(pairs), self.of_contract, within=within, scratch=scratch)
        is_open = pc.is_valid(table["asked_contract_age"])  # null where the contract is not visible, or has ended
        pairs, table = pairs.filter(is_open), table.filter(is_open)
        named = zip(pairs["supplier_id"].to_pylist(), pairs["contract_id"].to_pylist(), strict=True)
        keys = np.array([contract_key(*pair) for pair in named], dtype=f"S{self.longest_contract_key}")
        order = np.argsort(keys, kind="stable")
        arrays = {
            CONTRACTS["ids"]: keys[order],
            CONTRACTS["suppliers"]: self._ids(pairs["supplier_id"])[order],
            CONTRACTS["matrix"]: _matrix(table, self.of_contract)[order],
        }
        return self._with_unchanged(arrays, {name: name for name in arrays}, CONTRACTS["suppliers"], within)

    def _numbered(self, cases: pa.Table) -> pa.Table:
        """A spine of cases at the run's instant that keeps their order."""
        numbers = pc.utf8_lpad(pc.cast(np.arange(cases.num_rows), pa.string()), 9, "0")
        instants = pa.array(np.full(cases.num_rows, np.datetime64(self.as_of, "us")))
        return cases.append_column("case_id", numbers).append_column("as_of", instants)

    def _loan_rows(self, within: Range, scratch: Path) -> Arrays:
        """Each tenant's rows: one for each supplier that it ever financed."""
        query = "SELECT DISTINCT tenant_id, supplier_id FROM financings ORDER BY 1, 2"
        pairs = self._to_profile(ask_table(self.facts, query, within=within))
        table = build_profiles(self.facts, self._numbered(pairs), self.loans, within=within, scratch=scratch)
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
    to_query = [n for n in last if n not in cutoffs and n != "spine"]  # a spine asks, and is no table of the engines
    latest = " UNION ALL ".join(
        f"SELECT {literal(name)}, max(known_at) FROM {name} WHERE known_at < $as_of" for name in to_query
    )
    cutoffs |= dict(ask(facts, latest, as_of=as_of)) if to_query else {}
    return {name: cutoffs[name].isoformat() + "Z" for name in last if cutoffs.get(name) is not None}


def _matrix(table: pa.Table, columns: Sequence[FeatureColumn]) -> np.ndarray:
    values = np.empty((table.num_rows, len(columns)))
    for i, column in enumerate(columns):
        values[:, i] = table[column.name].to_numpy(zero_copy_only=False)
    return values


def _has_history(table: pa.Table) -> Any:
    """True for suppliers with any visible fact of their own (not only a registry entry)."""
    present = [pc.equal(table[flag], 0.0) for flag in history_flags()]
    return reduce(pc.or_, present)
