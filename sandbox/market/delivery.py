"""What became of the awards: deliveries, acceptances, early and ordinary ends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.market.firms import Chunk
from sandbox.market.trade import CONTRACT, Awards
from sandbox.world.clock import NEVER, Days, Reals
from sandbox.world.rows import Rows, correction, known, late_known, length, logistic, runs, stack, take
from sandbox.world.seeds import Noun

COMPLETED, TERMINATED, CANCELLED = 0, 1, 2
DELIVERY, ACCEPTANCE = 0, 1
PASSED, PARTIAL, FAILED = 0, 1, 2


@dataclass(frozen=True)
class Deliveries:
    """Deliveries of all awards and how each award ended.

    Attributes:
        award: position of the award, by delivery.
        due: planned day, by delivery.
        met: actual day or `NEVER`, by delivery.
        last_met: day of an award's last delivery, `NEVER` if one is missing.
        ended: day on which an award ended or `NEVER`.
        end_state: position in FACTS' list or -1.
        convenience: whether the buyer ended an award early for its own convenience.
    """

    award: NDArray
    due: Days
    met: Days
    last_met: Days
    ended: Days
    end_state: NDArray
    convenience: NDArray


def make_deliveries(chunk: Chunk, awards: Awards, further_odds: Reals) -> Deliveries:
    """Deliver every award: worse suppliers are late more often, later, and are terminated more often.

    `further_odds` is added to the log-odds of a late delivery, by award.
    """
    rng, quality = chunk.stream(Noun.DELIVERY), chunk.world.quality
    n = len(awards.supplier)
    parts = np.where(awards.kind == CONTRACT, 1 + np.minimum(rng.poisson(0.7, n), 3), 1)
    award, place = runs(parts)
    term = (awards.ends - awards.starts)[award]
    due = awards.starts[award] + (term * (place + 1)) // parts[award]
    odds = quality.late_delivery[0] - quality.late_delivery[1] * awards.quality[award] + further_odds[award]
    late = rng.random(len(award)) < logistic(odds)
    slip = 1 + rng.exponential(1.0, len(award)) * 12 * np.exp(-0.25 * awards.quality[award])
    early = np.minimum(rng.exponential(3.0, len(award)), term // (2 * parts[award]))
    met = np.where(late, due + slip, due - early).astype(np.int32)
    fate = rng.random(n)
    ends_badly = logistic(quality.early_termination[0] - quality.early_termination[1] * awards.quality)
    terminated = fate < ends_badly
    cancelled, convenience = _ended_by_the_buyer(chunk, fate, ~terminated)
    terminated |= convenience
    broken = awards.starts + (rng.uniform(0.3, 1.3, n) * (awards.ends - awards.starts)).astype(np.int32)
    broken = np.where(cancelled, awards.signed + 5 + (rng.random(n) * 25).astype(np.int32), broken)
    off = terminated | cancelled
    met = np.where(off[award] & (met >= broken[award]), NEVER, met).astype(np.int32)
    last = np.zeros(n, np.int32)
    np.maximum.at(last, award, met)
    # Drawn worlds leave the milestones of what was called off open; the others never publish them.
    published = ~cancelled[award] | (chunk.world.drawn is not None)
    ended = np.where(off, broken, np.minimum(last + 1, NEVER)).astype(np.int32)
    return Deliveries(
        award=award[published],
        due=due[published].astype(np.int32),
        met=met[published],
        last_met=np.where(off, NEVER, last).astype(np.int32),
        ended=ended,
        end_state=np.where(cancelled, CANCELLED, np.where(terminated, TERMINATED, COMPLETED)),
        convenience=convenience,
    )


def _ended_by_the_buyer(chunk: Chunk, fate: Reals, may: NDArray) -> tuple[NDArray, NDArray]:
    """Which awards are cancelled, and which end early for the buyer's convenience."""
    if chunk.world.drawn is None:
        return (fate > 0.993) & may, np.zeros(len(fate), bool)
    mess, luck = chunk.world.drawn.mess, chunk.stream(Noun.ENDS).random(len(fate))
    cancelled = (luck < mess.cancelled) & may
    return cancelled, (luck > 1 - mess.convenience) & may & ~cancelled


