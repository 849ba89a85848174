"""A scorecard on duty: bound once to the columns a road delivers, so that a request only picks and computes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.declarations.catalogue import column
from features.declarations.request_formulas import TERMS, compiled, reads
from features.engines.digest import computed_here
from features.errors import InputError
from models.errors import ScorecardError
from models.scorecard.score import ScoreResult
from models.scorecard.scorecard import Scorecard

Evidence = Mapping[str, float | None]


class Binding:
    """How a scorecard's inputs are picked from a road's columns, and its request columns computed beside them."""

    def __init__(self, scorecard: Scorecard, columns: Sequence[str]) -> None:
        place = {name: at for at, name in enumerate(columns)}
        wanted = (*scorecard.columns, *scorecard.evidence_columns)
        asked = [name for name in wanted if column(name).feature.table == "request"]
        missing = [name for name in wanted if name not in place and name not in asked]
        if missing:
            raise InputError(f"Scorecard {scorecard.name} needs {missing[0]!r}, which the profiles do not have.")
        inputs = scorecard.columns
        self._width = len(inputs)
        self._into = np.array([at for at, name in enumerate(inputs) if name in place], dtype=np.intp)
        self._from = np.array([place[name] for name in inputs if name in place], dtype=np.intp)
        self._asked = [(at, name) for at, name in enumerate(inputs) if name not in place]
        self._beside = list(scorecard.evidence_columns)
        self._place = place
        features = tuple(column(name) for name in asked)
        self._steps = compiled(features, tuple(columns)) if features else {}
        read = {name for one in features for name in reads(one.feature, columns)}
        self._read = sorted(read - set(TERMS))

    def vector(self, profile: np.ndarray, terms: Mapping[str, Any] | None) -> tuple[np.ndarray, Evidence]:
        """Return the scorecard's inputs and the further values its reasons may show."""
        values = np.empty(self._width)
        values[self._into] = profile[self._from]
        computed = self._request(profile, terms) if self._steps else {}
        for at, name in self._asked:
            values[at] = computed[name]
        return values, {name: self._shown(name, profile, computed) for name in self._beside}

    def _request(self, profile: np.ndarray, terms: Mapping[str, Any] | None) -> dict[str, float]:
        inputs = dict(_NO_TERMS) | {name: profile[self._place[name]] for name in self._read} | dict(terms or {})
        with np.errstate(all="ignore"):
            return {name: float(step(inputs)) for name, step in self._steps.items()}

    def _shown(self, name: str, profile: np.ndarray, computed: Mapping[str, float]) -> float | None:
        value = computed[name] if name in computed else float(profile[self._place[name]])
        return None if value != value else value


_NONE = np.array(None, dtype=object)
_NO_TERMS: Mapping[str, Any] = {name: np.float64("nan") if kind == "float64" else _NONE for name, kind in TERMS.items()}


@dataclass(frozen=True)
class Card:
    """A scorecard on duty for one purpose.

    Attributes:
        approval_id: the approval that put it there, or the rollback that brought it back; None for one that is served
            unapproved, for study.
    """

    purpose: str
    scorecard: Scorecard
    approval_id: str | None

    @property
    def needs_terms(self) -> bool:
        """Whether a request must bring terms."""
        return self.scorecard.spec.unit == "request"

    @property
    def standing(self) -> dict[str, Any]:
        """Return the basis, with the failed gates where it is unapproved."""
        if self.approval_id is not None:
            return {"basis": self.scorecard.spec.basis}
        return {"basis": "unapproved", "failed_gates": list(self.scorecard.failed_gates)}

    @property
    def block(self) -> dict[str, Any]:
        """Return the `scorecard` block of an answer."""
        told = {
            "name": self.scorecard.spec.name,
            "version": self.scorecard.version,
            "digest": self.scorecard.digest,
            "features_digest": self.scorecard.spec.features_digest,
        }
        return told if self.approval_id is None else told | {"approval_id": self.approval_id}

    def assess(self, values: np.ndarray, evidence: Evidence) -> ScoreResult:
        """Assess one vector."""
        return self.scorecard.score(values, evidence)


def open_card(folder: Path, purpose: str, *, digest: str | None = None, approval_id: str | None = None) -> Card:
    """Open a scorecard for duty; InputError if it is damaged or its features are not the running code's."""
    try:
        scorecard = Scorecard.open(folder, digest=digest)
    except ScorecardError as error:
        raise InputError(str(error), where=str(folder), fix="Train, propose and approve again.") from error
    if not computed_here(scorecard.spec.features_digest, scorecard.columns):
        raise InputError(
            "This scorecard was trained on other feature declarations than this program's.",
            where=str(folder),
            fix="Train again with this program, or start the version that trained it.",
        )
    return Card(purpose, scorecard, approval_id)
