"""Champions: for each purpose the scorecard that scores it, read from the promotion ledger."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.canonical_json import sha256
from models.errors import ScorecardError
from models.promotion.approval import approval
from models.promotion.high_water import HIGH_WATER_FILE, raise_high_water, verified_lines
from models.promotion.ledger import LEDGER
from models.promotion.record import APPROVE, Line, Record
from models.promotion.state import PromotionState
from models.scorecard.folder import Files, read_folder


@dataclass(frozen=True)
class Champion:
    """The scorecard that serves a purpose, from the ledger's latest line about it."""

    purpose: str
    folder: Path
    name: str
    version: str
    digest: str
    approval_id: str  # pl_…, of the approval, or of the rollback that restored the scorecard
    serial: int  # of the same line
    purposes: tuple[str, ...] = ()  # all purposes of the same line


def champion(home: Path, purpose: str) -> Champion | None:
    """Return the champion of a purpose, or None; cheap to call every second."""
    return champions(home).get(purpose)


_cache: dict[Path, tuple[tuple[Any, ...], dict[str, Champion]]] = {}


def champions(home: Path) -> Mapping[str, Champion]:
    """Return every purpose's champion, from the verified ledger.

    Raises:
        LedgerError: the ledger was altered, signed by someone else, breaks the rules of promotion, or is older than
            the highest line that this deployment has accepted.
        ScorecardError: a champion's folder is not, byte for byte, what was approved.
    """
    by_purpose: dict[str, Champion] = {}
    for purpose, one in champions_or_errors(home).items():
        if isinstance(one, ScorecardError):
            raise one
        by_purpose[purpose] = one
    return by_purpose


def champions_or_errors(home: Path) -> Mapping[str, Champion | ScorecardError]:
    """Return every purpose's champion, or the reason why its release is refused; LedgerError as `champions`."""
    # Taken before reading, so that a line written meanwhile is read by the next call.
    fingerprint = _fingerprint(home)
    cached = _cache.get(home)
    if cached is not None and cached[0] == fingerprint:
        return cached[1]
    lines = verified_lines(home)
    raise_high_water(home, lines)
    current = {purpose: terms[-1] for purpose, terms in PromotionState.of(lines).terms.items()}
    refused: dict[str, ScorecardError] = {}
    for digest, approved in {term.approval.record["digest"]: term.approval for term in current.values()}.items():
        try:
            check_release(home, approved.record, lines)
        except ScorecardError as error:
            refused[digest] = error
    by_purpose = {purpose: champion_from_line(home, term.latest, purpose) for purpose, term in current.items()}
    if refused:  # Not kept: a release may be restored without a change of the ledger.
        return {purpose: refused.get(one.digest, one) for purpose, one in by_purpose.items()}
    _cache[home] = (fingerprint, by_purpose)
    return by_purpose


def champion_from_line(home: Path, line: Line, purpose: str) -> Champion:
    """Return the champion that an approval or rollback line makes."""
    record = line.record
    return Champion(
        purpose=purpose,
        folder=release_folder(home, record),
        name=record["name"],
        version=record["version"],
        digest=record["digest"],
        approval_id=line.id,
        serial=line.serial,
        purposes=tuple(record["purposes"]),
    )


def release_folder(home: Path, record: Record) -> Path:
    """Return the folder of the release that a record names."""
    return home / "releases" / str(record["name"]) / str(record["version"])


def check_release(home: Path, record: Record, lines: Sequence[Line]) -> Files:
    """Check an approved release, its approval and its provenance against the signed lines about it.

    Raises:
        ScorecardError: they are not what was approved.
    """
    files = read_release(home, record)
    proposals = {line.serial: line for line in lines}
    approvals = [
        approval(proposals[line.record["proposal"]], line)
        for line in lines
        if line.act == APPROVE and line.record["digest"] == record["digest"]
    ]
    if files.content.get("approval.json") not in approvals:
        raise ScorecardError(
            f"{files.folder}/approval.json differs from the promotion ledger. Propose and approve the scorecard again."
        )
    return files


def read_release(home: Path, record: Record) -> Files:
    """Read a release, approved or not, and check that its bytes have the digests of a record.

    Raises:
        ScorecardError: they have not.
    """
    files = read_folder(release_folder(home, record), digest=record["digest"])
    for name, key in (("validation.json", "evidence"), ("provenance.json", "provenance")):
        if sha256(files.content[name]) != record[key]:
            raise ScorecardError(f"{files.folder}/{name} was altered after it was proposed. Restore it.")
    return files


def _fingerprint(home: Path) -> tuple[Any, ...]:
    return tuple(
        (status.st_ino, status.st_size, status.st_mtime_ns) if (status := _stat(home / name)) else None
        for name in (LEDGER, HIGH_WATER_FILE, "people")
    )


def _stat(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
