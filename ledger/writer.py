"""The ledger's only writer: a thread that takes scores from a queue and commits them in groups."""

import asyncio
import hashlib
import io
import os
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from ledger.chain import SERVICE, extend, head_of, payload_digest
from ledger.database import open_engine
from ledger.schema import chain, idempotency, scores

GROUP_MAX: Final = 256
KEY_LIFE: Final = timedelta(days=7)
FORGET_SECONDS: Final = 3600.0
SALT_BYTES: Final = 16
WRITE_PROOF_SECONDS: Final = 1.0
"""How long the last write's outcome counts as proof of readiness."""


class LedgerUnavailable(Exception):
    """The transaction was not committed; nothing of it is on disk."""


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
    """One score to record, with the request it answers."""

    ask: Ask
    score_id: str
    request: bytes
    inputs: bytes
    answer: bytes


@dataclass(frozen=True)
class Recorded:
    """The ledger's answer to a request: the new one, or an earlier one (`replayed`), perhaps to another body."""

    answer: bytes
    replayed: bool = False
    same_body: bool = True


@dataclass(frozen=True)
class _Waiting:
    ask: Ask
    record: ScoreRecord | None  # None: only look up an earlier answer.
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Recorded | None]"


class Writer:
    """Owns the only connection through which the service writes."""

    def __init__(self, file: Path) -> None:
        self._engine = open_engine(file, writing=True)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writable, self._checked_at = False, float("-inf")
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    async def record(self, record: ScoreRecord) -> Recorded:
        """Record a score; it is on disk on return. LedgerUnavailable if it is not."""
        recorded = await self._send(record.ask, record)
        if recorded is None:
            raise LedgerUnavailable("nothing was recorded")
        return recorded

    async def look_up(self, ask: Ask) -> Recorded | None:
        """Return the earlier answer to this request, or None."""
        return await self._send(ask, None)

    async def ready(self) -> bool:
        """Return whether the ledger accepts writes: by the last write if it is recent, else by an empty write."""
        if time.monotonic() > self._checked_at + WRITE_PROOF_SECONDS:
            try:
                async with asyncio.timeout(WRITE_PROOF_SECONDS):
                    await self._send(WRITE_PROBE, None)
            except (LedgerUnavailable, TimeoutError):
                return False
        return self._writable

    def close(self) -> None:
        """Commit the queued scores, then stop."""
        self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    async def _send(self, ask: Ask, record: ScoreRecord | None) -> Recorded | None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Recorded | None] = loop.create_future()
        self._queue.put(_Waiting(ask, record, loop, future))
        return await future

    def _run(self) -> None:
        forget_at = 0.0
        while (group := self._next_group()) is not None:
            if time.monotonic() > forget_at:
                forget_at = time.monotonic() + FORGET_SECONDS
                with suppress(SQLAlchemyError):
                    forget_expired(self._engine)
            outcomes: Sequence[Recorded | BaseException | None]
            try:
                outcomes = commit_group(self._engine, [(one.ask, one.record) for one in group])
                if any(one.record or one.ask is WRITE_PROBE for one in group):
                    self._writable, self._checked_at = True, time.monotonic()
            except Exception as error:
                self._writable, self._checked_at = False, time.monotonic()
                if isinstance(error, SQLAlchemyError):
                    self._engine.dispose()  # The next group uses a new connection.
                refusal = LedgerUnavailable(type(error).__name__)
                refusal.__cause__ = error
                outcomes = [refusal] * len(group)
            for loop in {one.loop for one in group}:
                theirs = [(one.future, out) for one, out in zip(group, outcomes, strict=True) if one.loop is loop]
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_deliver, theirs)

    def _next_group(self) -> list[_Waiting] | None:
        first = self._queue.get()
        if first is None:
            return None
        group = [first]
        while len(group) < GROUP_MAX and not self._queue.empty():
            one = self._queue.get()
            if one is None:
                self._queue.put(None)
                break
            group.append(one)
        return group


def _deliver(outcomes: Sequence[tuple["asyncio.Future[Recorded | None]", Recorded | BaseException | None]]) -> None:
    for future, outcome in outcomes:
        if future.done():  # The caller has gone; the score remains recorded.
            continue
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def commit_group(engine: Engine, group: Sequence[tuple[Ask, ScoreRecord | None]]) -> list[Recorded | None]:
    """Record a group in one transaction; return the answer to each request, in order."""
    moment = datetime.now(UTC)
    rows: dict[str, list[dict[str, Any]]] = {"chain": [], "scores": [], "idempotency": []}
    outcomes: list[Recorded | None] = []
    with engine.begin() as connection:
        answered = _answered(connection, [ask for ask, _ in group], moment)
        head = head_of(connection, SERVICE)
        salts = io.BytesIO(os.urandom(SALT_BYTES * len(group)))
        for ask, record in group:
            earlier = answered.get((ask.tenant, ask.key))
            if earlier is not None or record is None:
                outcomes.append(_earlier_answer(earlier, ask))
                continue
            payload = _payload(record, salts.read(SALT_BYTES))
            head, link = extend(
                head, kind="score", at=_iso(moment), ref=record.score_id, digest=payload_digest(payload)
            )
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


def forget_expired(engine: Engine) -> None:
    """Delete the idempotency keys that have expired."""
    with engine.begin() as connection:
        connection.execute(delete(idempotency).where(idempotency.c.expires_at <= _iso(datetime.now(UTC))))


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
    }


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
    """Return `(fingerprint, answer)` of the requests that were answered before; expired ones are deleted."""
    earlier = select(idempotency, scores.c.answer).join(scores, scores.c.score_id == idempotency.c.score_id)
    rows = connection.execute(earlier.where(idempotency.c.key.in_([ask.key for ask in asks]))).all()
    if not rows:
        return {}
    now = _iso(moment)
    live = {(row.tenant, row.key): (row.fingerprint, row.answer) for row in rows if row.expires_at > now}
    if len(live) < len(rows):
        connection.execute(delete(idempotency).where(idempotency.c.expires_at <= now))
    return live