def milestone_rows(chunk: Chunk, awards: Awards, deliveries: Deliveries) -> Rows:
    """The `milestones` table: what was due is known from the signature, what was met from the day it was met.

    A share of the meetings is reported late: then a first row without `met_on` stands until a correction with it.
    """
    rng, mess = chunk.stream(Noun.CLOCK), chunk.world.mess
    n = len(deliveries.award)
    delivery: Rows = {
        "contract_id": deliveries.award,
        "kind": np.full(n, DELIVERY),
        "requested_on": np.full(n, NEVER, np.int32),
        "due_on": deliveries.due,
        "met_on": deliveries.met,
        "result": np.full(n, -1),
    }
    rows = stack(delivery, _acceptances(chunk, awards, deliveries))
    rows["milestone_id"] = np.arange(length(rows))
    known(rows, awards.signed[rows["contract_id"]])
    met = rows["met_on"] < NEVER
    slow = np.flatnonzero(met & (rng.random(length(rows)) < mess.known_late))
    reported = correction(rows, slow, rows["met_on"][slow] + rng.integers(2, 60, len(slow)))
    rows["met_on"][slow], rows["result"][slow] = NEVER, -1
    plain = np.setdiff1d(np.flatnonzero(met & (rng.random(length(rows)) < mess.corrected)), slow)
    wrong = rows["met_on"][plain] + rng.integers(5, 90, len(plain))
    better = np.where(rows["result"][plain] >= 0, PASSED, -1)
    truly = (rows["met_on"][plain] - rng.integers(0, 4, len(plain))).astype(np.int32)
    mended = correction(rows, plain, wrong, result=better, met_on=truly)
    return stack(rows, reported, mended)


def _acceptances(chunk: Chunk, awards: Awards, deliveries: Deliveries) -> Rows:
    """Acceptances: asked for after the last delivery, given when the buyer gets round to it."""
    rng, quality = chunk.stream(Noun.DISPUTES), chunk.world.quality
    share = np.where(awards.kind == CONTRACT, 0.85, 0.5)
    of = np.flatnonzero((rng.random(len(share)) < share) & (deliveries.end_state != CANCELLED))
    n, at = len(of), deliveries.last_met[of]
    requested = np.where(at < NEVER, at + rng.integers(0, 4, n), NEVER)
    met = np.where(at < NEVER, requested + 1 + rng.exponential(6.0, n), NEVER)
    odds = quality.failed_acceptance[0] - quality.failed_acceptance[1] * awards.quality[of]
    luck = rng.random(n)
    result = np.where(luck < 0.4 * logistic(odds), FAILED, np.where(luck < logistic(odds), PARTIAL, PASSED))
    return {
        "contract_id": of,
        "kind": np.full(n, ACCEPTANCE),
        "requested_on": requested.astype(np.int32),
        "due_on": (awards.ends[of] + 10).astype(np.int32),
        "met_on": met.astype(np.int32),
        "result": np.where(at < NEVER, result, -1),
    }


def dispute_rows(chunk: Chunk, awards: Awards, deliveries: Deliveries) -> Rows:
    """The `disputes` table: over late and broken contracts more than over others."""
    rng = chunk.stream(Noun.PAYMENTS)
    late = np.zeros(len(awards.supplier), bool)
    late[deliveries.award[(deliveries.met > deliveries.due) & (deliveries.met < NEVER)]] = True
    rate = np.where(deliveries.end_state == TERMINATED, 0.2, np.where(late, 0.02, 0.004))
    of = np.flatnonzero(rng.random(len(rate)) < rate)
    n = len(of)
    opened = np.minimum(deliveries.ended[of], awards.ends[of] + 30) + rng.integers(1, 60, n)
    rows: Rows = {
        "contract_id": of,
        "supplier_id": chunk.base + awards.supplier[of],
        "kind": rng.integers(0, 4, n),
        "opened_on": opened.astype(np.int32),
        "closed_on": np.where(rng.random(n) < 0.8, opened + rng.integers(20, 300, n), NEVER).astype(np.int32),
        "outcome": rng.integers(0, 4, n),
    }
    rows["outcome"] = np.where(rows["closed_on"] < NEVER, rows["outcome"], -1)
    known(rows, rows["opened_on"])
    late_known(rows, rng, rate=2 * chunk.world.mess.known_late, days=40)
    rows["dispute_id"] = np.arange(n)
    return take(rows, rows["opened_on"] < NEVER)
