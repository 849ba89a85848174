"""The acts of promotion: what one line of the ledger may say, each act with its exact keys."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.one_line import ONE_LINE, is_one_line
from models.scorecard.spec import NAME

FORMAT = 2  # in format 1 one signature promoted
PROPOSE, APPROVE, REJECT, ROLLBACK = "propose", "approve", "reject", "rollback"
# What every line tells of the release that it is about. `digest` is that of scorecard.json, `evidence` of
# validation.json, `provenance` of provenance.json.
RELEASE = ("name", "version", "digest", "unit", "evidence", "provenance")
_EVERY = {"act", "at", "person", "key", "format", "serial", "previous", "purposes", *RELEASE}
# `from` holds each purpose's champion before the act, or null; `to` the one that the act is to put there.
KEYS: Mapping[str, set[str]] = {
    PROPOSE: _EVERY | {"from", "to"},
    APPROVE: _EVERY | {"from", "to", "proposal"},
    REJECT: _EVERY | {"proposal", "reason"},
    ROLLBACK: _EVERY | {"from", "to", "approval", "reason"},
}
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One act of one person: the record, its signature, and the digest of the whole line."""

    record: Record
    signature: str
    digest: str

    @property
    def id(self) -> str:
        """The name under which answers quote the line."""
        return "pl_" + self.digest.removeprefix("sha256:")[:24]

    @property
    def serial(self) -> int:
        """The line's number, from 1."""
        return int(self.record["serial"])

    @property
    def act(self) -> str:
        """What was done."""
        return str(self.record["act"])


def other_release(one: Record, other: Record) -> str | None:
    """Return the first key in which two records' releases differ, or None where they are about the same one."""
    return next((key for key in RELEASE if one[key] != other[key]), None)


def shape_fault(record: Any) -> str:
    """Say what keeps a document from being the record of an act, or nothing."""
    if not isinstance(record, Mapping):
        return "it is no record"
    if record.get("format") == 1:
        return "it is of format 1, in which one person could promote alone"
    if record.get("format") != FORMAT:
        return "it is of a format that this code does not know"
    keys = KEYS.get(str(record.get("act")))
    if keys is None:
        return "it tells of an act that this code does not know"
    if set(record) != keys:
        return f"it has unknown or missing keys: {', '.join(sorted(map(str, set(record) ^ keys)))}"
    for key in sorted(keys & set(_SHAPES)):
        holds, what = _SHAPES[key]
        if not holds(record[key]):
            return f"its {key!r} must be {what}"
    if "from" in keys and sorted(record["from"]) != record["purposes"]:
        return "its 'from' is not of its purposes"
    if "to" in keys and record["to"] != record["digest"]:
        return "its 'to' is not the scorecard that it names"
    return ""


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _instant(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _purposes(value: Any) -> bool:
    named = isinstance(value, list) and bool(value) and all(map(_text, value))
    return named and value == sorted(set(value))


def _before(value: Any) -> bool:
    return isinstance(value, Mapping) and all(digest is None or _digest(digest) for digest in value.values())


_SHAPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "at": (_instant, "an instant with its offset"),
    "person": (_text, "a name"),
    **dict.fromkeys(("key", "previous", "digest", "evidence", "provenance", "to"), (_digest, "a sha256")),
    **dict.fromkeys(("serial", "proposal", "approval"), (_count, "the number of a line")),
    # These two become a path: whoever may sign may still not name another place.
    "name": (lambda told: isinstance(told, str) and NAME.fullmatch(told) is not None, "a scorecard's name"),
    "version": (lambda told: isinstance(told, str) and _VERSION.fullmatch(told) is not None, "a whole number from 1"),
    "unit": (lambda told: told in ("supplier", "request"), "supplier or request"),
    "purposes": (_purposes, "names in their order"),
    "from": (_before, "digests by purpose"),
    "reason": (is_one_line, ONE_LINE),
}
