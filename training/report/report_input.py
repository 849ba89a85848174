"""The input of a validation report: figures, tables and contributions, without any sentence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.declarations.families.history_flags import SUBJECTS
from features.declarations.feature import Text
from features.facts.store import Facts
from models.scorecard.reason_catalogue import Sentences
from models.scorecard.spec import Gate, Spec
from training.figures import Floats
from training.learning import fit
from training.learning.study import Study
from training.outside.declarations import FAMILY

CASES_MAX = 1_000  # explained in the plots; a reader cannot tell more dots apart


@dataclass(frozen=True, eq=False)  # arrays are not compared by ==
class Contributions:
    """Exact contributions of the columns to the points, for some of the test cases.

    Attributes:
        values: the profiles, cases × columns, NaN for null.
        points: what each value adds to the points, cases × columns.
        base: points of the reference, which is the development sample at its own bad rate.
    """

    values: Floats
    points: Floats
    base: float

    @property
    def order(self) -> list[int]:
        """Indices of the columns, sorted by mean absolute contribution, largest first; ties keep their order."""
        size = np.abs(self.points).mean(axis=0) if len(self.points) else np.zeros(self.points.shape[1])
        return [int(j) for j in np.argsort(-size, kind="stable")]


@dataclass(frozen=True)
class Source:
    """One imported table: its row count, and the time at which its latest row became known."""

    table: str
    rows: int
    known_at_max: str | None


@dataclass(frozen=True, eq=False)
class ReportInput:
    """The input of a validation report.

    Attributes:
        name: of the candidate's folder.
        digest: of its scorecard.json.
        files: digest of each file that scorecard.json names.
        counts: all cases by state.
        validation: the content of validation.json.
        gates: every gate, including those of the scorecard's own content.
        labels: of the scorecard's columns.
        sentences: of the reason codes.
        families: what the record groups are about, by name.
        sources: the facts' tables.
        contributions: of the columns, for some of the test cases.
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
    contributions: Contributions


def report_input(
    facts: Facts,
    studied: Study,
    spec: Spec,
    validation: Mapping[str, Any],
    gates: Mapping[str, Gate],
    *,
    folder: Path,
    digest: str,
) -> ReportInput:
    """Collect the input for the report of a written candidate.

    Args:
        spec: the candidate's declaration, with the gates that training judged.
        gates: every gate.
        folder: folder of the candidate.
        digest: digest of its scorecard.json.
    """
    tables = facts.manifest["tables"]
    return ReportInput(
        name=folder.resolve().name,
        spec=spec,
        digest=digest,
        files=json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))["files"],
        counts=studied.data.counts,
        validation=validation,
        gates=gates,
        labels={c.name: c.feature.label for c in studied.data.columns},
        sentences=studied.data.catalogue.sentences,
        families={**{subject.name: subject.label for subject in SUBJECTS}, FAMILY.name: FAMILY.label},
        sources=[Source(name, tables[name]["rows"], tables[name]["known_at_max"]) for name in sorted(tables)],
        contributions=contributions(studied, spec),
    )


def contributions(studied: Study, spec: Spec) -> Contributions:
    """Contributions in points for evenly spaced test cases; the same cases in every run."""
    values = studied.data.served_values[studied.data.split.test]
    places = np.unique(np.linspace(0, len(values) - 1, min(CASES_MAX, len(values))).astype(np.intp))
    points = fit.shares(studied.text, values[places])
    base = float(spec.scale.points(studied.platt.log_odds(points[0, -1])))
    return Contributions(values[places], points[:, :-1] * (-spec.scale.factor * spec.calibration.slope), base)
