"""Low default: the published figures of Pluto and Tasche (2005), and their definition solved directly."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from training.validation.parts.low_default import low_default, upper_bounds

OBLIGORS = [100, 400, 300]
# Percent, grades A, B, C: the paper's tables for no defaults, and for 0, 2 and 1, independent.
NO_DEFAULTS = {
    0.5: (0.09, 0.10, 0.23),
    0.75: (0.17, 0.20, 0.46),
    0.9: (0.29, 0.33, 0.76),
    0.95: (0.37, 0.43, 0.99),
    0.99: (0.57, 0.66, 1.52),
    0.999: (0.86, 0.98, 2.28),
}
FEW_DEFAULTS = {0.5: (0.46, 0.52, 0.56), 0.9: (0.83, 0.95, 1.29), 0.95: (0.97, 1.10, 1.57), 0.99: (1.25, 1.43, 2.19)}
# ... and no defaults with an asset correlation of 0.12.
CORRELATED = {0.5: (0.15, 0.17, 0.37), 0.9: (0.86, 0.96, 1.89)}


@pytest.mark.parametrize("level", NO_DEFAULTS)
def test_the_papers_bounds_without_defaults(level):
    result = upper_bounds(OBLIGORS, [0, 0, 0], level=level)
    assert np.round(np.array(result) * 100, 2) == pytest.approx(NO_DEFAULTS[level])


@pytest.mark.parametrize("level", FEW_DEFAULTS)
def test_the_papers_bounds_with_few_defaults(level):
    result = upper_bounds(OBLIGORS, [0, 2, 1], level=level)
    assert np.round(np.array(result) * 100, 2) == pytest.approx(FEW_DEFAULTS[level])


@pytest.mark.parametrize("level", CORRELATED)
def test_the_papers_bounds_without_defaults_under_correlation(level):
    result = upper_bounds(OBLIGORS, [0, 0, 0], level=level, rho=0.12)
    assert np.round(np.array(result) * 100, 2) == pytest.approx(CORRELATED[level])


GRADES = st.lists(
    st.integers(0, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=6
)


@settings(deadline=None)
@given(GRADES, st.sampled_from([0.5, 0.75, 0.9]))
def test_the_bound_is_the_pd_at_which_so_few_bads_have_the_remaining_chance(grades, level):
    n, bad = (list(x) for x in zip(*grades, strict=True))
    result, least = upper_bounds(n, bad, level=level), 0.0
    for i, bound in enumerate(result):
        cases, bads = sum(n[i:]), sum(bad[i:])
        if not cases:
            assert bound is None
            continue
        direct = 1.0
        if bads < cases:
            direct = optimize.brentq(
                lambda p, k=bads, m=cases: stats.binom.cdf(k, m, p) - (1 - level), 0, 1, xtol=1e-14
            )
        least = max(least, direct)
        assert bound == pytest.approx(least, rel=1e-7)


@pytest.mark.parametrize(("n", "bad"), [(800, 3), (300, 1), (20_000, 400)])
@pytest.mark.parametrize("rho", [0.04, 0.12, 0.24])
def test_the_correlated_bound_by_another_integration(n, bad, rho):
    """The definition, integrated adaptively over the common factor instead of on a grid."""
    (bound,) = upper_bounds([n], [bad], level=0.75, rho=rho)

    def given_factor(y):
        p = stats.norm.cdf((stats.norm.ppf(bound) - np.sqrt(rho) * y) / np.sqrt(1 - rho))
        return stats.norm.pdf(y) * stats.binom.cdf(bad, n, p)

    chance, _ = integrate.quad(given_factor, -8, 8, epsabs=1e-10, limit=400)
    assert chance == pytest.approx(0.25, abs=1e-7)


def test_bounds_rise_from_safe_to_risky_and_with_the_level_and_with_correlation():
    n, bad = [300, 200, 100, 50], [3, 0, 0, 1]
    rows = [upper_bounds(n, bad, level=level) for level in (0.5, 0.75, 0.9)]
    for row in rows:
        assert row == sorted(row)
    for low, high in pairwise(rows):
        assert all(a < b for a, b in zip(low, high, strict=True))
    together = upper_bounds(n, bad, level=0.9, rho=0.12)
    assert all(a < b for a, b in zip(rows[2], together, strict=True))


def test_no_correlation_is_the_limit_of_little():
    """The independent case is the correlated one as the correlation vanishes."""
    independent = upper_bounds(OBLIGORS, [0, 2, 1], level=0.75)
    nearly = upper_bounds(OBLIGORS, [0, 2, 1], level=0.75, rho=1e-6)
    assert nearly == pytest.approx(independent, rel=1e-3)


def test_every_grade_has_its_bounds_and_the_margin_above_its_own_pd(draw):
    evidence = draw(600, centre=-4.5)
    result = low_default(evidence)
    seen = [g for g in result["grades"] if g["n"]]
    assert sum(g["n"] for g in seen) == 600
    assert result["grades"][0]["pooled_n"] == 600
    assert result["grades"][0]["pooled_bad"] == evidence.bads
    for grade in seen:
        assert set(grade["bounds"]) == set(grade["correlated"]) == set(grade["margin"]) == {"0.5", "0.75", "0.9"}
        assert grade["margin"]["0.75"] == pytest.approx(grade["bounds"]["0.75"] - grade["mean_pd"])
    assert low_default(evidence, rho=None)["grades"][0]["correlated"] == {}


def test_nineteen_bads_are_few_and_twenty_are_not(evidence_of):
    verdicts = [
        low_default(evidence_of(np.arange(500) < bad, np.full(500, -3.0)), rho=None)["verdict"] for bad in (19, 20)
    ]
    assert verdicts == ["watch", "good"]
    assert low_default(evidence_of([], []))["verdict"] == "not evaluable"
    assert low_default(evidence_of([1, 1], [0.0, 1.0]), rho=None)["grades"][-1]["bounds"]["0.5"] == 1
