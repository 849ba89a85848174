"""Start-up, background tasks and shutdown of one service process."""

import asyncio
import gc
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from features.errors import InputError
from serving.without_pandas import hidden_modules

with hidden_modules():
    import models.scorecard.scorecard  # noqa: F401  # Before anything else imports it.

from ledger.database import sole_service
from ledger.opening import open_ledger
from ledger.promotions_seen import accept_promotions
from ledger.reader import Reader
from ledger.writer import LedgerUnavailable, Writer
from serving.answering import Answering
from serving.identity.authenticator import Authenticator
from serving.identity.operator_identity import read_operator
from serving.live.watcher import LOOK_SECONDS, Watcher
from serving.logs import describe, get_log
from serving.settings import Settings

REFUSED: Final = 3
"""Exit status of a worker that will not serve."""
NOTE_SECONDS: Final = 10.0
WRITER_DIED: Final = 4
"""Exit status of a worker whose ledger writer has ended: it could record nothing, so it must not answer."""


@dataclass(frozen=True)
class Deployment:
    """What the routes use."""

    authenticator: Authenticator
    answering: Answering
    watcher: Watcher
    reader: Reader
    writer: Writer


@asynccontextmanager
async def open_deployment(settings: Settings, *, alone: bool = False) -> AsyncIterator[Deployment]:
    """Open the ledger for this one process and everything that is served, and start the background tasks."""
    try:
        async with AsyncExitStack() as stack:
            settle_memory = _settle_memory if alone else lambda: None
            deployment = await _open(settings, stack, settle_memory)
            settle_memory()
            get_log().info("open", count=len(deployment.watcher.live.scorecards))
            yield deployment
    except InputError as error:
        _refuse(settings, error)
        raise
    except Exception as error:
        logged = describe(error)
        _refuse(settings, InputError(f"The service failed to open: {logged['error']}.", where=logged["place"]))
        raise


async def _open(settings: Settings, stack: AsyncExitStack, settle_memory: Callable[[], None]) -> Deployment:
    stack.enter_context(sole_service(settings.home))
    file = await asyncio.to_thread(open_ledger, settings.home)
    operator = read_operator(settings.home)
    watcher = Watcher(settings, partial(accept_promotions, settings.home, file))
    await asyncio.to_thread(watcher.open)
    writer, reader = Writer(file, died=_end_process), Reader(file)
    stack.callback(reader.close)
    stack.push_async_callback(_note_ledger, settings, reader)  # After the writer has committed what was queued.
    stack.callback(writer.close)
    authenticator = Authenticator(reader)
    await authenticator.refresh()
    deployment = Deployment(authenticator, Answering(watcher, writer, operator), watcher, reader, writer)
    works = (
        *(_keep_keys_fresh(authenticator), _keep_live_things_fresh(watcher, settle_memory)),
        *(_keep_ledger_noted(settings, reader), _leave_with(settings.launcher)),
    )
    for work in works:
        stack.push_async_callback(_stop, asyncio.create_task(work))
    return deployment


async def _keep_keys_fresh(authenticator: Authenticator) -> None:
    """Read the live keys again each second, in a task of its own: nothing slow delays the refusal of a revoked key."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with _logged_failure(), suppress(LedgerUnavailable):
            await authenticator.refresh()


async def _keep_live_things_fresh(watcher: Watcher, settle_memory: Callable[[], None]) -> None:
    """Look each second for newer scorecards, profiles and facts, and replace what has changed."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with _logged_failure():
            if await watcher.look():
                settle_memory()


async def _keep_ledger_noted(settings: Settings, reader: Reader) -> None:
    """Note the ends of the chains beside the ledger: an older copy of it is not opened again by mistake."""
    while True:
        await asyncio.sleep(NOTE_SECONDS)
        with _logged_failure():
            await _note_ledger(settings, reader)


async def _note_ledger(settings: Settings, reader: Reader) -> None:
    with suppress(LedgerUnavailable):
        await reader.note(settings.home)


async def _leave_with(launcher: int | None) -> None:
    supervisor = os.getppid()
    while launcher is not None and not _orphaned(launcher, supervisor):
        await asyncio.sleep(LOOK_SECONDS)


@contextmanager
def _logged_failure() -> Iterator[None]:
    """Log an exception and go on: one failed look must not be the last."""
    try:
        yield
    except Exception as error:
        get_log().error("failed", **describe(error))


def _orphaned(launcher: int, supervisor: int) -> bool:
    """Stop the service when its launcher has ended: it would block the port and the ledger for the next one."""
    if os.getppid() != supervisor:
        os.kill(os.getpid(), signal.SIGTERM)
        return True
    try:
        os.kill(launcher, 0)
    except ProcessLookupError:
        os.kill(supervisor, signal.SIGTERM)
        return True
    return False


async def _stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _end_process(error: BaseException) -> None:
    """End the worker at once; its supervisor starts another. No acknowledged score is lost: each is on disk."""
    get_log().error("writer-died", **describe(error))
    os._exit(WRITER_DIED)


def _settle_memory() -> None:
    """Exclude the objects of start-up from garbage collection: a collection of them takes 0.25 s, during a request."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)


def _refuse(settings: Settings, why: InputError) -> None:
    """Report the reason in one line; a launched worker exits at once, before its supervisor prints tracebacks."""
    if settings.refusal is None:
        get_log().error("refused", why=str(why))
        return
    settings.refusal.write_text(json.dumps({"what": why.what, "where": why.where, "fix": why.fix}), encoding="utf-8")
    os._exit(REFUSED)
