"""Reading the ranges of drawn worlds, and drawing from them."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

RANGES = Path(__file__).parents[1] / "draw.toml"
DIGITS = 4  # significant ones of what is drawn, so that a world reads well


def read_ranges(path: Path = RANGES) -> Mapping[str, Any]:
    """The ranges as a document."""
    return tomllib.loads(path.read_text("utf-8"))


def significant(value: float) -> float:
    """A number with few significant digits."""
    return float(f"{value:.{DIGITS}g}")


def drawn(rng: np.random.Generator, given: Any) -> Any:
    """One value from a range; from a list of ranges one value each; whatever else is given, as it is."""
    if isinstance(given, list):
        return tuple(drawn(rng, one) for one in given)
    if not isinstance(given, Mapping):
        return given
    low, high = given["low"], given["high"]
    if given.get("whole"):
        return int(rng.integers(low, high + 1))
    if given.get("log"):
        return significant(float(np.exp(rng.uniform(np.log(low), np.log(high)))))
    return significant(float(rng.uniform(low, high)))


def drawn_table(rng: np.random.Generator, table: Mapping[str, Any]) -> dict[str, Any]:
    """One value for each key of a table of ranges, in its order."""
    return {name: drawn(rng, given) for name, given in table.items()}
