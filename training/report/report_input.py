"""Told: everything that a report is written from, gathered once; nothing here is a sentence yet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.declarations.catalogue import FAMILIES
from features.declarations.feature import Text
from features.facts.store import Facts
from models.scorecard.reason_catalogue import Sentences
from models.scorecard.spec import Gate, Spec
from training.figures import Floats
from training.learning import fit
from training.learning.study import Study
from training.outside.spec import FAMILY

CASES_MAX = 1_000  # explained in the plots; more dots would not be seen


@dataclass(frozen=True, eq=False)  # arrays are not compared by ==
class Shares:
    """Exact contributions to some of the test cases.

    Attributes:
        values: the profiles, cases × columns, NaN for null.
        points: what each value adds to the points, cases × columns.
        base: points of the reference, the development sample, at its own bad rate.
    """

    values: Floats
    points: Floats
    base: float

    @property
    def order(self) -> list[int]:
        """Places of the columns, those that move the points most on average first; of equals the first."""
        size = np.abs(self.points).mean(axis=0) if len(self.points) else np.zeros(self.points.shape[1])
        return [int(j) for j in np.argsort(-size, kind="stable")]


@dataclass(frozen=True)
class Source:
    """One imported table: how many rows, and when the latest of them became known."""

    table: str
    rows: int
    known_at_max: str | None


@dataclass(frozen=True, eq=False)
class Told:
    """What a report is written from.

    Attributes:
        name: of the candidate's folder.
        digest: of its scorecard.json, and `files` of what that digests.
        counts: all cases by state.
        validation: the content of validation.json.
        gates: every gate, those of the scorecard's own content included.
        labels: of the scorecard's columns.
        sentences: of the reason codes.
        families: by name.
        sources: the facts' tables.
        shares: contributions to drawn test cases.
    """

    name: str
    spec: Spec
    digest: str
    files: Mapping[str, str]
    counts: Mapping[str, int]
    validation: Mapping[str, Any]
    gates: Mapping[str, Gate]
    labels: Mapping[str, Text]
    sentences: Mapping[str, Sentences]
    families: Mapping[str, Text]
    sources: Sequence[Source]
    shares: Shares


def told(
    facts: Facts,
    studied: Study,
    spec: Spec,
    validation: Mapping[str, Any],
    gates: Mapping[str, Gate],
    *,
    folder: Path,
    digest: str,
) -> Told:
    """Gather what the report of a written candidate needs.

    Args:
        spec: its declaration, with the gates that training judged.
        gates: every gate.
        folder: the candidate's.
        digest: of its scorecard.json.
    """
    tables = facts.manifest["tables"]
    return Told(
        name=folder.resolve().name,
        spec=spec,
        digest=digest,
        files=json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))["files"],
        counts=studied.material.counts,
        validation=validation,
        gates=gates,
        labels={c.name: c.feature.label for c in studied.material.columns},
        sentences=studied.material.catalogue.sentences,
        families={family.name: family.label for family in (*FAMILIES.values(), FAMILY)},
        sources=[Source(name, tables[name]["rows"], tables[name]["known_at_max"]) for name in sorted(tables)],
        shares=shares(studied, spec),
    )


def shares(studied: Study, spec: Spec) -> Shares:
    """Contributions in points to evenly spread test cases, the same each time."""
    values = studied.material.values[studied.material.split.test]
    places = np.unique(np.linspace(0, len(values) - 1, min(CASES_MAX, len(values))).astype(np.intp))
    found = fit.shares(studied.text, values[places])
    base = float(spec.scale.points(studied.platt.log_odds(found[0, -1])))
    return Shares(values[places], found[:, :-1] * (-spec.scale.factor * spec.calibration.slope), base)
