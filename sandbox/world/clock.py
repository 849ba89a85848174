"""Whole days of the market's calendar: what happened when, and on which days business is done.

Every fact of the sandbox is dated to a local calendar day (days since 1970-01-01, int32). A fact of day d is
visible from day d + 1 on, which is exactly what FACTS' strict comparison of instants says for 00:00 of a day.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int32]
Reals = NDArray[np.float64]

NEVER = np.int32(1 << 30)  # has not happened, or is not stated
ALWAYS = np.int32(-(1 << 30))  # known since before the market began
EPOCH = date(1970, 1, 1)

WEEKDAYS = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.06, 0.03])
# Budgets are spent late in the year, and the Spring Festival empties the offices.
MONTHS = np.array([0.75, 0.5, 1.0, 1.0, 1.0, 1.05, 0.95, 1.0, 1.05, 0.9, 1.2, 1.5])


def day(on: date) -> int:
    """Number of the calendar day `on`."""
    return (on - EPOCH).days


def on(number: int) -> date:
    """Calendar day of a day number."""
    return EPOCH + timedelta(days=number)


def working_day(days: Days) -> Days:
    """Move Saturdays and Sundays to the Monday after."""
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    return (days + np.where(weekday == 5, 2, np.where(weekday == 6, 1, 0))).astype(np.int32)


@dataclass(frozen=True)
class Calendar:
    """How much business each day of the market sees.

    Attributes:
        first: first day of the market.
        last: last day, and the day of the data cut.
        cumulative: business done before each day from `first` on, in years of the first year's business.
    """

    first: int
    last: int
    cumulative: Reals

    @classmethod
    def between(cls, first: date, last: date, *, growth: float) -> "Calendar":
        """Calendar of a market whose business grows by `growth` a year."""
        days = np.arange(day(first), day(last) + 1)
        months = np.array([on(int(d)).month for d in days]) - 1
        busy = WEEKDAYS[(days + 3) % 7] * MONTHS[months] * (1.0 + growth) ** ((days - days[0]) / 365.25)
        year = busy[:365].sum()
        return cls(day(first), day(last), np.concatenate([[0.0], np.cumsum(busy / year)]))

    def business(self, start: Days, stop: Days) -> Reals:
        """Business done from day `start` until the end of day `stop`, in years."""
        at = np.clip(np.stack([start - self.first, stop + 1 - self.first]), 0, len(self.cumulative) - 1)
        return np.maximum(self.cumulative[at[1]] - self.cumulative[at[0]], 0.0)

    def draw(self, uniform: Reals, start: Days, stop: Days) -> Days:
        """Days between `start` and `stop`, distributed as business is."""
        at = np.clip(np.stack([start - self.first, stop + 1 - self.first]), 0, len(self.cumulative) - 1)
        low, high = self.cumulative[at[0]], self.cumulative[at[1]]
        index = np.searchsorted(self.cumulative, low + uniform * (high - low), side="right") - 1
        return (np.minimum(index, len(self.cumulative) - 2) + self.first).astype(np.int32)
