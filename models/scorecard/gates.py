"""Gates: conditions that a scorecard must meet before it may serve, recomputed from its folder."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from models.scorecard.score import ADDITIVE_WITHIN
from models.scorecard.scorecard import Scorecard
from models.scorecard.spec import ColumnSpec, Gate, Spec, failures

PROBES = 64
VALUES = 3  # per column whose direction is tested, over its development range
# Gates that only training can judge and that a learned scorecard must pass. Each function checks the gate against the
# figures in validation.json.
CONFIRMED_BY: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "slope": lambda validation: validation["platt"]["free_low"] > 0,
    "proposal": lambda validation: validation["proposal"]["name"] == validation["proposal"]["written"],
    "record_groups": lambda validation: all(not g["sure"] for g in validation["record_groups"]["groups"].values()),
    "parity": lambda validation: validation["implementation"]["differing"] == 0,
    "leaks": lambda validation: all(column["verdict"] != "stop" for column in validation["leaks"]["columns"]),
}
# An expert's weights may serve before any outcome exists: gates that need outcomes do not apply then, and training
# judges the basis of the weights instead. Where outcomes tested them, every gate applies.
JUDGED_BY_TRAINING: Mapping[str, tuple[str, ...]] = {
    "model": tuple(CONFIRMED_BY),
    "synthetic": tuple(CONFIRMED_BY),
    "expert": ("basis",),
}
NEEDS_OUTCOMES = ("auc", "brier", "slope")


def gates(scorecard: Scorecard) -> dict[str, Gate]:
    """Return the gates that are computed from the scorecard's own content."""
    return {
        "reasons": _reasons(scorecard),
        "contributions": _contributions(scorecard),
        "constraints": _constraints(scorecard),
        **(better_than_constant(scorecard.validation) if tested(scorecard) else {}),
    }


def tested(scorecard: Scorecard) -> bool:
    """Return whether outcomes tested the scorecard: declared weights may also serve before any outcome is known."""
    return scorecard.spec.basis != "expert" or "model" in scorecard.validation.get("figures", {})


def failed_gates(scorecard: Scorecard) -> list[str]:
    """Say of each gate that fails what it is, with its figures and how to fix it.

    Every gate counts: those recomputed here, whatever the folder says about them, and those judged by training. None
    of the latter may be missing or contradict the figures in validation.json.
    """
    judged = {**scorecard.spec.gates, **gates(scorecard)}
    if tested(scorecard):
        judged |= _contradicted(scorecard.spec, scorecard.validation)
    else:
        judged = {name: gate for name, gate in judged.items() if name not in NEEDS_OUTCOMES}
    for name in CONFIRMED_BY if tested(scorecard) else JUDGED_BY_TRAINING[scorecard.spec.basis]:
        judged.setdefault(name, Gate(False, "Training did not judge it.", "Train again."))
    return failures(judged)


def unexplained(scorecard: Scorecard) -> list[str]:
    """Return the failed gate `reasons` of a scorecard that was approved before."""
    return failures({"reasons": _reasons(scorecard)})


def better_than_constant(validation: Mapping[str, Any]) -> dict[str, Gate]:
    """Return the gates `auc` and `brier`: the model against the training bad rate, on the out-of-time test."""
    figures = validation.get("figures", {})
    fix = "Train on more matured cases, or on features that tell good from bad."
    return {
        "auc": _beats(figures, "auc", fix, higher_is_better=True),
        "brier": _beats(figures, "brier", fix, higher_is_better=False),
    }


def _beats(figures: Mapping[str, Any], figure: str, fix: str, *, higher_is_better: bool) -> Gate:
    try:
        values = [figures[who][figure] for who in ("model", "constant")]
        model, constant = (math.nan if value is None else float(value) for value in values)
    except (KeyError, TypeError, ValueError):
        return Gate(False, f"validation.json has no out-of-time {figure} of model and constant.", "Train again.")
    if not (math.isfinite(model) and math.isfinite(constant)):
        return Gate(False, f"The out-of-time {figure} could not be evaluated.", fix)
    better = model > constant if higher_is_better else model < constant
    text = f"Out-of-time {figure} {model:.4f}, of the constant {constant:.4f}."
    return Gate(better, text, "" if better else fix)


def _contradicted(spec: Spec, validation: Mapping[str, Any]) -> dict[str, Gate]:
    """Return the gates that scorecard.json says are passed and validation.json does not confirm."""
    fix = "Propose the folder as training wrote it, or train again."
    failed = {}
    for name in [name for name in CONFIRMED_BY if name in spec.gates and spec.gates[name].passed]:
        try:
            if not CONFIRMED_BY[name](validation):
                text = "scorecard.json says that it is passed, and validation.json that it is not."
                failed[name] = Gate(False, text, fix)
        except (KeyError, TypeError, AttributeError):
            failed[name] = Gate(False, "validation.json lacks the figures that it was judged by.", fix)
    return failed


def _reasons(scorecard: Scorecard) -> Gate:
    bare = scorecard.catalogue.uncovered(scorecard.spec.columns)
    if bare:
        fix = "Declare adverse and favourable sentences, zh and en, for each, or leave the column out."
        return Gate(False, "Columns without reasons: " + ", ".join(bare) + ".", fix)
    return Gate(True, f"All {len(scorecard.columns)} columns have reasons.")


def _contributions(scorecard: Scorecard) -> Gate:
    rows = np.array(list(probes(scorecard.spec)))
    base, parts = scorecard.contributions(rows)
    error = float(np.max(np.abs(base + parts.sum(axis=1) - scorecard.points(rows))))
    if error <= ADDITIVE_WITHIN:
        return Gate(True, f"Base and contributions add up to the points within {ADDITIVE_WITHIN:g}.")
    return Gate(False, f"Base and contributions miss the points by up to {error:.3g}.", "Train without linear trees.")


def _constraints(scorecard: Scorecard) -> Gate:
    declared = [c.monotone for c in scorecard.spec.columns]
    if scorecard.monotone_constraints != declared:
        return Gate(False, "Fitted under other monotone constraints than those declared.", "Train again.")
    rows = np.array(list(probes(scorecard.spec)))
    signed = [at for at, c in enumerate(scorecard.spec.columns) if c.monotone]
    against = [scorecard.columns[at] for at in signed if _goes_against(scorecard, at, rows)]
    if against:
        return Gate(False, f"Points go against the declared direction of {', '.join(against)}.", "Train again.")
    return Gate(True, "Fitted under the declared monotone constraints; made-up profiles confirm them.")


def _goes_against(scorecard: Scorecard, at: int, rows: np.ndarray) -> bool:
    """Return whether a higher value of a signed column moves the points in the wrong direction in these profiles.

    The booster's header only claims its constraints; a booster joined from several, or edited, may break them.
    """
    column = scorecard.spec.columns[at]
    if column.low is None or column.high is None:
        return False
    values = np.linspace(column.low, column.high, VALUES)
    steps = np.repeat(rows, VALUES, axis=0)
    steps[:, at] = np.tile(values, len(rows))
    moved = np.diff(scorecard.points(steps).reshape(len(rows), VALUES), axis=1)
    return bool((moved * column.monotone > ADDITIVE_WITHIN).any())


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
