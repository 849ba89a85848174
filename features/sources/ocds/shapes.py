"""Reading parts of a release; BadRelease names the part with the wrong shape."""

import re
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00(:00(\.0+)?)?(Z|[+-]\d{2}(:?\d{2})?)?")


class BadRelease(Exception):
    """A release, or a part of it, cannot be read: pointer, kind and reason."""

    def __init__(self, pointer: str, kind: str, reason: str) -> None:
        self.pointer, self.kind, self.reason = pointer, kind, reason
        super().__init__(f"{pointer}: {reason}")


class Substitute(str):
    """A value taken from a release's own date, because a better one is missing; the first release's value stays."""

    __slots__ = ()


def within(parent: Json, name: str, at: str) -> Json:
    """Return the object called `name`, empty where there is none."""
    part = parent.get(name)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise BadRelease(f"{at}/{name}", "bad_shape", "is not an object")
    return part


def listed(parent: Json, name: str, at: str) -> list[tuple[str, Json]]:
    """Return the objects in the array called `name`, each with its pointer."""
    part = parent.get(name)
    if part is None:
        return []
    if not isinstance(part, list):
        raise BadRelease(f"{at}/{name}", "bad_shape", "is not an array")
    for i, item in enumerate(part):
        if not isinstance(item, dict):
            raise BadRelease(f"{at}/{name}/{i}", "bad_shape", "is not an object")
    return [(f"{at}/{name}/{i}", item) for i, item in enumerate(part)]


def texts(parent: Json, name: str, at: str) -> str | None:
    """Return the text called `name`; numbers count as text (ids), blank text as None."""
    part = parent.get(name)
    if part is None:
        return None
    if isinstance(part, bool) or not isinstance(part, str | int | Decimal):
        raise BadRelease(f"{at}/{name}", "bad_shape", "is not text")
    return str(part).strip() or None


def named(parent: Json, name: str) -> str | None:
    """Return a code; None where the value is not text."""
    part = parent.get(name)
    return part if isinstance(part, str) and part else None


def statuses(parent: Json) -> set[str]:
    """Return the status of a part and its final status (of version 1.2), as far as it has them."""
    return {code for name in ("status", "finalStatus") if (code := named(parent, name))}


def amount(value: Json) -> object:
    """Return the amount of a value, unchecked: the import quarantines what is not a number."""
    return value.get("amount")


def day(text: str | None) -> str | None:
    """Return a date-time unchanged, but a date-time at midnight as its date."""
    midnight = _MIDNIGHT.fullmatch(text) if text else None
    return midnight[1] if midnight else text
