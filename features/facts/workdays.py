"""Working days: for every local day the number of working days up to it, as a table that the plan joins.

The calendar is China's, because the promises counted in working days are. Holidays and the weekend days worked instead
come from `chinesecalendar` (2004 to 2026); in other years every Monday to Friday is a working day.
"""

from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

import chinese_calendar
import ibis
import numpy as np
import pyarrow as pa

from features.facts.store import instant

FIRST, AFTER = date(1990, 1, 1), date(2100, 1, 1)  # nothing is counted outside
SATURDAY = 5


@cache
def workdays() -> Any:
    """The unbound table `workdays`: `starts_at`, the UTC instant a local day begins, and `number`.

    `number` is how many working days there were up to that day, itself included; null from `AFTER` on.
    """
    return ibis.table({"starts_at": "timestamp(6)", "number": "int64"}, name="workdays")


def with_workdays(rows: Any, name: str, *, since: Any, until: Any) -> Any:
    """Add `name`: the working days after the day of `since` up to the day of `until`, int64.

    Null where either is null or outside the table; negative where `until` comes first.
    """
    started = _numbered(rows, f"{name}_since", since)
    ended = _numbered(started, f"{name}_until", until)
    return ended.mutate(**{name: ended[f"{name}_until"] - ended[f"{name}_since"]})


def _numbered(rows: Any, name: str, moment: Any) -> Any:
    table, stamped = workdays(), rows.mutate(**{f"{name}_at": moment})
    joined = stamped.asof_join(table, on=stamped[f"{name}_at"] >= table.starts_at)
    return joined.select(*[stamped[c] for c in rows.columns], **{name: table.number})


@lru_cache(maxsize=8)
def workday_table(tz: str) -> pa.Table:
    """The rows of `workdays` for a deployment in the time zone `tz`."""
    days = [FIRST + timedelta(days=i) for i in range((AFTER - FIRST).days + 1)]
    numbers = pa.array([*np.cumsum([worked(day) for day in days[:-1]]).tolist(), None], pa.int64())
    return pa.table({"starts_at": pa.array([instant(day, tz) for day in days], pa.timestamp("us")), "number": numbers})


def worked(day: date) -> bool:
    """Whether a day is a working day in China; in years without an announcement, Monday to Friday."""
    # Not `is_workday`: it raises for years that are not announced yet.
    return day in chinese_calendar.workdays or (day.weekday() < SATURDAY and day not in chinese_calendar.holidays)
