"""Stored profiles: the last fleet run, memory-mapped, read by supplier and by asking tenant."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from features.errors import InputError
from features.facts.source_register import REGISTER
from features.facts.supplier_kinds import KINDS
from features.fleet.profile_store import BUYERS, CONTRACTS, FLEET, KINDS_FILE, RUNS_FILE, ProfileFolder, contract_key
from serving import clock


@dataclass(frozen=True, slots=True)
class ProfileRun:
    """One fleet run: when and from what its rows were computed. An incremental run keeps rows of earlier runs."""

    as_of: datetime
    facts_digest: str
    cutoffs: Mapping[str, Any]
    missing: list[str]

    @classmethod
    def of(cls, run: Mapping[str, Any], zone: ZoneInfo) -> "ProfileRun":
        """Read one run of a manifest."""
        cutoffs: dict[str, Any] = {
            table: local_day(at, zone)
            for table, at in run["data_cutoff"].items()
            if not at.startswith("0001-")  # Rows that were always known are no cutoff.
        }
        if REGISTER in run:
            cutoffs[REGISTER] = run[REGISTER]
        as_of = datetime.fromisoformat(run["as_of"])
        return cls(as_of, run["facts_digest"], cutoffs, list(run["missing_tables"]))


@dataclass(frozen=True, slots=True)
class Profile:
    """One supplier's row: values in the columns' order, NaN for null; `run` where it was stored."""

    values: np.ndarray
    kind: str
    run: ProfileRun | None = None


@dataclass(frozen=True)
class Matrix:
    """Sorted ids and one row of values for each, both mapped from files."""

    ids: np.ndarray
    values: np.ndarray

    @classmethod
    def open(cls, stored: ProfileFolder, files: Mapping[str, str]) -> "Matrix":
        """Map an ids file and its matrix."""
        return cls(stored.array(files["ids"]), stored.array(files["matrix"]))

    def row(self, supplier_id: bytes) -> int | None:
        """Return the row of an id, or None."""
        at = bisect_left(self.ids, supplier_id)  # NumPy's own search would convert all ids.
        return at if at < len(self.ids) and self.ids[at] == supplier_id else None


class StoredProfiles:
    """The profiles in force: one folder of them, immutable; a newer run makes another object.

    `name` and `digest` name the folder; `last` is its latest run.
    """

    def __init__(self, stored: ProfileFolder) -> None:
        manifest = stored.manifest
        self.name, self.digest = stored.folder.name, stored.digest
        self.zone, self.currency = ZoneInfo(manifest["tz"]), manifest["currency"]
        self.columns: tuple[str, ...] = tuple(manifest["columns"])
        self.place = {name: at for at, name in enumerate(self.columns)}
        self.features_digest: str = manifest["features_digest"]
        self.rows: int = manifest["rows"]
        self.runs = [ProfileRun.of(run, self.zone) for run in manifest["runs"]]
        self.last = self.runs[-1]
        self.missing = self.last.missing
        self._fleet = Matrix.open(stored, FLEET)
        self._kinds, self._run_of_row = stored.array(KINDS_FILE), stored.array(RUNS_FILE)
        self._tenants = {tenant: Matrix.open(stored, files) for tenant, files in stored.tenants.items()}
        self._loans = self._places(manifest["tenant_columns"])
        self._contracts, self._of_contract = Matrix.open(stored, CONTRACTS), self._places(manifest["contract_columns"])
        self._buyers, self._of_buyer = Matrix.open(stored, BUYERS), self._places(manifest["buyer_columns"])

    @classmethod
    def open(cls, profiles: Path) -> "StoredProfiles | None":
        """Open the profiles in force; None where no fleet was ever profiled.

        InputError: a file is not what the run wrote, the run's features are not the running code's, or a run is dated
        in the future: its profiles would say what nobody can know yet.
        """
        stored = ProfileFolder.open_current(profiles)
        opened = None if stored is None else cls(stored)
        if opened is not None and (latest := max(run.as_of for run in opened.runs)) > clock.now():
            raise InputError(
                f"The stored profiles are dated in the future: {clock.write_instant(latest, opened.zone)}.",
                where=str(profiles / opened.name),
                fix="Run `supplier-credit profile FACTS --fleet --as-of DATE` with a date not after today.",
            )
        return opened

    def _places(self, names: Sequence[str]) -> np.ndarray:
        return np.array([self.place[name] for name in names], dtype=np.intp)

    def find(
        self, supplier_id: str, tenant: str, *, contract_id: str | None = None, buyer_id: str | None = None
    ) -> Profile | None:
        """Return a supplier's profile as one tenant sees it; None for an unknown supplier or one without history.

        Args:
            contract_id: the contract that the request names; its figures stay NaN where it is not an open contract of
                the supplier.
            buyer_id: the buyer that the request names; its figures stay NaN where it is unknown.
        """
        name = supplier_id.encode()
        row = self._fleet.row(name)
        if row is None:
            return None
        values = np.array(self._fleet.values[row])
        own = self._tenants.get(tenant)
        if own is not None and (loans := own.row(name)) is not None:
            values[self._loans] = own.values[loans]
        if contract_id is not None:
            contract = self._contracts.row(contract_key(supplier_id, contract_id))
            if contract is not None:
                values[self._of_contract] = self._contracts.values[contract]
        if buyer_id is not None and (buyer := self._buyers.row(buyer_id.encode())) is not None:
            values[self._of_buyer] = self._buyers.values[buyer]
        return Profile(values, KINDS[self._kinds[row]], self.runs[self._run_of_row[row]])


def local_day(at: str, zone: ZoneInfo) -> str:
    """Return the local day of an ISO instant."""
    return datetime.fromisoformat(at).astimezone(zone).date().isoformat()


def named(columns: Sequence[str], values: np.ndarray) -> dict[str, float | None]:
    """Return values by column name, None for null."""
    return {name: None if value != value else value for name, value in zip(columns, values.tolist(), strict=True)}
