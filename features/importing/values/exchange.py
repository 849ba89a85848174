"""Exchange rates: for a fact's own day, the rate that was known when the fact became known."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import pyarrow as pa

from features.facts.sql import local_day
from features.intake.intake import Intake


@dataclass(frozen=True)
class _Version:
    """A version of one rate: the first day of facts that it converts by what was known; None for a retraction."""

    usable_from: date
    rate: Decimal | None


class RateHistory:
    """All versions of all rates.

    A fact is converted by the rate with the latest `on` not after the fact's own day, in the version known last before
    the fact: a rate that became known after its own day, and each correction, converts only facts that become known on
    a later day. So a profile that was computed before stays reproducible.
    """

    def __init__(self, versions: list[tuple[str, date, datetime, date, bool, Decimal]]) -> None:
        """Order the versions: currency, local day of `on`, `on`, local day of `known_at`, retracted, rate.

        The versions of one rate come in the order in which they became known.
        """
        by_rate: dict[str, dict[tuple[date, datetime], list[_Version]]] = defaultdict(lambda: defaultdict(list))
        for currency, day, on, known_day, retracted, rate in versions:
            usable_from = day if known_day <= day else known_day + timedelta(days=1)
            by_rate[currency][day, on].append(_Version(usable_from, None if retracted else rate))
        self._days: dict[str, list[date]] = {}
        self._versions: dict[str, list[list[_Version]]] = {}
        self._usable_from: dict[str, list[date]] = {}
        for currency, of_rates in by_rate.items():
            keys = sorted(of_rates)
            self._days[currency] = [day for day, _ in keys]
            self._versions[currency] = [of_rates[key] for key in keys]
            first = (min(v.usable_from for v in of_rates[key]) for key in keys)
            self._usable_from[currency] = list(accumulate(first, min))

    @classmethod
    def read(cls, intake: Intake) -> "RateHistory":
        """Read the rates of `base_rates`."""
        own, known = local_day('"on"', intake.tz), local_day("known_at", intake.tz)
        return cls(
            intake.con.execute(
                f'SELECT currency, {own}, "on", {known}, retracted, rate FROM base_rates'
                " ORDER BY known_at, retracted DESC"
            ).fetchall()
        )

    def rate(self, currency: str, day: date, known_day: date) -> Decimal | None:
        """Return the rate for a fact of local day `day` that became known on `known_day`; None where none was known."""
        place = bisect_right(self._days.get(currency, []), day)
        while place:
            place -= 1
            if self._usable_from[currency][place] > known_day:
                return None  # nor is any earlier rate
            usable = [v.rate for v in self._versions[currency][place] if v.usable_from <= known_day]
            if usable and usable[-1] is not None:
                return usable[-1]
        return None

    def list_rates(self, intake: Intake, needed: str, name: str) -> None:
        """Make the temporary table `name` (currency, day, known_day, rate) for the rows of the SQL `needed`."""
        wanted = intake.con.execute(f"SELECT DISTINCT currency, day, known_day FROM ({needed})").fetchall()
        rows = [(*case, rate) for case in wanted if (rate := self.rate(*case)) is not None]
        cells = list(zip(*rows, strict=True)) or [(), (), (), ()]
        arrays = [pa.array(list(c), kind) for c, kind in zip(cells, _TYPES.values(), strict=True)]
        intake.con.register("rates_found", pa.table(arrays, names=list(_TYPES)))
        intake.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM rates_found")
        intake.con.unregister("rates_found")


_TYPES = {"currency": pa.string(), "day": pa.date32(), "known_day": pa.date32(), "rate": pa.decimal128(18, 8)}
