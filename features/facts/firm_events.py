"""The catalogue of registry events: which types of `firm_events` mean what, from the deployment's home or the package.

An import stores it as the reference table `event_kinds`, so that every engine reads the same.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from features.errors import InputError
from features.facts.misconduct import refuse_unknown, require_text
from features.home import home

FILE: Final = "firm_events.toml"
KINDS: Final = ("representative_change", "address_change", "abnormal_listed", "abnormal_removed")
"""What the features read; a type that is in none of them only counts as an event."""

_FIELDS: Final = ("code", "kind", "zh", "en")


def event_kinds() -> dict[str, str]:
    """Return type code → kind from `<home>/firm_events.toml`, or the generic set where the deployment has none.

    Raises:
        InputError: the file is not TOML, or a type in it is incomplete, of no known kind, or repeated.
    """
    own = home() / FILE
    return _read(own) if own.exists() else generic_kinds()


def generic_kinds() -> dict[str, str]:
    """Return the generic set in this package; it is not the list of any authority."""
    return _read(Path(__file__).with_name(FILE))


def _read(file: Path) -> dict[str, str]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fix = "It is TOML in UTF-8."
        raise InputError("The catalogue of registry events cannot be read.", where=str(file), fix=fix) from error
    refuse_unknown(content, ("name", "version", "type"), str(file))
    require_text(content, ("name", "version"), str(file))
    listed = content.get("type")
    if not isinstance(listed, list) or not listed:
        raise InputError("The catalogue lists no type.", where=str(file), fix="Give each a [[type]] block.")
    types = [_type(entry, f"{file}, type {number}") for number, entry in enumerate(listed, start=1)]
    if repeated := [code for code, n in Counter(code for code, _ in types).items() if n > 1]:
        raise InputError(f"Type {repeated[0]!r} appears twice.", where=str(file), fix="Remove one of them.")
    return dict(types)


def _type(entry: Any, where: str) -> tuple[str, str]:
    if not isinstance(entry, Mapping):
        raise InputError("A type is not a block.", where=where, fix="Begin it with [[type]].")
    refuse_unknown(entry, _FIELDS, where)
    require_text(entry, _FIELDS, where)
    if entry["kind"] not in KINDS:
        raise InputError(f"There is no kind {entry['kind']!r}.", where=where, fix=f"Use {', '.join(KINDS)}.")
    return entry["code"].strip(), entry["kind"]
