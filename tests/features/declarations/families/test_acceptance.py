"""Acceptance: results are the supplier's, the time they take is the buyer's."""

import pytest

from features.declarations.catalogue import column
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


def test_a_supplier_with_deliveries_alone_has_no_history_of_acceptance(value_of):
    """The flag counts what the formulas count: it was equal to the flag of deliveries."""
    flag, other = (column(f"no_{name}_history").feature for name in ("acceptance", "delivery"))
    delivered = {"kind": "delivery", "due_on": ["2025-02-01"], "met_on": ["2025-02-01"]}
    assert (value_of(flag, delivered), value_of(other, delivered)) == (1, 0)
    accepted = {"kind": "acceptance", "met_on": ["2025-02-01"], "result": "passed"}
    assert (value_of(flag, accepted), value_of(other, accepted)) == (0, 1)
