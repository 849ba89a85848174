"""Sampling: split by time, known before the split, grouped by supplier."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.errors import InputError
from training.cases.split import default_split, split, supplier_folds

S = datetime(2024, 6, 30, 16)  # 2024-07-01 00:00 in Shanghai


def cases(*rows):
    """Rows of (supplier, as_of, matured_on, known_on), as days before (-) or after S."""
    at = [[S + timedelta(days=d) for d in column] for column in zip(*[r[1:] for r in rows], strict=True)]
    names = dict(zip(("as_of", "matured_on", "known_on"), (pa.array(c, pa.timestamp("us")) for c in at), strict=True))
    return pa.table({"supplier_id": [r[0] for r in rows], **names})


def test_a_training_case_was_matured_and_known_before_the_split():
    table = cases(("a", -300, -90, -90), ("b", -300, -90, 5), ("c", -100, 20, -30), ("d", 0, 200, 200))
    parts = split(table, at=S)
    assert parts.training.tolist() == [True, False, False, False]
    assert parts.waiting.tolist() == [False, True, True, False]
    assert parts.test.tolist() == [False, False, False, True]


def test_an_outcome_known_at_the_split_itself_is_not_known_before_it():
    assert not split(cases(("a", -300, -90, 0)), at=S).training.any()


def test_the_unseen_part_of_the_test_has_no_supplier_of_training():
    table = cases(("a", -300, -90, -90), ("w", -10, 5, 5), ("a", 1, 99, 99), ("w", 2, 99, 99), ("n", 3, 99, 99))
    assert split(table, at=S).unseen.tolist() == [False, False, False, True, True]


def test_the_default_split_leaves_the_last_quarter_and_is_a_local_midnight(facts_of):
    table = cases(*[(f"s{d}", d, d + 50, d + 50) for d in range(-50, 50)])
    at = default_split(table, facts_of())
    assert at == S + timedelta(days=25)
    assert split(table, at=at).test.sum() == 25


def test_there_is_nothing_to_split_without_cases(facts_of):
    with pytest.raises(InputError):
        default_split(cases(("a", 0, 0, 0)).slice(0, 0), facts_of())


def test_a_suppliers_fold_depends_on_nothing_but_its_id():
    some = supplier_folds(["x", "y", "x", "z"], 4)
    assert some[0] == some[2]
    assert supplier_folds(["z", "q", "x"], 4)[[0, 2]].tolist() == [some[3], some[0]]


def test_folds_are_about_equally_large():
    sizes = np.bincount(supplier_folds([f"supplier-{i}" for i in range(4000)], 4))
    assert sizes.min() > 900
