"""Gates: what must hold before a scorecard may serve, recomputed from the folder whatever it says of itself."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from models.assessment import ADDITIVE_WITHIN
from models.errors import PromotionError
from models.spec import ColumnSpec, Gate, Spec

if TYPE_CHECKING:
    from models.scorecard import Scorecard

PROBES = 64


def gates(scorecard: "Scorecard") -> dict[str, Gate]:
    """Return the gates that a scorecard's own content decides."""
    return {
        "reasons": _reasons(scorecard),
        "contributions": _contributions(scorecard),
        "constraints": _constraints(scorecard),
        **better_than_constant(scorecard.validation),
    }


def check_gates(scorecard: "Scorecard", running_digest: Callable[[Sequence[str]], str]) -> None:
    """Raise unless every gate holds: those recomputed here, those that training judged, and the features' digest.

    Raises:
        PromotionError: names each gate that fails, with its figures and how to mend it.
    """
    judged = {**scorecard.spec.gates, **gates(scorecard), "features": _features(scorecard, running_digest)}
    if "slope" not in judged:
        judged["slope"] = Gate(False, "Nobody judged the calibration's slope.", "Train again.")
    failed = [
        f"Gate {name}: {gate.text} {gate.mend}".strip() for name, gate in sorted(judged.items()) if not gate.passed
    ]
    if failed:
        raise PromotionError("Not promoted. " + " ".join(failed))


def better_than_constant(validation: Mapping[str, Any]) -> dict[str, Gate]:
    """Return the gates `auc` and `brier`: the model against the training bad rate, on the out-of-time test."""
    figures = validation.get("figures", {})
    mend = "Train on more matured cases, or on features that tell good from bad."
    return {
        "auc": _beats(figures, "auc", mend, higher_is_better=True),
        "brier": _beats(figures, "brier", mend, higher_is_better=False),
    }


def _beats(figures: Mapping[str, Any], figure: str, mend: str, *, higher_is_better: bool) -> Gate:
    try:
        told = [figures[who][figure] for who in ("model", "constant")]
        model, constant = (math.nan if value is None else float(value) for value in told)
    except (KeyError, TypeError, ValueError):
        return Gate(False, f"validation.json has no out-of-time {figure} of model and constant.", "Train again.")
    if not (math.isfinite(model) and math.isfinite(constant)):
        return Gate(False, f"The out-of-time {figure} could not be evaluated.", mend)
    better = model > constant if higher_is_better else model < constant
    said = f"Out-of-time {figure} {model:.4f}, of the constant {constant:.4f}."
    return Gate(better, said, "" if better else mend)


def _features(scorecard: "Scorecard", running_digest: Callable[[Sequence[str]], str]) -> Gate:
    try:
        running = running_digest(scorecard.columns)
    except (KeyError, ValueError) as error:
        running = f"unknown ({error})"
    if running == scorecard.spec.features_digest:
        return Gate(True, "The running code computes the columns that it was trained on.")
    told = f"It was trained on features {scorecard.spec.features_digest}; the running code's are {running}."
    return Gate(False, told, "Train again with this code, or run the code that trained it.")


def _reasons(scorecard: "Scorecard") -> Gate:
    bare = scorecard.catalogue.uncovered(scorecard.spec.columns)
    if scorecard.spec.catalogue != scorecard.catalogue.version:
        bare.append(f"catalogue {scorecard.spec.catalogue}, running {scorecard.catalogue.version}")
    if bare:
        mend = "Declare adverse and favourable sentences, zh and en, for each, or leave the column out."
        return Gate(False, "Columns without reasons: " + ", ".join(bare) + ".", mend)
    return Gate(True, f"All {len(scorecard.columns)} columns have reasons.")


def _contributions(scorecard: "Scorecard") -> Gate:
    rows = np.array(list(probes(scorecard.spec)))
    base, parts = scorecard.contributions(rows)
    error = float(np.max(np.abs(base + parts.sum(axis=1) - scorecard.points(rows))))
    if error <= ADDITIVE_WITHIN:
        return Gate(True, f"Base and contributions add up to the points within {ADDITIVE_WITHIN:g}.")
    return Gate(False, f"Base and contributions miss the points by up to {error:.3g}.", "Train without linear trees.")


def _constraints(scorecard: "Scorecard") -> Gate:
    declared = [c.monotone for c in scorecard.spec.columns]
    if scorecard.monotone_constraints == declared:
        return Gate(True, "Fitted under the declared monotone constraints.")
    return Gate(False, "Fitted under other monotone constraints than those declared.", "Train again.")


def probes(spec: Spec) -> Iterator[list[float]]:
    """Return made-up profiles over the development ranges, with nulls, the same each time."""
    rng = np.random.default_rng(20_240_229)
    for share_null in np.linspace(0, 1, PROBES):
        yield [_probe(column, rng, share_null) for column in spec.columns]


def _probe(column: ColumnSpec, rng: np.random.Generator, share_null: float) -> float:
    at, silent = rng.random(), rng.random() < share_null
    if silent or column.low is None or column.high is None:
        return math.nan
    return column.low + at * (column.high - column.low)
