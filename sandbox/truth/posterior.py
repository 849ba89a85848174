"""The best possible PD where quality is hidden: an exact sum over its levels.

What a bank can know on the day of a loan is every fact that is visible by then. Only four kinds of facts depend on the
hidden levels: the signals of `sandbox/market/signals.py` (each independent of the others given the levels) and the
bank's own earlier loans to the supplier. So P(level | facts) follows from a forward pass over the quarters, with the
probability of each quarter's facts under each level, and the best PD is the mean of the PD under each level.
Whatever is not known yet counts with the chance that it would not be known yet.
"""

import numpy as np
from numpy.typing import NDArray

from sandbox.lending import repayments
from sandbox.lending.chunk import Made
from sandbox.lending.loans import Fate
from sandbox.lending.risk import best_pd
from sandbox.market import signals
from sandbox.market.drawn_firms import QUARTER, quarter_of
from sandbox.view.view import Cases, Pairs, beside, seen, superseded
from sandbox.world.clock import Reals
from sandbox.world.rows import logistic

YEAR = 365.25


def best_pds(made: Made, fate: Fate) -> Reals:
    """P(bad | everything visible on the day), by candidate; `fate.pd` in a world without hidden levels."""
    drawn, signal = made.chunk.world.drawn, made.signals
    if drawn is None or signal is None:
        return fate.pd
    risk, noise = np.array(drawn.hidden.risk), made.chunk.world.risk.noise
    base = fate.logit - risk[made.candidates.level]
    by_level = np.stack([best_pd(base + value, noise) for value in risk], axis=1)
    evidence = Evidence(made)
    evidence.add_sales()
    evidence.add_events()
    evidence.add_stages()
    evidence.add_loans(fate, by_level)
    return np.asarray((evidence.posterior() * by_level).sum(axis=1))


def visible_after(days: NDArray, *, late: float, most: int) -> Reals:
    """Chance that a fact of so many days ago is known, where a share `late` takes 1 to `most` days longer."""
    known = (1 - late) + late * np.clip(days - 1, 0, most) / most
    return np.where(days >= 1, known, 0.0)


