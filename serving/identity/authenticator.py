"""Who sends a request: its Bearer key gives the tenant and the role; nothing else in the request changes them."""

import asyncio
import time
from typing import Final

from starlette.requests import Request

from ledger.keys import Key, key_id_of, opens
from ledger.reader import Reader
from serving.http.problems import FORBIDDEN, UNAUTHENTICATED, Problem
from serving.roles import Roles

READ_PAUSE_SECONDS: Final = 0.05
"""Least time between two reads of the ledger for unknown keys, so that guessed keys cannot load the disk."""


class Authenticator:
    """Holds the live keys; they are read again every second, so that a revoked key is soon refused."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._keys: dict[str, Key] = {}
        self._pending_read: asyncio.Task[None] | None = None
        self._last_read_at = float("-inf")

    async def refresh(self) -> None:
        """Read the live keys again."""
        self._keys = await self._reader.keys()

    async def caller(self, request: Request, roles: Roles) -> Key:
        """Return the key of a request; Problem 401 without a live one, 403 if its role is not among `roles`."""
        key = await self._key(request)
        if key is None:
            raise Problem(UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})
        if key.role not in roles:
            raise Problem(FORBIDDEN)
        return key

    async def _key(self, request: Request) -> Key | None:
        headers = request.headers.getlist("authorization")
        if len(headers) != 1:
            return None
        scheme, _, secret = headers[0].partition(" ")
        key_id = key_id_of(secret) if scheme.lower() == "bearer" else None
        if key_id is None:
            return None
        if key_id not in self._keys:
            await self._read_again()  # It may have been made a moment ago.
        key = self._keys.get(key_id)
        return key if key is not None and opens(key, secret) else None

    async def _read_again(self) -> None:
        """Wait for a read of the keys that begins after now; all waiting requests share one read."""
        if self._pending_read is None:
            self._pending_read = asyncio.create_task(self._read_after_pause())
        await asyncio.shield(self._pending_read)

    async def _read_after_pause(self) -> None:
        await asyncio.sleep(self._last_read_at + READ_PAUSE_SECONDS - time.monotonic())
        # A request that comes later needs another read.
        self._pending_read, self._last_read_at = None, time.monotonic()
        await self.refresh()
