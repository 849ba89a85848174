"""Fitting: deterministic bytes, monotone scores, folds that share no supplier."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from training import figures, fit


def drawn(n=1200, columns=8, seed=7):
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=(n, columns)), 2)
    values[rng.random((n, columns)) < 0.1] = np.nan
    known = np.nan_to_num(values)
    log_odds = -2 + 0.9 * known[:, 0] - 0.7 * known[:, 1] + 0.6 * (known[:, 2] > 0.5)
    return fit.Sample(
        values=values,
        bad=(rng.random(n) < figures.sigmoid(log_odds)).astype(float),
        weight=np.ones(n),
        as_of=np.datetime64("2022-01-01", "us") + rng.integers(0, 700, n) * np.timedelta64(1, "D"),
        supplier=[f"s{k}" for k in rng.integers(0, n // 4, n)],
        columns=[f"c{k}" for k in range(columns)],
        monotone=[1, -1] + [0] * (columns - 2),
    )


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


def test_two_processes_with_other_thread_counts_write_the_same_bytes():
    code = (
        "import sys, hashlib; sys.path.insert(0, 'tests/training')\n"
        "from test_fit import drawn\n"
        "from training import fit\n"
        "sample = drawn()\n"
        "shape = fit.choose_shape(sample)\n"
        "margins = fit.out_of_fold(sample, shape)\n"
        "content = fit.fit(sample, shape).model_to_string().encode() + margins.tobytes()\n"
        "print(shape, hashlib.sha256(content).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "OMP_NUM_THREADS": threads, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in "12"
    }
    assert len(said) == 1


def test_every_out_of_fold_margin_comes_from_a_booster_that_never_saw_the_supplier(sample):
    """A column that is the supplier's own secret helps in sample and is worthless out of fold."""
    rng = np.random.default_rng(1)
    secret = {s: rng.random() for s in sorted(set(sample.supplier))}
    bad = np.array([float(secret[s] < 0.2) for s in sample.supplier])
    values = np.array([[hash_of(s)] for s in sample.supplier])
    memorable = replace(sample, values=values, bad=bad, columns=["secret"], monotone=[0])
    margins = fit.out_of_fold(memorable, replace(SMALL, trees=80))
    assert np.isfinite(margins).all()
    assert figures.auc(bad, fit.margin(fit.fit(memorable, replace(SMALL, trees=80)), values)) > 0.7
    assert 0.35 < figures.auc(bad, margins) < 0.65


def test_a_slower_rate_reaches_three_hundred_trees(sample):
    shape = fit.choose_shape(sample)
    assert shape.trees >= 300
    assert shape.rate <= fit.RATE_TRIED
    assert fit.fit(sample, shape).num_trees() >= 300


def test_trees_stay_shallow(sample):
    tree = fit.fit(sample, fit.Shape(depth=3, leaves=8, trees=5)).dump_model()["tree_info"]
    assert max(t["num_leaves"] for t in tree) <= 8


def hash_of(supplier):
    return int(hashlib.sha256(supplier.encode()).hexdigest()[:6], 16) / 16**6
