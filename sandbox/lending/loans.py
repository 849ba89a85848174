"""Who is financed, on what terms, and how it ends.

Lending looks at nothing but facts that are visible on the day: the registration on the financing platform, the
fresh contract, the number of visible contracts, late deliveries, active conduct, and what the bank itself has seen
of earlier loans (`[lending]` of the world). Whether a loan turns bad depends on the view, the terms and a fresh
disturbance, and on nothing else.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.lending.repayments import Loans, courses, days_past_due
from sandbox.lending.risk import best_pd, g
from sandbox.market.drawn_firms import quarter_of
from sandbox.market.firms import Chunk, Suppliers
from sandbox.market.trade import CONTRACT, Awards
from sandbox.view.drivers import DrawnHistory, drawn_view, wanted_variables
from sandbox.view.view import Cases, History, history_view, superseded
from sandbox.world.clock import NEVER, Days, Reals, day, working_day
from sandbox.world.rows import Rows, logistic, runs, take
from sandbox.world.seeds import Noun

WORST = ("own_worst_days_past_due", "own_worst_days_past_due_365d")


@dataclass(frozen=True)
class Candidates:
    """Loans that banks may give, with everything about them but the effect of earlier loans.

    Attributes:
        loans: the loans, ordered by supplier, then day.
        view: the variables that come from procurement facts and terms.
        good: reports of every loan's good course.
        bad: reports of every loan's bad course.
        earlier: pairs of a loan and an earlier one that its bank can see.
        rank: position of a loan among its supplier's.
        u: the fresh disturbance of each loan.
        luck: uniform, decides against the probability.
        further: log-odds that neither view nor terms give: of the industry and of the hidden level, in drawn worlds.
        level: the hidden level on the day, 0 elsewhere.
    """

    loans: Loans
    view: dict[str, Reals]
    good: Rows
    bad: Rows
    earlier: "Earlier"
    rank: NDArray
    u: Reals
    luck: Reals
    further: Reals
    level: NDArray


@dataclass(frozen=True)
class Earlier:
    """Pairs of a loan and an earlier one of the same supplier and bank, ordered by the later one's rank.

    Attributes:
        later: position of the later loan.
        earlier: position of the earlier loan.
        worst_good: most days past due that the later loan's day shows of the earlier one on its good course, ever
            and over the last 365 days.
        worst_bad: the same on its bad course.
        bounds: where each rank's pairs begin.
    """

    later: NDArray
    earlier: NDArray
    worst_good: tuple[Reals, Reals]
    worst_bad: tuple[Reals, Reals]
    bounds: NDArray


@dataclass(frozen=True)
class Fate:
    """What became of the candidates: whether each came about, its view, log-odds, PD and end."""

    came: NDArray
    bad: NDArray
    logit: Reals
    pd: Reals
    view: dict[str, Reals]


def make_candidates(
    chunk: Chunk, firms: Suppliers, awards: Awards, history: History | DrawnHistory, paid_late: NDArray
) -> Candidates:
    """Loans that pass every rule of lending but the one about earlier loans."""
    rng, lending = chunk.stream(Noun.LOANS), chunk.world.lending
    award = _asked(chunk, firms, awards, rng)
    loans = _terms(chunk, firms, awards, award, rng)
    cases = Cases(chunk.base + loans.supplier, loans.starts, loans.amount, loans.ends - loans.starts)
    if isinstance(history, DrawnHistory):
        view = drawn_view(history, cases, wanted_variables(chunk.world))
    else:
        view = history_view(history, cases, half_life_days=chunk.world.risk.half_life_days)
    busy = view["contracts_365d"]
    lends = view["contracts"] >= lending.contracts_min
    lends &= view["active_conduct_severity"] <= lending.conduct_severity_max
    lends &= view["late_delivery_share_365d"] <= lending.late_share_max
    lends &= rng.random(len(busy)) < 1.0 / (1.0 + busy / lending.saturation)
    loans = Loans(**take(vars(loans), lends))
    view = take(view, lends)
    base, slope = chunk.world.quality.late_repayment
    good, bad = courses(
        loans,
        paid_late[loans.award],
        late_odds=base - slope * loans.quality,
        corrected=chunk.world.mess.corrected,
        signs_before=chunk.world.drawn is None,
        rng=chunk.stream(Noun.REPAYMENTS),
    )
    fates, n = chunk.stream(Noun.DEFAULTS), len(loans.starts)
    new = np.ones(n, bool)
    new[1:] = loans.supplier[1:] != loans.supplier[:-1]
    rank = np.arange(n) - np.maximum.accumulate(np.where(new, np.arange(n), 0))
    u = chunk.world.risk.noise * fates.standard_normal(n)
    earlier, luck = _earlier(loans, rank, good, bad), fates.random(n)
    return Candidates(loans, view, good, bad, earlier, rank, u, luck, *_further(chunk, firms, loans))


def _further(chunk: Chunk, firms: Suppliers, loans: Loans) -> tuple[Reals, NDArray]:
    """Log-odds of each loan's industry and hidden level, and the level."""
    if chunk.world.drawn is None or firms.level is None or firms.industry is None:
        return np.zeros(len(loans.starts)), np.zeros(len(loans.starts), np.int64)
    quarter = np.minimum(quarter_of(loans.starts, chunk.calendar.first), firms.level.shape[1] - 1)
    level = firms.level[loans.supplier, quarter]
    industry = np.array(chunk.world.drawn.industries.risk)[firms.industry[loans.supplier]]
    return industry + np.array(chunk.world.drawn.hidden.risk)[level], level


