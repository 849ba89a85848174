"""The central tendency: the bad rate that probabilities are set to, where it is not the development sample's."""

from dataclasses import dataclass, replace
from typing import Self

from features.errors import InputError
from training.calibrate import Platt
from training.expert import level
from training.figures import Floats


@dataclass(frozen=True)
class Tendency:
    """A bad rate that somebody answers for.

    Attributes:
        rate: of the cases to come, such as a long-run average or a population's.
        reason: why it is not the sample's, in words that a validator can check.
    """

    rate: float
    reason: str

    @classmethod
    def parse(cls, told: str) -> Self:
        """Read `RATE=REASON`, such as `0.025=average of 2015 to 2024, all banks`; InputError says what is wrong."""
        number, _, reason = told.partition("=")
        where, mend = "--central-tendency", "Write it as 0.025=long-run average of 2015 to 2024."
        try:
            rate = float(number)
        except ValueError as error:
            raise InputError(f"{number!r} is no rate.", where=where, mend=mend) from error
        if not 0 < rate < 1:
            raise InputError(f"{number!r} lies not between 0 and 1.", where=where, mend=mend)
        if not reason.strip():
            raise InputError("A central tendency without a reason cannot be checked.", where=where, mend=mend)
        return cls(rate, reason.strip())

    def set(self, platt: Platt, margin: Floats) -> Platt:
        """The calibration whose mean probability over these margins is the rate: only the intercept moves."""
        return replace(platt, intercept=level(platt.slope * margin, self.rate))
