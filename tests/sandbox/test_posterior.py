"""The best PD of drawn worlds: the exact sum over the hidden levels."""

from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from sandbox.draw.draw import draw_world
from sandbox.lending import repayments
from sandbox.make import make_sandbox
from sandbox.truth.posterior import Evidence, reported_after, visible_after
from sandbox.truth.truth import expected_auc, read_truth

pytestmark = pytest.mark.slow  # makes markets


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory):
    """A drawn market with many bads and strong, persistent levels, so that a wrong term shows."""
    world = draw_world(5)
    hidden = replace(
        world.drawn.hidden,
        shares=(0.5, 0.3, 0.2),
        risk=(-1.0, 0.3, 2.0),
        stays=0.9,
        private_sales=(16.0, 10.0, 6.0),
        void=(0.02, 0.06, 0.2),
        slow_stage=(0.1, 0.3, 0.7),
        events=(0.2, 0.5, 1.2),
    )
    mess = replace(world.mess, known_late=0.4, unreported=0.15, corrected=0.1)
    world = replace(
        world,
        mess=mess,
        lending=replace(world.lending, tenants=1, own_days_past_due_max=89, days_min=45, days_max=90),
        risk=replace(world.risk, bad_rate=0.15),
        drawn=replace(world.drawn, hidden=hidden),
    )
    folder = tmp_path_factory.mktemp("truth") / "m"
    make_sandbox(folder, world, suppliers=6_000, seed=5)
    return read_truth(folder)


def test_in_every_tenth_the_best_pd_is_the_mean_of_the_pd_that_knows_the_level(truth):
    best, true = truth["pd_best"].to_numpy(), truth["pd_true"].to_numpy()
    for rows in np.array_split(np.argsort(best), 10):
        difference = true[rows] - best[rows]
        # Loans of one supplier share its level, about three of them on average.
        error = 1.8 * difference.std() / np.sqrt(len(rows))
        assert abs(difference.mean()) < 4 * error + 1e-4


def test_earlier_loans_are_part_of_what_the_best_pd_knows(truth):
    best, true, earlier = (truth[name].to_numpy() for name in ("pd_best", "pd_true", "own_loans"))
    for low, high in ((0, 1), (1, 3), (3, 99)):
        rows = (earlier >= low) & (earlier < high)
        assert rows.sum() > 300
        difference = true[rows] - best[rows]
        assert abs(difference.mean()) < 4 * 1.8 * difference.std() / np.sqrt(rows.sum()) + 1e-4


def test_knowing_the_level_is_better_and_knowing_nothing_of_it_worse(truth):
    best, true, log_odds = (truth[name].to_numpy() for name in ("pd_best", "pd_true", "logit"))
    visible = log_odds - np.array([-1.0, 0.3, 2.0])[truth["level"].to_numpy()]
    aucs = [expected_auc(score, true) for score in (visible, best, true)]
    assert aucs[0] + 0.02 < aucs[1] < aucs[2]


def test_the_forward_pass_is_the_sum_over_all_paths_of_levels():
    rng, quarters, levels = np.random.default_rng(2), 5, 3
    evidence = Evidence.__new__(Evidence)
    shares, stays = np.array([0.5, 0.3, 0.2]), 0.8
    evidence.hidden = type("Hidden", (), {"shares": tuple(shares), "stays": stays, "levels": levels})()
    evidence.log = rng.normal(0, 2, (1, quarters, levels))
    evidence.day, evidence.first, evidence.quarters = np.array([4 * 91 + 5]), 0, quarters
    move = stays * np.eye(levels) + (1 - stays) * shares
    weight = np.zeros(levels)
    for path in product(range(levels), repeat=quarters):
        chance = shares[path[0]] * np.prod([move[a, b] for a, b in pairwise(path)])
        weight[path[-1]] += chance * np.exp(sum(evidence.log[0, q, level] for q, level in enumerate(path)))
    np.testing.assert_allclose(evidence.posterior()[0], weight / weight.sum(), rtol=1e-12)


def test_the_chance_that_a_fact_is_known_is_that_of_the_draws():
    rng, n, late, most = np.random.default_rng(1), 400_000, 0.3, 12
    lag = np.where(rng.random(n) < late, rng.integers(1, most + 1, n), 0)
    for age in (0, 1, 2, 7, 13, 20):
        drawn = np.mean((lag < age) & (age >= 1))
        assert visible_after(np.array([age]), late=late, most=most)[0] == pytest.approx(drawn, abs=0.003)
    wait = rng.integers(1, 1 + repayments.REPORT_DAYS, n)
    late_by = rng.integers(1, 1 + repayments.REPORT_LATE_DAYS, n)
    lag = wait + np.where(rng.random(n) < repayments.REPORT_LATE, late_by, 0)
    for age in (0, 1, 2, 3, 4, 6, 12, 13, 14):
        assert reported_after(np.array([age]))[0] == pytest.approx(np.mean(lag < age), abs=0.003)


def test_in_a_world_without_hidden_levels_the_best_pd_is_that_of_the_view(tmp_path: Path):
    make_sandbox(tmp_path / "m", "plain", suppliers=100, seed=2)
    truth = read_truth(tmp_path / "m")
    assert truth["pd_best"].equals(truth["pd_true"])
