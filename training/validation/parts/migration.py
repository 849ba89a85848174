"""Migration: which grade suppliers come to from one period to the next."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.scorecard.grades import GRADES, Grade
from training.validation.measures.evidence import Evidence
from training.validation.measures.periods import periods
from training.validation.measures.resample import Codes, numbered
from training.validation.parts.master_scale import placed
from training.validation.rules.rules import S4
from training.validation.rules.verdicts import NOT_EVALUABLE, beyond

MONTHS = 3  # of a period


def migration(evidence: Evidence, grades: Sequence[Grade] = GRADES) -> dict[str, Any]:
    """Moves of suppliers between successive calendar quarters of the test, all quarters together.

    A supplier's grade of a quarter is that of its last case in it; a move is a supplier with cases in two successive
    quarters. `counts[i][j]` are moves from grade i to grade j, `shares` those of the moves from grade i. Rule S4:
    moves by more than two grades, above a tenth watch, above a fifth bad; not evaluable below 50 moves.
    """
    place, period, supplier = _last_of_each(evidence, grades)
    follows = (supplier[1:] == supplier[:-1]) & (period[1:] == period[:-1] + 1)
    start, end = place[:-1][follows], place[1:][follows]
    size, n = len(grades), int(follows.sum())
    counts = np.bincount(start * size + end, minlength=size * size).reshape(size, size)
    steps = end - start
    rows = counts.sum(axis=1)
    far = float((np.abs(steps) > S4["grades_far"]).mean()) if n else None
    return {
        "codes": [grade.code for grade in grades],
        "months": MONTHS,
        "moves": n,
        "counts": counts.tolist(),
        "shares": [(row / total).tolist() if total else None for row, total in zip(counts, rows, strict=True)],
        "stays": float((steps == 0).mean()) if n else None,
        "improves": float((steps < 0).mean()) if n else None,
        "worsens": float((steps > 0).mean()) if n else None,
        "far": far,
        "verdict": beyond(far, watch=S4["watch"], bad=S4["bad"]) if n >= S4["moves_min"] else NOT_EVALUABLE,
    }


def _last_of_each(evidence: Evidence, grades: Sequence[Grade]) -> tuple[Codes, Codes, Codes]:
    """Grade, period and supplier of each supplier's last case in each period, by supplier and period."""
    (codes,), _ = numbered(evidence.supplier)
    place, period = placed(evidence.pd, grades), periods(evidence.as_of, MONTHS)
    order = np.lexsort((evidence.pd, evidence.as_of, period, codes))  # of equal instants the riskiest counts
    codes, period, place = codes[order], period[order], place[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (codes[1:] != codes[:-1]) | (period[1:] != period[:-1])
    return place[last], period[last], codes[last]
