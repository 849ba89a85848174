"""What a careful reader of a drawn world's tables sees on the day of a loan, case by case.

Apart from `features/`, and unlike it where the tables are messy: an amount is converted by the rate that was known
with it; what was called off, or ended for the buyer's convenience, leaves no delivery late; nothing is late of which
the source never says when it was met; a transferred contract is its new holder's, whole.
"""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sandbox.market.delivery import CANCELLED, DELIVERY
from sandbox.market.mess import CONVENIENCE
from sandbox.market.trade import SHARE_UNIT
from sandbox.view.view import Cases, SeenContracts, beside, of_contracts, seen, seen_contracts, superseded
from sandbox.world.clock import NEVER
from sandbox.world.rows import NONE, Rows, take


class Visible:
    """Visible pairs of a case and a row: `case`, the row's columns by name, and `age`, days since its date."""

    def __init__(self, cases: Cases, rows: Rows, case: NDArray, row: NDArray, date: str) -> None:
        self.n, self.case, self.row, self.rows = len(cases.day), case, row, rows
        self.day = cases.day[case]
        self.age = self.day - rows[date][row]

    def __getitem__(self, name: str) -> NDArray:
        return self.rows[name][self.row]

    def within(self, window: int | None) -> NDArray:
        """Pairs whose date lies in the last `window` days; all of the past without one."""
        return self.age >= 1 if window is None else (self.age >= 1) & (self.age <= window)

    def count(self, which: NDArray) -> NDArray:
        """Number of pairs by case."""
        return np.bincount(self.case[which], minlength=self.n).astype(float)

    def sum(self, which: NDArray, values: NDArray) -> NDArray:
        """Sum of values by case."""
        return np.bincount(self.case[which], weights=values[which], minlength=self.n).astype(float)

    def most(self, which: NDArray, values: NDArray) -> NDArray:
        """Largest value by case, 0 where there is none."""
        largest = np.zeros(self.n)
        np.maximum.at(largest, self.case[which], values[which])
        return largest


def share(part: NDArray, whole: NDArray) -> NDArray:
    """part / whole, 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


class Reading:
    """The tables of a chunk as they show on the day of each case; every table is read once, where it is asked for."""

    def __init__(self, tables: Mapping[str, Rows], cases: Cases, *, size: int, base: int, without_met: int) -> None:
        self.tables, self.cases, self.size, self.base = tables, cases, size, base
        self.without_met = without_met

    @cached_property
    def _contract_pairs(self) -> tuple[Visible, SeenContracts]:
        rows = self.tables["contracts"]
        until = superseded(rows, "contract_id", "supplier_id")
        pairs = beside(self.cases, rows["supplier_id"])
        visible = seen(rows, until, pairs, self.cases.day[pairs.case], event="signed_on")
        parents = seen_contracts(rows, self.cases, pairs, visible)
        return Visible(self.cases, rows, pairs.case[visible], pairs.row[visible], "signed_on"), parents

    @property
    def contracts(self) -> Visible:
        """Contracts, by their signature."""
        return self._contract_pairs[0]

    @cached_property
    def value(self) -> NDArray:
        """Yuan of the supplier's share, by visible contract."""
        c = self.contracts
        members = np.where(c["members"] == NONE, 1, c["members"])
        part = np.where(c["share"] == NONE, 1.0 / members, c["share"] / SHARE_UNIT)
        return c["amount"] / 100.0 * part * c["cny"]

    @cached_property
    def _contract_ends(self) -> tuple[NDArray, NDArray, NDArray]:
        """By contract: when it ended and how, as its source says, and when its end for convenience became known."""
        rows, changes = self.tables["contracts"], self.tables["amendments"]
        n = int(rows["contract_id"].max(initial=-1)) + 1
        ended, state = np.full(n, NEVER, np.int32), np.full(n, -1)
        np.minimum.at(ended, rows["contract_id"], rows["ended_on"])
        np.maximum.at(state, rows["contract_id"], rows["end_state"])
        convenience = np.full(n, NEVER, np.int32)
        which = changes["reason"] == CONVENIENCE
        np.minimum.at(convenience, changes["contract_id"][which], changes["known_day"][which])
        return ended, state, convenience

    def for_convenience(self, pairs: Visible) -> NDArray:
        """Whether the pair's contract is known to have ended for the buyer's convenience."""
        return self._contract_ends[2][pairs["contract_id"]] < pairs.day

    @cached_property
    def deliveries(self) -> Visible:
        """Deliveries that were due, by that day, without those that nobody owed any more."""
        rows = self.tables["milestones"]
        met_is_known = (rows["kind"] == DELIVERY) & (rows["reporter"] >= self.without_met)
        pairs = self._of_contracts(take(rows, met_is_known), "milestone_id", None, "due_on")
        ended, state, _ = (values[pairs["contract_id"]] for values in self._contract_ends)
        over = ended < pairs.day
        called_off = (over & (state == CANCELLED)) | self.for_convenience(pairs)
        still_owed = ~called_off & (~over | (pairs["due_on"] <= ended))
        due = (pairs.age >= 1) & ((pairs["met_on"] < pairs.day) | still_owed)
        return Visible(self.cases, pairs.rows, pairs.case[due], pairs.row[due], "due_on")

    @cached_property
    def acceptances(self) -> Visible:
        """Acceptances with a result, by the day they were given."""
        rows = self.tables["milestones"]
        return self._of_contracts(
            take(rows, (rows["kind"] != DELIVERY) & (rows["result"] >= 0)), "milestone_id", None, "met_on"
        )

    @cached_property
    def amendments(self) -> Visible:
        """Amendments, by their day."""
        return self._of_contracts(self.tables["amendments"], "amendment_id", "occurred_at", "occurred_at")

    @cached_property
    def bids(self) -> Visible:
        """Bids, by their day."""
        return self._own("bids", "supplier_id", "bid_id", "occurred_at")

    @cached_property
    def conduct(self) -> Visible:
        """The suppliers' own misconduct, by the day it took effect."""
        rows = self.tables["conduct"]
        own = take(rows, rows["party_role"] == 0)
        return self._visible(own, "party", "conduct_id", "effective_on")

    @cached_property
    def sales(self) -> Visible:
        """Sales invoices, by their day; `state` says whether one is cancelled by now."""
        rows = self.tables["invoices"]
        return self._visible(take(rows, rows["direction"] == 0), "supplier_id", "invoice_id", "issued_on")

    @cached_property
    def register_events(self) -> Visible:
        """Firm events, by their day."""
        return self._own("firm_events", "supplier_id", "event_id", "occurred_at")

    def _own(self, table: str, owner: str, key: str, date: str) -> Visible:
        return self._visible(self.tables[table], owner, key, date)

    def _visible(self, rows: Rows, owner: str, key: str, date: str) -> Visible:
        pairs = beside(self.cases, rows[owner])
        visible = seen(rows, superseded(rows, key), pairs, self.cases.day[pairs.case], event=date)
        return Visible(self.cases, rows, pairs.case[visible], pairs.row[visible], date)

    def _of_contracts(self, rows: Rows, key: str, event: str | None, date: str) -> Visible:
        until, parents = superseded(rows, key), self._contract_pairs[1]
        return Visible(self.cases, *of_contracts(rows, until, parents, self.cases, event=event), date)
