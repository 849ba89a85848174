"""Opening and closing: what must be there before the first request, and what looks after it until the last."""

import asyncio
import gc
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from features.errors import InputError
from serving.without_pandas import without

with without():
    import models.scorecard.scorecard  # noqa: F401  # Before anything else imports it.

from ledger.database import prepare_ledger, sole_service
from ledger.reader import Reader
from ledger.writer import LedgerUnavailable, Writer
from serving.answering import Desk
from serving.identity.authenticator import Door
from serving.identity.operator_identity import read_operator
from serving.live.live import LOOK_SECONDS, Watch
from serving.logs import describe, get_log
from serving.settings import Settings

REFUSED: Final = 3
"""Exit status of a worker that will not serve."""


@dataclass(frozen=True)
class Office:
    """Everything the routes work with."""

    door: Door
    desk: Desk
    watch: Watch
    reader: Reader
    writer: Writer


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[Office]:
    """Open the ledger for this one process, everything on duty, and the watch over changes."""
    try:
        async with AsyncExitStack() as stack:
            office = await _opened(settings, stack)
            _settle_memory()
            get_log().info("open", count=len(office.watch.duty.cards))
            yield office
    except InputError as error:
        _refuse(settings, error)
        raise
    except Exception as error:
        told = describe(error)
        _refuse(settings, InputError(f"The service failed to open: {told['error']}.", where=told["place"]))
        raise


async def _opened(settings: Settings, stack: AsyncExitStack) -> Office:
    stack.enter_context(sole_service(settings.home))
    file = prepare_ledger(settings.home)
    operator = read_operator(settings.home)
    watch = Watch(settings)
    await asyncio.to_thread(watch.open)
    writer, reader = Writer(file), Reader(file)
    stack.callback(reader.close)
    stack.callback(writer.close)
    door = Door(reader)
    await door.refresh()
    office = Office(door, Desk(watch, writer, operator), watch, reader, writer)
    for work in (_keep_keys_fresh(door), _keep_live_things_fresh(watch), _leave_with(settings.launcher)):
        stack.push_async_callback(_stop, asyncio.create_task(work))
    return office


async def _keep_keys_fresh(door: Door) -> None:
    """Read the live keys again each second, in a task of its own: nothing slow delays the refusal of a revoked key."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with _logged_failure(), suppress(LedgerUnavailable):
            await door.refresh()


async def _keep_live_things_fresh(watch: Watch) -> None:
    """Look each second for newer scorecards, profiles and facts, and replace what has changed."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with _logged_failure():
            if await watch.look():
                _settle_memory()


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
    """Leave in good order when nobody is left to stop us: an orphan would hold port and ledger from a successor."""
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


def _settle_memory() -> None:
    """Keep the collector off what start-up left: walking it takes a quarter of a second, in the middle of a request."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)


def _refuse(settings: Settings, why: InputError) -> None:
    """Say why in one line; a launched worker leaves at once, so that its supervisor's tracebacks do not bury it."""
    if settings.refusal is None:
        get_log().error("refused", why=str(why))
        return
    settings.refusal.write_text(json.dumps({"what": why.what, "where": why.where, "fix": why.fix}), encoding="utf-8")
    os._exit(REFUSED)
