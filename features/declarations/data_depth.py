"""How much is known about a supplier: whether there is any history, and how deep it is."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def history_flags() -> tuple[str, ...]:
    """`no_<family>_history` columns that count as history: not the registry entry, not past loans with one tenant."""
    from features.declarations.catalogue import FAMILIES

    return tuple(f.flag for f in FAMILIES.values() if f.flag and f.letter not in "FL")


def has_history(profile: Mapping[str, float | None]) -> bool:
    """Whether the profile has any visible fact of the supplier's own."""
    return any(profile.get(flag) == 0.0 for flag in history_flags())


def data_depth(profile: Mapping[str, float | None], missing_tables: list[str]) -> dict[str, Any]:
    """The `data_depth` block of an answer: contracts and months of history, and tables never imported."""
    return {
        "contracts": _whole(profile.get("history_contracts")),
        "months": _whole(profile.get("history_months")),
        "missing": list(missing_tables),
    }


def _whole(value: float | None) -> int:
    return 0 if value is None or value != value else int(value)
