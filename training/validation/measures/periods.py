"""Periods: the calendar quarters and half-years that cases are counted in."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from training.validation.measures.evidence import Mask

LETTERS = {1: "M", 3: "Q", 6: "H", 12: "Y"}  # by length in months


def periods(as_of: NDArray[np.datetime64], months: int = 3) -> NDArray[np.int64]:
    """For each instant the number of the calendar period of so many months that it lies in, 0 = the first of 1970."""
    return as_of.astype("datetime64[M]").astype(np.int64) // months


def period_name(period: int, months: int = 3) -> str:
    """Such as 2024Q1 or 2024H2; a year by its number."""
    each = 12 // months
    year, place = 1970 + period // each, period % each + 1
    return str(year) if months == 12 else f"{year}{LETTERS[months]}{place}"


def by_period(as_of: NDArray[np.datetime64], months: int = 3) -> Iterator[tuple[str, Mask]]:
    """Name and mask of every period that has a case, in the order of time."""
    place = periods(as_of, months)
    for period in np.unique(place):
        yield period_name(int(period), months), place == period
