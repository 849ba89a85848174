"""How a loan would be reported if it went well and if it went badly: both courses, before fate has chosen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.world.clock import Days
from sandbox.world.rows import NONE, Rows, correction, known, late_known, length, runs, stack, take

MONTH = 30
DPD = 90  # days past due from which loan_default calls a loan bad
UNSETTLED = 9_999
LATE_DAYS = 14.0  # mean days of a late repayment on a good course
REPORT_DAYS, REPORT_LATE, REPORT_LATE_DAYS = 3, 0.04, 9  # most days until a report is known; a share takes longer
GOOD_DAYS_LATE_MAX = 60  # neither a slow buyer nor bad luck alone takes a loan further


@dataclass(frozen=True)
class Loans:
    """Loans that may come about, ordered by supplier and day.

    Attributes:
        award: position of the financed award.
        supplier: position of the borrower.
        tenant: number of the bank.
        starts: day of disbursement.
        ends: day on which all is due.
        amount: in fen.
        rate: yearly rate in units of 1e-8.
        quality: the borrower's hidden quality on the day.
        known: day from which the financing is known.
        unreported: whether the bank never reports the end.
    """

    award: NDArray
    supplier: NDArray
    tenant: NDArray
    starts: Days
    ends: Days
    amount: NDArray
    rate: NDArray
    quality: NDArray
    known: Days
    unreported: NDArray


def courses(
    loans: Loans,
    buyer_days_late: NDArray,
    *,
    late_odds: NDArray,
    corrected: float,
    signs_before: bool,
    rng: np.random.Generator,
) -> tuple[Rows, Rows]:
    """Reports of every loan on the good and on the bad course, with the mess of both.

    Args:
        loans: the loans.
        buyer_days_late: by how many days the financed contract's buyer paid late.
        late_odds: log-odds that a good loan is repaid late.
        corrected: share of reports that were wrong at first.
        signs_before: whether the reports before the end of a loan differ between the courses, and a slow buyer makes
            a good loan late; without it what a bank has seen of a loan is a short sum.
        rng: the stream to draw from.
    """
    silent = rng.random(len(loans.starts)) < 0.04  # this bank's system sends no days_past_due for the loan
    amortising = rng.random(len(loans.starts)) < 0.3
    good = _good(loans, buyer_days_late, late_odds, signs_before, rng)
    bad = _bad(loans, silent, signs_before, rng)
    return tuple(_reports(loans, course, silent, amortising, corrected, rng) for course in (good, bad))  # type: ignore[return-value]


def _months(loans: Loans, until: NDArray) -> tuple[NDArray, NDArray]:
    """Monthly reports between disbursement and `until`, without both: the loan and the day of each."""
    counts = np.maximum((until - loans.starts - 1) // MONTH, 0)
    loan, place = runs(counts)
    return loan, loans.starts[loan] + MONTH * (place + 1)


def _course(loan: NDArray, occurred: NDArray, dpd: NDArray, closed: NDArray | bool) -> Rows:
    return {
        "loan": loan,
        "occurred_at": occurred.astype(np.int32),
        "days_past_due": dpd.astype(np.int64),
        "closed": np.broadcast_to(closed, len(loan)).copy(),
    }


def _good(
    loans: Loans, buyer_days_late: NDArray, late_odds: NDArray, signs_before: bool, rng: np.random.Generator
) -> Rows:
    n = len(loans.starts)
    late = rng.random(n) < 1.0 / (1.0 + np.exp(-late_odds))
    own = np.where(late, 1 + rng.exponential(LATE_DAYS, n), 0)
    passed_on = np.where((rng.random(n) < 0.25) & (buyer_days_late > 10), buyer_days_late * rng.uniform(0.2, 0.6, n), 0)
    passed_on = passed_on * signs_before
    delay = np.minimum(np.maximum(own, passed_on), GOOD_DAYS_LATE_MAX).astype(np.int32)
    before = np.where((delay == 0) & (rng.random(n) < 0.4), rng.integers(0, 16, n), 0) * signs_before
    closes = loans.ends + delay - before
    loan, at = _months(loans, np.minimum(closes, loans.ends))
    slips = np.where(rng.random(len(loan)) < 0.02, rng.integers(1, 25, len(loan)), 0) * signs_before
    over = np.flatnonzero(delay > MONTH)
    return stack(
        _course(loan, at, slips, False),
        _course(over, loans.ends[over] + MONTH, np.full(len(over), MONTH), False),
        _course(np.arange(n), closes, delay, True),
    )


def _bad(loans: Loans, silent: NDArray, signs_before: bool, rng: np.random.Generator) -> Rows:
    """Bad loans stop paying at the end, or earlier at an instalment; some are settled long after."""
    n, term = len(loans.starts), loans.ends - loans.starts
    early = (term >= 150) & ~silent & (rng.random(n) < 0.25) & signs_before
    instalment = 1 + (rng.random(n) * ((term - MONTH) // MONTH - 1)).astype(np.int32)
    missed = np.where(early, loans.starts + MONTH * instalment, loans.ends)
    loan, at = _months(loans, loans.ends)
    parts = [_course(loan, at, np.maximum(at - missed[loan], 0), False)]
    everyone = np.arange(n)
    settles = loans.ends + np.where(rng.random(n) < 0.4, 125 + rng.exponential(80.0, n).astype(np.int32), UNSETTLED)
    soon = early & (missed + DPD + 5 < loans.ends) & (rng.random(n) < 0.3)
    settles = np.where(soon, loans.ends + rng.integers(1, 28, n), settles)
    for after, jitter in ((30, 1), (60, 1), (DPD, 10), (150, 20), (240, 20)):
        day = loans.ends + after + rng.integers(0, jitter, n)
        owed = np.flatnonzero(day < settles)
        parts.append(_course(owed, day[owed], (day - missed)[owed], False))
    paid = everyone[settles < loans.ends + UNSETTLED]
    return stack(*parts, _course(paid, settles[paid], (settles - missed)[paid], True))


def _reports(
    loans: Loans, course: Rows, silent: NDArray, amortising: NDArray, corrected: float, rng: np.random.Generator
) -> Rows:
    loan = course["loan"]
    course = take(course, ~loans.unreported[loan] | (course["occurred_at"] < loans.ends[loan]) & ~course["closed"])
    loan, order = course["loan"], None
    arrears = course["days_past_due"]
    share = 1.0 - (course["occurred_at"] - arrears - loans.starts[loan]) / (loans.ends - loans.starts)[loan]
    left = np.where(amortising[loan], np.clip(share, 0.1, 1.0), 1.0)
    course["remaining"] = np.where(course["closed"], 0, (loans.amount[loan] * left / 100).astype(np.int64) * 100)
    course["days_past_due"] = np.where(loans.unreported[loan], 0, arrears)
    order = np.lexsort((course["occurred_at"], loan))
    course = take(course, order)
    loan = course["loan"]
    first = np.ones(len(loan), bool)
    first[1:] = loan[1:] != loan[:-1]
    before = np.where(first, loans.amount[loan], np.concatenate([[0], course["remaining"][:-1]]))
    course["paid"] = np.maximum(before - course["remaining"], 0)
    known(course, course["occurred_at"] + rng.integers(1, 1 + REPORT_DAYS, len(loan)), stated=True)
    late_known(course, rng, rate=REPORT_LATE, days=REPORT_LATE_DAYS)
    course["report"] = np.arange(len(loan))
    wrong = np.flatnonzero((course["days_past_due"] == 0) & (rng.random(len(loan)) < 0.3 * corrected))
    mended = correction(course, wrong, course["known_day"][wrong] + rng.integers(2, 16, len(wrong)))
    course["days_past_due"][wrong] = rng.choice([7, 31, 95], len(wrong))
    rows = stack(course, mended)
    rows["days_past_due"] = np.where(silent[rows["loan"]], NONE, rows["days_past_due"])
    return rows


def days_past_due(loans: Loans, rows: Rows) -> NDArray:
    """Days past due as FACTS reads a report: as stated, else the days since the end while something remains."""
    since = np.maximum(rows["occurred_at"] - loans.ends[rows["loan"]], 0)
    return np.where(rows["days_past_due"] != NONE, rows["days_past_due"], np.where(rows["remaining"] > 0, since, 0))


def choose(good: Rows, bad: Rows, came: NDArray, failed: NDArray) -> Rows:
    """Reports of the loans that came about, on the course that each took."""
    well, badly = came & ~failed, came & failed
    rows = stack(take(good, well[good["loan"]]), take(bad, badly[bad["loan"]]))
    # Reports of both courses are numbered from 0: number them anew, keeping versions of one report together.
    rows["report"] = rows["report"] * 2 + failed[rows["loan"]]
    _, rows["repayment_id"] = np.unique(rows["report"], return_inverse=True)
    assert length(rows) == len(rows["repayment_id"])
    return rows