class Evidence:
    """Log-probabilities of what is visible, by case, quarter and level, up to a factor that no level changes."""

    def __init__(self, made: Made) -> None:
        assert made.chunk.world.drawn is not None
        assert made.signals is not None
        self.made, self.signals, self.hidden = made, made.signals, made.chunk.world.drawn.hidden
        self.first, self.late = made.chunk.calendar.first, made.chunk.world.mess.known_late
        loans = made.candidates.loans
        assert made.firms.level is not None
        self.supplier, self.day, self.quarters = loans.supplier, loans.starts, made.firms.level.shape[1]
        self.cases = Cases(loans.supplier, loans.starts, loans.amount, loans.ends - loans.starts)
        self.log = np.zeros((len(self.day), self.quarters, self.hidden.levels))

    def _add(self, case: NDArray, quarter: NDArray, values: NDArray) -> None:
        """Add values by pair (and level, where they have a second axis) to the quarters of their cases."""
        place = case * self.quarters + np.minimum(quarter, self.quarters - 1)
        flat = self.log.reshape(-1, self.hidden.levels)
        for level in range(self.hidden.levels):
            flat[:, level] += np.bincount(place, weights=values[:, level], minlength=len(flat))

    def _days(self) -> tuple[NDArray, NDArray]:
        """First and one past the last day of each case's quarters on which a signal could have shown."""
        start = self.first + QUARTER * np.arange(self.quarters)
        low = np.maximum(start[None, :], self.signals.since[self.supplier][:, None])
        high = np.minimum(start[None, :] + QUARTER, self.day[:, None])
        return low, np.maximum(high, low)

    def add_sales(self) -> None:
        """Private sales: how many, and which of them are known to be cancelled."""
        s, rate, void = self.signals, np.array(self.hidden.private_sales), np.array(self.hidden.void)
        low, high = self._days()
        self.log -= (high - low)[:, :, None] * rate / YEAR
        pairs = beside(self.cases, s.seller)
        age = self.day[pairs.case] - s.issued[pairs.row]
        pairs, age = Pairs(pairs.case[age >= 1], pairs.row[age >= 1]), age[age >= 1]
        cancelled = s.void_known[pairs.row] < self.day[pairs.case]
        known = np.clip(age - 1, 0, signals.VOID_DAYS) / signals.VOID_DAYS
        terms = np.where(cancelled[:, None], np.log(void), np.log1p(-void * known[:, None]))
        self._add(pairs.case, quarter_of(s.issued[pairs.row], self.first), terms + np.log(rate))

    def add_events(self) -> None:
        """Firm events: how many, with the chance that one is not known yet."""
        s, rate = self.signals, np.array(self.hidden.events)
        low, high = self._days()
        ages = np.arange(int((self.day[:, None] - low).max(initial=0)) + 1)
        known = np.cumsum(visible_after(ages, late=self.late, most=signals.EVENT_DAYS))
        days = known[np.maximum(self.day[:, None] - low, 0)] - known[np.maximum(self.day[:, None] - high, 0)]
        self.log -= days[:, :, None] * rate / YEAR
        pairs = beside(self.cases, s.firm)
        visible = s.event_known[pairs.row] < self.day[pairs.case]
        case, row = pairs.case[visible], pairs.row[visible]
        terms = np.broadcast_to(np.log(rate), (len(case), len(rate)))
        self._add(case, quarter_of(s.event[row], self.first), terms)

    def add_stages(self) -> None:
        """Publications of the contracts that the supplier won itself: prompt, slow, or not known yet."""
        rows, awards = self.made.tables["contracts"], self.made.awards
        slow = np.array(self.hidden.slow_stage)
        cases = Cases(self.supplier + self.made.chunk.base, self.day, self.cases.amount, self.cases.days)
        pairs = beside(cases, rows["supplier_id"])
        until = superseded(rows, "contract_id", "supplier_id")
        visible = seen(rows, until, pairs, self.day[pairs.case], event="signed_on")
        contract = rows["contract_id"][pairs.row]
        visible &= (awards.tender[contract] >= 0) & ~awards.further_lot[contract]
        visible &= awards.supplier[contract] == self.supplier[pairs.case]
        case, contract = pairs.case[visible], contract[visible]
        tender, signed = awards.tender[contract], awards.signed[contract]
        s, day = self.signals, self.day[case]
        published = (s.published_known[tender] < day)[:, None]
        prompt, later = self._published_by(day - signed)
        unseen = (1 - slow) * (1 - prompt[:, None]) + slow * (1 - later[:, None])
        waiting = np.log1p(-signals.PUBLISHED * (1 - unseen))
        terms = np.where(published, np.where(s.slow[tender][:, None], np.log(slow), np.log1p(-slow)), waiting)
        self._add(case, quarter_of(signed, self.first), terms)

    def _published_by(self, age: NDArray) -> tuple[Reals, Reals]:
        """Chance that a prompt and that a slow publication is known, so many days after the signature."""
        ages = np.arange(int(age.max(initial=0)) + 1)
        prompt = visible_after(ages - 1, late=self.late, most=signals.STAGE_DAYS)
        waits = np.arange(signals.SLOW_FROM, signals.SLOW_TO)
        slow = visible_after(ages[:, None] - waits, late=self.late, most=signals.STAGE_DAYS).mean(axis=1)
        return prompt[age], slow[age]

    def add_loans(self, fate: Fate, by_level: Reals) -> None:
        """The bank's earlier loans to the supplier: repaid, known to be bad, or open with a chance of either."""
        candidates = self.made.candidates
        pairs = candidates.earlier
        took = fate.came[pairs.earlier] & fate.came[pairs.later]
        later, earlier = pairs.later[took], pairs.earlier[took]
        since = self.day[later] - candidates.loans.ends[earlier]
        good, bad = self._if_open(since)
        for course, failed in ((candidates.good, False), (candidates.bad, True)):
            mine = fate.bad[earlier] == failed
            state = self._seen_of(course, earlier[mine], self.day[later[mine]])
            for kind in (0, 1):
                which = np.flatnonzero(mine)[state == kind]
                self._add_loans(later[which], earlier[which], by_level, good[kind][which], bad[kind][which])
            settled = np.flatnonzero(mine)[state == SETTLED]
            ones = np.ones(len(settled))
            self._add_loans(later[settled], earlier[settled], by_level, ones * (not failed), ones * failed)

    def _add_loans(self, later: NDArray, earlier: NDArray, by_level: Reals, good: Reals, bad: Reals) -> None:
        chance = by_level[earlier] * bad[:, None] + (1 - by_level[earlier]) * good[:, None]
        quarter = quarter_of(self.made.candidates.loans.starts[earlier], self.first)
        self._add(later, quarter, np.log(chance))

    def _seen_of(self, course: repayments.Rows, loan: NDArray, day: NDArray) -> NDArray:
        """What is known of loans after their end: nothing, one report that all is open, or how they ended."""
        order = np.argsort(course["loan"], kind="stable")
        ordered = {name: course[name][order] for name in ("loan", "occurred_at", "known_day", "closed")}
        low = np.searchsorted(ordered["loan"], loan, side="left")
        count = np.searchsorted(ordered["loan"], loan, side="right") - low
        pair = np.repeat(np.arange(len(loan)), count)
        row = np.repeat(low - (np.cumsum(count) - count), count) + np.arange(len(pair))
        visible = ordered["known_day"][row] < day[pair]
        after = ordered["occurred_at"][row] - self.made.candidates.loans.ends[loan[pair]]
        settles = ordered["closed"][row] | (after > repayments.MONTH)
        state = np.zeros(len(loan), np.int64)
        np.maximum.at(state, pair[visible & (after >= repayments.MONTH)], 1)
        np.maximum.at(state, pair[visible & settles], SETTLED)
        return state

    def _if_open(self, since: NDArray) -> tuple[tuple[Reals, Reals], tuple[Reals, Reals]]:
        """Chance of seeing nothing, and of seeing one open report, so long after the end: if good, and if bad."""
        base, _ = self.made.chunk.world.quality.late_repayment
        late = float(logistic(np.array(base)))
        most = repayments.GOOD_DAYS_LATE_MAX
        delays = np.arange(most + 1)
        tail = np.exp(-np.maximum(delays - 1, 0) / repayments.LATE_DAYS)
        chance = late * np.concatenate([[0.0], tail[1:-1] - tail[2:], tail[-1:]])
        chance[0] = 1 - late
        unknown = 1 - reported_after(since[:, None] - delays)
        reported_30 = reported_after(since - repayments.MONTH)
        long_late = delays > repayments.MONTH
        short = (chance * unknown * ~long_late).sum(axis=1)
        long = (chance * unknown * long_late).sum(axis=1)
        unreported = self.made.chunk.world.mess.unreported
        nothing = short + long * (1 - reported_30)
        good = (unreported + (1 - unreported) * nothing, long)
        bad = (unreported + (1 - unreported) * (1 - reported_30), 1 - reported_after(since - 2 * repayments.MONTH))
        return good, bad

    def posterior(self) -> Reals:
        """P(level on the day | what is visible), by case: a forward pass over the quarters."""
        shares = np.array(self.hidden.shares)
        belief = np.broadcast_to(shares, (len(self.day), len(shares))).copy()
        result = belief.copy()
        now = np.minimum(quarter_of(self.day, self.first), self.quarters - 1)
        for quarter in range(self.quarters):
            if quarter:
                belief = self.hidden.stays * belief + (1 - self.hidden.stays) * shares
            log = self.log[:, quarter]
            belief = belief * np.exp(log - log.max(axis=1, keepdims=True))
            belief /= belief.sum(axis=1, keepdims=True)
            result[now == quarter] = belief[now == quarter]
        return result


SETTLED = 2


def reported_after(days: NDArray) -> Reals:
    """Chance that a bank's report of so many days ago is known: within 3 days, a share up to 9 later."""
    at_once = np.stack([days - wait for wait in range(1, 1 + repayments.REPORT_DAYS)])
    chance = visible_after(at_once, late=repayments.REPORT_LATE, most=repayments.REPORT_LATE_DAYS)
    return np.asarray(chance.mean(axis=0))
