"""What a scorecard must beat: a constant, and a logistic regression on the same columns."""

import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from training.figures import Floats

PENALTY_C = 0.02  # of the standardised columns; windows of one feature are close to collinear
CLIP_SD = 5.0  # one enormous contract must not own the line


def constant(bad: Floats) -> float:
    """The bad rate of the training cases: what one would say of everybody, knowing no more."""
    return float(bad.mean())


def logistic_regression(values: Floats, bad: Floats, weight: Floats, new: Floats) -> Floats:
    """Probabilities for `new` of a ridge logistic regression on median-imputed, standardised columns.

    One thread of linear algebra, so that its figures are the same whatever OMP_NUM_THREADS says.
    """
    median = _medians(values)
    centre, spread = _moments(_imputed(values, median))
    model = LogisticRegression(C=PENALTY_C, solver="newton-cholesky", max_iter=100)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a rival that does not converge is still the rival
        model.fit(_standard(values, median, centre, spread), bad, sample_weight=weight)
        return np.asarray(model.predict_proba(_standard(new, median, centre, spread))[:, 1], dtype=np.float64)


def _medians(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return np.array([np.median(values[known[:, j], j]) if known[:, j].any() else 0.0 for j in range(values.shape[1])])


def _imputed(values: Floats, median: Floats) -> Floats:
    return np.where(np.isnan(values), median, values)


def _moments(values: Floats) -> tuple[Floats, Floats]:
    spread = values.std(axis=0)
    return values.mean(axis=0), np.where(spread > 0, spread, 1.0)


def _standard(values: Floats, median: Floats, centre: Floats, spread: Floats) -> Floats:
    return np.clip((_imputed(values, median) - centre) / spread, -CLIP_SD, CLIP_SD)
