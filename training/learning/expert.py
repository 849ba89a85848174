"""The expert scorecard: weights declared in `expert.toml`, for use before any outcome is known, and with few."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from training.figures import Floats
from training.learning.additive import Steps, booster_text
from training.learning.fit import Sample
from training.learning.level import level

DECLARATIONS = Path(__file__).with_name("expert.toml")
ASSUMPTION = "assumption"  # the evidence of a weight of which nothing was published
DECLARATION_OF = {"loan": "loan", "given": "loan", "contract": "contract"}  # an outcome's kind -> the weights for it


@dataclass(frozen=True)
class Weight:
    """The declared steps of one column: `edges` rising, `values` one more, `missing` for a null.

    Attributes:
        evidence: what was published about the direction, or `assumption`; the size is always an assumption.
    """

    name: str
    edges: tuple[float, ...]
    values: tuple[float, ...]
    missing: float
    because: Mapping[str, str]
    evidence: str


@dataclass(frozen=True)
class DeclaredWeights:
    """A declared set of weights.

    Attributes:
        base_rate: the assumed share of bads until outcomes are known.
    """

    name: str
    version: int
    base_rate: float
    text: Mapping[str, str]
    weights: tuple[Weight, ...]

    @property
    def id(self) -> str:
        """Name and version, as a scorecard carries them."""
        return f"expert-{self.name}/v{self.version}"


@dataclass(frozen=True)
class Expert:
    """Declared weights applied to a sample: steps on the sample's columns, and the level set by the base rate."""

    declared: DeclaredWeights
    steps: tuple[Steps, ...]
    intercept: float

    def margin(self, values: Floats, columns: list[str]) -> Floats:
        """Log-odds of bad."""
        place = {name: j for j, name in enumerate(columns)}
        return self.intercept + _sum(self.steps, values, place)

    def text(self, sample: Sample) -> str:
        """The scorecard as a booster's text."""
        return booster_text(sample.columns, sample.monotone, sample.values, self.steps, self.intercept)


def declared_weights(kind: str, declarations: Path = DECLARATIONS) -> DeclaredWeights:
    """Read the declared weights for an outcome's kind; ValueError where a declaration contradicts itself."""
    name = DECLARATION_OF[kind]
    entry = tomllib.loads(declarations.read_text(encoding="utf-8"))[name]
    weights = tuple(_weight(w) for w in entry["columns"])
    return DeclaredWeights(name, entry["version"], entry["base_rate"], {"zh": entry["zh"], "en": entry["en"]}, weights)


def expert(sample: Sample, declared: DeclaredWeights, base_rate: float | None = None) -> Expert | None:
    """Apply declared weights to the sample's columns; None where the sample has none of them."""
    place = {name: j for j, name in enumerate(sample.columns)}
    steps = tuple(
        Steps.of(w.name, w.edges, w.values, w.missing, sample.values[:, place[w.name]])
        for w in declared.weights
        if w.name in place
    )
    for one in steps:
        _check_direction(one, sample.monotone[place[one.column]])
    if not steps:
        return None
    return Expert(
        declared, steps, level(_sum(steps, sample.values, place), base_rate or declared.base_rate, sample.weight)
    )


def _sum(steps: tuple[Steps, ...], values: Floats, place: Mapping[str, int]) -> Floats:
    return np.sum([s.at(values[:, place[s.column]]) for s in steps], axis=0)


def _weight(entry: Mapping[str, Any]) -> Weight:
    edges = tuple(float(edge) for edge, _ in entry["steps"])
    if any(a >= b for a, b in pairwise(edges)):
        raise ValueError(f"The steps of {entry['name']!r} do not rise.")
    values = (*(float(value) for _, value in entry["steps"]), float(entry["beyond"]))
    if not (evidence := entry.get("evidence", "")).strip():
        raise ValueError(f"The weight of {entry['name']!r} names no evidence. Cite it, or write: assumption.")
    return Weight(entry["name"], edges, values, float(entry["missing"]), entry["because"], evidence)


def _check_direction(steps: Steps, sign: int) -> None:
    if sign and any(sign * (b - a) < 0 for a, b in pairwise(steps.values)):
        raise ValueError(f"The declared weights of {steps.column!r} contradict its direction of risk.")
