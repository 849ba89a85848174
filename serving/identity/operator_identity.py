"""The operator's name and notice, from `operator.toml` in the deployment's home or from the package."""

import tomllib
from pathlib import Path
from typing import Final

from features.errors import InputError

FIELDS: Final = ("name", "filing", "notice")
REQUIRED: Final = ("name", "notice")


def read_operator(home: Path) -> dict[str, str]:
    """Return the `operator` block of every answer."""
    own = home / "operator.toml"
    file = own if own.exists() else Path(__file__).with_name("operator.toml")
    try:
        words = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("The operator's file cannot be read.", where=str(file), fix="It is TOML in UTF-8.") from error
    unknown = sorted(set(words) - set(FIELDS))
    if unknown:
        raise InputError(f"There is no setting {unknown[0]!r}.", where=str(file), fix=f"Use {', '.join(FIELDS)}.")
    for name in FIELDS:
        if name in words and (not isinstance(words[name], str) or not words[name].strip()):
            raise InputError(f"{name!r} must be text.", where=str(file))
    for name in REQUIRED:
        if name not in words:
            raise InputError(f"{name!r} is missing.", where=str(file))
    return {name: words[name] for name in FIELDS if name in words}
