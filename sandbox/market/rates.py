"""Exchange rates by month, some of them wrong at first, and what they make of an amount."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sandbox.world.arrow import CURRENCIES
from sandbox.world.clock import NEVER, Calendar, Days, Reals, day, on
from sandbox.world.rows import Rows, known, stack
from sandbox.world.seeds import Noun, stream
from sandbox.world.world import World

RATE_UNIT = 100_000_000
TYPICAL = (1.0, 6.9, 7.6)  # yuan for one unit, in the order of CURRENCIES
WRONG = (0.1, 10.0, 1.1)  # a comma in the wrong place, or another day's rate


@dataclass(frozen=True)
class Rates:
    """Monthly rates into yuan; arrays by currency and month, in units of 1e-8.

    Attributes:
        on: first day of each month.
        right: the rate.
        first: what was published first.
        mended: day on which the right rate became known, `NEVER` where the first was right.
    """

    on: Days
    right: NDArray
    first: NDArray
    mended: Days

    def month(self, days: Days) -> NDArray:
        """Month whose rate applies to facts of `days`."""
        return np.searchsorted(self.on, days, side="right") - 1

    def rate(self, currency: NDArray, days: Days, known_day: Days) -> Reals:
        """Yuan for one unit by the rate that was known when a fact of `days` became known."""
        month = np.maximum(self.month(days), 0)
        mended = self.mended[currency, month] < known_day
        return np.where(mended, self.right[currency, month], self.first[currency, month]) / RATE_UNIT


def make_rates(world: World, calendar: Calendar, seed: int) -> Rates:
    """The rates of a market."""
    assert world.drawn is not None
    rng = stream(seed, 0, Noun.RATES)
    years = range(on(calendar.first).year, on(calendar.last).year + 1)
    months = np.array([day(date(year, month, 1)) for year in years for month in range(1, 13)], np.int32)
    shape = (len(CURRENCIES), len(months))
    walk = np.cumsum(0.012 * rng.standard_normal(shape), axis=1)
    right = np.round(np.array(TYPICAL)[:, None] * np.exp(walk), 4)
    right[0] = 1.0
    wrong = rng.random(shape) < world.drawn.mess.rates_corrected
    wrong[0] = False
    first = np.where(wrong, np.round(right * rng.choice(WRONG, shape), 4), right)
    mended = np.where(wrong, months + rng.integers(2, 60, shape), NEVER).astype(np.int32)
    return Rates(months, (right * RATE_UNIT).astype(np.int64), (first * RATE_UNIT).astype(np.int64), mended)


def rate_rows(rates: Rates, last: int) -> Rows:
    """The `rates` table as it is known on the last day: first versions and corrections."""
    currency, month = (a.ravel() for a in np.meshgrid(np.arange(1, len(CURRENCIES)), np.arange(len(rates.on))))
    rows: Rows = {"currency": currency, "on": rates.on[month], "rate": rates.first[currency, month]}
    known(rows, rows["on"])
    mended = np.flatnonzero(rates.mended[currency, month] < NEVER)
    further: Rows = {
        "currency": currency[mended],
        "on": rates.on[month[mended]],
        "rate": rates.right[currency[mended], month[mended]],
    }
    known(further, rates.mended[currency[mended], month[mended]], stated=True)
    rows = stack(rows, further)
    in_period = rows["known_day"] <= last
    return {name: values[in_period] for name, values in rows.items()}
