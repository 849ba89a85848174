"""Central tendency: a given bad rate, in place of the level of the latest cases."""

from dataclasses import dataclass, replace
from typing import Self

from scipy.special import expit, logit

from features.errors import InputError
from features.one_line import one_line
from models.scorecard.grades import Grade
from training.calibrate import Platt


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
