"""Working days: for every local day the number of working days up to it, as a table that the plan joins.

The days come from the table `calendar` of the facts, which a deployment in any country can import. Without it they are
China's, because the promises counted in working days are: holidays and the weekend days worked instead come from
`chinesecalendar`. Beyond the years that a calendar announces nothing is counted: whether a day will be a holiday is
not known there.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import chinese_calendar
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import InputError
from features.facts.store import Facts, instant, local_day

SATURDAY = 5


@dataclass(frozen=True, eq=False)
class Calendar:
    """The announced days of one calendar.

    Attributes:
        days: day → whether it is worked, for the days that are announced one by one.
        first_year: the first announced year; every year from it to `last_year` is announced.
        last_year: the last announced year.
    """

    days: Mapping[date, bool]
    first_year: int
    last_year: int

    @classmethod
    def of(cls, days: Mapping[date, bool]) -> "Calendar":
        """The calendar of some announced days: its years are the last unbroken run of years with such a day."""
        years = {day.year for day in days}
        first = last = max(years)
        while first - 1 in years:
            first -= 1
        return cls(days, first, last)

    @property
    def version(self) -> str:
        """`sha256:…` over the announced days."""
        lines = "\n".join(f"{day.isoformat()} {int(self.days[day])}" for day in sorted(self.days))
        return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"

    def worked(self, day: date) -> bool | None:
        """Whether a day is a working day: as announced, else Monday to Friday; None in a year without announcement."""
        if not self.first_year <= day.year <= self.last_year:
            return None
        return self.days.get(day, day.weekday() < SATURDAY)


@cache
def chinas() -> Calendar:
    """China's calendar, as the installed `chinesecalendar` has it."""
    holidays = dict.fromkeys(chinese_calendar.holidays, False)
    return Calendar.of(holidays | dict.fromkeys(chinese_calendar.workdays, True))


def calendar_of(facts: Facts) -> Calendar:
    """The imported calendar of a facts folder, or China's where none was imported."""
    file = facts.tables.get("calendar")
    return _imported(file, facts.tz) if file else chinas()


@lru_cache(maxsize=4)
def _imported(file: Path, tz: str) -> Calendar:
    rows = pq.read_table(file, columns=["on", "worked", "retracted", "known_until"]).to_pylist()
    valid = [row for row in rows if row["known_until"] is None and not row["retracted"]]
    if not valid:
        raise InputError("The table 'calendar' announces no day.", where=str(file), fix="Import its days again.")
    return Calendar.of({local_day(row["on"], tz): row["worked"] for row in valid})


@cache
def workdays() -> Any:
    """The unbound table `workdays`: `starts_at`, the UTC instant a local day begins, and `number`.

    `number` is how many working days there were up to that day, itself included; null after the announced years.
    """
    return ibis.table({"starts_at": "timestamp(6)", "number": "int64"}, name="workdays")


def with_workdays(rows: Any, name: str, *, since: Any, until: Any) -> Any:
    """Add `name`: the working days after the day of `since` up to the day of `until`, int64.

    Null where either is null or outside the announced years; negative where `until` comes first.
    """
    started = _numbered(rows, f"{name}_since", since)
    ended = _numbered(started, f"{name}_until", until)
    return ended.mutate(**{name: ended[f"{name}_until"] - ended[f"{name}_since"]})


def _numbered(rows: Any, name: str, moment: Any) -> Any:
    table, stamped = workdays(), rows.mutate(**{f"{name}_at": moment})
    joined = stamped.asof_join(table, on=stamped[f"{name}_at"] >= table.starts_at)
    return joined.select(*[stamped[c] for c in rows.columns], **{name: table.number})


@lru_cache(maxsize=8)
def workday_table(tz: str, calendar: Calendar | None = None) -> pa.Table:
    """The rows of `workdays` for a deployment in the time zone `tz`: China's days, or those of another calendar."""
    chosen = calendar or chinas()
    first, after = date(chosen.first_year, 1, 1), date(chosen.last_year + 1, 1, 1)
    days = [first + timedelta(days=i) for i in range((after - first).days + 1)]
    numbers = pa.array([*np.cumsum([bool(chosen.worked(day)) for day in days[:-1]]).tolist(), None], pa.int64())
    return pa.table({"starts_at": pa.array([instant(day, tz) for day in days], pa.timestamp("us")), "number": numbers})
