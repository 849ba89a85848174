"""The ledger's only writer: a thread that takes scores from a queue and commits them in groups."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from ledger.commit import (
    FORGET_ROWS,
    WRITE_PROBE,
    Ask,
    LedgerUnavailable,
    Outcome,
    Recorded,
    ScoreRecord,
    commit_group,
    forget_expired,
    refusal_of,
)
from ledger.database import open_engine

__all__ = ["Ask", "LedgerUnavailable", "Recorded", "ScoreRecord", "Writer", "forget_expired"]

GROUP_MAX: Final = 256
FORGET_SECONDS: Final = 3600.0
IDLE_SECONDS: Final = 0.001
"""How long the queue stays empty before the writer deletes expired keys."""
WRITE_PROOF_SECONDS: Final = 1.0
"""How long the last write's outcome counts as proof of readiness."""


@dataclass(frozen=True)
class _Waiting:
    ask: Ask
    record: ScoreRecord | None  # None: only look up an earlier answer.
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Recorded | None]"


class Writer:
    """Owns the only connection through which the service writes.

    Args:
        file: the ledger.
        died: called in the writer's thread with the error that ended it; from then on nothing can be recorded.
    """

    def __init__(self, file: Path, *, died: Callable[[BaseException], None] | None = None) -> None:
        self._engine = open_engine(file, writing=True)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writable, self._checked_at = False, float("-inf")
        self._forget_at, self._died, self._dead = 0.0, died, False
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
        if self._dead:
            raise LedgerUnavailable("the writer has ended")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Recorded | None] = loop.create_future()
        self._queue.put(_Waiting(ask, record, loop, future))
        return await future

    def _run(self) -> None:
        try:
            while (group := self._next_group()) is not None:
                self._settle(group)
        except BaseException as error:
            self._dead = True
            if self._died is not None:
                self._died(error)
            while not self._queue.empty():  # Nobody waits for a writer that has ended.
                if (one := self._queue.get()) is not None:
                    _send_outcomes([one], [LedgerUnavailable("the writer has ended")])

    def _settle(self, group: Sequence[_Waiting]) -> None:
        outcomes: Sequence[Outcome] = [LedgerUnavailable("the writer has ended")] * len(group)
        try:
            outcomes = commit_group(self._engine, [(one.ask, one.record) for one in group])
            if any(isinstance(one, Recorded) and not one.replayed for one in outcomes) or _probes(group):
                self._writable, self._checked_at = True, time.monotonic()
            elif any(isinstance(one, LedgerUnavailable) for one in outcomes):
                self._writable, self._checked_at = False, time.monotonic()  # Nothing of the group could be written.
        except Exception as error:
            self._writable, self._checked_at = False, time.monotonic()
            if isinstance(error, SQLAlchemyError):
                self._engine.dispose()  # The next group uses a new connection.
            outcomes = [refusal_of(error)] * len(group)
        finally:
            _send_outcomes(group, outcomes)

    def _next_group(self) -> list[_Waiting] | None:
        first = self._first()
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

    def _first(self) -> _Waiting | None:
        """Wait for a request; while there is none, delete expired idempotency keys, a slice at a time."""
        while True:
            due = self._forget_at - time.monotonic()
            try:
                return self._queue.get(timeout=max(due, IDLE_SECONDS))
            except queue.Empty:
                self._forget_slice()

    def _forget_slice(self) -> None:
        """Delete one slice; an error is no request's and leaves the keys for the next time."""
        deleted = 0
        with suppress(Exception):
            deleted = forget_expired(self._engine, rows_max=FORGET_ROWS)
        if deleted < FORGET_ROWS:
            self._forget_at = time.monotonic() + FORGET_SECONDS


def _probes(group: Sequence[_Waiting]) -> bool:
    return any(one.ask is WRITE_PROBE for one in group)


def _send_outcomes(group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    for loop in {one.loop for one in group}:
        theirs = [(one.future, out) for one, out in zip(group, outcomes, strict=True) if one.loop is loop]
        with suppress(RuntimeError):  # The loop was closed: nobody waits any more.
            loop.call_soon_threadsafe(_deliver, theirs)


def _deliver(outcomes: Sequence[tuple["asyncio.Future[Recorded | None]", Outcome]]) -> None:
    for future, outcome in outcomes:
        if future.done():  # The caller has gone; the score remains recorded.
            continue
        if isinstance(outcome, LedgerUnavailable):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
