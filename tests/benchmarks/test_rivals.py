"""The rivals of `make bench-features`: speed may be compared only where the answers are the same."""

import sys
from pathlib import Path

import numpy as np
import pytest

from features.declarations.catalogue import column
from features.declarations.feature import Unit
from features.facts.store import Facts
from features.fleet.write_fleet import default_as_of
from features.importing.import_facts import import_facts
from features.profiles.build import build_profiles
from features.profiles.spine import fleet_spine
from sandbox.make import make_sandbox

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from feature_jobs_one import SUBSETS
from rivals import by_pandas, by_sql

WAYS = {"pandas": by_pandas.answer, "sql": by_sql.answer}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    folder = tmp_path_factory.mktemp("rivals")
    make_sandbox(folder / "market", "province", suppliers=400, seed=5)
    import_facts(folder / "market" / "facts", folder / "facts")
    return Facts.open(folder / "facts")


@pytest.mark.parametrize("subset", SUBSETS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("days_ago", [0, 1000])
def test_a_rival_answers_what_we_answer(facts: Facts, way: str, subset: str, days_ago: int):
    as_of = default_as_of(facts) - np.timedelta64(days_ago, "D").astype(object)
    spine = fleet_spine(facts, as_of)
    ours = build_profiles(facts, spine, [column(name) for name in SUBSETS[subset]])
    theirs = WAYS[way](facts, spine["supplier_id"].combine_chunks(), as_of, subset)
    assert set(theirs) == set(SUBSETS[subset])
    for name in SUBSETS[subset]:
        mine = ours[name].to_numpy()
        exact = column(name).feature.unit in {Unit.COUNT, Unit.MONEY}
        np.testing.assert_allclose(theirs[name], mine, rtol=0 if exact else 1e-9, equal_nan=True, err_msg=name)
        assert np.isfinite(mine).any(), name
