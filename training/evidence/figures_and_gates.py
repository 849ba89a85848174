"""Figures of contenders on the same cases, and the gates that are decided in training."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.scorecard.grades import Grade, observe
from models.scorecard.spec import Gate
from training.calibrate import LEVEL, Platt
from training.figures import Floats, Interval, auc_interval, brier, ks, rounded
from training.learning.proposal import Proposal
from training.validation.measures.evidence import evaluable


def figures(bad: Floats, pd: Floats, supplier: Sequence[Any] | NDArray[Any] | None = None) -> dict[str, Any]:
    """Discrimination and calibration of probabilities on cases; None where they cannot be evaluated.

    AUC and KS need what rule D1 asks for, so that every place that shows them agrees with the report.

    Args:
        supplier: of each case; given, the interval of the AUC is by supplier, and bads and goods count as effective.
    """
    if not len(bad):
        return {"n": 0, "bad": 0, "auc": None, "auc_low": None, "auc_high": None, "ks": None, "brier": None}
    enough = evaluable(bad, np.arange(len(bad)) if supplier is None else supplier)
    interval = auc_interval(bad, pd, supplier=supplier, level=LEVEL) if enough else Interval(None, None, None)
    values = {
        "n": len(bad),
        "bad": int(bad.sum()),
        "bad_rate": float(bad.mean()),
        "mean_pd": float(pd.mean()),
        "auc": interval.value,
        "auc_low": interval.low,
        "auc_high": interval.high,
        "ks": ks(bad, pd) if enough else None,
        "brier": brier(bad, pd),
    }
    return {key: rounded(value) for key, value in values.items()}


def contenders(
    bad: Floats, pd: Mapping[str, Floats], supplier: Sequence[Any] | NDArray[Any] | None = None
) -> dict[str, dict[str, Any]]:
    """Figures of every contender, by name, on the same cases."""
    return {name: figures(bad, probabilities, supplier) for name, probabilities in pd.items()}


def grades(bad: Floats, pd: Floats) -> tuple[Grade, ...]:
    """The master scale with the test's counts and bad rates of each grade."""
    return observe(pd, bad, level=LEVEL)


def slope_gate(platt: Platt) -> Gate:
    """Whether the out-of-fold margins rank the outcomes."""
    interval = f"{platt.free_low:.3f} to {platt.free_high:.3f}"
    text = f"The unpenalised calibration slope is {platt.free_slope:.3f}, 90 % interval {interval}."
    if platt.holds:
        return Gate(True, text)
    return Gate(False, f"{text} It reaches 0.", "Collect more matured cases, or features that separate good from bad.")


def proposal_gate(proposal: Proposal) -> Gate:
    """Whether the written scorecard is the proposed one."""
    if proposal.name == proposal.written:
        return Gate(True, proposal.why["en"])
    return Gate(False, proposal.why["en"], "Collect more matured cases, or serve a scorecard of declared weights.")


def groups_gate(groups: Mapping[str, Any]) -> Gate:
    """Whether the groups without, with a partly unknown and with a clean history have as many bads as their PDs say."""
    by_group = groups["groups"]
    sure = {name: group["ratio"]["value"] for name, group in by_group.items() if group["sure"]}
    if sure:
        listed = "; ".join(f"{name} {value:.2f}" for name, value in sure.items())
        fix = "Check how these suppliers differ from the others, and train again."
        return Gate(False, f"Observed over expected lies outside 0.8 to 1.25 for sure: {listed}.", fix)
    holding = sum(group["verdict"] == "holds" for group in by_group.values())
    unsure = sum(group["verdict"] == "not evaluable" for group in by_group.values())
    return Gate(True, f"Of {len(by_group)} groups {holding} hold, {unsure} are not evaluable, none fails for sure.")


def parity_gate(comparison: Mapping[str, Any]) -> Gate:
    """Whether serving computes the same profiles as training, where this could be tested."""
    if not comparison["cells"]:
        return Gate(
            True,
            "Not tested: no column comes from the facts.",
        )
    cells, cases, differing = comparison["cells"], comparison["cases"], comparison["differing"]
    text = f"{differing} of {cells} cells of {cases} cases differ between batch and service."
    if differing:
        return Gate(False, text, "This is a fault of the code: do not serve it.")
    return Gate(True, text)
