"""One transaction of the ledger: a group of requests, each with an outcome of its own."""

import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, insert, select, tuple_
from sqlalchemy.exc import OperationalError

from ledger.chain import SCORE, SERVICE, extend, head_of, is_unaltered, payload_digest
from ledger.schema import PAYLOAD, PROJECTED, chain, idempotency, scores

KEY_LIFE: Final = timedelta(days=7)
FORGET_ROWS: Final = 200
"""Expired idempotency keys that one statement deletes: a request that comes meanwhile waits for it, some ms."""
SALT_BYTES: Final = 16


class LedgerUnavailable(Exception):
    """The score was not committed; nothing of it is on disk."""


@dataclass(frozen=True)
class Ask:
    """The identity of a request: its tenant, its idempotency key, and the fingerprint of its body."""

    tenant: str
    key: bytes
    fingerprint: bytes

    @classmethod
    def of(cls, tenant: str, key: str, body: bytes) -> "Ask":
        """Return the ask of a tenant's idempotency key and canonical body."""
        return cls(tenant, hashlib.sha256(key.encode()).digest(), hashlib.sha256(body).digest())


WRITE_PROBE: Final = Ask("", b"", b"")
"""Requests a write that changes nothing."""


@dataclass(frozen=True)
class ScoreRecord:
    """One score to record, with the request it answers.

    Attributes:
        columns: values of the projected columns (`ledger.schema.PROJECTED`); an absent one is null.
    """

    ask: Ask
    score_id: str
    request: bytes
    inputs: bytes
    answer: bytes
    columns: Mapping[str, str | float | bytes | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """The ledger's answer to a request: the new one, or an earlier one (`replayed`), perhaps to another body."""

    answer: bytes
    replayed: bool = False
    same_body: bool = True


Outcome = Recorded | LedgerUnavailable | None
"""The answer to one request, the reason why it was not recorded, or None where an earlier one was looked up in vain."""


def commit_group(engine: Engine, group: Sequence[tuple[Ask, ScoreRecord | None]]) -> list[Outcome]:
    """Record a group in one transaction; return the outcome of each request, in order.

    A request that cannot be recorded (a constraint, a value that has no bytes) fails alone: the group is committed
    again without it. OperationalError (locked, full, damaged) fails the group; nothing of it is on disk then.
    """
    try:
        return list(_commit(engine, group))
    except OperationalError:
        raise
    except Exception as error:
        if len(group) == 1:
            return [refusal_of(error)]
        return _commit_one_by_one(engine, group)


def _commit_one_by_one(engine: Engine, group: Sequence[tuple[Ask, ScoreRecord | None]]) -> list[Outcome]:
    """Commit the group with a savepoint for each request."""
    outcomes: list[Outcome] = []
    moment = datetime.now(UTC)
    with engine.begin() as connection:
        for one in group:
            try:
                with connection.begin_nested():
                    outcomes += _record(connection, [one], moment)
            except OperationalError:
                raise
            except Exception as error:
                outcomes.append(refusal_of(error))
    return outcomes


def _commit(engine: Engine, group: Sequence[tuple[Ask, ScoreRecord | None]]) -> list[Recorded | None]:
    with engine.begin() as connection:
        return _record(connection, group, datetime.now(UTC))


def _record(
    connection: Connection, group: Sequence[tuple[Ask, ScoreRecord | None]], moment: datetime
) -> list[Recorded | None]:
    rows: dict[str, list[dict[str, Any]]] = {"chain": [], "scores": [], "idempotency": []}
    outcomes: list[Recorded | None] = []
    answered = _answered(connection, [ask for ask, _ in group], moment)
    head = head_of(connection, SERVICE)
    salts = io.BytesIO(os.urandom(SALT_BYTES * len(group)))
    for ask, record in group:
        earlier = answered.get((ask.tenant, ask.key))
        if earlier is not None or record is None:
            outcomes.append(_earlier_answer(earlier, ask))
            continue
        payload = _payload(record, salts.read(SALT_BYTES))
        head, link = extend(head, kind=SCORE, at=_iso(moment), ref=record.score_id, digest=payload_digest(payload))
        rows["chain"].append(link)
        rows["scores"].append(payload | {"chain": link["chain"], "seq": link["seq"]})
        rows["idempotency"].append(_idempotency_row(record, moment))
        answered[ask.tenant, ask.key] = (ask.fingerprint, record.answer)
        outcomes.append(Recorded(record.answer))
    if any(ask is WRITE_PROBE for ask, _ in group):
        connection.exec_driver_sql("PRAGMA user_version = 0")  # A write that changes nothing.
    for table in (chain, scores, idempotency):
        if rows[table.name]:
            connection.execute(insert(table), rows[table.name])
    return outcomes


def forget_expired(engine: Engine, rows_max: int = FORGET_ROWS) -> int:
    """Delete at most so many expired idempotency keys in one transaction; return how many there were."""
    with engine.begin() as connection:
        expired = select(idempotency.c.key, idempotency.c.tenant)
        expired = expired.where(idempotency.c.expires_at <= _iso(datetime.now(UTC))).limit(rows_max)
        pairs = connection.execute(expired).tuples().all()
        if pairs:
            gone = tuple_(idempotency.c.key, idempotency.c.tenant).in_(pairs)
            connection.execute(delete(idempotency).where(gone))
        return len(pairs)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _earlier_answer(earlier: tuple[bytes, bytes] | None, ask: Ask) -> Recorded | None:
    if earlier is None:
        return None
    return Recorded(earlier[1], replayed=True, same_body=earlier[0] == ask.fingerprint)


def _payload(record: ScoreRecord, salt: bytes) -> dict[str, Any]:
    return {
        "score_id": record.score_id,
        "tenant": record.ask.tenant,
        "salt": salt,
        "request": record.request,
        "inputs": record.inputs,
        "answer": record.answer,
    } | {name: record.columns.get(name) for name in PROJECTED}


def _idempotency_row(record: ScoreRecord, moment: datetime) -> dict[str, Any]:
    return {
        "key": record.ask.key,
        "tenant": record.ask.tenant,
        "fingerprint": record.ask.fingerprint,
        "score_id": record.score_id,
        "expires_at": _iso(moment + KEY_LIFE),
    }


def _answered(
    connection: Connection, asks: Sequence[Ask], moment: datetime
) -> dict[tuple[str, bytes], tuple[bytes, bytes]]:
    """Return `(fingerprint, answer)` of the requests that were answered before; expired keys among them are deleted."""
    parts = (scores.c[part] for part in PAYLOAD if part not in ("tenant", "score_id"))
    earlier = select(idempotency, chain.c.kind, chain.c.digest, *parts)
    earlier = earlier.join(scores, scores.c.score_id == idempotency.c.score_id)
    earlier = earlier.join(chain, (chain.c.chain == scores.c.chain) & (chain.c.seq == scores.c.seq))
    matches = connection.execute(earlier.where(idempotency.c.key.in_([ask.key for ask in asks]))).mappings()
    rows = [dict(row) for row in matches]
    now = _iso(moment)
    live = {(row["tenant"], row["key"]): row for row in rows if row["expires_at"] > now}
    for row in rows:
        if row["expires_at"] <= now:  # Their places are needed; all other expired keys can wait for an idle moment.
            same = (idempotency.c.key == row["key"]) & (idempotency.c.tenant == row["tenant"])
            connection.execute(delete(idempotency).where(same))
    return {key: (row["fingerprint"], checked_answer(row)) for key, row in live.items()}


def checked_answer(row: Mapping[str, Any]) -> bytes:
    """Return the answer of a score's row with its entry; LedgerUnavailable if it is not what was recorded."""
    if not is_unaltered(row):
        raise LedgerUnavailable("a recorded answer was changed")
    answer: bytes = row["answer"]
    return answer


def refusal_of(error: Exception) -> LedgerUnavailable:
    """Return the outcome of a request whose recording failed with an error."""
    refusal = LedgerUnavailable(type(error).__name__)
    refusal.__cause__ = error
    return refusal
