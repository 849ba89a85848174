"""A feature's value on a few rows, through the same plan as everything else."""

from dataclasses import replace

import pytest

from features.example import example_value
from features.feature import Example


@pytest.fixture(scope="session")
def value_of():
    def value(feature, rows=None, *, as_of="2025-07-01", window="longest", **others):
        example = Example(rows=rows or {}, value=None, as_of=as_of, window=window, others=others)
        return example_value(replace(feature, example=example))

    return value
