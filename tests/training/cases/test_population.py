"""The development population: its columns, its kinds, the distributions drift is measured against."""

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from training.cases import population


def test_a_column_that_is_null_or_the_same_for_everybody_says_nothing():
    columns = [SimpleNamespace(name=n) for n in ("null", "constant", "constant_or_null", "varied")]
    values = np.array([[np.nan, 1, 1, 1], [np.nan, 1, np.nan, 2], [np.nan, 1, 1, 1]])
    assert [c.name for c in population.varying_columns(columns, values)] == ["varied"]


def test_an_infinite_value_is_named_and_not_learned_from():
    with pytest.raises(ValueError, match="growth"):
        population.matrix(pa.table({"growth": [1.0, float("inf")]}), ["growth"])


def test_the_population_is_described_by_size_kind_depth_and_dates(facts_of):
    facts = facts_of(
        suppliers=[{"supplier_id": s, "kind": k} for s, k in (("a", "legal_person"), ("b", "sole_trader"))]
    )
    cases = pa.table(
        {
            "supplier_id": ["a", "a", "b"],
            "bad": pa.array([1, 0, 0], pa.int8()),
            "as_of": pa.array([datetime(2024, m, 1) for m in (1, 2, 3)], pa.timestamp("us")),
        }
    )
    profiles = pa.table({"history_contracts": [3.0, 5.0, 1.0], "history_months": [None, 2.0, 1.0]})
    description = population.describe(facts, cases, profiles, text="Somebody.")
    assert (description["cases"], description["bad"], description["suppliers"]) == (3, 1, 2)
    assert description["kinds"] == {"legal_person": 1, "sole_trader": 1}
    assert description["depth"]["history_contracts"] == {"low": 1.0, "median": 3.0, "high": 5.0}
    assert (description["as_of_first"], description["as_of_last"]) == ("2024-01-01", "2024-03-01")


def test_a_distribution_has_shares_that_add_up_and_remembers_the_nulls():
    description = population.distribution(np.array([0.0] * 50 + [1.0, 2.0, 3.0, np.nan, np.nan]))
    assert sum(description["shares"]) == pytest.approx(1)
    assert description["null"] == pytest.approx(2 / 55)
    assert len(description["shares"]) == len(description["edges"]) + 1
    assert population.distribution(np.array([np.nan])) == {"edges": [], "shares": [], "null": 1.0}
