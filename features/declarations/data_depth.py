"""How much is known about a supplier: whether there is any history, and how deep it is."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def depth_columns() -> tuple[str, ...]:
    """The profile columns that `data_depth` reads."""
    from features.declarations.families.suspicions import SUSPICIONS

    return ("history_contracts", "history_months", *(f.name for f in SUSPICIONS))


@lru_cache(maxsize=1)
def history_flags() -> tuple[str, ...]:
    """`no_<subject>_history` columns that count as history: not of the register, nor past loans with one tenant."""
    from features.declarations.families.history_flags import FLAGS

    return tuple(f.name for letter, flags in FLAGS.items() if letter not in "FL" for f in flags)


def has_history(profile: Mapping[str, float | None]) -> bool:
    """Whether the profile has any visible fact of the supplier's own."""
    return any(profile.get(flag) == 0.0 for flag in history_flags())


def data_depth(profile: Mapping[str, float | None], missing_tables: list[str]) -> dict[str, Any]:
    """The `data_depth` block of an answer: contracts and months of history, tables never imported, and suspicions.

    `suspicions` are codes of the quality report, of this supplier's facts known by the profile's instant.
    """
    from features.declarations.families.suspicions import SUSPICIONS, code_of

    return {
        "contracts": _whole(profile.get("history_contracts")),
        "months": _whole(profile.get("history_months")),
        "missing": list(missing_tables),
        "suspicions": [code_of(f.name) for f in SUSPICIONS if profile.get(f.name) == 1.0],
    }


def _whole(value: float | None) -> int:
    return 0 if value is None or value != value else int(value)
