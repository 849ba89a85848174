"""Points, grade, PD and reasons of one profile from the booster's margin and contributions. Pure arithmetic."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.errors import ScorecardError
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.reasons import Reasons
from models.scorecard.spec import ColumnSpec, Spec

LIMITED_SHARE = 0.1  # of non-null columns outside the development range: scored with a warning
REFUSED_SHARE = 0.3  # … not scored
ADDITIVE_WITHIN = 1e-9
OUTSIDE_POPULATION = "OUTSIDE_POPULATION"
NEVER_MISSING_BEFORE = "NEVER_MISSING_BEFORE"
"""A value is missing in a column that was never null in development."""


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """The result of scoring one profile.

    `status` is `scored`, `scored_limited` or `not_scorable`; `codes` say why it is not simply `scored`.
    `supplier` is the `supplier` block of the HTTP contract without supplier_id, kind and data_depth; None when
    not scorable.
    """

    status: str
    codes: tuple[str, ...]
    supplier: dict[str, Any] | None


class ProfileScorer:
    """Scores profiles under one declaration; what does not depend on the profile is prepared once."""

    def __init__(self, spec: Spec, catalogue: Catalogue) -> None:
        self._spec = spec
        self._reasons = Reasons(spec.columns, catalogue)
        # A column without values in development has no range. A column never null there must not be null here.
        self._low = np.array([-np.inf if c.low is None else c.low for c in spec.columns])
        self._high = np.array([np.inf if c.high is None else c.high for c in spec.columns])
        self._never_null = np.array([not c.nullable for c in spec.columns], dtype=bool)
        self._medians = np.array([np.nan if c.median is None else c.median for c in spec.columns])
        self._points_per_margin = -spec.scale.factor * spec.calibration.slope
        self._bounds = [g.pd_high for g in spec.grades[:-1]]
        self._grades = [_grade_block(spec, i) for i in range(len(spec.grades))]

    def points(self, margin: Any) -> Any:
        """Return the exact points of raw margins."""
        return self._spec.scale.points(self._spec.calibration.log_odds_bad(margin))

    def branched(self, rows: np.ndarray) -> np.ndarray:
        """The rows as the booster reads them: its input where a value is missing that never was in development.

        The booster has no branch for such a null and would read it as 0. It takes the development median instead, which
        speaks neither for nor against the supplier; the answer says so.
        """
        return np.where(np.isnan(rows) & self._never_null, self._medians, rows)

    def contributions(self, shares: np.ndarray) -> np.ndarray:
        """Return contributions in points, from contributions to the margin."""
        return shares * self._points_per_margin

    def score(
        self, values: np.ndarray, margin: float, shares: np.ndarray, evidence: Mapping[str, float | None]
    ) -> ScoreResult:
        """Score checked values, given the margin and its shares by column (the expected margin last)."""
        outside = self.outside_share(values)
        if outside > REFUSED_SHARE:
            return ScoreResult("not_scorable", (OUTSIDE_POPULATION,), None)
        block = self._block(values, margin, shares, evidence)
        unseen_null = bool((np.isnan(values) & self._never_null).any())
        codes = (
            *((OUTSIDE_POPULATION,) if outside > LIMITED_SHARE else ()),
            *((NEVER_MISSING_BEFORE,) if unseen_null else ()),
        )
        return ScoreResult("scored_limited" if codes else "scored", codes, block)

    def outside_share(self, values: np.ndarray) -> float:
        """Share of a profile's non-null columns outside the development range.

        A null counts, as outside, only in a column never null in development: the booster has no branch for it.
        """
        unseen_null = np.isnan(values) & self._never_null
        outside = (values < self._low) | (values > self._high) | unseen_null
        counted = np.count_nonzero(values == values) + np.count_nonzero(unseen_null)
        return np.count_nonzero(outside) / counted if counted else 0.0

    def _block(
        self, values: np.ndarray, margin: float, shares: np.ndarray, evidence: Mapping[str, float | None]
    ) -> dict[str, Any]:
        spec = self._spec
        log_odds = spec.calibration.log_odds_bad(margin)
        points_exact = spec.scale.points(log_odds)
        base = self.points(float(shares[-1]))
        contributions = self.contributions(shares[:-1]).tolist()
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
            "reasons": self._reasons.block(
                points=points, base=base, contributions=contributions, values=values, evidence=evidence
            ),
        }


def outside_shares(columns: Sequence[ColumnSpec], rows: np.ndarray) -> np.ndarray:
    """`ProfileScorer.outside_share` of many profiles at once, over these columns."""
    low = np.array([-np.inf if c.low is None else c.low for c in columns])
    high = np.array([np.inf if c.high is None else c.high for c in columns])
    unseen_null = np.isnan(rows) & np.array([not c.nullable for c in columns], dtype=bool)
    outside = ((rows < low) | (rows > high) | unseen_null).sum(axis=1)
    return np.asarray(outside / np.maximum((~np.isnan(rows) | unseen_null).sum(axis=1), 1), dtype=np.float64)


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
