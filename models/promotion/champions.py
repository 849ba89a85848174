"""Champions: the scorecard that answers for a purpose, as the promotion ledger's last word on it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.canonical_json import sha256
from models.errors import ScorecardError
from models.promotion.approval import approval
from models.promotion.high_water import SEEN, accept, verified_lines
from models.promotion.ledger import LEDGER
from models.promotion.record import APPROVE, Line, Record
from models.promotion.state import Standing
from models.scorecard.folder import Files, read_folder


@dataclass(frozen=True)
class Champion:
    """The scorecard that serves a purpose, as the ledger's last word on it."""

    purpose: str
    folder: Path
    name: str
    version: str
    digest: str
    approval_id: str  # pl_…, of the approval, or of the rollback that came back to it
    serial: int  # of the same line
    purposes: tuple[str, ...] = ()  # all that were given to it with the same line


def champion(home: Path, purpose: str) -> Champion | None:
    """Return the champion of a purpose, or None; cheap to call every second."""
    return champions(home).get(purpose)


_cache: dict[Path, tuple[tuple[Any, ...], dict[str, Champion]]] = {}


def champions(home: Path) -> Mapping[str, Champion]:
    """Return every purpose's champion: the last word of a ledger whose every line holds.

    Raises:
        LedgerError: the ledger was altered, signed by someone else, breaks the rules of promotion, or is older than one
            that was accepted before.
        ScorecardError: a champion's folder is not, byte for byte, what was approved.
    """
    # Before reading: a line that arrives meanwhile is seen at the next look.
    looks = _looks(home)
    held = _cache.get(home)
    if held is not None and held[0] == looks:
        return held[1]
    lines = verified_lines(home)
    accept(home, lines)
    standing = Standing.of(lines)
    reigning = {purpose: reigns[-1] for purpose, reigns in standing.reigns.items()}
    for approved in {reign.approval.record["digest"]: reign.approval for reign in reigning.values()}.values():
        check_release(home, approved.record, lines)
    found = {purpose: crowned(home, reign.word, purpose) for purpose, reign in reigning.items()}
    _cache[home] = (looks, found)
    return found


def crowned(home: Path, word: Line, purpose: str) -> Champion:
    """Return the champion that a line makes."""
    record = word.record
    return Champion(
        purpose=purpose,
        folder=release_folder(home, record),
        name=record["name"],
        version=record["version"],
        digest=record["digest"],
        approval_id=word.id,
        serial=word.serial,
        purposes=tuple(record["purposes"]),
    )


def release_folder(home: Path, record: Record) -> Path:
    """Return where the release that a record is about is kept."""
    return home / "releases" / str(record["name"]) / str(record["version"])


def check_release(home: Path, record: Record, lines: Sequence[Line]) -> Files:
    """Check an approved release, its approval and its provenance against the signed lines that tell of it.

    Raises:
        ScorecardError: they are not what was approved.
    """
    files = read_release(home, record)
    proposals = {line.serial: line for line in lines}
    told = [
        approval(proposals[line.record["proposal"]], line)
        for line in lines
        if line.act == APPROVE and line.record["digest"] == record["digest"]
    ]
    if files.content.get("approval.json") not in told:
        fix = "Propose and approve it again."
        raise ScorecardError(f"{files.folder}/approval.json is not what the promotion ledger tells. {fix}")
    return files


def read_release(home: Path, record: Record) -> Files:
    """Read a release, approved or not, and check that it is, byte for byte, what a record tells of.

    Raises:
        ScorecardError: it is not.
    """
    files = read_folder(release_folder(home, record), digest=record["digest"])
    for name, key in (("validation.json", "evidence"), ("provenance.json", "provenance")):
        if sha256(files.content[name]) != record[key]:
            raise ScorecardError(f"{files.folder}/{name} was altered after it was proposed. Restore it.")
    return files


def _looks(home: Path) -> tuple[Any, ...]:
    return tuple(
        (found.st_ino, found.st_size, found.st_mtime_ns) if (found := _stat(home / name)) else None
        for name in (LEDGER, SEEN, "people")
    )


def _stat(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None
