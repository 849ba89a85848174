"""The promotion ledger: append-only JSON Lines, each bound to the one before it and signed by its person."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.canonical_json import canonical, read_canonical, sha256, sync_folder
from models.errors import LedgerError, PromotionError
from models.promotion.people import person, public_keys, sign, signed
from models.promotion.record import FORMAT, Line, Record, shape_fault
from models.promotion.state import Standing

LEDGER = "promotions.jsonl"
_CONTEXT = b"supplier-credit promotion v2\n"  # a signature made for something else is none here
_NO_LINE = "sha256:" + "0" * 64
_RESTORE = "Restore the ledger from the newest good copy."
_BEGIN_ANEW = (
    "Move promotions.jsonl and promotions.seen aside to begin a new ledger, then propose and approve, with two people, "
    "what shall serve: `supplier-credit propose`, `supplier-credit approve`."
)


def read_ledger(home: Path) -> list[Line]:
    """Return all lines, verified: spelling, chain, serial numbers, signatures, and the rules of promotion.

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
    standing = Standing()
    for number, content in enumerate(whole.split(b"\n") if whole else [], start=1):
        line, fault = _parse(content)
        if line is not None:
            fault = fault or shape_fault(line.record) or _fault(line, lines, keys) or standing.fault(line.record)
        if line is None or fault:
            fix = _BEGIN_ANEW if line is not None and line.record.get("format") == 1 else _RESTORE
            raise LedgerError(f"{path}: line {number} does not hold: {fault}. {fix}")
        lines.append(line)
        standing = standing.after(line)
    return lines


def sign_line(home: Path, lines: Sequence[Line], record: Record, *, by: str) -> Line:
    """Return the line that would follow `lines`, signed; nothing is written.

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
    fault = shape_fault(full) or Standing.of(lines).fault(full)
    if fault:
        raise PromotionError(f"{fault[0].upper()}{fault[1:]}. `supplier-credit promotions` lists the ledger.")
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
        if set(told) == {"record", "signature"} and isinstance(told["record"], dict):
            return Line(told["record"], told["signature"], sha256(content)), ""
    except (ValueError, TypeError):
        pass
    return None, "it is not a promotion in canonical JSON"


def _fault(line: Line, before: Sequence[Line], keys: Mapping[str, Any]) -> str:
    """Say what does not hold of a line's place in the chain and of its signature, or nothing."""
    record = line.record
    key = keys.get(record["person"])
    if record["serial"] != len(before) + 1:
        return f"its serial number is {record['serial']}"
    if record["previous"] != (before[-1].digest if before else _NO_LINE):
        return "it does not follow from the line before it"
    if key is None or sha256(key.public_bytes_raw()) != record["key"]:
        return "it is signed by someone who may not"
    if not isinstance(line.signature, str) or not signed(key, _CONTEXT + canonical(record), line.signature):
        return "it does not bear its person's signature"
    return ""
