"""The largest values that an import lets in, many of them: no profile fails of them."""

import numpy as np
import pytest

from features.fleet.write_fleet import default_as_of
from features.profiles.build import build_profiles
from features.profiles.spine import fleet_spine
from tests.features.profiles.extremes import ROWS, import_extremes


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    source = tmp_path_factory.mktemp("extremes")
    return import_extremes(source, source / "facts")


def test_the_largest_amounts_and_the_farthest_dates_give_finite_profiles(facts):
    table = build_profiles(facts, fleet_spine(facts, default_as_of(facts)))
    assert table.num_rows == 1
    values = np.array([table[c][0].as_py() or 0.0 for c in table.column_names[4:]])
    assert np.isfinite(values).all()


def test_a_loan_that_is_past_due_beyond_its_own_age_is_still_judged(facts):
    from training.cases.outcomes import cases

    assert cases(facts, "loan_default").num_rows == ROWS
