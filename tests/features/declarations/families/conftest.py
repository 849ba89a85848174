"""A feature's value on a few rows, through the same plan as everything else."""

from dataclasses import replace

import pytest

from features.declarations.feature import Example
from features.engines.worked_example import example_value


@pytest.fixture(scope="session")
def value_of():
    def value(feature, rows=None, *, as_of="2025-07-01", window="longest", **others):
        example = Example(rows=rows or {}, value=None, as_of=as_of, window=window, others=others)
        return example_value(replace(feature, example=example))

    return value
