"""The days on which things happened that a release reports: signatures, deliveries, payments."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from features.sources.ocds.shapes import Json, day

_DATED = {"awards": "date", "contracts": "dateSigned"}
_OF_CONTRACT = {"amendments": "date", "milestones": "dateMet"}
_OF_IMPLEMENTATION = {"milestones": "dateMet", "transactions": "date"}
_YEAR_MIN = 1700  # an earlier date of a release is no date: nothing can mend it


def instant_of(text: str, tz: str) -> datetime:
    """Return the instant of a date or date-time, by the import's rules; ValueError where it is none."""
    instant = datetime.fromisoformat(text)
    if len(text) == len("2020-06-01"):
        instant = datetime.combine(instant, time.max)
    return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(tz))


def latest(known_at: str, not_before: str, tz: str) -> str:
    """Return the later of two dates as text; the first where one of them is no date."""
    try:
        return not_before if instant_of(not_before, tz) > instant_of(known_at, tz) else known_at
    except (ValueError, OverflowError):
        return known_at


def later_event(release: Json, known_at: str, tz: str) -> str | None:
    """Return the latest event of a release, if it happened on a later local day than the release's date.

    Events after today are left out: they are planned, or mistyped.
    """
    published = _local_day(known_at, tz)
    if published is None or published.year < _YEAR_MIN:
        return None
    today = datetime.now(UTC).astimezone(ZoneInfo(tz)).date()
    dated = ((_local_day(text, tz), text) for text in _events(release))
    later = [(on, text) for on, text in dated if on is not None and published < on <= today]
    return max(later)[1] if later else None


def _local_day(text: str, tz: str) -> date | None:
    try:
        return instant_of(text, tz).astimezone(ZoneInfo(tz)).date()
    except (ValueError, OverflowError):
        return None


def _events(release: Json) -> Iterator[str]:
    for name, dated in _DATED.items():
        yield from _dates(release, name, dated)
    for contract in _objects(release, "contracts"):
        for name, dated in _OF_CONTRACT.items():
            yield from _dates(contract, name, dated)
        implementation = contract.get("implementation")
        for name, dated in _OF_IMPLEMENTATION.items() if isinstance(implementation, dict) else ():
            yield from _dates(implementation, name, dated)


def _dates(parent: Json, name: str, dated: str) -> Iterator[str]:
    texts = (item.get(dated) for item in _objects(parent, name))
    yield from (day(text.strip()) or text for text in texts if isinstance(text, str))


def _objects(parent: Json, name: str) -> list[Any]:
    part = parent.get(name)
    return [item for item in part if isinstance(item, dict)] if isinstance(part, list) else []
