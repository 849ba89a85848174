"""Acceptance: results are the supplier's, the time they take is the buyer's."""

import pytest

from features.declarations.families import acceptance as a

RESULTS = {"kind": "acceptance", "due_on": "2025-01-10", "result": ["passed", "failed"]}


@pytest.mark.parametrize("feature", a.ACCEPTANCE[:4], ids=lambda f: f.name)
def test_a_slow_acceptance_counts_as_a_quick_one(feature, value_of):
    quick = {**RESULTS, "met_on": ["2025-01-10", "2025-01-11"]}
    slow = {**RESULTS, "met_on": ["2025-06-10", "2025-06-11"]}
    assert value_of(feature, quick) == value_of(feature, slow)


def test_a_result_is_unknown_until_its_date_has_passed(value_of):
    rows = {"kind": "acceptance", "met_on": ["2025-07-01"], "result": ["failed"]}
    assert value_of(a.acceptance_failures, rows) == 0
    assert value_of(a.acceptance_failure_rate, rows) is None
    assert value_of(a.acceptance_failures, rows, as_of="2025-07-02") == 1


def test_an_acceptance_without_a_result_is_no_pass(value_of):
    rows = {"kind": "acceptance", "met_on": ["2025-01-10", "2025-01-11"], "result": [None, "failed"]}
    assert value_of(a.acceptances, rows) == 1
    assert value_of(a.acceptance_failure_rate, rows) == 1


def test_deliveries_are_not_acceptances(value_of):
    rows = {"kind": "delivery", "met_on": ["2025-01-10"], "result": ["failed"]}
    assert value_of(a.acceptance_failures, rows) == 0
