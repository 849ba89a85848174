"""The files of a scorecard folder: read once, and checked against their digests before anything parses them."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.canonical_json import read_canonical, sha256
from models.errors import ScorecardError

DIGESTED = (
    "booster.txt",
    "card.md",
    "golden.jsonl",
    "reasons.json",
    "validation.json",
)  # scorecard.json holds their digests
REQUIRED = (*DIGESTED, "provenance.json", "scorecard.json")
ALLOWED = {*REQUIRED, "approval.json"}
FILE_BYTES_MAX = 256 * 2**20


@dataclass(frozen=True)
class Files:
    """A folder's verified content; later steps parse these bytes and do not read the files again."""

    folder: Path
    digest: str  # of scorecard.json
    content: Mapping[str, bytes]
    scorecard: Mapping[str, Any]
    approval: Mapping[str, Any] | None


def read_folder(folder: Path | str, *, digest: str | None = None) -> Files:
    """Read and verify a scorecard folder; `digest` is the approved one, if it is known.

    Raises:
        ScorecardError: a file is missing, added, linked, altered, or the folder is not the approved one.
    """
    folder = Path(folder)
    content = {name: _read(folder / name) for name in _names(folder)}
    scorecard_digest = sha256(content["scorecard.json"])
    approval = _json(folder, "approval.json", content["approval.json"]) if "approval.json" in content else None
    provenance = _json(folder, "provenance.json", content["provenance.json"])
    _agree(folder, scorecard_digest, digest, "the digest that was approved")
    _agree(folder, scorecard_digest, _get(provenance, "scorecard"), "the digest in provenance.json")
    if approval is not None:
        _agree(folder, scorecard_digest, _get(approval, "digest"), "the digest in approval.json")
    scorecard = _json(folder, "scorecard.json", content["scorecard.json"])
    files = _get(scorecard, "files")
    if not isinstance(files, dict) or set(files) != set(DIGESTED):
        raise ScorecardError(f"{folder}/scorecard.json does not list its files. Use a folder as it was written.")
    for name in DIGESTED:
        if sha256(content[name]) != files[name]:
            raise ScorecardError(f"{folder}/{name} was altered: its sha256 is not the one in scorecard.json.")
    return Files(folder, scorecard_digest, content, scorecard, approval)


def _names(folder: Path) -> list[str]:
    if folder.is_symlink() or not folder.is_dir():
        raise ScorecardError(f"{folder} is not a scorecard folder.")
    names = sorted(os.listdir(folder))
    missing, added = sorted(set(REQUIRED) - set(names)), sorted(set(names) - ALLOWED)
    if missing or added:
        raise ScorecardError(
            f"{folder} is not whole: missing {missing}, added {added}. Use a folder as it was written."
        )
    return names


def _read(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ScorecardError(f"{path} cannot be read as a plain file: {error.strerror}.") from error
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise ScorecardError(f"{path} is not a plain file.")
        if about.st_size > FILE_BYTES_MAX:
            raise ScorecardError(f"{path} is larger than {FILE_BYTES_MAX} bytes.")
        return file.read()


def _json(folder: Path, name: str, content: bytes) -> Any:
    try:
        return read_canonical(content)
    except ValueError as error:
        raise ScorecardError(f"{folder}/{name} was altered: it is not canonical JSON.") from error


def _get(document: Any, key: str) -> Any:
    return document.get(key) if isinstance(document, dict) else None


def _agree(folder: Path, digest: str, expected: object, source: str) -> None:
    if expected is None and source == "the digest that was approved":
        return
    if digest != expected:
        raise ScorecardError(f"{folder}/scorecard.json was altered: its digest {digest} is not {source}.")
