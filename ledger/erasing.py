"""Erasure: personal data is deleted; the chain stays, so that it still proves that nothing else changed."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, select

from features.errors import InputError
from ledger.chain import COMMAND_LINE, extend, head_of
from ledger.database import open_engine, prepare_ledger
from ledger.schema import chain, idempotency, scores


def erase_score(home: Path, score_id: str) -> None:
    """Delete a score's payload with its salt, and record the erasure; the score's entry in the chain stays."""
    engine = open_engine(prepare_ledger(home), writing=True)
    with engine.begin() as connection:
        digest = connection.scalar(select(chain.c.digest).where((chain.c.ref == score_id) & (chain.c.kind == "score")))
        if digest is None or connection.execute(delete(scores).where(scores.c.score_id == score_id)).rowcount == 0:
            raise InputError(f"There is no score {score_id!r} to erase.")
        connection.execute(delete(idempotency).where(idempotency.c.score_id == score_id))
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        _, row = extend(head_of(connection, COMMAND_LINE), kind="erased", at=at, ref=score_id, digest=digest)
        connection.execute(chain.insert(), [row])
    engine.dispose()
