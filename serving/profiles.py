"""Stored profiles: the last fleet run, memory-mapped, read by supplier and by asking tenant."""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from features.digest import features_digest
from features.errors import InputError
from features.kinds import KINDS

POINTER: Final = "current.json"
AGAIN: Final = "Run `supplier-credit profile --fleet` again."


@dataclass(frozen=True, slots=True)
class Profile:
    """One supplier's row: values in the columns' order, NaN for null."""

    values: np.ndarray
    kind: str


@dataclass(frozen=True)
class Matrix:
    """Sorted ids and one row of values for each, both mapped from files."""

    ids: np.ndarray
    values: np.ndarray

    @classmethod
    def open(cls, folder: Path, files: Mapping[str, str]) -> "Matrix":
        """Map an ids file and its matrix."""
        return cls(_mapped(folder / files["ids"]), _mapped(folder / files["matrix"]))

    def row(self, supplier_id: bytes) -> int | None:
        """Return the row of an id, or None."""
        at = bisect_left(self.ids, supplier_id)  # NumPy's own search would convert all ids.
        return at if at < len(self.ids) and self.ids[at] == supplier_id else None


class StoredProfiles:
    """The profiles in force: one fleet run, immutable; a newer run is another object."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.as_of = datetime.fromisoformat(manifest["as_of"])
        self.zone, self.currency = ZoneInfo(manifest["tz"]), manifest["currency"]
        self.columns: tuple[str, ...] = tuple(manifest["columns"])
        self.place = {name: at for at, name in enumerate(self.columns)}
        self.features_digest: str = manifest["features_digest"]
        self.missing: list[str] = list(manifest["missing_tables"])
        self.cutoffs = {
            table: local_day(at, self.zone)
            for table, at in manifest["data_cutoff"].items()
            if not at.startswith("0001-")  # Rows that were always known are no cutoff.
        }
        self.rows: int = manifest["rows"]
        self._fleet = Matrix.open(folder, {"ids": "ids.npy", "matrix": "matrix.npy"})
        self._kinds = _mapped(folder / "kinds.npy")
        self._tenants = {tenant: Matrix.open(folder, files) for tenant, files in manifest["tenants"].items()}
        self._loans = np.array([self.place[name] for name in manifest["tenant_columns"]], dtype=np.intp)

    @classmethod
    def open(cls, profiles: Path) -> "StoredProfiles | None":
        """Open the fleet run that `current.json` names; None where none was made.

        InputError: a file is not what the run wrote, or the run's features are not the running code's.
        """
        if not (profiles / POINTER).exists():
            return None
        try:
            folder = profiles / json.loads((profiles / POINTER).read_text(encoding="utf-8"))["folder"]
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError("The stored profiles cannot be read.", where=str(profiles), mend=AGAIN) from error
        if manifest["features_digest"] != features_digest(manifest["columns"]):
            raise InputError(
                "The stored profiles were computed by other feature declarations than this program's.",
                where=str(folder),
                mend=AGAIN,
            )
        for name, digest in manifest["sha256"].items():
            if not (folder / name).is_file() or _sha256(folder / name) != digest:
                raise InputError("A stored profile was changed after its run.", where=str(folder / name), mend=AGAIN)
        return cls(folder, manifest)

    def find(self, supplier_id: str, tenant: str) -> Profile | None:
        """Return a supplier's profile as one tenant sees it; None for an unknown supplier or one without history."""
        name = supplier_id.encode()
        row = self._fleet.row(name)
        if row is None:
            return None
        values = np.array(self._fleet.values[row])
        own = self._tenants.get(tenant)
        if own is not None and (loans := own.row(name)) is not None:
            values[self._loans] = own.values[loans]
        return Profile(values, KINDS[self._kinds[row]])


def local_day(at: str, zone: ZoneInfo) -> str:
    """Return the local day of an ISO instant."""
    return datetime.fromisoformat(at).astimezone(zone).date().isoformat()


def named(columns: Sequence[str], values: np.ndarray) -> dict[str, float | None]:
    """Return values by column name, None for null."""
    return {name: None if value != value else value for name, value in zip(columns, values.tolist(), strict=True)}


def _mapped(file: Path) -> np.ndarray:
    return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
