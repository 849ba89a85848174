"""Observed over expected: Jeffreys' interval as scipy has it, the verdicts, and what clustering multiplies."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from training.validation.parts.record_groups import group, record_groups
from training.validation.rules.rules import C1, R1
from training.validation.statistics.ratio import calibrated, design_effect, ratio_verdict, surely_outside


def flat(bad, n, pd):
    """So many bads of n cases with the same PD."""
    return calibrated((np.arange(n) < bad).astype(float), np.full(n, pd))


@given(st.integers(1, 500), st.floats(0, 1), st.floats(0.001, 0.999))
def test_the_interval_is_jeffreys_over_the_mean_pd_and_holds_the_ratio(n, share, pd):
    bad = round(share * n)
    result = flat(bad, n, pd)
    ratio = result["ratio"]
    low = stats.beta.ppf(0.05, bad + 0.5, n - bad + 0.5) if bad else 0
    high = stats.beta.ppf(0.95, bad + 0.5, n - bad + 0.5) if bad < n else 1
    assert ratio["low"] == pytest.approx(low / pd, rel=1e-6)
    assert ratio["high"] == pytest.approx(high / pd, rel=1e-6)
    assert ratio["low"] <= ratio["value"] * (1 + 1e-9)
    assert ratio["value"] <= ratio["high"] * (1 + 1e-9)
    assert ratio["value"] == pytest.approx(bad / (n * pd))


@pytest.mark.parametrize(
    ("bad", "n", "pd", "verdict"),
    [
        (100, 2000, 0.05, "good"),
        (120, 2000, 0.05, "good"),  # 1.2 with an interval that leaves out 1: proven, and too small to matter
        (135, 2000, 0.05, "watch"),
        (160, 2000, 0.05, "bad"),
        (60, 2000, 0.05, "bad"),
        (14, 200, 0.05, "good"),  # 1.4, and chance explains it
        (9, 100, 0.05, "not evaluable"),
        (1, 1, 0.1, "not evaluable"),  # one bad case of one proves nothing
        (20, 100, 0.05, "bad"),  # ... and 20 where 5 were expected do
        (0, 100, 0.0, "not evaluable"),
        (0, 0, 0.1, "not evaluable"),
    ],
)
def test_verdicts_on_the_ratio(bad, n, pd, verdict):
    assert ratio_verdict(flat(bad, n, pd)) == verdict


def chances(rule, expected, *, off=1.0):
    """Of a group of which so many bads were expected: how likely its ratio is to lie outside, and to do so for sure.

    Every count that cases of 5 % can give, weighed by its chance where the true rate is `off` times as high.
    """
    n = expected * 20
    counts = np.arange(n + 1)
    chance = stats.binom.pmf(counts, n, 0.05 * off)
    ratio = counts / expected
    outside = (ratio < rule["low"]) | (ratio > rule["high"])
    sure = [surely_outside(flat(bad, n, 0.05), rule) for bad in counts]
    return chance[outside].sum(), chance[sure].sum()


def test_a_sound_group_is_hardly_ever_outside_for_sure():
    for rule, expected in ((R1, 20), (R1, 50), (C1, 2)):
        assert chances(rule, expected)[1] < 0.01, (rule.number, expected)
    assert chances(R1, 20)[1] > 0.001  # rare, not impossible: the rule can find something


def test_a_sound_group_with_just_enough_bads_fails_one_time_in_ten():
    """Several groups are judged at once: at 20 expected bads, a quarter of the sound ones would be false alarms."""
    assert R1["expected_min"] == 50
    assert 0.05 < chances(R1, 50)[0] < 0.11
    assert chances(R1, 20)[0] > 0.25


def test_a_group_half_again_as_bad_seldom_escapes():
    outside, sure = chances(R1, 50, off=1.5)
    assert outside > 0.9
    assert sure > 0.4


def test_design_effect_of_copied_cases_is_the_number_of_copies():
    rng = np.random.default_rng(3)
    pd = rng.uniform(0.02, 0.3, 4000)
    bad = (rng.random(4000) < pd).astype(float)
    assert design_effect(bad, pd, np.arange(4000), 4000) == pytest.approx(1, abs=0.1)
    thrice = [np.repeat(x, 3) for x in (bad, pd, np.arange(4000))]
    once = design_effect(bad, pd, np.arange(4000), 4000)
    assert design_effect(*thrice, 4000) == pytest.approx(3 * once)
    assert design_effect(np.zeros(0), np.zeros(0), np.zeros(0, dtype=int), 0) is None
    assert design_effect(np.ones(2), np.ones(2), np.arange(2), 2) is None


def test_a_record_group_holds_fails_or_is_not_evaluable(evidence_of):
    """Four groups of one PD: as predicted, half again as bad, too small to judge, and a third worse."""
    pd = 0.1
    bad = np.concatenate([np.arange(1000) < 100, np.arange(1000) < 150, np.arange(490) < 64, np.arange(510) < 66])
    evidence = evidence_of(bad, np.full(len(bad), np.log(pd / (1 - pd))))
    place = np.repeat(np.arange(4), [1000, 1000, 490, 510])
    result = record_groups(evidence, {f"group {i}": place == i for i in range(4)})
    assert {name: (g["verdict"], g["sure"]) for name, g in result["groups"].items()} == {
        "group 0": ("holds", False),
        "group 1": ("fails", True),
        "group 2": ("not evaluable", False),
        "group 3": ("fails", False),
    }
    assert result["verdict"] == "bad"
    assert record_groups(evidence, {"d": place == 3})["verdict"] == "watch"
    assert record_groups(evidence, {"a": place == 0})["verdict"] == "good"
    assert record_groups(evidence, {"nobody": place == 9})["verdict"] == "not evaluable"
    assert record_groups(evidence, {})["verdict"] == "not evaluable"


def test_few_cases_fail_where_they_are_far_off(evidence_of):
    evidence = evidence_of(np.arange(60) < 20, np.full(60, -3.0))
    result = group(evidence, np.ones(60, dtype=bool))
    assert result["expected"] < R1["expected_min"]
    assert (result["verdict"], result["sure"]) == ("fails", True)


def test_of_many_small_sound_groups_next_to_none_fails_for_sure(draw):
    """Fifty groups are judged at once: a group that chance alone throws off must not refuse a scorecard."""
    failed = 0
    for seed in range(40):
        evidence = draw(3000, seed=seed, each=1, centre=-4.0, spread=0.5)
        place = np.random.default_rng(seed).integers(50, size=3000)
        groups = record_groups(evidence, {f"group {i}": place == i for i in range(50)})["groups"]
        failed += any(figures["sure"] for figures in groups.values())
    assert failed <= 2


def test_a_small_group_that_is_far_off_still_fails_for_sure_among_fifty(draw):
    evidence = draw(3000, each=1, centre=-4.0, spread=0.5)
    place = np.random.default_rng(1).integers(50, size=3000)
    bad = np.where(place == 7, (np.arange(3000) % 4 == 0).astype(float), evidence.bad)
    groups = record_groups(replace(evidence, bad=bad), {f"group {i}": place == i for i in range(50)})["groups"]
    assert [name for name, figures in groups.items() if figures["sure"]] == ["group 7"]
