"""The promotion ledger: append-only JSON Lines; each line holds the digest of the one before and is signed."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.canonical_json import canonical, read_canonical, sha256
from models.durable_files import sync_folder
from models.errors import LedgerError, PromotionError
from models.promotion.people import person, public_keys, sign, signed
from models.promotion.record import FORMAT, Line, Record, shape_fault
from models.promotion.state import PromotionState

LEDGER = "promotions.jsonl"
_CONTEXT = b"supplier-credit promotion v2\n"  # part of the signed bytes: other signatures of the same key do not verify
_NO_LINE = "sha256:" + "0" * 64
_RESTORE = "Restore the ledger from the newest good copy."
_START_NEW_LEDGER = (
    "Move promotions.jsonl and promotions.seen to another folder to start a new ledger. Then two people propose and "
    "approve the scorecards to serve: `supplier-credit propose`, `supplier-credit approve`."
)


def read_ledger(home: Path) -> list[Line]:
    """Return all lines, verified: canonical JSON, chain, serial numbers, signatures, and the rules of promotion.

    A last line without its newline was never acknowledged and is ignored.

    Raises:
        LedgerError: a line fails one of these checks.
    """
    path = home / LEDGER
    if not path.exists():
        return []
    complete, _, _ = path.read_bytes().rpartition(b"\n")
    keys = public_keys(home)
    lines: list[Line] = []
    state = PromotionState()
    for number, content in enumerate(complete.split(b"\n") if complete else [], start=1):
        line, fault = _parse(content)
        if line is not None:
            fault = fault or shape_fault(line.record) or _fault(line, lines, keys) or state.fault(line.record)
        if line is None or fault:
            fix = _START_NEW_LEDGER if line is not None and line.record.get("format") == 1 else _RESTORE
            raise LedgerError(f"{path}: line {number} is not valid: {fault}. {fix}")
        lines.append(line)
        state = state.after(line)
    return lines


def sign_line(home: Path, lines: Sequence[Line], record: Record, *, by: str) -> Line:
    """Return the signed line that follows `lines`; nothing is written.

    Raises:
        PromotionError: the rules forbid it, or the person cannot sign.
    """
    who = person(home, by)
    full = {
        **record,
        "format": FORMAT,
        "serial": len(lines) + 1,
        "previous": lines[-1].digest if lines else _NO_LINE,
        "person": who.name,
        "key": who.key,
    }
    fault = shape_fault(full) or PromotionState.of(lines).fault(full)
    if fault:
        raise PromotionError(f"{fault[0].upper()}{fault[1:]}. `supplier-credit promotions` lists the ledger.")
    signature = sign(home, by, _CONTEXT + canonical(full))
    return Line(full, signature, sha256(_line_bytes(full, signature)))


def append_line(home: Path, line: Line) -> None:
    """Append a signed line; it is on disk on return. The caller must hold the lock since it read the lines."""
    path = home / LEDGER
    with open(path, "ab") as file:
        os.ftruncate(file.fileno(), _complete_lines_size(path))  # drop the part of a line that a killed writer left
        file.write(_line_bytes(line.record, line.signature) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(home)


def _line_bytes(record: Mapping[str, Any], signature: str) -> bytes:
    return canonical({"record": record, "signature": signature})


def _complete_lines_size(path: Path) -> int:
    return path.read_bytes().rfind(b"\n") + 1


def _parse(content: bytes) -> tuple[Line | None, str]:
    try:
        document = read_canonical(content)
        if set(document) == {"record", "signature"} and isinstance(document["record"], dict):
            return Line(document["record"], document["signature"], sha256(content)), ""
    except (ValueError, TypeError):
        pass
    return None, "it is not a promotion in canonical JSON"


def _fault(line: Line, before: Sequence[Line], keys: Mapping[str, Any]) -> str:
    """Return what is wrong with a line's place in the chain or its signature, or an empty string."""
    record = line.record
    key = keys.get(record["person"])
    if record["serial"] != len(before) + 1:
        return f"its serial number is {record['serial']}"
    if record["previous"] != (before[-1].digest if before else _NO_LINE):
        return "it does not follow from the line before it"
    if key is None or sha256(key.public_bytes_raw()) != record["key"]:
        return "its signer is not allowed to sign"
    if not isinstance(line.signature, str) or not signed(key, _CONTEXT + canonical(record), line.signature):
        return "its signature does not verify with its person's key"
    return ""