def _asked(chunk: Chunk, firms: Suppliers, awards: Awards, rng: np.random.Generator) -> NDArray:
    """Places of the awards on which a loan is asked for."""
    lending = chunk.world.lending
    can = (awards.kind == CONTRACT) & (awards.amount >= lending.contract_amount_min * 100)
    can &= awards.signed >= np.maximum(firms.registered[awards.supplier], day(chunk.world.period.lending_from))
    return np.flatnonzero(can & (rng.random(len(can)) < lending.rate))


def _terms(chunk: Chunk, firms: Suppliers, awards: Awards, award: NDArray, rng: np.random.Generator) -> Loans:
    """Terms of the loans: a part of the contract, until some weeks after its planned end."""
    lending, n = chunk.world.lending, len(award)
    wait = 3 + np.minimum(rng.exponential(9.0, n), 45).astype(np.int32)
    starts = working_day(awards.signed[award] + wait)
    term = np.clip(awards.ends[award] + rng.integers(30, 75, n) - starts, lending.days_min, lending.days_max)
    part = rng.uniform(lending.amount_share[0], lending.amount_share[1], n)
    yuan = np.clip(np.round(awards.amount[award] / 100.0 * part, -3), lending.amount_min, lending.amount_max)
    house = (awards.supplier[award] + chunk.base) % lending.tenants
    tenant = np.where(rng.random(n) < 0.8, house, rng.integers(0, lending.tenants, n))
    order = np.lexsort((award, starts, awards.supplier[award]))
    award, starts = award[order], starts[order]
    supplier = awards.supplier[award]
    slow = rng.random(n) < chunk.world.mess.known_late
    return Loans(
        award=award,
        supplier=supplier,
        tenant=tenant[order] + 1,
        starts=starts,
        ends=(starts + term[order]).astype(np.int32),
        amount=(yuan[order] * 100).astype(np.int64),
        rate=rng.integers(380, 720, n) * 10_000,
        quality=firms.quality_on(supplier, starts, chunk.calendar.first),
        known=np.where(slow, starts + rng.integers(1, 11, n), starts).astype(np.int32),
        unreported=rng.random(n) < chunk.world.mess.unreported,
    )


def _earlier(loans: Loans, rank: NDArray, good: Rows, bad: Rows) -> Earlier:
    later, place = runs(rank)
    earlier = later - rank[later] + place
    day = loans.starts[later]
    sees = (loans.tenant[later] == loans.tenant[earlier]) & (loans.known[earlier] < day) & (loans.starts[earlier] < day)
    later, earlier = later[sees], earlier[sees]
    order = np.lexsort((later, rank[later]))
    later, earlier = later[order], earlier[order]
    bounds = np.searchsorted(rank[later], np.arange(rank.max(initial=0) + 2))
    worst = [_worst(loans, rows, earlier, loans.starts[later]) for rows in (good, bad)]
    return Earlier(later, earlier, worst[0], worst[1], bounds)


