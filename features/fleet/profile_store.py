"""The stored profiles as files: one folder per run, and a pointer to the current folder.

A folder has sorted ids, one float64 matrix, each supplier's kind, and the number of the run that computed each row.
Each tenant's loan columns have a matrix of their own. All arrays can be mapped into memory.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from features.engines.digest import computed_here
from features.errors import InputError
from features.facts.store import sha256_of

POINTER: Final = "current.json"
MANIFEST: Final = "manifest.json"
FORMAT: Final = 3
AGAIN: Final = "Run `supplier-credit profile FACTS --fleet` again."
FLEET: Final[Mapping[str, str]] = {"ids": "ids.npy", "matrix": "matrix.npy"}
CONTRACTS: Final[Mapping[str, str]] = {
    "ids": "contract-ids.npy",
    "suppliers": "contract-suppliers.npy",
    "matrix": "contract-matrix.npy",
}
"""One row for each open contract of each supplier, in the order of their joined ids."""
BUYERS: Final[Mapping[str, str]] = {"ids": "buyer-ids.npy", "matrix": "buyer-matrix.npy"}
"""One row for each buyer."""
KINDS_FILE: Final = "kinds.npy"
RUNS_FILE: Final = "runs.npy"
FINGERPRINTS_FILE: Final = "fingerprints.npy"
"""A number per supplier that changes with the facts that its profile may read."""


def contract_key(supplier_id: str, contract_id: str) -> bytes:
    """The id of a contract's row: supplier and contract, joined by a character that stands in no id."""
    return f"{supplier_id}\x1f{contract_id}".encode()


def of_contract_key(key: bytes) -> tuple[str, str]:
    """The supplier and the contract of a contract's row."""
    supplier_id, _, contract_id = key.decode().partition("\x1f")
    return supplier_id, contract_id


@dataclass(frozen=True)
class ProfileFolder:
    """One folder of stored profiles: its manifest and its arrays, mapped from their files.

    Attributes:
        digest: `sha256:…` of the manifest, which names the digest of every file.
        runs: for each row, the place in the manifest's `runs` of the run that computed it.
    """

    folder: Path
    manifest: Mapping[str, Any]
    digest: str

    @classmethod
    def open_current(cls, profiles: Path) -> "ProfileFolder | None":
        """Open the folder that the pointer names; None where no fleet run has finished."""
        if not (profiles / POINTER).exists():
            return None
        try:
            name = json.loads((profiles / POINTER).read_text(encoding="utf-8"))["folder"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError("The stored profiles cannot be read.", where=str(profiles), fix=AGAIN) from error
        return cls.open(profiles / name)

    @classmethod
    def open(cls, folder: Path) -> "ProfileFolder":
        """Open one run's folder.

        Raises:
            InputError: a file was changed after the run, or the run's features are not those of the running code.
        """
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            format_is_current = manifest["format"] == FORMAT
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError("The stored profiles cannot be read.", where=str(folder), fix=AGAIN) from error
        if not format_is_current:
            raise InputError("The stored profiles are of another format.", where=str(folder), fix=AGAIN)
        if not computed_here(manifest["features_digest"], manifest["columns"]):
            raise InputError(
                "The stored profiles were computed by other feature declarations than this program's.",
                where=str(folder),
                fix=AGAIN,
            )
        for name, digest in manifest["sha256"].items():
            if not (folder / name).is_file() or sha256_of(folder / name) != digest:
                raise InputError("A stored profile was changed after its run.", where=str(folder / name), fix=AGAIN)
        return cls(folder, manifest, f"sha256:{sha256_of(folder / MANIFEST)}")

    def array(self, file: str) -> np.ndarray:
        """Map one of the folder's arrays."""
        return np.asarray(np.load(self.folder / file, mmap_mode="r", allow_pickle=False))

    @property
    def tenants(self) -> Mapping[str, Mapping[str, str]]:
        """Tenant → its ids file and its matrix file."""
        tenants: Mapping[str, Mapping[str, str]] = self.manifest["tenants"]
        return tenants


def set_current(profiles: Path, folder: Path) -> None:
    """Make a run's folder the current one, in one step."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    pointer = profiles / POINTER
    partial = pointer.with_suffix(".partial")
    with partial.open("w") as out:
        json.dump({"folder": folder.name, "as_of": manifest["as_of"], "digest": manifest["features_digest"]}, out)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(pointer)
