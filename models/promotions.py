"""Promotion: a candidate passes its gates, is copied to the releases, and a signed line makes it champion."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.accepted import SEEN, accept, locked, verified_lines
from models.canonical import canonical, sha256, write_durably, write_folder
from models.errors import PromotionError, ScorecardError
from models.folder import Files, read_folder
from models.ledger import LEDGER, Line, append_line, sign_line

if TYPE_CHECKING:
    from models.catalogue import Catalogue
    from models.scorecard import Scorecard


@dataclass(frozen=True)
class Champion:
    """The scorecard that serves a purpose, as the ledger's last word on it."""

    purpose: str
    folder: Path
    name: str
    version: str
    digest: str
    approval_id: str  # pl_…
    serial: int
    purposes: tuple[str, ...] = ()  # all that were given to it with the same line


def promote(
    home: Path,
    candidate: Path,
    *,
    by: str,
    running_digest: Callable[[Sequence[str]], str] | None = None,
    catalogue: "Catalogue | None" = None,
    at: datetime | None = None,
) -> Champion:
    """Make a candidate champion for its purposes, or raise `PromotionError` naming the gate that fails.

    An earlier release is brought back the same way: by promoting its folder.

    Args:
        home: the deployment's state.
        candidate: a folder as training wrote it.
        by: who signs: proposer and approver in one, until there are two lines by two people.
        running_digest: the running code's features_digest of columns; default `features.digest.features_digest`.
        catalogue: reasons other than the running code's.
        at: the instant to write down; default now.
    """
    from models.gates import check_gates
    from models.scorecard import Scorecard

    try:
        scorecard = Scorecard.open(candidate, catalogue=catalogue)
    except ScorecardError as error:
        raise PromotionError(f"Not promoted. {error}") from error
    check_gates(scorecard, running_digest or _running_digest())
    with locked(home):
        lines = verified_lines(home)
        folder = _place(home, lines, scorecard)
        files = read_folder(folder if folder.exists() else candidate, digest=scorecard.digest)
        line = sign_line(home, lines, _record(files, scorecard, folder.name, at or datetime.now(UTC)), by=by)
        content = {**files.content, "approval.json": approval(line)}
        # The ledger alone decides. A new release is whole before its line; an old one bears an earlier approval of
        # the same bytes until the new line is on disk.
        if folder.exists():
            append_line(home, line)
            write_durably(folder / "approval.json", content["approval.json"])
        else:
            write_folder(folder, content)
            append_line(home, line)
    accept(home, [*lines, line])
    return _champion(home, line, scorecard.spec.purposes[0])


def _record(files: Files, scorecard: "Scorecard", version: str, at: datetime) -> dict[str, Any]:
    return {
        "act": "approve",
        "at": at.isoformat(timespec="seconds"),
        "digest": files.digest,
        "evidence": sha256(files.content["validation.json"]),
        "name": scorecard.name,
        "proposal": None,  # serial of the line that proposed it, once two people are asked
        "provenance": sha256(files.content["provenance.json"]),
        "purposes": sorted(scorecard.spec.purposes),
        "unit": scorecard.spec.unit,
        "version": version,
    }


def _place(home: Path, lines: Sequence[Line], scorecard: "Scorecard") -> Path:
    """The release that the same bytes have, else the next version of the name that nothing stands on."""
    releases = home / "releases" / scorecard.name
    named = [line.record for line in lines if line.record["name"] == scorecard.name]
    for record in named:
        if record["digest"] == scorecard.digest:
            return releases / record["version"]
    following = 1 + max((int(record["version"]) for record in named), default=0)
    return next(place for number in count(following) if not (place := releases / str(number)).exists())


def _running_digest() -> Callable[[Sequence[str]], str]:
    from features.digest import features_digest

    return features_digest


def approval(line: Line) -> bytes:
    """Return approval.json: what was approved, by whom, and the signed line of the ledger."""
    record = line.record
    who = {"person": record["person"], "key": record["key"]}
    return canonical(
        {
            "approval_id": line.approval_id,
            "digest": record["digest"],
            "evidence": record["evidence"],
            "name": record["name"],
            "version": record["version"],
            "serial": record["serial"],
            "proposer": who,
            "approver": who,
            "signatures": [{**who, "record": record, "signature": line.signature}],
        }
    )


def champion(home: Path, purpose: str) -> Champion | None:
    """Return the champion of a purpose, or None; cheap to call every second."""
    return champions(home).get(purpose)


_cache: dict[Path, tuple[tuple[Any, ...], dict[str, Champion]]] = {}


def champions(home: Path) -> Mapping[str, Champion]:
    """Return every purpose's champion: the last word of a ledger whose every line holds.

    Raises:
        LedgerError: the ledger was altered, signed by someone else, or is older than one that was accepted before.
        ScorecardError: a champion's folder is not, byte for byte, what was approved.
    """
    # Before reading: a line that arrives meanwhile is seen at the next look.
    looks = _looks(home)
    held = _cache.get(home)
    if held is not None and held[0] == looks:
        return held[1]
    lines = verified_lines(home)
    accept(home, lines)
    found = {purpose: _champion(home, line, purpose) for line in lines for purpose in line.record["purposes"]}
    for one in {c.digest: c for c in found.values()}.values():
        _check_release(one, lines)
    _cache[home] = (looks, found)
    return found


def _check_release(found: Champion, lines: Sequence[Line]) -> None:
    """Check a champion's folder, approval and provenance against the signed lines that tell of it.

    Raises:
        ScorecardError: they are not what was approved.
    """
    files = read_folder(found.folder, digest=found.digest)
    approved = [line for line in lines if line.record["digest"] == found.digest]
    if files.content.get("approval.json") not in [approval(line) for line in approved]:
        raise ScorecardError(f"{found.folder}/approval.json is not what the promotion ledger tells. Promote it again.")
    if sha256(files.content["provenance.json"]) not in [line.record["provenance"] for line in approved]:
        raise ScorecardError(f"{found.folder}/provenance.json was altered after it was approved. Restore it.")


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


def _champion(home: Path, line: Line, purpose: str) -> Champion:
    record = line.record
    folder = home / "releases" / record["name"] / record["version"]
    return Champion(
        purpose=purpose,
        folder=folder,
        name=record["name"],
        version=record["version"],
        digest=record["digest"],
        approval_id=line.approval_id,
        serial=record["serial"],
        purposes=tuple(record["purposes"]),
    )
