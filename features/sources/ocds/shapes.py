"""Taking parts out of a release, or saying which part has the wrong shape."""

import re
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00(:00(\.0+)?)?(Z|[+-]\d{2}(:?\d{2})?)?")


class BadRelease(Exception):
    """A release that cannot be read: what is wrong, and where."""

    def __init__(self, pointer: str, kind: str, reason: str) -> None:
        self.pointer, self.kind, self.reason = pointer, kind, reason
        super().__init__(f"{pointer}: {reason}")


class StandIn(str):
    """What is told from a release's own date, for want of a better: the first release to say so dates it."""

    __slots__ = ()


def within(parent: Json, name: str, at: str) -> Json:
    """Return the object called `name`, empty where there is none."""
    found = parent.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadRelease(f"{at}/{name}", "bad_shape", "is no object")
    return found


def listed(parent: Json, name: str, at: str) -> list[tuple[str, Json]]:
    """Return the objects in the array called `name`, each with its pointer."""
    found = parent.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise BadRelease(f"{at}/{name}", "bad_shape", "is no array")
    for i, item in enumerate(found):
        if not isinstance(item, dict):
            raise BadRelease(f"{at}/{name}/{i}", "bad_shape", "is no object")
    return [(f"{at}/{name}/{i}", item) for i, item in enumerate(found)]


def texts(parent: Json, name: str, at: str) -> str | None:
    """Return the text called `name`; numbers count as text (ids), blanks as nothing."""
    found = parent.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
        raise BadRelease(f"{at}/{name}", "bad_shape", "is no text")
    return str(found).strip() or None


def named(parent: Json, name: str) -> str | None:
    """Return a code, or None where the value is something else."""
    found = parent.get(name)
    return found if isinstance(found, str) and found else None


def amount(value: Json) -> object:
    """Return the amount of a value; what is no number is left for the import to quarantine."""
    return value.get("amount")


def day(text: str | None) -> str | None:
    """Return a date-time as it is, and one at midnight as the date that it stands for."""
    found = _MIDNIGHT.fullmatch(text) if text else None
    return found[1] if found else text
