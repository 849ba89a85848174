"""Matured cases of an outcome with a scorecard's PD and points of each."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from features.facts.store import Facts
from features.profiles.build import build_profiles
from models.scorecard.scorecard import Scorecard
from training.cases import outcomes
from training.cases.outcomes import Outcome
from training.cases.population import matrix
from training.cases.split import Mask
from training.figures import Floats


@dataclass(frozen=True, eq=False)  # arrays are not compared by ==
class ScoredCases:
    """Cases that are good or bad, in the order of `case_id`.

    Attributes:
        cases: as `outcomes.cases` gives them.
        profiles: as `build_profiles` gives them, with all columns of the scorecard's unit.
        values: the scorecard's columns of the profiles, NaN for null.
        pd: calibrated probabilities of bad.
        points: exact points; higher is safer.
    """

    cases: pa.Table
    profiles: pa.Table
    values: Floats
    pd: Floats
    points: Floats

    @property
    def bad(self) -> Floats:
        """Outcomes, 1 for bad."""
        return np.asarray(self.cases["bad"].to_numpy(), dtype=np.float64)

    @property
    def supplier(self) -> np.ndarray:
        """The supplier of each case."""
        return np.asarray(self.cases["supplier_id"].to_pylist(), dtype=str)

    @property
    def as_of(self) -> np.ndarray:
        """The instants of the cases, in UTC."""
        return np.asarray(self.cases["as_of"].to_numpy(), dtype="datetime64[us]")

    def rows(self, mask: Mask) -> "ScoredCases":
        """The part of the cases under a mask."""
        chosen = pa.array(mask)
        return ScoredCases(
            self.cases.filter(chosen), self.profiles.filter(chosen), self.values[mask], self.pd[mask], self.points[mask]
        )


def score_cases(
    facts: Facts,
    outcome: str | Outcome,
    scorecard: Scorecard,
    *,
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
) -> ScoredCases:
    """Score every matured case of an outcome as it was known on the case's own date.

    Args:
        outcome: declared, or its name; it need not be the scorecard's own.
        since, until: only cases dated on or after the one and before the other; a bare date is its 00:00.

    Raises:
        InputError: the facts lack a table of the outcome.
    """
    from features.declarations.catalogue import COLUMNS

    cases = outcomes.usable(outcomes.cases(facts, outcome))
    as_of = np.asarray(cases["as_of"].to_numpy(), dtype="datetime64[us]")
    in_period = np.ones(cases.num_rows, dtype=bool)
    if since is not None:
        in_period &= as_of >= np.datetime64(facts.instant(since), "us")
    if until is not None:
        in_period &= as_of < np.datetime64(facts.instant(until), "us")
    cases = cases.filter(pa.array(in_period))
    request = scorecard.spec.unit == "request"
    columns = [c for c in COLUMNS if request or c.feature.table != "request"]
    terms = outcomes.TERMS if request else ()
    profiles = build_profiles(facts, cases.select(["case_id", "supplier_id", "as_of", "tenant_id", *terms]), columns)
    values = matrix(profiles, scorecard.columns)
    return ScoredCases(cases, profiles, values, scorecard.pd(values), scorecard.points(values))
