"""The level of the probabilities: the sample's, that of its later part, or a given central tendency."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from features.errors import InputError
from features.one_line import one_line
from models.scorecard.grades import Grade
from training.calibrate import Platt
from training.figures import Floats
from training.learning.expert import level
from training.learning.folds import LATE_SHARE

MOVED_Z = 3.29  # two-sided 0.1 %: beyond it the later cases differ from the calibration on all by more than chance


@dataclass(frozen=True)
class Tendency:
    """A given bad rate with its reason.

    Attributes:
        rate: of the cases to come, such as a long-run average or a population's.
        reason: why it is not the sample's, in words that a validator can check.
    """

    rate: float
    reason: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `RATE=REASON`, such as `0.025=average of 2015 to 2024, all banks`; InputError says what is wrong."""
        number, _, reason = text.partition("=")
        where, fix = "--central-tendency", "Write it as 0.025=long-run average of 2015 to 2024."
        try:
            rate = float(number)
        except ValueError as error:
            raise InputError(f"{number!r} is not a rate.", where=where, fix=fix) from error
        if not 0 < rate < 1:
            raise InputError(f"{number!r} is not between 0 and 1.", where=where, fix=fix)
        return cls(rate, one_line(reason, what="The reason of the central tendency", where=where))

    def moves(self, before: float) -> float:
        """What is added to the log-odds of a scorecard that was calibrated where the bad rate was `before`.

        Each class keeps its margins and only their shares change, as where a bank sent all its bads and only some
        goods; so all log-odds move by the same amount (Elkan 2001, theorem 2; King and Zeng 2001, prior correction).
        """
        return float(logit(self.rate) - logit(before))

    def set(self, platt: Platt, before: float) -> Platt:
        """The calibration for cases that are bad at this rate."""
        return replace(platt, intercept=float(f"{platt.intercept + self.moves(before):.10g}"))

    def observed(self, grades: tuple[Grade, ...], before: float) -> tuple[Grade, ...]:
        """Grades with the intervals of their bad rate moved like the probabilities; their counts stay the sample's."""

        def moved(rate: float) -> float:
            return float(f"{expit(logit(rate) + self.moves(before)):.6g}")

        return tuple(
            replace(g, observed=replace(g.observed, low=moved(g.observed.low), high=moved(g.observed.high)))
            if g.observed
            else g
            for g in grades
        )


@dataclass(frozen=True)
class Latest:
    """The level of the later part of the training period, beside the level of the whole period.

    Attributes:
        observed: bad rate of the later cases.
        expected: mean probability that the calibration on all cases gave them.
        taken: whether the level is theirs, because chance does not explain the difference.
    """

    observed: float
    expected: float
    z: float
    taken: bool


def latest(platt: Platt, margin: Floats, bad: Floats, as_of: NDArray[np.datetime64]) -> tuple[Platt, Latest]:
    """The calibration, at the level of the later cases where they differ from it by more than chance.

    A base rate that moved within the training period is more likely to stay there than to return.
    """
    late = as_of >= np.sort(as_of)[int(len(as_of) * (1 - LATE_SHARE))]
    m, y = margin[late], bad[late]
    pd = platt.pd(m)
    z = float((y - pd).sum() / (np.sqrt((pd * (1 - pd)).sum()) or np.inf))
    taken = bool(abs(z) > MOVED_Z and 0 < y.sum() < len(y))
    later_level = Latest(float(y.mean()), float(pd.mean()), z, taken)
    return (replace(platt, intercept=level(platt.slope * m, later_level.observed)) if taken else platt), later_level
