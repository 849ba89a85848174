"""Admission: how many requests, and how many bytes of bodies, may be in work at a time, by road and institution.

More would wait longer than their deadline, and every caller would wait with them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from serving.http.problems import TOO_MANY_REQUESTS, UNAVAILABLE, Problem
from serving.http.requests import ScoreRequest

SOON: Final = {"Retry-After": "1"}


@dataclass(frozen=True)
class Road:
    """One way to an answer, and how many requests may be on it: in all, and of one institution."""

    name: str
    slots: int
    tenant_slots: int


STORED: Final = Road("stored profiles", 1024, 512)
FACTS: Final = Road("facts", 256, 128)
SENT: Final = Road("sent facts", 128, 96)
BYTES: Final = 64 * 2**20
TENANT_BYTES: Final = 32 * 2**20
"""Bytes of bodies in work; a body may have 2 MiB."""


def road_of(score_request: ScoreRequest) -> Road:
    """Return the road on which a request is answered."""
    if score_request.facts is not None:
        return SENT
    return STORED if score_request.as_of is None else FACTS


class Admission:
    """Counts what is in work; refuses at once what would be too much."""

    def __init__(self, limits: Mapping[str, Road] | None = None) -> None:
        self._limits = dict(limits or {})
        self._requests: Counter[tuple[str, str | None]] = Counter()
        self._bytes: Counter[str | None] = Counter()

    @contextmanager
    def slot(self, tenant: str, road: Road, size: int) -> Iterator[None]:
        """Hold a slot of a road while a request is in work.

        Problem 429 where the institution has too much in work, 503 where all have; nothing was recorded.
        """
        road = self._limits.get(road.name, road)
        own, every = (road.name, tenant), (road.name, None)
        if self._requests[own] >= road.tenant_slots or self._bytes[tenant] + size > TENANT_BYTES:
            raise Problem(TOO_MANY_REQUESTS, headers=SOON)
        if self._requests[every] >= road.slots or self._bytes[None] + size > BYTES:
            raise Problem(UNAVAILABLE, headers=SOON)
        self._count(own, every, tenant, 1, size)
        try:
            yield
        finally:
            self._count(own, every, tenant, -1, -size)

    def _count(self, own: tuple[str, str], every: tuple[str, None], tenant: str, one: int, size: int) -> None:
        self._requests[own] += one
        self._requests[every] += one
        self._bytes[tenant] += size
        self._bytes[None] += size
        if not self._requests[own]:
            del self._requests[own]  # The number of institutions is not bounded.
        if not self._bytes[tenant]:
            del self._bytes[tenant]
