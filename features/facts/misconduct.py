"""The misconduct catalogue: types as data, from the deployment's home or from the package."""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import rfc8785

from features.errors import InputError
from features.facts.tables import PARTIES
from features.home import home

FILE: Final = "misconduct.toml"
_TEXTS: Final = ("code", "zh", "en")
_FIELDS: Final = (*_TEXTS, "roles", "severity")


@dataclass(frozen=True)
class Misconduct:
    """One type: its code in `conduct.type_code`, the party roles, and the severity (1 to 5) where a row states none."""

    code: str
    roles: tuple[str, ...]
    severity: int
    zh: str
    en: str


@dataclass(frozen=True)
class MisconductCatalogue:
    """All types of one named list."""

    name: str
    version: str
    types: tuple[Misconduct, ...]

    @cached_property
    def digest(self) -> str:
        """`sha256:…` over the whole catalogue."""
        return f"sha256:{hashlib.sha256(rfc8785.dumps(asdict(self))).hexdigest()}"

    @property
    def severities(self) -> dict[str, dict[str, int]]:
        """Party role → type code → severity."""
        return {role: {t.code: t.severity for t in self.types if role in t.roles} for role in PARTIES}

    @property
    def record(self) -> dict[str, Any]:
        """The entry in a facts manifest for the catalogue that graded its `conduct`."""
        return {"name": self.name, "version": self.version, "digest": self.digest, "severities": self.severities}


def read_catalogue() -> MisconductCatalogue:
    """Read `<home>/misconduct.toml`, or the generic set where the deployment has none.

    Raises:
        InputError: the file is not TOML, or a type in it is incomplete, contradictory or repeated.
    """
    own = home() / FILE
    return _read(own) if own.exists() else generic()


def generic() -> MisconductCatalogue:
    """Read the generic set in this package; it is not the list of any authority."""
    return _read(Path(__file__).with_name(FILE))


def _read(file: Path) -> MisconductCatalogue:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fix = "It is TOML in UTF-8."
        raise InputError("The catalogue of misconduct cannot be read.", where=str(file), fix=fix) from error
    refuse_unknown(content, ("name", "version", "type"), str(file))
    require_text(content, ("name", "version"), str(file))
    listed = content.get("type")
    if not isinstance(listed, list) or not listed:
        raise InputError("The catalogue lists no type.", where=str(file), fix="Give each a [[type]] block.")
    types = tuple(_type(entry, f"{file}, type {number}") for number, entry in enumerate(listed, start=1))
    uses = Counter((t.code, role) for t in types for role in t.roles)
    if repeated := [key for key, n in uses.items() if n > 1]:
        raise InputError(f"Type {repeated[0][0]!r} appears twice for the role {repeated[0][1]}.", where=str(file))
    return MisconductCatalogue(content["name"], content["version"], types)


def _type(entry: Any, where: str) -> Misconduct:
    if not isinstance(entry, dict):
        raise InputError("A type is not a block.", where=where, fix="Begin it with [[type]].")
    refuse_unknown(entry, _FIELDS, where)
    require_text(entry, _TEXTS, where)
    roles, severity = entry.get("roles"), entry.get("severity")
    if not isinstance(roles, list) or not roles or not set(map(str, roles)) <= set(PARTIES):
        raise InputError("'roles' must be a list of party roles.", where=where, fix=f"Use {', '.join(PARTIES)}.")
    if not isinstance(severity, int) or isinstance(severity, bool) or not 1 <= severity <= 5:
        raise InputError("'severity' must be a whole number from 1 to 5.", where=where)
    return Misconduct(entry["code"].strip(), tuple(roles), severity, entry["zh"], entry["en"])


def refuse_unknown(block: Mapping[str, Any], settings: tuple[str, ...], where: str) -> None:
    """Refuse a block of a catalogue with a setting that none has."""
    if unknown := sorted(set(block) - set(settings)):
        raise InputError(f"There is no setting {unknown[0]!r}.", where=where, fix=f"Use {', '.join(settings)}.")


def require_text(block: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    """Refuse a block of a catalogue in which one of these is no text."""
    for name in names:
        if not isinstance(block.get(name), str) or not block[name].strip():
            raise InputError(f"{name!r} must be text.", where=where)
