"""Instants in the form of OCDS: RFC 3339, in the deployment's time zone."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from features.sources.ocds.fields import ALWAYS

_REMEMBERED = 100_000


class Instants:
    """Writes instants (naive UTC) in one time zone."""

    def __init__(self, tz: str) -> None:
        self._zone = ZoneInfo(tz)
        self.text = lru_cache(_REMEMBERED)(self._text)

    def in_row(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row with its instants as text."""
        return {name: self.text(v) if isinstance(v, datetime) else v for name, v in row.items()}

    def _text(self, instant: datetime) -> str:
        if instant == datetime.min:
            return ALWAYS
        local = instant.replace(tzinfo=UTC).astimezone(self._zone)
        offset = local.utcoffset()
        # Offsets of the 19th century have seconds, which RFC 3339 cannot write.
        exact = offset is not None and offset.seconds % 60 == 0
        return local.isoformat() if exact else f"{instant.isoformat()}Z"
