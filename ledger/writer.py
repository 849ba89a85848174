"""The one writer: a thread that drains a queue and commits many scores in one durable transaction."""

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
PROOF_SECONDS: Final = 1.0
"""How long a write that was made, or failed, speaks for the next."""


class LedgerUnavailable(Exception):
    """The group was not committed; nothing of it is on the disk."""


@dataclass(frozen=True)
class Ask:
    """What a request brought: whose it is, its idempotency key, and the fingerprint of its body."""

    tenant: str
    key: bytes
    fingerprint: bytes

    @classmethod
    def of(cls, tenant: str, key: str, body: bytes) -> "Ask":
        """Return the ask of a tenant's idempotency key and canonical body."""
        return cls(tenant, hashlib.sha256(key.encode()).digest(), hashlib.sha256(body).digest())


TOUCH: Final = Ask("", b"", b"")
"""Asks for a write that changes nothing."""


@dataclass(frozen=True)
class Entry:
    """One score to be recorded under its ask."""

    ask: Ask
    score_id: str
    request: bytes
    inputs: bytes
    answer: bytes


@dataclass(frozen=True)
class Recorded:
    """What stands in the ledger for an ask: this answer, or an older one (`replayed`), or one to another body."""

    answer: bytes
    replayed: bool = False
    same_body: bool = True


@dataclass(frozen=True)
class _Waiting:
    ask: Ask
    entry: Entry | None  # None: only look whether the ask was answered before.
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Recorded | None]"


class Writer:
    """Owns the only connection on which the service writes."""

    def __init__(self, file: Path) -> None:
        self._engine = open_engine(file, writing=True)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writes, self._judged = False, float("-inf")
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    async def record(self, entry: Entry) -> Recorded:
        """Return once the score is on the disk; LedgerUnavailable if it is not."""
        found = await self._send(entry.ask, entry)
        if found is None:
            raise LedgerUnavailable("nothing was recorded")
        return found

    async def look_up(self, ask: Ask) -> Recorded | None:
        """Return what was answered to this ask before."""
        return await self._send(ask, None)

    async def ready(self) -> bool:
        """Say whether the ledger takes writes: by the last while it is fresh, else by one that changes nothing."""
        if time.monotonic() > self._judged + PROOF_SECONDS:
            try:
                async with asyncio.timeout(PROOF_SECONDS):
                    await self._send(TOUCH, None)
            except (LedgerUnavailable, TimeoutError):
                return False
        return self._writes

    def close(self) -> None:
        """Commit what is queued, then stop."""
        self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    async def _send(self, ask: Ask, entry: Entry | None) -> Recorded | None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Recorded | None] = loop.create_future()
        self._queue.put(_Waiting(ask, entry, loop, future))
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
                outcomes = commit_group(self._engine, [(one.ask, one.entry) for one in group])
                if any(one.entry or one.ask is TOUCH for one in group):
                    self._writes, self._judged = True, time.monotonic()
            except Exception as error:
                self._writes, self._judged = False, time.monotonic()
                if isinstance(error, SQLAlchemyError):
                    self._engine.dispose()  # The next group begins on a fresh connection.
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
        if future.done():  # The caller has gone; the score stays recorded.
            continue
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def commit_group(engine: Engine, group: Sequence[tuple[Ask, Entry | None]]) -> list[Recorded | None]:
    """Record a group in one transaction and return what now stands for each ask."""
    moment = datetime.now(UTC)
    rows: dict[str, list[dict[str, Any]]] = {"chain": [], "scores": [], "idempotency": []}
    outcomes: list[Recorded | None] = []
    with engine.begin() as connection:
        answered = _answered(connection, [ask for ask, _ in group], moment)
        head = head_of(connection, SERVICE)
        salts = io.BytesIO(os.urandom(SALT_BYTES * len(group)))
        for ask, entry in group:
            known = answered.get((ask.tenant, ask.key))
            if known is not None or entry is None:
                outcomes.append(_stand(known, ask))
                continue
            payload = _payload(entry, salts.read(SALT_BYTES))
            head, link = extend(
                head, kind="score", at=_text(moment), ref=entry.score_id, digest=payload_digest(payload)
            )
            rows["chain"].append(link)
            rows["scores"].append(payload | {"chain": link["chain"], "seq": link["seq"]})
            rows["idempotency"].append(_record(entry, moment))
            answered[ask.tenant, ask.key] = (ask.fingerprint, entry.answer)
            outcomes.append(Recorded(entry.answer))
        if any(ask is TOUCH for ask, _ in group):
            connection.exec_driver_sql("PRAGMA user_version = 0")  # Nobody reads it; it is written all the same.
        for table in (chain, scores, idempotency):
            if rows[table.name]:
                connection.execute(insert(table), rows[table.name])
    return outcomes


def forget_expired(engine: Engine) -> None:
    """Forget the idempotency keys that are past their life."""
    with engine.begin() as connection:
        connection.execute(delete(idempotency).where(idempotency.c.expires_at <= _text(datetime.now(UTC))))


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _stand(known: tuple[bytes, bytes] | None, ask: Ask) -> Recorded | None:
    if known is None:
        return None
    return Recorded(known[1], replayed=True, same_body=known[0] == ask.fingerprint)


def _payload(entry: Entry, salt: bytes) -> dict[str, Any]:
    return {
        "score_id": entry.score_id,
        "tenant": entry.ask.tenant,
        "salt": salt,
        "request": entry.request,
        "inputs": entry.inputs,
        "answer": entry.answer,
    }


def _record(entry: Entry, moment: datetime) -> dict[str, Any]:
    return {
        "key": entry.ask.key,
        "tenant": entry.ask.tenant,
        "fingerprint": entry.ask.fingerprint,
        "score_id": entry.score_id,
        "expires_at": _text(moment + KEY_LIFE),
    }


def _answered(
    connection: Connection, asks: Sequence[Ask], moment: datetime
) -> dict[tuple[str, bytes], tuple[bytes, bytes]]:
    """Return `(fingerprint, answer)` of the asks that were answered before, forgetting those past their life."""
    found = select(idempotency, scores.c.answer).join(scores, scores.c.score_id == idempotency.c.score_id)
    held = connection.execute(found.where(idempotency.c.key.in_([ask.key for ask in asks]))).all()
    if not held:
        return {}
    now = _text(moment)
    live = {(row.tenant, row.key): (row.fingerprint, row.answer) for row in held if row.expires_at > now}
    if len(live) < len(held):
        connection.execute(delete(idempotency).where(idempotency.c.expires_at <= now))
    return live
