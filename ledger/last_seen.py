"""The last entries of the chains that this home has written, and its revoked keys, kept beside the ledger.

A ledger that was lost, restored from an older copy, or edited by hand differs from them, and is not opened without a
recorded word (`supplier-credit restore`).
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from features.errors import InputError
from ledger.chain import Head, head_of
from ledger.schema import chain, keys
from models.durable_files import write_durably

FILE: Final = "ledger.seen"


@dataclass(frozen=True)
class LastSeen:
    """The last entry of each chain, and the ids of the keys that were revoked."""

    heads: Mapping[str, Head] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()


def seen_file(home: Path) -> Path:
    """Return the file of a deployment."""
    return home / FILE


def read_last_seen(home: Path) -> LastSeen | None:
    """Return what was last seen in this home, None where no ledger was opened yet; InputError if it is unreadable."""
    try:
        content = json.loads(seen_file(home).read_text("ascii"))
        heads = {name: Head(name, int(seq), bytes.fromhex(link)) for name, (seq, link) in content["heads"].items()}
        return LastSeen(heads, frozenset(content["revoked"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = "What was last seen of the ledger cannot be read."
        raise InputError(what, where=str(seen_file(home)), fix="Restore this file from a back-up.") from error


def note_last_seen(home: Path, connection: Connection) -> None:
    """Write what the ledger holds now; entries of another process that are newer stay."""
    with _locked(home):
        before = read_last_seen(home) or LastSeen()
        names = connection.scalars(select(chain.c.chain).distinct()).all()
        heads = {**before.heads}
        for head in (head_of(connection, name) for name in names):
            if head.chain not in heads or heads[head.chain].seq < head.seq:
                heads[head.chain] = head
        revoked = connection.scalars(select(keys.c.key_id).where(keys.c.revoked_at.is_not(None))).all()
        seen = LastSeen(heads, before.revoked | frozenset(revoked))
        if seen != before:
            write_last_seen(home, seen)


def write_last_seen(home: Path, seen: LastSeen) -> None:
    """Replace the file; only a restoration may write an older head."""
    heads = {name: [head.seq, head.link.hex()] for name, head in sorted(seen.heads.items())}
    content = json.dumps({"heads": heads, "revoked": sorted(seen.revoked)}, indent=1)
    write_durably(seen_file(home), content.encode("ascii"), mode=0o600)


def difference(connection: Connection, seen: LastSeen) -> str | None:
    """Return how a ledger differs from what was last seen, None where it only continues it."""
    for name, head in sorted(seen.heads.items()):
        link = connection.scalar(select(chain.c.link).where((chain.c.chain == name) & (chain.c.seq == head.seq)))
        if link is None:
            return f"it is older than the one that served here: entry {head.seq} of chain {name!r} is missing"
        if link != head.link:
            return f"entry {head.seq} of chain {name!r} is not the one that was written here"
    revoked = select(keys.c.key_id).where(keys.c.key_id.in_(seen.revoked) & keys.c.revoked_at.is_(None))
    live_again = connection.scalars(revoked).first()
    return None if live_again is None else f"key {live_again} was revoked and is live again"


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    descriptor = os.open(home / "ledger.seen.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
