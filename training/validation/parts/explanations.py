"""Explanations: whether contributions add up to the points, which codes are reasons, and whether refits agree.

Contributions here are points by reason code, one row a case: negative is adverse. A case's adverse reasons are its
most negative codes, at most four, none smaller than half a point; ties go by code, as in the reasons that are served.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.scorecard.reasons import POINTS_MIN, REASONS_MAX
from training.figures import Floats
from training.validation.rules.rules import E1, E2, E3
from training.validation.rules.verdicts import beyond, short_of

Tops = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Explained:
    """The contributions to cases' points.

    Attributes:
        codes: reason codes, the columns of the matrices.
        contributions: points, cases by codes.
        base: points of the reference.
        points: exact points of each case.
        refits: contributions to the same cases by boosters fitted on bootstrap samples of the training suppliers.
    """

    codes: Sequence[str]
    contributions: Floats
    base: float
    points: Floats
    refits: Sequence[Floats] = ()


def explanations(explained: Explained | None) -> dict[str, Any]:
    """Everything about explanations; None throughout where no contributions are given."""
    if explained is None or not len(explained.points):
        explained = Explained((), np.empty((0, 0)), 0.0, np.empty(0))
    order = np.argsort(np.asarray(explained.codes, dtype=str), kind="stable")
    codes = [str(explained.codes[i]) for i in order]
    matrix = explained.contributions[:, order]
    error = additivity_error(explained.base, matrix, explained.points)
    return {
        "n": len(explained.points),
        "additivity": {
            "error": error,
            "verdict": beyond(error, watch=E1["bad"], bad=E1["bad"]),
        },
        "frequency": frequency(codes, matrix),
        "coverage": coverage(matrix),
        "stability": reason_stability(matrix, [refit[:, order] for refit in explained.refits]),
    }


def additivity_error(base: float, contributions: Floats, points: Floats) -> float | None:
    """Largest distance of base plus contributions from the points (rule E1)."""
    return float(np.abs(base + contributions.sum(axis=1) - points).max()) if len(points) else None


def top_adverse(contributions: Floats) -> Tops:
    """For each case the columns of its adverse reasons, the worst first; -1 where there are fewer than four."""
    n, k = contributions.shape
    order = np.argsort(contributions, axis=1, kind="stable")[:, :REASONS_MAX]
    worst = np.take_along_axis(contributions, order, axis=1)
    tops = np.full((n, REASONS_MAX), -1, dtype=np.intp)
    tops[:, : min(k, REASONS_MAX)] = np.where(worst <= -POINTS_MIN, order, -1)
    return tops


def frequency(codes: Sequence[str], contributions: Floats) -> dict[str, dict[str, float]]:
    """Share of the cases that a code is an adverse reason of, and the first of; codes that never are left out."""
    n = len(contributions)
    tops = top_adverse(contributions)
    any_place = np.bincount(tops[tops >= 0], minlength=len(codes))
    first = tops[:, 0]
    leading = np.bincount(first[first >= 0], minlength=len(codes))
    return {
        code: {"among_four": int(a) / n, "first": int(f) / n}
        for code, a, f in zip(codes, any_place, leading, strict=True)
        if a
    }


def coverage(contributions: Floats) -> dict[str, Any]:
    """Rule E3: share of the cases whose reasons, at most four of each direction, carry half of the absolute points.

    A case without any contribution has nothing to explain and counts as covered.
    """
    if not len(contributions):
        return {"share": None, "median": None, "verdict": short_of(None, watch=0, bad=0)}
    size = np.abs(contributions)
    explained_points = np.zeros(len(contributions))
    for side in (contributions, -contributions):
        tops = top_adverse(side)
        explained_points += np.where(tops >= 0, np.take_along_axis(size, np.maximum(tops, 0), axis=1), 0.0).sum(axis=1)
    whole = size.sum(axis=1)
    part = np.divide(explained_points, whole, out=np.ones(len(whole)), where=whole > 0)
    share = float((part >= E3["points_min"]).mean())
    return {
        "share": share,
        "median": float(np.median(part)),
        "verdict": short_of(share, watch=E3["watch"], bad=E3["bad"]),
    }


def reason_stability(reference: Floats, refits: Sequence[Floats]) -> dict[str, Any]:
    """Rule E2: whether the adverse reasons are those that refits on bootstrap samples give to the same cases.

    `jaccard` is the mean over cases and refits of shared reasons over all named (Jaccard 1901), `jaccard_low` the 10 %
    quantile of the cases' own means. `rank_agreement` is the mean average overlap of the ordered reasons (Fagin, Kumar
    and Sivakumar 2003): the share that the first 1, 2, 3 and 4 have in common, averaged; `first_same` the share of
    cases and refits with the same worst reason. Two cases without any adverse reason agree.
    """
    names = ("jaccard", "jaccard_low", "rank_agreement", "first_same")
    if not len(reference) or not len(refits):
        return {"refits": len(refits), **dict.fromkeys(names), "verdict": short_of(None, watch=0, bad=0)}
    mine = top_adverse(reference)
    figures = np.array([_agreement(mine, top_adverse(refit)) for refit in refits])  # refits x figures x cases
    jaccard, ranked, first = figures.mean(axis=0)
    values = float(jaccard.mean()), float(np.quantile(jaccard, 0.1)), float(ranked.mean()), float(first.mean())
    verdict = short_of(values[0], watch=E2["watch"], bad=E2["bad"])
    return {"refits": len(refits), **dict(zip(names, values, strict=True)), "verdict": verdict}


def _agreement(a: Tops, b: Tops) -> tuple[Floats, Floats, Floats]:
    """Jaccard index, average overlap and whether the first is the same, for each case."""
    same = (a[:, :, None] == b[:, None, :]) & (a >= 0)[:, :, None]
    overlaps = []
    for depth in range(1, REASONS_MAX + 1):
        shared = same[:, :depth, :depth].sum(axis=(1, 2))
        longer = np.maximum((a[:, :depth] >= 0).sum(axis=1), (b[:, :depth] >= 0).sum(axis=1))
        overlaps.append(np.divide(shared, longer, out=np.ones(len(a)), where=longer > 0))
    shared = same.sum(axis=(1, 2))
    named = (a >= 0).sum(axis=1) + (b >= 0).sum(axis=1) - shared
    jaccard = np.divide(shared, named, out=np.ones(len(a)), where=named > 0)
    return jaccard, np.mean(overlaps, axis=0), (a[:, 0] == b[:, 0]).astype(np.float64)
