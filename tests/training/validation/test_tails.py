"""Tails: every probability against its definition written out, or against scipy's own distribution."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from training.validation.measures import tails

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
PDS = st.floats(1e-4, 0.9999)


def mass(k, n, p):
    return comb(n, k) * p**k * (1 - p) ** (n - k)


@given(COUNTS, PDS)
def test_binomial_tails_are_sums_of_chances(counts, pd):
    bad, n = counts
    above = sum(mass(k, n, pd) for k in range(bad, n + 1))
    below = sum(mass(k, n, pd) for k in range(bad + 1))
    assert tails.binomial_tail(bad, n, pd) == pytest.approx(above, rel=1e-9, abs=1e-12)
    assert tails.binomial_two_sided(bad, n, pd) == pytest.approx(min(1, 2 * min(above, below)), rel=1e-9, abs=1e-12)


@given(COUNTS, PDS)
def test_jeffreys_p_value_is_the_posteriors_mass_up_to_the_pd(counts, pd):
    bad, n = counts
    posterior = stats.beta(bad + 0.5, n - bad + 0.5)
    assert tails.jeffreys_tail(bad, n, pd) == pytest.approx(posterior.cdf(pd), rel=1e-9, abs=1e-12)


@given(COUNTS, PDS, st.sampled_from([1.5, 2.0, 3.0]), st.sampled_from([0.01, 0.05, 0.1]))
def test_power_is_the_chance_of_the_counts_that_the_test_rejects(counts, pd, factor, level):
    _, n = counts
    truth = min(1.0, factor * pd)
    rejected = [k for k in range(n + 1) if sum(mass(j, n, pd) for j in range(k, n + 1)) <= level]
    expected = sum(mass(k, n, truth) for k in rejected)
    result = tails.power(n, pd, factor=factor, level=level)
    assert result == pytest.approx(expected, rel=1e-7, abs=1e-10)


def test_power_of_a_thousand_cases_as_scipy_tells_it():
    """PD 1 %: the test rejects from 16 bads on; at 2 % that happens with the chance of 16 or more."""
    assert stats.binom.sf(14, 1000, 0.01) > 0.05 >= stats.binom.sf(15, 1000, 0.01)
    assert tails.power(1000, 0.01, factor=2, level=0.05) == pytest.approx(stats.binom.sf(15, 1000, 0.02), rel=1e-12)


def test_no_case_gives_no_tail():
    assert tails.jeffreys_tail(0, 0, 0.1) is None
    assert tails.binomial_tail(0, 0, 0.1) is None
    assert tails.binomial_two_sided(0, 0, 0.1) is None
    assert tails.power(0, 0.1, factor=2, level=0.05) is None


def test_a_pd_of_nought_is_refuted_by_one_bad_and_by_nothing_else():
    assert tails.jeffreys_tail(0, 50, 0.0) == 1
    assert tails.jeffreys_tail(1, 50, 0.0) == 0
    assert tails.power(50, 0.0, factor=2, level=0.05) is None


def test_two_sided_normal_tail_of_1_96():
    assert tails.two_sided(-1.959963984540054) == pytest.approx(0.05, rel=1e-12)


def test_holms_p_values_of_his_procedure_worked_by_hand():
    """0.01 of four is taken four times, 0.02 three times, 0.03 twice and not below the one before."""
    assert tails.holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert tails.holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holms_p_values_are_no_smaller_than_the_raw_ones_and_keep_their_order(p_values):
    raised = tails.holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, raised, strict=True))
    by_raw = [q for _, q in sorted(zip(p_values, raised, strict=True))]
    assert by_raw == sorted(by_raw)