def _worst(loans: Loans, rows: Rows, loan: NDArray, day: Days) -> tuple[Reals, Reals]:
    """Most days past due that the reports of `loan` show on `day`: ever, and over the last 365 days."""
    until = superseded(rows, "report")
    order = np.argsort(rows["loan"], kind="stable")
    ordered = rows["loan"][order]
    low = np.searchsorted(ordered, loan, side="left")
    pair, place = runs(np.searchsorted(ordered, loan, side="right") - low)
    row = order[low[pair] + place]
    visible = (rows["known_day"][row] < day[pair]) & (until[row] >= day[pair]) & (rows["occurred_at"][row] < day[pair])
    past_due, ever, recent = days_past_due(loans, rows)[row], np.zeros(len(loan)), np.zeros(len(loan))
    np.maximum.at(ever, pair[visible], past_due[visible])
    visible &= day[pair] - rows["occurred_at"][row] <= 365
    np.maximum.at(recent, pair[visible], past_due[visible])
    return ever, recent


def decide(chunk: Chunk, candidates: Candidates, intercept: float) -> Fate:
    """Let the loans come about one after the other, each seeing how the earlier ones went."""
    world, n = chunk.world, len(candidates.rank)
    came, bad = np.zeros(n, bool), np.zeros(n, bool)
    logit, own = np.zeros(n), {name: np.zeros(n) for name in (*WORST, "own_loans")}
    pairs, order = candidates.earlier, np.argsort(candidates.rank, kind="stable")
    starts = np.searchsorted(candidates.rank[order], np.arange(len(pairs.bounds)))
    for rank in range(len(pairs.bounds) - 1):
        now = order[starts[rank] : starts[rank + 1]]
        span = slice(pairs.bounds[rank], pairs.bounds[rank + 1])
        later, before = pairs.later[span], pairs.earlier[span]
        took = came[before]
        for name, well, badly in zip(WORST, pairs.worst_good, pairs.worst_bad, strict=True):
            worst = np.where(bad[before], badly[span], well[span])
            np.maximum.at(own[name], later[took], worst[took])
        np.add.at(own["own_loans"], later[took], 1.0)
        came[now] = own[WORST[0]][now] <= world.lending.own_days_past_due_max
        view = take(candidates.view, now) | take(own, now)
        logit[now] = intercept + g(world, view, candidates.loans.starts[now]) + candidates.further[now]
        bad[now] = candidates.luck[now] < logistic(logit[now] + candidates.u[now])
    return Fate(came, bad & came, logit, best_pd(logit, world.risk.noise), candidates.view | own)


def solve_intercept(chunk: Chunk, candidates: Candidates) -> float | None:
    """The intercept with which the mean of P(bad) over the loans that come about is the world's bad rate.

    None where the chunk has no loans to solve it on.
    """
    if len(candidates.rank) == 0:
        return None
    low, high = -30.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2.0
        fate = decide(chunk, candidates, middle)
        mean = float(fate.pd[fate.came].mean())  # the first loan of a supplier always comes about
        low, high = (middle, high) if mean < chunk.world.risk.bad_rate else (low, middle)
    return low


def financing_rows(candidates: Candidates, fate: Fate, awards: Awards, base: int) -> Rows:
    """The `financings` table of the loans that came about."""
    which = np.flatnonzero(fate.came)
    loans = Loans(**take(vars(candidates.loans), which))
    confirmed = loans.starts - 1
    return {
        "financing_id": which,
        "tenant_id": loans.tenant,
        "supplier_id": base + loans.supplier,
        "contract_id": loans.award,
        "purpose": np.zeros(len(which), np.int64),
        "amount": loans.amount,
        "rate": loans.rate,
        "requested_on": loans.starts - 3,
        "starts_on": loans.starts,
        "ends_on": loans.ends,
        "payee_account": base + loans.supplier,
        "account_confirmed_on": np.where(which % 20 == 0, NEVER, confirmed).astype(np.int32),
        "known_day": loans.known,
        "known_stated": loans.known > loans.starts,
        "retracted": np.zeros(len(which), bool),
    }


def paid_late(payments: Rows, awards: Awards) -> NDArray:
    """By how many days each award's slowest payment was late, 0 where none was."""
    late = np.zeros(len(awards.supplier), np.int64)
    paid = payments["paid_on"] < NEVER
    np.maximum.at(late, payments["contract_id"][paid], (payments["paid_on"] - payments["due_on"])[paid])
    return late
