"""The scorecard: a verified folder that turns profiles into points, probabilities, grades and reasons.

The only file of this room that meets LightGBM.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from models.canonical import read_canonical
from models.catalogue import Catalogue
from models.errors import ScorecardError
from models.folder import read_folder
from models.golden import Profile, replay_golden, vector
from models.reasons import Reasons
from models.smoke import smoke_load
from models.spec import Spec

LIMITED_SHARE = 0.1  # of non-null columns outside the development range: scored with a warning
REFUSED_SHARE = 0.3  # … not scored
ADDITIVE_WITHIN = 1e-9
OUTSIDE_POPULATION = "OUTSIDE_POPULATION"


def parse_booster(text: str) -> lgb.Booster:
    """Parse a booster's text: only after its digest was verified, or in a process that may die of it."""
    return lgb.Booster(model_str=text)


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

    def __init__(
        self,
        spec: Spec,
        booster_text: str,
        *,
        digest: str = "",
        folder: Path | None = None,
        version: str = "candidate",
        validation: Mapping[str, Any] | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        smoke_load(booster_text, [c.name for c in spec.columns])
        self.spec, self.digest, self.folder, self.version = spec, digest, folder, version
        self.validation = validation or {}
        self.catalogue = catalogue or Catalogue.running()
        self.columns = tuple(c.name for c in spec.columns)
        self._booster = parse_booster(booster_text)
        if self._booster.feature_name() != list(self.columns):
            raise ScorecardError("booster.txt does not have the scorecard's columns in their order.")
        self._reasons = Reasons(spec.columns, self.catalogue)
        # A column that development never knew has no range; one that it never saw null has no place for a null.
        self._low = np.array([-np.inf if c.low is None else c.low for c in spec.columns])
        self._high = np.array([np.inf if c.high is None else c.high for c in spec.columns])
        self._never_null = np.array([not c.nullable for c in spec.columns], dtype=bool)
        self._points_per_margin = -spec.scale.factor * spec.calibration.slope
        self._bounds = [g.pd_high for g in spec.grades[:-1]]
        self._grades = [_grade_block(spec, i) for i in range(len(spec.grades))]

    @classmethod
    def open(cls, folder: Path | str, *, digest: str | None = None, catalogue: Catalogue | None = None) -> "Scorecard":
        """Verify, try and open a folder; `digest` is the one that was approved, if that is known.

        Digests are verified before LightGBM sees a byte; a child process loads the booster first; then the golden
        cases must be answered as they were.

        Raises:
            ScorecardError: any of that fails.
        """
        files = read_folder(folder, digest=digest)
        try:
            spec = Spec.from_json({k: v for k, v in files.scorecard.items() if k not in ("files", "format")})
            opened = cls(
                spec,
                files.content["booster.txt"].decode("ascii"),
                digest=files.digest,
                folder=files.folder,
                version=files.approval["version"] if files.approval else "candidate",
                validation=read_canonical(files.content["validation.json"]),
                catalogue=catalogue,
            )
        except ScorecardError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise ScorecardError(f"{folder} is not a scorecard this code can read: {error}.") from error
        replay_golden(files.content["golden.jsonl"], opened.answer)
        return opened

    @property
    def name(self) -> str:
        """The scorecard's name."""
        return self.spec.name

    @property
    def evidence_columns(self) -> tuple[str, ...]:
        """Profile columns that reasons may show beside the inputs."""
        inputs = set(self.columns)
        return tuple(sorted({e for c in self.spec.columns for e in c.evidence if e not in inputs}))

    @property
    def monotone_constraints(self) -> list[int]:
        """The monotone constraints that the booster says it was fitted under."""
        return self._booster.dump_model(num_iteration=1).get("monotone_constraints") or [0] * len(self.columns)

    @property
    def failed_gates(self) -> tuple[str, ...]:
        """Names of the gates that the folder itself says are failed."""
        return tuple(sorted(name for name, gate in self.spec.gates.items() if not gate.passed))

    def assess(self, values: np.ndarray, evidence: Mapping[str, float | None] | None = None) -> Assessment:
        """Assess one profile: float64 values in the order of `columns`, NaN for null.

        `evidence` holds further columns of the profile; of those, `evidence_columns` may be shown.
        """
        rows = self._checked(np.asarray(values, dtype=np.float64)[np.newaxis, :])
        margin = self._booster.predict(rows, raw_score=True, num_threads=1)
        shares = self._booster.predict(rows, pred_contrib=True, num_threads=1)
        return self._assessment(rows[0], float(margin[0]), shares[0], evidence or {})

    def assess_many(
        self, rows: np.ndarray, evidence: Iterable[Mapping[str, float | None]] | None = None
    ) -> list[Assessment]:
        """Assess many profiles, with the same results as one at a time."""
        rows = self._checked(rows)
        beside = list(evidence) if evidence is not None else [{}] * len(rows)
        shares = self._booster.predict(rows, pred_contrib=True) if len(rows) else rows
        each = zip(rows, self.margins(rows).tolist(), shares, beside, strict=True)
        return [self._assessment(*one) for one in each]

    def answer(self, profile: Profile) -> dict[str, Any]:
        """Assess a profile given by name, as plain JSON: what golden cases are made of."""
        told = self.assess(vector(self.columns, profile), profile)
        return {"status": told.status, "codes": list(told.codes), "supplier": told.supplier}

    def margins(self, rows: np.ndarray) -> np.ndarray:
        """The booster's raw margins."""
        rows = self._checked(rows)
        return np.asarray(self._booster.predict(rows, raw_score=True)) if len(rows) else np.empty(0)

    def pd(self, rows: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of bad."""
        return 1 / (1 + np.exp(-self.spec.calibration.log_odds_bad(self.margins(rows))))

    def points(self, rows: np.ndarray) -> np.ndarray:
        """Exact points."""
        return self.spec.scale.points(self.spec.calibration.log_odds_bad(self.margins(rows)))

    def contributions(self, rows: np.ndarray) -> tuple[float, np.ndarray]:
        """Base points, and each column's contribution in points: base + row sum = points to 1e-9."""
        shares = np.asarray(self._booster.predict(self._checked(rows), pred_contrib=True))
        return self._base(shares[0, -1]), shares[:, :-1] * self._points_per_margin

    def _base(self, expected_margin: float) -> float:
        return self.spec.scale.points(self.spec.calibration.log_odds_bad(float(expected_margin)))

    def _checked(self, rows: np.ndarray) -> np.ndarray:
        """LightGBM scores infinities, and vectors in any order, without a word: refuse what can be seen."""
        rows = np.ascontiguousarray(rows, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.columns):
            raise ValueError(f"Profiles must have {len(self.columns)} columns; their shape is {rows.shape}.")
        if np.isinf(rows).any():
            raise ValueError("A profile holds an infinite value.")
        return rows

    def _assessment(
        self, values: np.ndarray, margin: float, shares: np.ndarray, evidence: Mapping[str, float | None]
    ) -> Assessment:
        outside = self.outside_share(values)
        if outside > REFUSED_SHARE:
            return Assessment("not_scorable", (OUTSIDE_POPULATION,), None)
        block = self._block(values, margin, shares, evidence)
        if outside > LIMITED_SHARE:
            return Assessment("scored_limited", (OUTSIDE_POPULATION,), block)
        return Assessment("scored", (), block)

    def outside_share(self, values: np.ndarray) -> float:
        """Share of a profile's non-null columns beyond the development range.

        A null counts, as outside, only where development never saw one: the booster has no branch for it.
        """
        strange = np.isnan(values) & self._never_null
        beyond = (values < self._low) | (values > self._high) | strange
        counted = np.count_nonzero(values == values) + np.count_nonzero(strange)
        return np.count_nonzero(beyond) / counted if counted else 0.0

    def _block(
        self, values: np.ndarray, margin: float, shares: np.ndarray, evidence: Mapping[str, float | None]
    ) -> dict[str, Any]:
        spec = self.spec
        log_odds = spec.calibration.log_odds_bad(margin)
        points_exact = spec.scale.points(log_odds)
        base = self._base(shares[-1])
        contributions = shares[:-1] * self._points_per_margin
        if not abs(base + math.fsum(contributions) - points_exact) <= ADDITIVE_WITHIN:
            raise ScorecardError("Contributions do not add up to the points of this profile; no score is given.")
        pd = 1 / (1 + math.exp(-log_odds))
        points = round(points_exact)
        return {
            "points": points,
            "points_exact": points_exact,
            "scale": spec.scale.id,
            "pd": pd,
            "outcome": spec.outcome,
            "horizon": spec.horizon,
            "grade": self._grades[bisect_right(self._bounds, pd)],
            "basis": spec.basis,
            "reasons": self._reasons.tell(
                points=points, base=base, contributions=contributions, values=values, evidence=evidence
            ),
        }


def _grade_block(spec: Spec, place: int) -> dict[str, Any]:
    grade = spec.grades[place]
    block: dict[str, Any] = {
        "code": grade.code,
        "pd_low": grade.pd_low,
        "pd_high": grade.pd_high,
        "master_scale": spec.master_scale,
    }
    if grade.observed is not None:
        seen = grade.observed
        block["observed"] = {"low": seen.low, "high": seen.high, "level": seen.level, "method": seen.method}
    return block
