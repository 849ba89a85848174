"""Who is asking: a Bearer key gives the tenant and the role, and nothing in a request can change either."""

import asyncio
import time
from typing import Final

from starlette.requests import Request

from ledger.keys import Key, key_id_of, opens
from ledger.reader import Reader
from serving.http.problems import FORBIDDEN, KEY_MALFORMED, KEY_MISSING, UNAUTHENTICATED, Problem

LATE_LOOK_SECONDS: Final = 0.05
"""Least time between two looks for keys that are not known yet: whoever guesses waits, and the disk does not."""

Roles = frozenset[str]
SCORING: Final[Roles] = frozenset({"bank", "risk_officer"})
READING_SCORES: Final[Roles] = frozenset({"bank", "risk_officer", "auditor"})
READING_PROFILES: Final[Roles] = frozenset({"bank", "risk_officer", "data_scientist", "validator"})
ANY_ROLE: Final[Roles] = SCORING | READING_SCORES | READING_PROFILES | {"operator", "supplier"}


class Door:
    """Knows the live keys; refreshed every second, so that a revoked key is refused at once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._keys: dict[str, Key] = {}
        self._late_look: asyncio.Task[None] | None = None
        self._late_looked = float("-inf")

    async def refresh(self) -> None:
        """Read the live keys anew."""
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
        given = request.headers.getlist("authorization")
        if len(given) != 1:
            return None
        scheme, _, secret = given[0].partition(" ")
        key_id = key_id_of(secret) if scheme.lower() == "bearer" else None
        if key_id is None:
            return None
        if key_id not in self._keys:
            await self._look_late()  # It may have been made a moment ago.
        key = self._keys.get(key_id)
        return key if key is not None and opens(key, secret) else None

    async def _look_late(self) -> None:
        """Wait for a look at the keys that begins after now; all who wait share it."""
        if self._late_look is None:
            self._late_look = asyncio.create_task(self._refresh_late())
        await asyncio.shield(self._late_look)

    async def _refresh_late(self) -> None:
        await asyncio.sleep(self._late_looked + LATE_LOOK_SECONDS - time.monotonic())
        self._late_look, self._late_looked = None, time.monotonic()  # Who comes from here on needs another look.
        await self.refresh()


def idempotency_key(request: Request) -> str:
    """Return the request's idempotency key, bare or quoted; Problem 400 without exactly one."""
    given = request.headers.getlist("idempotency-key")
    if not given:
        raise Problem(KEY_MISSING)
    key = given[0]
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(given) > 1 or not 1 <= len(key) <= 255 or not all("!" <= mark <= "~" for mark in key):
        raise Problem(KEY_MALFORMED)
    return key
