"""The level: that of the latest cases, as far as their number can show it."""

import numpy as np
import pytest

from training.calibrate import Platt, platt
from training.learning.level import LATEST_SHARE, latest, level


def drifting(shift, n=6000, seed=3):
    """Margins over 600 days; in the last 200 the log-odds lie higher by `shift`."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, 600, n)
    margin = rng.normal(-2, 1, size=n)
    bad = (rng.random(n) < 1 / (1 + np.exp(-(margin + shift * (day > 400))))).astype(float)
    return margin, bad, np.datetime64("2022-01-01", "us") + day * np.timedelta64(1, "D")


def latest_of(as_of):
    return as_of >= np.sort(as_of)[int(len(as_of) * (1 - LATEST_SHARE))]


def test_a_base_rate_that_moved_is_followed():
    margin, bad, as_of = drifting(0.8)
    calibrated, found = latest(platt(margin, bad), margin, bad, as_of)
    late = latest_of(as_of)
    assert found.taken
    assert found.observed > found.expected
    assert calibrated.pd(margin[late]).mean() == pytest.approx(bad[late].mean(), rel=0.03)
    assert calibrated.slope == platt(margin, bad).slope


def test_what_chance_explains_moves_nothing_and_twice_the_noise_half_of_it():
    margin, bad, as_of = drifting(0.0)
    before = platt(margin, bad)
    assert latest(before, margin, bad, as_of)[0] == before
    late = latest_of(as_of)
    lifted = Platt(1.0, level(margin[late], float(bad[late].mean())) - 0.2, 1.0, 0.9, 1.1)
    _, found = latest(lifted, margin, bad, as_of)
    assert found.z == pytest.approx(0.2 / (0.2 / found.z))
    assert found.shift == pytest.approx(0.2 * max(0, 1 - 2 / found.z**2), rel=1e-4)


def test_it_is_by_weight():
    """Goods that stand for ten each: the level is that of the population and not of the file."""
    margin, bad, as_of = drifting(0.0)
    weight = np.where(bad == 1, 1.0, 10.0)
    calibrated, _ = latest(Platt(1.0, 0.0, 1.0, 0.9, 1.1), margin, bad, as_of, weight)
    rate = np.average(bad, weights=weight)
    assert np.average(calibrated.pd(margin), weights=weight) == pytest.approx(rate, rel=0.12)


def test_bads_of_one_supplier_move_it_less():
    margin, bad, as_of = drifting(0.8)
    one = np.where(latest_of(as_of), "big", np.arange(len(bad)).astype(str))
    assert latest(platt(margin, bad), margin, bad, as_of, None, one)[1].shift == 0.0
