"""Shapley values for the shap library's plots, in points, and by a second definition for comparison.

Only for analysis: serving gets the same contributions from LightGBM and never loads shap.
"""

from typing import TYPE_CHECKING

import numpy as np

from models.scorecard.booster import parse_booster
from models.scorecard.scorecard import Scorecard
from training.figures import Floats

if TYPE_CHECKING:
    import shap


def explanation(scorecard: Scorecard, rows: Floats) -> "shap.Explanation":
    """The scorecard's contributions in the form of shap's plots; base and values add up to the points.

    Args:
        rows: profiles in the order of the scorecard's columns, NaN for null.
    """
    import shap

    base, contributions = scorecard.contributions(rows)
    return shap.Explanation(
        values=contributions,
        base_values=np.full(len(rows), base),
        data=rows,
        feature_names=list(scorecard.columns),
    )


def interventional(scorecard: Scorecard, rows: Floats, background: Floats) -> tuple[float, Floats]:
    """Base points and contributions when an unknown column is drawn from a background, independent of the others.

    The scorecard's own contributions let unknown columns depend on the known ones, as in the training cases. Both
    add up to the points; a reason that appears under both does not depend on that choice.

    Args:
        rows: profiles to explain.
        background: a hundred or so profiles of the population, as the reference.
    """
    import shap

    assert scorecard.folder is not None, "opened from its folder"
    booster = parse_booster((scorecard.folder / "booster.txt").read_text("ascii"))
    explainer = shap.TreeExplainer(booster, data=background, feature_perturbation="interventional")
    values = np.asarray(explainer.shap_values(rows), dtype=np.float64)
    spec = scorecard.spec
    base = spec.scale.points(spec.calibration.log_odds_bad(float(np.ravel(explainer.expected_value)[-1])))
    return float(base), values * (-spec.scale.factor * spec.calibration.slope)
