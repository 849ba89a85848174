"""Validation: the scorecard on cases after the split, beside every contender."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.grades import Grade, jeffreys, observe
from models.spec import Gate
from training.calibrate import LEVEL, Platt
from training.figures import Floats, auc_interval, brier, ks, rounded
from training.proposal import Proposal
from training.sample import Mask

DECILES = 10


@dataclass(frozen=True)
class Tested:
    """The test: what happened, and the probabilities that each contender gave.

    `parts` are masks of its cases for which figures are wanted beside the whole's.
    """

    bad: Floats
    pd: Floats
    contenders: Mapping[str, Floats]
    as_of: NDArray[np.datetime64]
    parts: Mapping[str, Mask]


def figures(bad: Floats, pd: Floats) -> dict[str, Any]:
    """Discrimination and calibration of probabilities on cases; None where they cannot be evaluated."""
    if not len(bad):
        return {"n": 0, "bad": 0, "auc": None, "auc_low": None, "auc_high": None, "ks": None, "brier": None}
    interval = auc_interval(bad, pd, level=LEVEL)
    found = {
        "n": len(bad),
        "bad": int(bad.sum()),
        "bad_rate": float(bad.mean()),
        "mean_pd": float(pd.mean()),
        "auc": interval.value,
        "auc_low": interval.low,
        "auc_high": interval.high,
        "ks": ks(bad, pd),
        "brier": brier(bad, pd),
    }
    return {key: rounded(value) for key, value in found.items()}


def contenders(tested: Tested) -> dict[str, dict[str, Any]]:
    """Figures of the model and of every contender on the whole test."""
    every = {"model": tested.pd, **tested.contenders}
    return {name: figures(tested.bad, pd) for name, pd in every.items()}


def deciles(bad: Floats, pd: Floats) -> list[dict[str, Any]]:
    """Calibration by decile of the scorecard's own probability, safest first."""
    order = np.argsort(pd, kind="stable")
    found = []
    for rows in np.array_split(order, DECILES):
        if not len(rows):
            continue
        n, bads = len(rows), int(bad[rows].sum())
        low, high = jeffreys(bads, n, LEVEL)
        told = {"n": n, "bad": bads, "mean_pd": float(pd[rows].mean()), "observed": bads / n, "low": low, "high": high}
        found.append({key: rounded(value) for key, value in told.items()})
    return found


def grades(bad: Floats, pd: Floats) -> tuple[Grade, ...]:
    """The master scale with what the test showed of each grade."""
    return observe(pd, bad, level=LEVEL)


def quarters(bad: Floats, pd: Floats, as_of: NDArray[np.datetime64]) -> list[dict[str, Any]]:
    """Bad rate and mean probability of each calendar quarter (UTC) of the test."""
    month = as_of.astype("datetime64[M]").astype(np.int64)
    found = []
    for quarter in np.unique(month // 3):
        rows = month // 3 == quarter
        name = f"{1970 + quarter // 4}Q{quarter % 4 + 1}"
        rates = {"bad_rate": rounded(float(bad[rows].mean())), "mean_pd": rounded(float(pd[rows].mean()))}
        found.append({"quarter": name, "n": int(rows.sum()), "bad": int(bad[rows].sum()), **rates})
    return found


def slope_gate(platt: Platt) -> Gate:
    """Whether the out-of-fold margins order outcomes at all."""
    interval = f"{platt.free_low:.3f} to {platt.free_high:.3f}"
    said = f"The unpenalised calibration slope is {platt.free_slope:.3f}, 90 % interval {interval}."
    if platt.holds:
        return Gate(True, said)
    return Gate(False, f"{said} It reaches 0.", "Collect more matured cases, or features that tell good from bad.")


def proposal_gate(proposal: Proposal) -> Gate:
    """Whether what is written is what is proposed."""
    if proposal.name == proposal.written:
        return Gate(True, proposal.why["en"])
    return Gate(False, proposal.why["en"], "Collect more matured cases, or serve a scorecard of declared weights.")


def validation(tested: Tested, platt: Platt, out_of_fold: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that validation.json says of the test and of the calibration."""
    fitted = {
        "slope": platt.slope,
        "intercept": platt.intercept,
        "free_slope": platt.free_slope,
        "free_low": platt.free_low,
        "free_high": platt.free_high,
        "level": LEVEL,
    }
    return {
        "figures": contenders(tested),
        "parts": {name: figures(tested.bad[mask], tested.pd[mask]) for name, mask in tested.parts.items()},
        "out_of_fold": out_of_fold,
        "calibration": rounded(fitted),
        "deciles": deciles(tested.bad, tested.pd),
        "quarters": quarters(tested.bad, tested.pd, tested.as_of),
    }
