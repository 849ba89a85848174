"""Parameters of outcomes: which each kind has, between what bounds, and how they are told on the command line."""

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
"""The lists of texts of a kind; told as one, parted by semicolons."""


def names(kind: str) -> tuple[str, ...]:
    """The parameters of a kind, in order."""
    return (*BOUNDS[kind], *TEXTS.get(kind, ()))


def read(kind: str, told: Mapping[str, str]) -> dict[str, Any]:
    """Type what was told of an outcome of some kind.

    Raises:
        InputError: the kind has no such parameter, or the text is no value of it.
    """
    if odd := [name for name in told if name not in names(kind)]:
        has = f"This outcome has {', '.join(names(kind))}."
        raise InputError(f"There is no parameter {odd[0]!r}.", where="--outcome-parameter", fix=has)
    found: dict[str, Any] = {}
    for name, text in told.items():
        if name in TEXTS.get(kind, ()):
            found[name] = tuple(part.strip().lower() for part in text.split(";") if part.strip())
        elif text.strip().isascii() and text.strip().removeprefix("-").isdigit():
            found[name] = int(text)
        else:
            raise InputError(f"{name} {text!r} is no whole number.", where="--outcome-parameter")
    return found


def check(kind: str, values: Mapping[str, Any], *, where: str) -> None:
    """Refuse values that lie beyond their bounds, or that make an outcome nobody can reach.

    Raises:
        InputError: names the parameter, its value and its bounds.
    """
    for name, (low, high) in BOUNDS[kind].items():
        value = values.get(name)
        if value is None:
            continue
        if type(value) is not int:
            raise InputError(f"{name} {value!r} is no whole number.", where=where)
        if not low <= value <= high:
            raise InputError(f"{name} {value} lies outside {low} to {high}.", where=where)
    for name in TEXTS.get(kind, ()):
        if any(not isinstance(text, str) for text in values.get(name, ())):
            raise InputError(f"{name} must be a list of texts.", where=where)
    if kind == "loan" and values["dpd"] > values["tail_days"]:
        raise InputError(
            f"dpd {values['dpd']} is more than tail_days {values['tail_days']}: what is owed at the end of a loan could"
            " never be so late while the loan is watched, and would count as good.",
            where=where,
            fix="Raise tail_days as well.",
        )


def spelled(value: Any) -> str:
    """A value as it is told on the command line."""
    return ";".join(value) if isinstance(value, tuple) else str(value)
