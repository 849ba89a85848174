"""Benefit: the profit of lending below a cut-off, beside that of the constant.

profit of an approved case = exposure x (margin if good, -LGD if bad): margin and loss given default are stated
assumptions, not estimates. The chance at which it breaks even is margin / (margin + LGD); that cut-off needs no test,
while the best one was chosen on the test and is a little too good.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.scorecard.grades import GRADES, Grade
from training.figures import Floats, Interval
from training.validation.measures.evidence import Evidence
from training.validation.measures.resample import DRAWS, SEED, numbered, percentile, supplier_counts
from training.validation.rules.rules import B1
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict

GRID = tuple(round(0.005 * i, 3) for i in range(1, 81))  # PDs of 0.5 % to 40 %


@dataclass(frozen=True)
class Economics:
    """What a good case earns and a bad one costs, each per unit of exposure over the life of the loan."""

    margin: float = 0.03  # interest less funding and costs
    lgd: float = 0.45  # Basel II, foundation approach: senior claims without collateral

    def __post_init__(self) -> None:
        if not (self.margin > 0 and 0 < self.lgd <= 1):
            raise ValueError(f"Margin {self.margin!r} must be positive and LGD {self.lgd!r} lie in (0, 1].")

    @property
    def break_even_pd(self) -> float:
        """The PD at which a case earns nothing on average."""
        return self.margin / (self.margin + self.lgd)


@dataclass(frozen=True, eq=False)
class Book:
    """The cases sorted into the intervals between cut-offs.

    Attributes:
        cutoffs: PDs, rising; below the first lies no PD, below the last every PD.
        place: the first cut-off that lies above a case's PD, by position.
        bad: 1 for bad.
        profit: what each case would earn, in units of the mean exposure.
    """

    cutoffs: Floats
    place: np.ndarray
    bad: Floats
    profit: Floats

    @classmethod
    def of(cls, evidence: Evidence, economics: Economics, grades: Sequence[Grade]) -> "Book":
        """Sort the cases by every grade's bound, the grid and the break-even PD."""
        bounds = [g.pd_high for g in grades if g.pd_high < 1]
        cutoffs = np.unique([0.0, *bounds, *GRID, economics.break_even_pd, np.inf])
        profit = exposures(evidence) * np.where(evidence.bad > 0, -economics.lgd, economics.margin)
        return cls(cutoffs, np.searchsorted(cutoffs, evidence.pd, side="right"), evidence.bad, profit)

    def below(self, weights: Floats) -> Floats:
        """The sum of the weights of the cases below each cut-off."""
        return np.cumsum(np.bincount(self.place, weights=weights, minlength=len(self.cutoffs)))


def benefit(
    evidence: Evidence,
    economics: Economics,
    grades: Sequence[Grade] = GRADES,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> dict[str, Any]:
    """Everything about benefit on the test: a case is approved where its PD lies below the cut-off."""
    book = Book.of(evidence, economics, grades)
    rows = cutoffs(book, grades, economics)
    everything = rows[-1]["profit_per_case"]
    return {
        "assumptions": {
            **asdict(economics),
            "break_even_pd": economics.break_even_pd,
            "exposure": "one a case" if evidence.exposure is None else "amounts, in units of their mean",
            "amounts_unknown": 0 if evidence.exposure is None else int(np.isnan(evidence.exposure).sum()),
        },
        "cutoffs": rows,
        "constant": {
            "approve_all": everything,
            "approve_none": 0.0 if evidence.n else None,
            "better": None if everything is None else "all" if everything > 0 else "none",
        },
        **_chosen(evidence, book, economics, draws=draws, seed=seed),
    }


def exposures(evidence: Evidence) -> Floats:
    """Exposures in units of the mean known one; a case of unknown exposure counts as one."""
    if evidence.exposure is None:
        return np.ones(evidence.n)
    known = ~np.isnan(evidence.exposure)
    if not known.any():
        return np.ones(evidence.n)
    return np.where(known, evidence.exposure, evidence.exposure[known].mean()) / evidence.exposure[known].mean()


def cutoffs(book: Book, grades: Sequence[Grade], economics: Economics) -> list[dict[str, Any]]:
    """What each cut-off approves, avoids and earns, from 0 (no case) to the last (all cases), whose `pd` is None."""
    n, bads = len(book.bad), int(book.bad.sum())
    approved, bad_approved = book.below(np.ones(n)), book.below(book.bad)
    profit, codes = book.below(book.profit), {g.pd_high: g.code for g in grades}
    rows = []
    for i, cutoff in enumerate(book.cutoffs.tolist()):
        yes, yes_bad = int(approved[i]), int(bad_approved[i])
        rows.append(
            {
                "pd": cutoff if np.isfinite(cutoff) else None,
                "grade": codes.get(cutoff),  # the worst grade that is approved
                "break_even": cutoff == economics.break_even_pd,
                "approved": yes,
                "share": yes / n if n else None,
                "bad_rate": yes_bad / yes if yes else None,
                "bads_avoided": bads - yes_bad,
                "goods_refused": (n - bads) - (yes - yes_bad),
                "profit": float(profit[i]),
                "profit_per_case": float(profit[i]) / n if n else None,
            }
        )
    return rows


def _chosen(evidence: Evidence, book: Book, economics: Economics, *, draws: int, seed: int) -> dict[str, Any]:
    """The best cut-off and the gain at the break-even PD, each with its interval over draws of whole suppliers.

    The gain is profit per case above that of the better constant, to approve all or none. Rule B1: good if its
    interval lies above 0, bad if it lies below, watch between; not evaluable where the break-even PD approves no case
    or all cases, or where there are too few suppliers for an interval.
    """
    (codes,), suppliers = numbered(evidence.supplier)
    at = int(np.searchsorted(book.cutoffs, economics.break_even_pd))
    if not evidence.n:
        return {"best": None, "gain": asdict(percentile(None, [], suppliers=0)), "verdict": NOT_EVALUABLE}
    best, gain = _of(book, np.ones(evidence.n), at)
    drawn = np.array(
        [_of(book, counts[codes].astype(float), at) for counts in supplier_counts(suppliers, draws=draws, seed=seed)]
    ).reshape(-1, 2)
    finite = np.minimum(book.cutoffs, 1.0)  # approving everybody is a cut-off of 1
    place = percentile(float(finite[best]), finite[drawn[:, 0].astype(int)], suppliers=suppliers)
    gain_interval = percentile(gain, drawn[:, 1], suppliers=suppliers)
    profit = float(book.below(book.profit)[best]) / evidence.n
    parts = 0 < int(book.below(np.ones(evidence.n))[at]) < evidence.n
    verdict = gain_verdict(gain_interval) if parts else NOT_EVALUABLE
    return {"best": {**asdict(place), "profit_per_case": profit}, "gain": asdict(gain_interval), "verdict": verdict}


def gain_verdict(gain: Interval) -> Verdict:
    """Rule B1, where the cut-off parts the cases."""
    if gain.low is None or gain.high is None:
        return NOT_EVALUABLE
    return GOOD if gain.low > B1["bad"] else BAD if gain.high < B1["bad"] else WATCH


def _of(book: Book, weight: Floats, at: int) -> tuple[int, float]:
    """The position of the best cut-off and the gain at position `at`, when each case weighs so much."""
    profit = book.below(weight * book.profit)
    return int(np.argmax(profit)), float(profit[at] - max(0.0, profit[-1])) / float(weight.sum())
