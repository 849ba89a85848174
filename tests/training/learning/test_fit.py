"""Fitting: deterministic bytes, monotone scores, folds that share no supplier."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.training.learning.samples import drawn
from training.learning import fit

pytestmark = pytest.mark.slow

SMALL = fit.Shape(depth=3, leaves=8, rate=0.1, trees=40)


@pytest.fixture(scope="module")
def sample():
    return drawn()


def test_the_score_rises_with_a_column_declared_as_risky_and_falls_with_a_safe_one(sample):
    booster = fit.fit(sample, SMALL)
    rows = np.repeat(sample.values[:40], 60, axis=0)
    sweep = np.tile(np.linspace(-4, 4, 60), 40)
    for column, sign in ((0, 1), (1, -1)):
        swept = rows.copy()
        swept[:, column] = sweep
        steps = np.diff(fit.margin(booster, swept).reshape(40, 60), axis=1) * sign
        assert (steps >= 0).all()
        assert steps.max() > 0


def test_the_model_text_names_no_number_of_threads(sample):
    text = fit.fit(sample, SMALL).model_to_string()
    assert "[num_threads: 0]" in text or "num_threads" not in text


def test_trees_grown_stage_by_stage_are_those_of_the_fit(sample):
    """Otherwise their number would be chosen for other trees than those that are served."""
    grown = fit.staged(sample, sample, SMALL, stages=(10, SMALL.trees), patience=SMALL.trees)
    fitted = fit.fit(sample, SMALL)
    np.testing.assert_allclose(grown[0], fit.margin(fitted, sample.values, trees=10), rtol=1e-12)
    np.testing.assert_allclose(grown[1], fit.margin(fitted, sample.values), rtol=1e-12)


def test_two_processes_with_other_thread_counts_write_the_same_bytes():
    code = (
        "import sys, hashlib; sys.path.insert(0, '.')\n"
        "from tests.training.learning.samples import drawn\n"
        "from training.learning.comparison import compare\n"
        "from training.learning.contenders import contenders, serving\n"
        "from training.learning.tuning import Budget, tune\n"
        "sample = drawn()\n"
        "tuned = tune(sample, Budget(trials=4))\n"
        "pool = serving(contenders(sample, tuned.shape, 'loan'))\n"
        "comparison = compare(sample, pool)\n"
        "content = ''.join(c.learn(sample).text() for c in pool).encode()\n"
        "content += b''.join(j.margins.tobytes() for j in comparison.judged.values())\n"
        "print(tuned, hashlib.sha256(content).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "OMP_NUM_THREADS": threads, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in "12"
    }
    assert len(digests) == 1


def test_trees_stay_shallow(sample):
    tree = fit.fit(sample, fit.Shape(depth=3, leaves=8, trees=5)).dump_model()["tree_info"]
    assert max(t["num_leaves"] for t in tree) <= 8
