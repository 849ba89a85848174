"""The rivals a scorecard is held against."""

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training import rivals


def drawn(n=1500):
    rng = np.random.default_rng(4)
    values = rng.uniform(-1, 1, size=(n, 5))
    bad = (rng.random(n) < 1 / (1 + np.exp(1 - values[:, 0]))).astype(float)
    values[rng.random((n, 5)) < 0.1] = np.nan
    return values, bad


def test_the_constant_is_the_bad_rate_of_training():
    assert rivals.constant(np.array([0.0, 0.0, 1.0, 0.0])) == 0.25


def test_the_logistic_regression_is_scikit_learns_pipeline():
    values, bad = drawn()
    pipeline = make_pipeline(
        SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(C=rivals.PENALTY_C, tol=1e-10)
    ).fit(values, bad)
    ours = rivals.logistic_regression(values, bad, np.ones(len(bad)), values)
    assert ours == pytest.approx(pipeline.predict_proba(values)[:, 1], abs=1e-5)


def test_a_column_that_is_null_throughout_harms_nobody():
    values, bad = drawn(200)
    values[:, 2] = np.nan
    assert np.isfinite(rivals.logistic_regression(values, bad, np.ones(200), values)).all()
