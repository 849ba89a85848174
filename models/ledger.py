"""The promotion ledger: append-only JSON Lines, each bound to the one before it and signed by its person."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.canonical import canonical, read_canonical, sha256, sync_folder
from models.errors import LedgerError
from models.people import person, public_keys, sign, signed
from models.spec import NAME

LEDGER = "promotions.jsonl"
FORMAT = 1
_CONTEXT = b"supplier-credit promotion v1\n"  # a signature made for something else is none here
_NO_LINE = "sha256:" + "0" * 64
_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_KEYS = {
    *("act", "at", "person", "key", "proposal"),
    *("name", "version", "digest", "unit", "purposes", "evidence", "provenance"),
    *("format", "serial", "previous"),
}


@dataclass(frozen=True)
class Line:
    """One act of one person: the record, its signature, and the digest of the whole line."""

    record: Mapping[str, Any]
    signature: str
    digest: str

    @property
    def approval_id(self) -> str:
        """The name under which answers quote the line."""
        return "pl_" + self.digest.removeprefix("sha256:")[:24]


def read_ledger(home: Path) -> list[Line]:
    """Return all lines, verified: spelling, chain, serial numbers, signatures.

    A last line without its newline was never acknowledged and is no line.

    Raises:
        LedgerError: one of them does not hold.
    """
    path = home / LEDGER
    if not path.exists():
        return []
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    keys = public_keys(home)
    lines: list[Line] = []
    for number, content in enumerate(whole.split(b"\n") if whole else [], start=1):
        line, fault = _parse(content)
        if line is not None:
            fault = fault or _fault(line, lines, keys)
        if line is None or fault:
            raise LedgerError(f"{path}: line {number} {fault}. Restore the ledger from the newest good copy.")
        lines.append(line)
    return lines


def sign_line(home: Path, lines: Sequence[Line], record: Mapping[str, Any], *, by: str) -> Line:
    """Return the line that would follow `lines`, signed; nothing is written."""
    who = person(home, by)
    full = {
        **record,
        "format": FORMAT,
        "serial": len(lines) + 1,
        "previous": lines[-1].digest if lines else _NO_LINE,
        "person": who.name,
        "key": who.key,
    }
    signature = sign(home, by, _CONTEXT + canonical(full))
    return Line(full, signature, sha256(_spelled(full, signature)))


def append_line(home: Path, line: Line) -> None:
    """Append a signed line, on disk when this returns; the caller has held the lock since reading the lines."""
    path = home / LEDGER
    with open(path, "ab") as file:
        os.ftruncate(file.fileno(), _whole_size(path))  # of a writer that was killed: never acknowledged
        file.write(_spelled(line.record, line.signature) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(home)


def _spelled(record: Mapping[str, Any], signature: str) -> bytes:
    return canonical({"record": record, "signature": signature})


def _whole_size(path: Path) -> int:
    return path.read_bytes().rfind(b"\n") + 1


def _parse(content: bytes) -> tuple[Line | None, str]:
    try:
        told = read_canonical(content)
        record, signature = told["record"], told["signature"]
        if set(told) == {"record", "signature"} and set(record) == _KEYS and isinstance(signature, str):
            return Line(record, signature, sha256(content)), ""
    except (ValueError, KeyError, TypeError, json.JSONDecodeError):
        pass
    return None, "is not a promotion in canonical JSON"


def _fault(line: Line, before: Sequence[Line], keys: Mapping[str, Any]) -> str:
    """Say what does not hold of a line after those before it, or nothing."""
    record = line.record
    key = keys.get(record["person"]) if isinstance(record["person"], str) else None
    if record["format"] != FORMAT or record["act"] != "approve":
        return "is of a kind that this code does not know"
    if record["serial"] != len(before) + 1:
        return f"has serial number {record['serial']}"
    if record["previous"] != (before[-1].digest if before else _NO_LINE):
        return "does not follow from the line before it"
    if key is None or sha256(key.public_bytes_raw()) != record["key"]:
        return "is signed by someone who may not"
    if not signed(key, _CONTEXT + canonical(record), line.signature):
        return "does not bear its person's signature"
    # They become a path: whoever may sign may still not name another place.
    if not NAME.fullmatch(str(record["name"])) or not _VERSION.fullmatch(str(record["version"])):
        return "names no release"
    return ""
