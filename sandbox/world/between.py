"""Number fields of a world that state their range."""

from dataclasses import MISSING, field
from typing import Any


def between(low: float, high: float, default: Any = MISSING) -> Any:
    """Return a dataclass field whose value must lie from `low` to `high`; the reader of a world checks it."""
    extra = {} if default is MISSING else {"default": default}
    return field(metadata={"low": low, "high": high}, **extra)
