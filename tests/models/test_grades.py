import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from models.scorecard.grades import GRADES, grade, jeffreys, observe


def test_there_are_at_least_seven_grades_that_part_the_probabilities():
    assert len(GRADES) >= 7
    assert [g.pd_low for g in GRADES] == [0.0, *(g.pd_high for g in GRADES[:-1])]
    assert GRADES[-1].pd_high == 1.0


@given(st.floats(0, 1))
def test_a_probability_falls_into_the_grade_that_holds_it(pd):
    found = grade(pd)
    assert found.pd_low <= pd < found.pd_high or pd == 1.0


def test_the_lower_bound_belongs_to_the_grade():
    assert grade(0.003).code == "A"
    assert grade(np.nextafter(0.003, 0)).code == "AA"


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n + 1))))
def test_jeffreys_is_the_beta_posterior_under_its_prior(counts):
    bad, n = counts
    expected = beta.ppf([0.05, 0.95], bad + 0.5, n - bad + 0.5)
    assert jeffreys(bad, n) == pytest.approx(tuple(expected), rel=1e-9)


def test_no_bad_at_all_bounds_the_rate_below_by_nothing():
    assert jeffreys(0, 40)[0] == 0.0
    assert jeffreys(40, 40)[1] == 1.0


def test_what_was_observed_is_counted_into_the_grades():
    seen = observe([0.004, 0.005, 0.3, 0.0031], [0, 1, 1, 0])
    by_code = {g.code: g.observed for g in seen}
    assert (by_code["A"].n, by_code["A"].bad) == (3, 1)
    assert by_code["A"].low < 1 / 3 < by_code["A"].high
    assert by_code["C"].n == 1


def test_a_grade_without_cases_claims_no_observation():
    assert observe([0.004], [0])[0].observed is None
