"""Drift: whether the test period differs from the training period, and in what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.scorecard.spec import ColumnSpec
from training.cases.population import distribution, shares
from training.figures import Floats, psi, rounded
from training.validation.parts import stability
from training.validation.statistics.ratio import clustering

Z = 3.29  # two-sided 0.1 %: one false alarm in a thousand validations
RATIO = 1.2  # ... and a change that matters
PSI_MOVED = 0.25
OUTSIDE_COLUMNS = 0.10  # of a profile's non-null columns: beyond it a score is limited
OUTSIDE_CASES = 0.05


@dataclass(frozen=True)
class Sign:
    """One sign of drift."""

    moved: bool
    text: str
    figures: Mapping[str, Any]


def drift(
    *,
    bad: Floats,
    pd: Floats,
    bad_before: Floats,
    pd_before: Floats,
    columns: Sequence[ColumnSpec],
    values: Floats,
    supplier: np.ndarray | None = None,
) -> dict[str, Any]:
    """Compare the test period with the training period.

    Args:
        bad, pd: outcomes and probabilities of the test.
        bad_before, pd_before: those of training, the probabilities out of fold.
        columns: the scorecard's columns with their development ranges.
        values: the test's profiles.
        supplier: of each test case; given, the cases of one supplier are not taken for independent.
    """
    signs = {
        "base_rate": _base_rate(bad, bad_before, shared := _shared(bad, pd, supplier)),
        "calibration": _calibration(bad, pd, shared),
        "scores": _scores(pd, pd_before),
        "population": _population(columns, values),
    }
    moved = [sign.text for sign in signs.values() if sign.moved]
    verdict = (
        " ".join(["It drifted.", *moved]) if moved else "No drift: none of its four signs shows in the test period."
    )
    sign_values = {name: {"moved": s.moved, "text": s.text, **dict(s.figures)} for name, s in signs.items()}
    return {"drifted": bool(moved), "text": verdict, "signs": rounded(sign_values)}


def column_stability(columns: Sequence[ColumnSpec], before: Floats, after: Floats) -> dict[str, Any]:
    """Each column's development distribution, and its stability index in the test."""
    by_column = {}
    for column, x, y in zip(columns, before.T, after.T, strict=True):
        was = distribution(x)
        known = y[~np.isnan(y)]
        null = float(np.isnan(y).mean()) if len(y) else 0.0
        now = shares(known, np.asarray(was["edges"], dtype=np.float64)) if known.size else np.zeros(len(was["shares"]))
        whole = psi([*(np.asarray(was["shares"]) * (1 - was["null"])), was["null"]], [*(now * (1 - null)), null])
        by_column[column.name] = {**was, "psi": rounded(whole)}
    return by_column


def _shared(bad: Floats, pd: Floats, supplier: np.ndarray | None) -> float:
    """How many times larger a standard error is for cases of one supplier."""
    return 1.0 if supplier is None or not len(bad) else float(np.sqrt(clustering(bad, pd, supplier)))


def _base_rate(bad: Floats, before: Floats, shared: float) -> Sign:
    now, was = float(bad.mean()), float(before.mean())
    pooled = (bad.sum() + before.sum()) / (len(bad) + len(before))
    se = float(np.sqrt(pooled * (1 - pooled) * (1 / len(bad) + 1 / len(before)))) or np.inf
    z = (now - was) / (se * shared)
    text = f"The bad rate was {was:.2%} in training and is {now:.2%} in the test (z = {z:.1f})."
    return Sign(_far(now, was, z), text, {"training": was, "test": now, "z": z})


def _calibration(bad: Floats, pd: Floats, shared: float) -> Sign:
    observed, expected = float(bad.mean()), float(pd.mean())
    z = (observed - expected) * len(bad) / ((float(np.sqrt((pd * (1 - pd)).sum())) or np.inf) * shared)
    text = f"The test had {observed:.2%} bad where the scorecard says {expected:.2%} (z = {z:.1f})."
    return Sign(_far(observed, expected, z), text, {"observed": observed, "expected": expected, "z": z})


def _scores(pd: Floats, before: Floats) -> Sign:
    was = distribution(before)
    edges = np.asarray(was["edges"], dtype=np.float64)
    comparison = stability.index(was["shares"], shares(pd, edges).tolist(), len(before), len(pd))
    index, chance = comparison["psi"], comparison["by_chance"]
    text = (
        f"The stability index of the probabilities is {index:.3f} (moved above {PSI_MOVED}; chance gives {chance:.3f})."
    )
    return Sign(index > max(PSI_MOVED, chance), text, {"psi": index, "by_chance": chance, **was})


def _population(columns: Sequence[ColumnSpec], values: Floats) -> Sign:
    low = np.array([np.nan if c.low is None else c.low for c in columns])
    high = np.array([np.nan if c.high is None else c.high for c in columns])
    known = ~np.isnan(values)
    beyond = ((values < low) | (values > high)).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    outside = float((beyond > OUTSIDE_COLUMNS).mean())
    text = f"{outside:.1%} of the test cases lie outside the development population (moved above {OUTSIDE_CASES:.0%})."
    return Sign(outside > OUTSIDE_CASES, text, {"outside": outside})


def _far(now: float, was: float, z: float) -> bool:
    low, high = sorted((now, was))
    return abs(z) > Z and high > RATIO * low
