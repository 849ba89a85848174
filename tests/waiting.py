"""Wait for a condition instead of a time: a test must not depend on the machine's speed."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

import httpx

GUARD_SECONDS = 120.0
"""After this long the condition is taken never to come; no correct run comes near it."""
PAUSE_SECONDS = 0.02


async def until(condition: Callable[[], Any], *, seconds: float = GUARD_SECONDS) -> bool:
    """Return whether the condition, plain or awaitable, became true before the guard time passed."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if await value if inspect.isawaitable(value) else value:
            return True
        if time.monotonic() > end:
            return False
        await asyncio.sleep(PAUSE_SECONDS)


def wait_until(condition: Callable[[], Any], *, seconds: float = GUARD_SECONDS) -> bool:
    """Return whether a plain condition became true before the guard time passed."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE_SECONDS)
    return True


def until_answered(post: Callable[[], httpx.Response]) -> httpx.Response:
    """Send a score request under one key again while a busy machine needs more than the service's deadline."""
    answer = post()
    if answer.status_code == 503 and answer.json()["type"].endswith(":outcome-unknown"):
        while answer.status_code in {409, 503}:
            time.sleep(0.5)
            answer = post()
    return answer
