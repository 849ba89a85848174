"""Curves of discrimination: ROC, the two distributions of points, and where they are farthest apart."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.figures import Floats
from training.validation.measures.evidence import Evidence

CURVE_POINTS_MAX = 200  # more would not be seen
EDGES = np.arange(440.0, 761.0, 10.0)  # points; on the standard scale PDs from 83 % down to 0.008 %


def curves(evidence: Evidence) -> dict[str, Any]:
    """ROC curve, KS curve and histogram of points; a curve without both a bad and a good is empty."""
    return {"roc": roc(evidence.bad, evidence.pd), "ks": ks_curve(evidence), "histogram": histogram(evidence)}


def roc(bad: Floats, risk: Floats) -> dict[str, list[float]]:
    """Share of goods and share of bads at or above each risk, from (0, 0) to (1, 1)."""
    cuts, bads, goods = _up_to(bad, -risk)
    if cuts is None:
        return {"goods": [], "bads": []}
    places = thinned(len(cuts), keep=int(np.argmax(bads - goods)))
    return {"goods": [0.0, *goods[places].tolist()], "bads": [0.0, *bads[places].tolist()]}


def ks_curve(evidence: Evidence) -> dict[str, Any]:
    """Share of bads and of goods with at most so many points, and where the two are farthest apart."""
    cuts, bads, goods = _up_to(evidence.bad, evidence.points)
    if cuts is None:
        return {"points": [], "bads": [], "goods": [], "widest_at": None}
    widest = int(np.argmax(np.abs(bads - goods)))
    places = thinned(len(cuts), keep=widest)
    return {
        "points": cuts[places].tolist(),
        "bads": bads[places].tolist(),
        "goods": goods[places].tolist(),
        "widest_at": float(cuts[widest]),
    }


def histogram(evidence: Evidence) -> dict[str, list[Any]]:
    """Counts of goods and bads by points: bin i lies from edge i to below edge i + 1; the outer bins are open."""
    place = np.clip(np.searchsorted(EDGES, evidence.points, side="right") - 1, 0, len(EDGES) - 2)
    bads = np.bincount(place[evidence.bad > 0], minlength=len(EDGES) - 1)
    goods = np.bincount(place[evidence.bad == 0], minlength=len(EDGES) - 1)
    return {"edges": EDGES.tolist(), "goods": goods.tolist(), "bads": bads.tolist()}


def thinned(n: int, *, keep: int, most: int = CURVE_POINTS_MAX - 1) -> NDArray[np.intp]:
    """At most `most` of n places, evenly spread, among them the first, the last and `keep`."""
    if n <= most:
        return np.arange(n)
    even = np.linspace(0, n - 1, most - 1).astype(np.intp)
    return np.unique(np.append(even, keep))


def _up_to(bad: Floats, values: Floats) -> tuple[Floats | None, Floats, Floats]:
    """Distinct values, and the share of bads and of goods up to each; None without a bad or without a good."""
    n_bad = int(bad.sum())
    n_good = len(bad) - n_bad
    if not n_bad or not n_good:
        return None, np.empty(0), np.empty(0)
    cuts, place = np.unique(values, return_inverse=True)
    bads = np.bincount(place[bad > 0], minlength=len(cuts))
    goods = np.bincount(place[bad == 0], minlength=len(cuts))
    return cuts, np.cumsum(bads) / n_bad, np.cumsum(goods) / n_good
