"""Segments: whether the scorecard is as accurate, and as fair, for each kind of supplier.

A case is approved where its PD lies below a stated cut-off. Parity is the approval rate over that of the reference,
the dimension's largest segment: below four fifths it calls for an explanation (EEOC Uniform Guidelines 1978, 29 CFR
1607.4 D). Different rates are acceptable where the outcomes differ as well, but not where a segment's PDs are higher
than its bad rate.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.validation.measures.evidence import Evidence, Labels, Mask
from training.validation.measures.tails import binomial_tail
from training.validation.parts.discrimination import separation
from training.validation.rules.rules import P1, P2
from training.validation.rules.verdicts import BAD, GOOD, NOT_EVALUABLE, WATCH, Verdict, worst
from training.validation.statistics.ratio import calibrated, ratio_verdict

ROUNDING = 1e-9  # exactly four fifths is enough
SHOWN_MIN = 10  # cases; smaller segments are put together, so that no single supplier's outcome can be read off


def segments(evidence: Evidence, *, cutoff_pd: float) -> dict[str, Any]:
    """Every dimension's segments; their calibration is rule P1, their parity rule P2."""
    dimensions = {
        name: dimension(evidence, labels, cutoff_pd=cutoff_pd) for name, labels in sorted(evidence.segments.items())
    }
    values = [figures for each in dimensions.values() for figures in each["values"].values()]
    return {
        "cutoff_pd": cutoff_pd,
        "dimensions": dimensions,
        "calibration": together([figures["calibration"] for figures in values]),
        "parity": worst(figures["parity"]["verdict"] for figures in values),
    }


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Rule P1, of all segments: bad if one is bad; watch if more are on watch than chance explains; good otherwise.

    The interval of one correct segment in ten excludes 1. Watch: the binomial chance of so many is below 5 %.
    """
    judged = [v for v in verdicts if v != NOT_EVALUABLE]
    if worst(judged) != WATCH:
        return worst(judged)
    chance = binomial_tail(judged.count(WATCH), len(judged), P1["chance"])
    return WATCH if chance is not None and chance < P1["chance_level"] else GOOD


def dimension(evidence: Evidence, labels: Labels, *, cutoff_pd: float) -> dict[str, Any]:
    """The segments of one dimension by label, how many cases have none, and those too small to be shown."""
    known = np.array([label is not None and label == label for label in labels], dtype=bool)
    names = np.array([str(label) if k else "" for label, k in zip(labels, known, strict=True)], dtype=object)
    masks = {str(name): known & (names == name) for name in np.unique(names[known])}
    small = [name for name, rows in masks.items() if rows.sum() < SHOWN_MIN]
    shown = {name: rows for name, rows in masks.items() if name not in small}
    # The largest; of equals the first by name.
    reference = max(shown, key=lambda name: int(shown[name].sum())) if shown else None
    base = approvals(evidence, shown[reference], cutoff_pd=cutoff_pd) if reference is not None else None
    others = sum((masks[name] for name in small), np.zeros(evidence.n, dtype=bool))
    return {
        "unknown": int((~known).sum()),
        "others": {"labels": len(small), "n": int(others.sum())},
        "reference": reference,
        "values": {name: _segment(evidence, rows, base, cutoff_pd=cutoff_pd) for name, rows in shown.items()},
    }


def approvals(evidence: Evidence, rows: Mask, *, cutoff_pd: float) -> dict[str, Any]:
    """How many would be approved below the cut-off: of all, of the goods and of the bads; None of none.

    `good_rate` and `bad_rate` are the true and the false positive rate of "approve" (Hardt, Price and Srebro 2016).
    """
    approved, bad = evidence.pd[rows] < cutoff_pd, evidence.bad[rows] > 0
    n, n_bad = len(bad), int(bad.sum())
    yes, yes_bad = int(approved.sum()), int((approved & bad).sum())
    return {
        "n": n,
        "approved": yes,
        "rate": yes / n if n else None,
        "good_rate": (yes - yes_bad) / (n - n_bad) if n > n_bad else None,
        "bad_rate": yes_bad / n_bad if n_bad else None,
    }


def parity(approved: dict[str, Any], base: dict[str, Any], ratio: dict[str, Any]) -> dict[str, Any]:
    """Rule P2: a segment's approval rates over its reference's, and the verdict.

    Below four fifths: watch; bad if its bads were so few that the interval of observed over expected lies below 1.
    Not evaluable with fewer than 30 cases in either, or where the reference has no approval.
    """
    ratios = {key: _over(approved[key], base[key]) for key in ("rate", "good_rate", "bad_rate")}
    verdict: Verdict = GOOD
    if min(approved["n"], base["n"]) < P2["cases_min"] or ratios["rate"] is None:
        verdict = NOT_EVALUABLE
    elif ratios["rate"] < P2["watch"] - ROUNDING:
        verdict = BAD if ratio["high"] is not None and ratio["high"] < 1 else WATCH
    return {**ratios, "verdict": verdict}


def _segment(evidence: Evidence, rows: Mask, base: dict[str, Any] | None, *, cutoff_pd: float) -> dict[str, Any]:
    figures = calibrated(evidence.bad[rows], evidence.pd[rows], evidence.supplier[rows])
    apart = separation(evidence.bad[rows], evidence.pd[rows])
    approved = approvals(evidence, rows, cutoff_pd=cutoff_pd)
    assert base is not None
    return {
        **figures,
        "calibration": ratio_verdict(figures),
        "auc": apart["auc"],
        "ks": apart["ks"],
        "approvals": approved,
        "parity": parity(approved, base, figures["ratio"]),
    }


def _over(value: float | None, base: float | None) -> float | None:
    return None if value is None or not base else value / base
