"""Gates: what must hold before a scorecard may serve, recomputed from the folder whatever it says of itself."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from models.scorecard.score import ADDITIVE_WITHIN
from models.scorecard.scorecard import Scorecard
from models.scorecard.spec import ColumnSpec, Gate, Spec, failures

PROBES = 64
VALUES = 3  # of a column whose direction is tried, over its development range
# Of what nobody but training can judge, what a scorecard that was learned must have: whether it holds, by the figures
# that validation.json tells of it.
BORNE_OUT: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "slope": lambda told: told["platt"]["free_low"] > 0,
    "proposal": lambda told: told["proposal"]["name"] == told["proposal"]["written"],
    "record_groups": lambda told: not any(group["sure"] for group in told["record_groups"]["groups"].values()),
    "parity": lambda told: told["implementation"]["differing"] == 0,
    "leaks": lambda told: all(column["verdict"] != "stop" for column in told["leaks"]["columns"]),
}
# An expert's weights serve before any outcome exists: what needs outcomes does not apply to them, and training says
# instead what the weights rest on.
JUDGED_BY_TRAINING: Mapping[str, tuple[str, ...]] = {
    "model": tuple(BORNE_OUT),
    "synthetic": tuple(BORNE_OUT),
    "expert": ("basis",),
}
NEEDS_OUTCOMES = ("auc", "brier", "slope")


def gates(scorecard: Scorecard) -> dict[str, Gate]:
    """Return the gates that a scorecard's own content decides."""
    tested = scorecard.spec.basis != "expert"
    return {
        "reasons": _reasons(scorecard),
        "contributions": _contributions(scorecard),
        "constraints": _constraints(scorecard),
        **(better_than_constant(scorecard.validation) if tested else {}),
    }


def failed_gates(scorecard: Scorecard) -> list[str]:
    """Say of each gate that fails what it is, with its figures and how to mend it.

    Every gate counts: those recomputed here whatever the folder says of them, and all that training judged; of these
    none may be missing, and none may hold against the figures in validation.json.
    """
    judged = {**scorecard.spec.gates, **gates(scorecard)}
    if scorecard.spec.basis != "expert":
        judged |= _contradicted(scorecard.spec, scorecard.validation)
    else:
        judged = {name: gate for name, gate in judged.items() if name not in NEEDS_OUTCOMES}
    for name in JUDGED_BY_TRAINING[scorecard.spec.basis]:
        judged.setdefault(name, Gate(False, "Training did not judge it.", "Train again."))
    return failures(judged)


def unexplained(scorecard: Scorecard) -> list[str]:
    """Say what is without reasons in the running code of a scorecard that was approved before."""
    return failures({"reasons": _reasons(scorecard)})


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


def _contradicted(spec: Spec, validation: Mapping[str, Any]) -> dict[str, Gate]:
    """Return the gates that scorecard.json says hold, and validation.json does not bear out."""
    mend = "Propose the folder as training wrote it, or train again."
    found = {}
    for name in [name for name in BORNE_OUT if name in spec.gates and spec.gates[name].passed]:
        try:
            if not BORNE_OUT[name](validation):
                said = "scorecard.json says that it holds, and validation.json that it does not."
                found[name] = Gate(False, said, mend)
        except (KeyError, TypeError, AttributeError):
            found[name] = Gate(False, "validation.json does not tell what it was judged by.", mend)
    return found


def _reasons(scorecard: Scorecard) -> Gate:
    bare = scorecard.catalogue.uncovered(scorecard.spec.columns)
    if bare:
        mend = "Declare adverse and favourable sentences, zh and en, for each, or leave the column out."
        return Gate(False, "Columns without reasons: " + ", ".join(bare) + ".", mend)
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
    return Gate(True, "Fitted under the declared monotone constraints, which made-up profiles bear out.")


def _goes_against(scorecard: Scorecard, at: int, rows: np.ndarray) -> bool:
    """Whether a higher value of a signed column is ever answered with points of the wrong direction in these profiles.

    The booster's header only claims its constraints; a booster joined from several, or edited, may not keep them.
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
