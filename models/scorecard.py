"""The scorecard: a verified folder that turns profiles into points, probabilities, grades and reasons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.spec import Spec


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a scorecard says of one profile.

    `status` is `scored`, `scored_limited` or `not_scorable`; `codes` say why it is not simply `scored`.
    `supplier` is the `supplier` block of the HTTP contract without supplier_id, kind and data_depth; None when
    not scorable.
    """

    status: str
    codes: tuple[str, ...]
    supplier: dict[str, Any] | None


class Scorecard:
    """One opened release or candidate; immutable and safe to share between threads."""

    spec: Spec
    digest: str  # "sha256:…" of scorecard.json
    folder: Path
    version: str  # from approval.json; "candidate" without one

    @classmethod
    def open(cls, folder: Path | str, *, digest: str | None = None) -> "Scorecard":
        """Verify, try and open a folder; `digest` is the one that was approved, if that is known."""
        raise NotImplementedError

    @property
    def columns(self) -> tuple[str, ...]:
        """The inputs, in order."""
        raise NotImplementedError

    @property
    def evidence_columns(self) -> tuple[str, ...]:
        """Profile columns that reasons may show beside the inputs."""
        raise NotImplementedError

    @property
    def failed_gates(self) -> tuple[str, ...]:
        """Names of the gates that the folder itself says are failed."""
        raise NotImplementedError

    def assess(self, values: np.ndarray, evidence: Mapping[str, float | None] | None = None) -> Assessment:
        """Assess one profile: float64 values in the order of `columns`, NaN for null."""
        raise NotImplementedError

    def assess_many(
        self, rows: np.ndarray, evidence: Iterable[Mapping[str, float | None]] | None = None
    ) -> list[Assessment]:
        """Assess many profiles, with the same results as one at a time."""
        raise NotImplementedError

    def margins(self, rows: np.ndarray) -> np.ndarray:
        """The booster's raw margins."""
        raise NotImplementedError

    def pd(self, rows: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of bad."""
        raise NotImplementedError

    def points(self, rows: np.ndarray) -> np.ndarray:
        """Exact points."""
        raise NotImplementedError

    def contributions(self, rows: np.ndarray) -> tuple[float, np.ndarray]:
        """Base points, and each column's contribution in points: base + row sum = points to 1e-9."""
        raise NotImplementedError


def write_scorecard(
    folder: Path | str,
    spec: Spec,
    *,
    booster_text: str,
    golden_rows: Sequence[Mapping[str, Any]],
    validation: Mapping[str, Any],
    card_md: str,
    provenance: Mapping[str, Any],
) -> str:
    """Write a candidate folder and return its digest.

    `golden_rows`: 20 or more of `{"profile": {column: value or None}, "terms": {...} or None}`, synthetic or
    pseudonymised; their blocks are computed here. `validation["figures"]` must hold
    `{"model": {"auc", "brier"}, "constant": {"auc", "brier"}}` of the out-of-time test (the gate of promotion).
    """
    raise NotImplementedError
