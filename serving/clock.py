"""The only clock of the service, and how instants are read from and written to the wire."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

VALID_DAYS = 30

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
PATTERN = rf"^({_DATE.pattern}|{_INSTANT.pattern})$"
"""What a caller may write for an instant: a bare date, or a time with its offset."""


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def read_instant(text: str, zone: ZoneInfo) -> datetime | None:
    """Return `text` as an instant in UTC (a bare date D is D 00:00 in `zone`), or None where it is not one."""
    try:
        if _DATE.fullmatch(text):
            moment = datetime.combine(date.fromisoformat(text), time(), tzinfo=zone)
        elif _INSTANT.fullmatch(text):
            moment = datetime.fromisoformat(text)
        else:
            return None
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def write_instant(moment: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the wire shows it: local time with its offset, no smaller unit than it has.

    In UTC where local time has no offset that RFC 3339 can write: before time zones, or before year 1.
    """
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        local = moment
    if (local.utcoffset() or timedelta()) % timedelta(minutes=1):
        local = moment
    return local.isoformat(timespec="seconds" if moment.microsecond == 0 else "microseconds")


def valid_until(created: datetime, zone: ZoneInfo) -> str:
    """Return the last day on which a score given at `created` may be used."""
    return (created.astimezone(zone).date() + timedelta(days=VALID_DAYS)).isoformat()
