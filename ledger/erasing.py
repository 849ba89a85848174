"""Erasure: personal data is deleted; the chain stays, so that it still proves that nothing else changed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, delete, select

from features.errors import InputError
from features.one_line import ONE_LINE, is_one_line
from ledger.chain import COMMAND_LINE, SCORES, extend, head_of
from ledger.database import ledger_file, open_engine, prepare_ledger
from ledger.last_seen import note_last_seen
from ledger.schema import chain, idempotency, scores

SLICE_ROWS: Final = 100
"""Scores that one transaction erases: a service that records meanwhile waits for it, some ms."""


def erase_score(home: Path, score_id: str) -> None:
    """Delete a score's payload with its salt, and record the erasure; the score's entry in the chain stays."""
    engine = _open(home)
    try:
        with engine.begin() as connection:
            if _erase(connection, [score_id], None) == 0:
                raise InputError(f"There is no score {score_id!r} to erase.")
            note_last_seen(home, connection)
    finally:
        engine.dispose()


def erase_supplier(home: Path, supplier_id: str, *, reason: str) -> int:
    """Delete the payloads of all scores of a supplier, of every tenant, in slices; return how many there were.

    Each erasure is an entry of the chain; `reason` (one line, without personal data) stands in an entry of its own.
    """
    if not is_one_line(reason):
        raise InputError(f"The reason must be {ONE_LINE}.", where="--reason")
    engine, erased = _open(home), 0
    own = select(scores.c.score_id).where(scores.c.supplier_id == supplier_id).limit(SLICE_ROWS)
    try:
        while True:
            with engine.begin() as connection:
                ids = connection.scalars(own).all()
                if not ids:
                    break
                erased += _erase(connection, ids, reason if erased == 0 else None)
        with engine.begin() as connection:
            note_last_seen(home, connection)
    finally:
        engine.dispose()
    return erased


def _open(home: Path) -> Engine:
    if not ledger_file(home).exists():
        raise InputError("There is no ledger here.", where=str(ledger_file(home)), fix="Set SUPPLIER_CREDIT_HOME.")
    return open_engine(prepare_ledger(home), writing=True)


def _erase(connection: Connection, ids: Sequence[str], reason: str | None) -> int:
    """Delete payloads and record it, in the caller's transaction; return how many there were."""
    own = chain.c.ref.in_(ids) & chain.c.kind.in_(SCORES)
    digests = {row.ref: row.digest for row in connection.execute(select(chain.c.ref, chain.c.digest).where(own))}
    present = connection.scalars(select(scores.c.score_id).where(scores.c.score_id.in_(digests))).all()
    connection.execute(delete(scores).where(scores.c.score_id.in_(present)))
    connection.execute(delete(idempotency).where(idempotency.c.score_id.in_(present)))
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    head, rows = head_of(connection, COMMAND_LINE), []
    if reason is not None and present:
        head, row = extend(head, kind="erasure", at=at, ref=reason, digest=bytes(32))
        rows.append(row)
    for score_id in present:
        head, row = extend(head, kind="erased", at=at, ref=score_id, digest=digests[score_id])
        rows.append(row)
    if rows:
        connection.execute(chain.insert(), rows)
    return len(present)
