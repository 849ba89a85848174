"""Figures of contenders on the same cases, and the gates that training alone can judge."""

from collections.abc import Mapping
from typing import Any

from models.scorecard.grades import Grade, observe
from models.scorecard.spec import Gate
from training.calibrate import LEVEL, Platt
from training.figures import Floats, auc_interval, brier, ks, rounded
from training.learning.proposal import Proposal


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


def contenders(bad: Floats, pd: Mapping[str, Floats]) -> dict[str, dict[str, Any]]:
    """Figures of every contender, by name, on the same cases."""
    return {name: figures(bad, told) for name, told in pd.items()}


def grades(bad: Floats, pd: Floats) -> tuple[Grade, ...]:
    """The master scale with what the test showed of each grade."""
    return observe(pd, bad, level=LEVEL)


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


def groups_gate(groups: Mapping[str, Any]) -> Gate:
    """Whether those without a history, and those with a clean one, turn out as they were told, family by family."""
    found = groups["groups"]
    sure = {name: told["ratio"]["value"] for name, told in found.items() if told["sure"]}
    if sure:
        said = "; ".join(f"{name} {value:.2f}" for name, value in sure.items())
        mend = "Look at how these suppliers differ from the others, and train again."
        return Gate(False, f"Observed over expected lies outside 0.8 to 1.25 for sure: {said}.", mend)
    held = sum(told["verdict"] == "holds" for told in found.values())
    unsure = sum(told["verdict"] == "not evaluable" for told in found.values())
    return Gate(True, f"Of {len(found)} groups {held} hold, {unsure} are not evaluable, none fails for sure.")


def parity_gate(found: Mapping[str, Any]) -> Gate:
    """Whether the road that serves gives the profiles that were learned from, where it could be tried."""
    if not found["cells"]:
        return Gate(True, "Not tried: no column comes from the facts, or they are too large to hold beside training.")
    said = f"{found['differing']} of {found['cells']} cells of {found['cases']} cases differ between batch and service."
    if found["differing"]:
        return Gate(False, said, "This is a fault of the code: do not serve it.")
    return Gate(True, said)
