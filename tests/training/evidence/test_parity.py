"""Parity: every cell that serving and training compute differently is found."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.facts.tables import TABLES
from training.cases.population import matrix
from training.evidence.figures_and_gates import parity_gate
from training.evidence.parity import CASES, parity

pytestmark = pytest.mark.slow  # learns from a market


@pytest.fixture(scope="module")
def one(learned):
    """The data with a single case after the split, so that it is known which one is compared."""
    data = learned.studied.data
    names = [c.name for c in data.columns if c.feature.table in TABLES]
    values = matrix(data.profiles, names)
    both = np.isnan(values).any(axis=1) & (values == 0).any(axis=1) & data.split.test
    only = np.zeros(len(both), dtype=bool)
    only[np.flatnonzero(both)[0]] = True
    return replace(data, split=replace(data.split, test=only))


def altered(data, name, value):
    """The same data, but for one column of the case after the split."""
    values = data.profiles[name].to_pylist()
    values[int(np.flatnonzero(data.split.test)[0])] = value
    place = data.profiles.column_names.index(name)
    column = pa.array(values, data.profiles.schema.field(name).type)
    return replace(data, profiles=data.profiles.set_column(place, name, column))


def example(data, fits):
    """A column whose value in the case after the split fits, and that value."""
    row = data.profiles.filter(pa.array(data.split.test)).to_pylist()[0]
    names = [c.name for c in data.columns if c.feature.table in TABLES]
    return next((name, row[name]) for name in names if fits(row[name]))


def test_the_service_computes_what_was_learned_from_cell_by_cell(learned):
    result = learned.validation["implementation"]
    columns = [c for c in learned.studied.data.columns if c.feature.table in TABLES]
    assert len(columns) > 40
    assert result == {"cases": CASES, "cells": CASES * len(columns), "differing": 0}
    assert parity_gate(result).passed


@pytest.mark.parametrize(
    ("fits", "wrong"),
    [
        (lambda v: v is not None and v > 0, lambda v: np.nextafter(v, np.inf)),
        (lambda v: v is None, lambda _: 0.0),
        (lambda v: v == 0, lambda _: None),
    ],
    ids=["the last bit of a number", "nought for unknown", "unknown for nought"],
)
def test_one_wrong_cell_is_found(learned, one, fits, wrong):
    name, value = example(one, fits)
    broken = altered(one, name, None if wrong(value) is None else float(wrong(value)))
    result = parity(learned.facts, broken)
    assert (result["cases"], result["differing"]) == (1, 1)
    gate = parity_gate(result)
    assert not gate.passed
    assert f"1 of {result['cells']} cells of 1 cases differ" in gate.text
    assert "do not serve it" in gate.mend


def test_a_column_that_is_wrong_throughout_is_found_in_every_case(learned):
    data = learned.studied.data
    name = "contracts_365d"
    wrong = pa.array(np.asarray(data.profiles[name].to_numpy(), dtype=np.float64) + 1)
    place = data.profiles.column_names.index(name)
    result = parity(learned.facts, replace(data, profiles=data.profiles.set_column(place, name, wrong)))
    assert result["differing"] == CASES


def test_columns_that_facts_do_not_decide_are_not_compared(learned, one):
    """Terms are the request's own."""
    name = next(c.name for c in one.columns if c.feature.table == "request")
    assert parity(learned.facts, altered(one, name, 12345.0))["differing"] == 0


def test_without_a_case_after_the_split_nothing_is_compared(learned, one):
    nobody = replace(one, split=replace(one.split, test=np.zeros(len(one.split.test), dtype=bool)))
    assert parity(learned.facts, nobody) == {"cases": 0, "cells": 0, "differing": 0}


def test_facts_of_any_size_are_compared_and_only_those_of_the_drawn_suppliers_are_read(learned, one):
    entries = learned.facts.manifest["tables"]
    huge = {**learned.facts.manifest, "tables": {**entries, "contracts": {**entries["contracts"], "rows": 90_000_000}}}
    result = parity(replace(learned.facts, manifest=huge), one)
    assert (result["cases"], result["differing"]) == (1, 0)
    assert result["cells"] > 40
