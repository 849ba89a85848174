"""Answers each score request exactly once: one idempotency key, one recorded answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.keys import Key
from ledger.writer import Ask, LedgerUnavailable, Recorded, ScoreRecord, Writer
from serving.admission import STORED, Admission, road_of
from serving.http.problems import IN_PROGRESS, KEY_REUSED, OUTCOME_UNKNOWN, UNAVAILABLE, Problem
from serving.http.requests import ScoreRequest
from serving.http.strict_json import answer_bytes
from serving.live.watcher import Watcher
from serving.scoring import Question, score_of

DEADLINE_SECONDS: Final = 10.0
_SOON: Final = {"Retry-After": "1"}


class Answering:
    """Answers score requests, each exactly once under its idempotency key."""

    def __init__(self, watcher: Watcher, writer: Writer, operator: Mapping[str, str]) -> None:
        self._watcher, self._writer, self._operator = watcher, writer, dict(operator)
        self._open: set[tuple[str, bytes]] = set()
        self._admission = Admission()

    async def answer(
        self, caller: Key, score_request: ScoreRequest, *, request_id: str, key: str, body: bytes
    ) -> Recorded:
        """Return the recorded answer to a question, or the one recorded before under the same key."""
        question = Question(caller, score_request, request_id)
        ask = Ask.of(caller.tenant, key, body)
        request_key = (ask.tenant, ask.key)
        if request_key in self._open:
            raise Problem(IN_PROGRESS, headers=_SOON)
        self._open.add(request_key)
        work = _Work(question, ask, len(body))
        # A task of its own: the key stays in use until the score is recorded, even if the caller has left.
        task = asyncio.ensure_future(self._settle(work))
        task.add_done_callback(lambda done: self._close(request_key, done))
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await asyncio.shield(task)
        except TimeoutError as error:
            if not work.recording:
                task.cancel()  # Nobody waits for it: what is not computed yet is not computed at all.
            raise Problem(OUTCOME_UNKNOWN, headers=_SOON) from error
        except LedgerUnavailable as error:
            raise Problem(UNAVAILABLE, headers=_SOON) from error

    def _close(self, request_key: tuple[str, bytes], done: "asyncio.Task[Recorded]") -> None:
        self._open.discard(request_key)
        if not done.cancelled():
            done.exception()  # Read it, or asyncio reports it where no caller waits any more.

    async def _settle(self, work: "_Work") -> Recorded:
        question, ask, road = work.question, work.ask, road_of(work.question.score_request)
        # A profile from facts takes long to compute: first see whether the answer is recorded already. With stored
        # profiles the transaction that records sees it soon enough.
        before = None if road is STORED else await self._writer.look_up(ask)
        if before is None:
            with self._admission.slot(question.caller.tenant, road, work.size):
                before = await self._compute(work)
        if not before.same_body:
            raise Problem(KEY_REUSED)
        return before

    async def _compute(self, work: "_Work") -> Recorded:
        before: Recorded | None
        try:
            entry = await self._entry(work.question, work.ask)
        except Problem:
            # A recorded answer is repeated, also where the same request would be refused today.
            before = await self._writer.look_up(work.ask)
            if before is None:
                raise
        else:
            work.recording = True
            before = await self._writer.record(entry)
        return before

    async def _entry(self, question: Question, ask: Ask) -> ScoreRecord:
        score = await score_of(self._watcher.live, question)
        request = question.score_request.model_dump_json(exclude_none=True).encode()
        answer = answer_bytes(score.block(self._operator))
        return ScoreRecord(ask, score.score_id, request, score.inputs, answer, score.columns)


@dataclass
class _Work:
    """One request in work; `recording` once its score is with the ledger's writer, which cannot take it back."""

    question: Question
    ask: Ask
    size: int
    recording: bool = False
