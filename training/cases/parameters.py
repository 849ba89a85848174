"""Parameters of outcomes: the names of each kind, their bounds, and their text form on the command line."""

from collections.abc import Mapping
from typing import Any

from features.errors import InputError

DAYS_MAX = 3650
LAG = {"lag_days": (0, DAYS_MAX)}
BOUNDS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "loan": {"dpd": (1, DAYS_MAX), "tail_days": (0, DAYS_MAX), "cap_months": (1, 600), **LAG},
    "contract": {"late_days_min": (1, DAYS_MAX), **LAG},
    "given": LAG,
}
"""The whole numbers of each kind, with the least and the greatest allowed."""

TEXTS: Mapping[str, tuple[str, ...]] = {"contract": ("convenience",)}
"""The parameters of a kind that are lists of texts; as text, items are separated by semicolons."""


def names(kind: str) -> tuple[str, ...]:
    """The parameters of a kind, in order."""
    return (*BOUNDS[kind], *TEXTS.get(kind, ()))


def read(kind: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Convert the text values of an outcome's parameters to their types.

    Raises:
        InputError: the kind has no such parameter, or the text is not a valid value.
    """
    if unknown_names := [name for name in texts if name not in names(kind)]:
        has = f"This outcome has {', '.join(names(kind))}."
        raise InputError(f"There is no parameter {unknown_names[0]!r}.", where="--outcome-parameter", fix=has)
    values: dict[str, Any] = {}
    for name, text in texts.items():
        if name in TEXTS.get(kind, ()):
            values[name] = tuple(part.strip().lower() for part in text.split(";") if part.strip())
        elif text.strip().isascii() and text.strip().removeprefix("-").isdigit():
            values[name] = int(text)
        else:
            raise InputError(f"{name} {text!r} is not a whole number.", where="--outcome-parameter")
    return values


def check(kind: str, values: Mapping[str, Any], *, where: str) -> None:
    """Refuse values outside their bounds, and values with which no loan could ever become bad.

    Raises:
        InputError: names the parameter, its value and its bounds.
    """
    for name, (low, high) in BOUNDS[kind].items():
        value = values.get(name)
        if value is None:
            continue
        if type(value) is not int:
            raise InputError(f"{name} {value!r} is not a whole number.", where=where)
        if not low <= value <= high:
            raise InputError(f"{name} {value} lies outside {low} to {high}.", where=where)
    for name in TEXTS.get(kind, ()):
        if any(not isinstance(text, str) for text in values.get(name, ())):
            raise InputError(f"{name} must be a list of texts.", where=where)
    if kind == "loan" and values["dpd"] > values["tail_days"]:
        raise InputError(
            f"dpd {values['dpd']} is more than tail_days {values['tail_days']}: a loan could"
            " never be so late within the window, and would count as good.",
            where=where,
            fix="Raise tail_days as well.",
        )


def as_text(value: Any) -> str:
    """A value in its text form on the command line."""
    return ";".join(value) if isinstance(value, tuple) else str(value)
