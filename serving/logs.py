"""Logs are JSON lines made from an allow-list: what is not named here is never written."""

import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import structlog

ALLOWED: Final = frozenset(
    {"event", "level", "at", "request_id", "route", "method", "status", "ms", "problem", "error", "place"}
    | {"purpose", "scorecard", "digest", "profiles", "rows", "count", "why"}
)


def allow(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep only the allowed fields of a log line: no ids of suppliers, no names, no values of a caller's."""
    return {name: value for name, value in event.items() if name in ALLOWED}


def get_log() -> Any:
    """Return the service's logger."""
    return _LOG


def describe(error: BaseException) -> dict[str, str]:
    """Return what may be logged of an exception: its class and where it rose, never its message."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-4:]]
    return {"error": type(error).__name__, "place": " > ".join(places)}


_LOG = structlog.wrap_logger(
    structlog.PrintLogger(sys.stderr),
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        allow,
        structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False),
    ],
    cache_logger_on_first_use=True,
)
