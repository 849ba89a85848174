"""The hash chain: each entry holds the hash of the one before and of its payload, which can be erased."""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from ledger.schema import PROJECTED, chain, keys

SERVICE: Final = "service"
COMMAND_LINE: Final = "command-line"
GENESIS: Final = bytes(32)
SCORE: Final = "score/2"
SCORE_1: Final = "score"
SCORES: Final = (SCORE, SCORE_1)
"""Kinds of the entries of scores; the kind says what the digest covers."""
KEY_COLUMNS: Final = ("key_id", "hash", "tenant", "role", "created_at", "revoked_at")


@dataclass(frozen=True)
class Head:
    """The last entry of a chain."""

    chain: str
    seq: int
    link: bytes


def head_of(connection: Connection, name: str) -> Head:
    """Return a chain's last entry; call it in the transaction that extends the chain."""
    last = select(chain.c.seq, chain.c.link).where(chain.c.chain == name).order_by(chain.c.seq.desc()).limit(1)
    row = connection.execute(last).tuples().one_or_none()
    return Head(name, row[0], row[1]) if row else Head(name, 0, GENESIS)


def extend(head: Head, *, kind: str, at: str, ref: str, digest: bytes) -> tuple[Head, dict[str, Any]]:
    """Return the new head and its row of the table `chain`."""
    row: dict[str, Any] = {
        "chain": head.chain,
        "seq": head.seq + 1,
        "kind": kind,
        "at": at,
        "ref": ref,
        "digest": digest,
    }
    row["link"] = link_of(row, head.link)
    return Head(head.chain, head.seq + 1, row["link"]), row


def link_of(row: Mapping[str, Any], previous: bytes) -> bytes:
    """Return the hash of an entry together with the link before it."""
    parts = (row["chain"], str(row["seq"]), row["kind"], row["at"], row["ref"])
    return _hash(previous, *(part.encode() for part in parts), row["digest"])


def payload_digest(row: Mapping[str, Any], kind: str = SCORE) -> bytes:
    """Return the salted hash of a score's payload; without the salt it reveals nothing about the payload.

    `kind` is that of the score's entry: `score` of schema 0001 covers no projected column.
    """
    parts = [row["score_id"].encode(), row["tenant"].encode(), row["request"], row["inputs"], row["answer"]]
    if kind == SCORE:
        parts += [SCORE.encode(), *(_bytes(row[name]) for name in PROJECTED)]
    return _hash(row["salt"], *parts)


def is_unaltered(row: Mapping[str, Any]) -> bool:
    """Return whether a score's row with its entry (`kind`, `digest`) is what was recorded."""
    try:
        return payload_digest(row, row["kind"]) == row["digest"]
    except (TypeError, AttributeError):  # A value of a type that was never written has no digest.
        return False


def key_digest(row: Mapping[str, Any]) -> bytes:
    """Return the hash of a key's row, by which a change made outside this program is detected."""
    return _hash(*(_bytes(row[name]) for name in KEY_COLUMNS))


def record_key_change(connection: Connection, key_id: str, at: str) -> None:
    """Add a key's current row to the command line's chain; call it in the transaction of the change."""
    row = connection.execute(select(keys).where(keys.c.key_id == key_id)).mappings().one()
    _, entry = extend(head_of(connection, COMMAND_LINE), kind="key", at=at, ref=key_id, digest=key_digest(dict(row)))
    connection.execute(chain.insert(), [entry])


def _bytes(value: Any) -> bytes:
    if value is None:
        return b"-"
    if isinstance(value, float):
        return b"~" + struct.pack(">d", value)
    return b"=" + (value.encode() if isinstance(value, str) else value)


def _hash(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
