"""Profiles computed from facts at an instant: waiting cases share a statement; one with sent facts has its own."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq

from features.declarations.catalogue import COLUMNS
from features.declarations.data_depth import has_history
from features.facts.source_register import REGISTER, registered_at
from features.facts.store import Facts
from features.facts.supplier_kinds import KINDS, SupplierKinds
from features.profiles.asked_buyer import BuyerMonths
from features.profiles.build import missing_columns
from features.profiles.one_case import Case, CaseEngine
from features.request_facts.check_sent import SentFactsChecker
from features.request_facts.sent_facts import SentFacts
from serving.profiles.stored import Profile
from serving.without_pandas import hidden_modules

GROUP_MAX: Final = 64
GATHER_SECONDS: Final = 0.01
"""How long a statement waits for more cases: it takes several times this, for eight cases hardly more than for two."""
THREADS: Final = 1
"""More threads would not make one statement faster, and would take the core that answers other requests."""
ALWAYS_KNOWN: Final = np.datetime64("0001-01-02", "us")
"""Rows that were always known carry the first instant of the calendar, which is no cutoff."""


@dataclass(frozen=True, slots=True)
class AskedCase:
    """A case, and the buyer that its request names."""

    case: Case
    buyer_id: str | None


_Waiting = tuple[AskedCase, "asyncio.Future[Profile | None]"]


class ProfilesFromFacts:
    """One imported set of facts, loaded into the engine; a newer import makes another object."""

    def __init__(self, facts: Facts) -> None:
        self.digest, self.zone, self.currency = facts.digest, ZoneInfo(facts.tz), facts.currency
        columns = [column for column in COLUMNS if column.feature.table != "request"]
        self.columns: tuple[str, ...] = tuple(column.name for column in columns)
        self.place = {name: at for at, name in enumerate(self.columns)}
        self.missing, self._manifest = facts.missing_tables, facts.manifest
        self._engine = CaseEngine(facts, columns, threads=THREADS)
        self._constant = {name: float(value[0]) for name, value in missing_columns(columns, facts, 1).items()}
        self._kinds = SupplierKinds(facts)
        self._buyers, self._of_buyer = BuyerMonths.of(facts), [c for c in columns if c.feature.table == "asked_buyer"]
        self._checker = SentFactsChecker(facts, self._engine.lookup)
        self._known = {table: _instants(file) for table, file in facts.tables.items() if table in facts.data_cutoffs}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="profiles-from-facts")
        self._waiting: list[_Waiting] = []
        self._draining: asyncio.Task[None] | None = None
        # The first execution also plans the statements.
        self._engine.profiles([Case("", datetime(2000, 1, 1), contract_id="")])

    @classmethod
    def open(cls, folder: Path) -> "ProfilesFromFacts | None":
        """Load the facts of a folder; None where nothing was imported into it."""
        if not (folder / "manifest.json").exists():
            return None
        with hidden_modules():  # Arrow would import pandas to hand over an array.
            return cls(Facts.open(folder))

    async def find(
        self,
        supplier_id: str,
        tenant: str,
        as_of: datetime,
        *,
        contract_id: str | None = None,
        buyer_id: str | None = None,
    ) -> Profile | None:
        """Return a supplier's profile at an instant as one tenant sees it; None where no history was visible.

        `contract_id` and `buyer_id` are what the request names, if it does.
        """
        future: asyncio.Future[Profile | None] = asyncio.get_running_loop().create_future()
        case = replace(_case(supplier_id, tenant, as_of), contract_id=contract_id)
        self._waiting.append((AskedCase(case, buyer_id), future))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await future

    async def find_with(
        self,
        sent: Mapping[str, Any],
        supplier_id: str,
        tenant: str,
        as_of: datetime,
        *,
        contract_id: str | None = None,
        buyer_id: str | None = None,
    ) -> tuple[Profile | None, SentFacts, Profile | None]:
        """Return a supplier's profile with the facts that its request brought, those, and the profile without them.

        FactsRefused says why they cannot be used.
        """
        case = AskedCase(replace(_case(supplier_id, tenant, as_of), contract_id=contract_id), buyer_id)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._compute_with, sent, case)

    def knows(self, supplier_id: str, as_of: datetime) -> bool:
        """Return whether the supplier was registered at an instant."""
        return self._kinds.names(supplier_id, as_of.astimezone(UTC).replace(tzinfo=None))

    def cutoffs(self, as_of: datetime) -> dict[str, Any]:
        """Return the local day of each table's last fact that was known at an instant, and the register of sources."""
        moment = np.datetime64(as_of.astimezone(UTC).replace(tzinfo=None), "us")
        places = {table: int(known.searchsorted(moment)) for table, known in self._known.items()}
        last = {table: self._known[table][at - 1] for table, at in places.items() if at}
        days: dict[str, Any] = {table: self._day(moment) for table, moment in last.items() if moment > ALWAYS_KNOWN}
        sources = registered_at(self._manifest, as_of.astimezone(UTC).replace(tzinfo=None), self.zone)
        return days | {REGISTER: sources} if sources else days

    async def close_when_idle(self) -> None:
        """Close the engine and its thread when the last waiting case has its profile: other facts are served now."""
        while self._draining is not None and not self._draining.done():
            await asyncio.wait([self._draining])
        self.close()

    def close(self) -> None:
        """Close the engine and its thread after what its thread has still to compute."""
        self._thread.submit(self._engine.close)
        self._thread.shutdown(wait=False)

    def _day(self, moment: np.datetime64) -> str:
        return moment.astype(datetime).replace(tzinfo=UTC).astimezone(self.zone).date().isoformat()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            group, self._waiting = self._waiting[:GROUP_MAX], self._waiting[GROUP_MAX:]
            group = [one for one in group if not one[1].done()]  # The others are cancelled: nobody waits for them.
            if not group:
                continue
            outcomes: Sequence[Profile | Exception | None]
            try:
                outcomes = await loop.run_in_executor(self._thread, self._compute_each, [case for case, _ in group])
            except Exception as error:
                outcomes = [error] * len(group)
            for outcome, (_, future) in zip(outcomes, group, strict=True):
                if future.done():  # The caller has left.
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    def _compute_each(self, asked_cases: Sequence[AskedCase]) -> Sequence[Profile | Exception | None]:
        """Compute the cases in one statement; where that fails, each alone, so that only the one at fault fails."""
        try:
            return self._compute(asked_cases)
        except Exception as error:
            if len(asked_cases) == 1:
                return [error]
            return [self._compute_each([one])[0] for one in asked_cases]

    def _compute(self, asked_cases: Sequence[AskedCase]) -> list[Profile | None]:
        rows = self._engine.profiles([one.case for one in asked_cases])
        return [self._profile(one, row | self._constant) for one, row in zip(asked_cases, rows, strict=True)]

    def _compute_with(
        self, sent: Mapping[str, Any], asked_case: AskedCase
    ) -> tuple[Profile | None, SentFacts, Profile | None]:
        case = asked_case.case
        sent_facts = self._checker.check(sent, about=case.supplier_id, as_of=case.as_of)
        (row,) = self._engine.profiles([replace(case, sent_facts=sent_facts.tables)])
        here = {f"missing_{table}": 0.0 for table in sent_facts.rows if f"missing_{table}" in self._constant}
        (without,) = self._compute([asked_case])
        return self._profile(asked_case, row | self._constant | here, sent_facts), sent_facts, without

    def _profile(
        self, asked_case: AskedCase, row: dict[str, float], sent_facts: SentFacts | None = None
    ) -> Profile | None:
        if not has_history(row):
            return None
        case = asked_case.case
        instants = np.array([case.as_of], dtype="datetime64[us]")
        of_buyer = self._buyers.values(self._of_buyer, [asked_case.buyer_id], instants)
        row |= {name: float(value[0]) for name, value in of_buyer.items()}
        values = np.array([row[name] for name in self.columns])
        kind = sent_facts.kind_of_supplier if sent_facts is not None else None
        return Profile(values, kind or KINDS[self._kinds.at(case.supplier_id, case.as_of)])


def _case(supplier_id: str, tenant: str, as_of: datetime) -> Case:
    return Case(supplier_id, as_of.astimezone(UTC).replace(tzinfo=None), tenant)


def _instants(file: Path) -> np.ndarray:
    """Return the different instants at which a table's facts became known, in order."""
    column = pq.ParquetFile(file).read(columns=["known_at"])["known_at"]
    return np.unique(column.to_numpy()).astype("datetime64[us]")
