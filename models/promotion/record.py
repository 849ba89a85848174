"""The record of one promotion act: the exact keys of each act, and the form of their values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.one_line import ONE_LINE, is_one_line
from models.scorecard.spec import NAME

FORMAT = 2  # format 1 needed one signature only
PROPOSE, APPROVE, REJECT, ROLLBACK, WITHDRAW = "propose", "approve", "reject", "rollback", "withdraw"
# The keys that name the release in every line. `digest` is the digest of scorecard.json, `evidence` of
# validation.json, `provenance` of provenance.json.
RELEASE = ("name", "version", "digest", "unit", "evidence", "provenance")
_EVERY = {"act", "at", "person", "key", "format", "serial", "previous", "purposes", *RELEASE}
# `from` holds each purpose's champion before the act, or null; `to` the champion after it.
KEYS: Mapping[str, set[str]] = {
    PROPOSE: _EVERY | {"from", "to"},
    APPROVE: _EVERY | {"from", "to", "proposal"},
    REJECT: _EVERY | {"proposal", "reason"},
    ROLLBACK: _EVERY | {"from", "to", "approval", "reason"},
    WITHDRAW: _EVERY | {"from", "reason"},
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
        """The line's id, which answers carry as `approval_id`."""
        return "pl_" + self.digest.removeprefix("sha256:")[:24]

    @property
    def serial(self) -> int:
        """The line's number, from 1."""
        return int(self.record["serial"])

    @property
    def act(self) -> str:
        """The act: propose, approve, reject, rollback or withdraw."""
        return str(self.record["act"])


def other_release(one: Record, other: Record) -> str | None:
    """Return the first key in which two records' releases differ, or None if they are the same release."""
    return next((key for key in RELEASE if one[key] != other[key]), None)


def shape_fault(record: Any) -> str:
    """Return why a document is not the record of an act, or an empty string."""
    if not isinstance(record, Mapping):
        return "it is not a record"
    if record.get("format") == 1:
        return "it is of format 1, in which one person could promote alone"
    if record.get("format") != FORMAT:
        return "its format is not known to this code"
    keys = KEYS.get(str(record.get("act")))
    if keys is None:
        return "its act is not known to this code"
    if set(record) != keys:
        return f"it has unknown or missing keys: {', '.join(sorted(map(str, set(record) ^ keys)))}"
    for key in sorted(keys & set(_FORMS)):
        is_valid, form = _FORMS[key]
        if not is_valid(record[key]):
            return f"its {key!r} must be {form}"
    if "from" in keys and sorted(record["from"]) != record["purposes"]:
        return "its 'from' does not have the keys of its purposes"
    if "to" in keys and record["to"] != record["digest"]:
        return "its 'to' is not its scorecard's digest"
    return ""


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _digest(value: Any) -> bool:
    return _matches(_DIGEST, value)


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


_FORMS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "at": (_instant, "an instant with its offset"),
    "person": (_text, "a name"),
    **dict.fromkeys(("key", "previous", "digest", "evidence", "provenance", "to"), (_digest, "a sha256")),
    **dict.fromkeys(("serial", "proposal", "approval"), (_count, "the number of a line")),
    # These two become a path: a signer must not be able to name another folder.
    "name": (lambda value: _matches(NAME, value), "a scorecard's name"),
    "version": (lambda value: _matches(_VERSION, value), "a whole number from 1"),
    "unit": (lambda value: value in ("supplier", "request"), "supplier or request"),
    "purposes": (_purposes, "sorted names, each once"),
    "from": (_before, "digests by purpose"),
    "reason": (is_one_line, ONE_LINE),
}
