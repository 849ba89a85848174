"""Representativeness: the counts of each population, and the same limits as in serving."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.facts.tables import TABLES
from features.profiles.build import build_profiles
from features.profiles.spine import fleet_spine
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.score import LIMITED_SHARE, REFUSED_SHARE, ProfileScorer
from training.cases.population import matrix
from training.evidence import representativeness as room
from training.evidence.representativeness import representativeness

pytestmark = pytest.mark.slow  # learns from a market


@pytest.fixture(scope="module")
def comparison(learned):
    return learned.validation["representativeness"]


@pytest.fixture(scope="module")
def part(learned):
    """The scorecard's columns that facts alone decide."""
    names = {
        c.name
        for c in learned.studied.data.columns
        if c.feature.table in TABLES and c.feature.among != "asked_contract"
    }
    return tuple(c for c in learned.spec.columns if c.name in names)


@pytest.fixture(scope="module")
def everybody(learned, part):
    """Profiles of all suppliers as of the split."""
    ids = fleet_spine(learned.facts, learned.studied.data.split.at)["supplier_id"].to_pylist()
    return matrix(build_profiles(learned.facts, seen(learned, ids)), [c.name for c in part])


@pytest.fixture(scope="module")
def askers(learned, part):
    """Profiles of the applicants as of the split."""
    return matrix(build_profiles(learned.facts, seen(learned, learned.applicants)), [c.name for c in part])


def seen(learned, suppliers):
    """A spine of suppliers as the development's lenders see them."""
    data = learned.studied.data
    tenants = data.cases["tenant_id"].filter(pa.array(data.split.training)).to_pylist()
    return room.seen_by_lenders(sorted(suppliers), data.split.at, tenants)


def verdicts(spec, part, values):
    """Shares of profiles that are scored with a warning, and not scored, as the service judges one at a time."""
    assessor = ProfileScorer(replace(spec, columns=part), Catalogue.of_this_code())
    outside = np.array([assessor.outside_share(row) for row in values])
    return ((outside > LIMITED_SHARE) & (outside <= REFUSED_SHARE)).mean(), (outside > REFUSED_SHARE).mean()


def test_the_three_are_counted_as_they_are(learned, comparison, everybody):
    split = learned.studied.data.split
    assert comparison["development"]["n"] == comparison["development"]["of"] == split.training.sum()
    assert (
        comparison["applicants"]["n"] == comparison["applicants"]["of"] == len(learned.applicants)
    )  # who asked twice counts once
    assert comparison["suppliers"]["n"] == comparison["suppliers"]["of"] == len(everybody)
    assert len(set(learned.studied.sample.supplier)) < comparison["suppliers"]["n"]  # cases there, suppliers here
    assert comparison["as_of"] == str(split.at.date())


def test_terms_are_nobodys_property_and_are_not_compared(learned, comparison, part):
    terms = [c.name for c in learned.spec.columns if c.family == "R"]
    assert terms
    assert comparison["columns"] == len(part)
    assert not {c.name for c in part} & set(terms)
    for name in ("development", "applicants", "suppliers"):
        assert not set(comparison[name]["most_moved"]) & set(terms)


def test_who_is_outside_is_who_the_service_would_warn_of_or_not_score(learned, comparison, part, everybody, askers):
    for name, values in (("suppliers", everybody), ("applicants", askers)):
        compared = (comparison[name]["limited"], comparison[name]["refused"])
        assert compared == pytest.approx(verdicts(learned.spec, part, values)), name
        assert min(compared) > 0, name
    assert comparison["development"]["refused"] < 0.01


def test_ranges_that_hold_nobody_put_everybody_outside(learned, monkeypatch):
    """The shares detect a different development population: the same suppliers against one that does not fit them."""
    monkeypatch.setattr(room, "SAMPLED", 50)
    elsewhere = tuple(replace(c, low=1e12, high=2e12) for c in learned.spec.columns)
    compared = representativeness(learned.facts, learned.studied.data, replace(learned.spec, columns=elsewhere))
    assert {compared[name]["refused"] for name in ("development", "applicants", "suppliers")} == {1.0}
    assert {compared[name]["limited"] for name in ("development", "applicants", "suppliers")} == {0.0}


def test_development_has_not_moved_from_itself(comparison):
    assert comparison["development"]["moved"] == 0
    assert comparison["development"]["most_moved"] == {}


def test_who_was_financed_is_not_who_could_be(comparison):
    """The sandbox's banks lend on contracts: the others have fewer of them, and the comparison shows it."""
    assert (
        comparison["suppliers"]["medians"]["history_contracts"]
        < comparison["development"]["medians"]["history_contracts"]
    )
    assert comparison["suppliers"]["moved"] > 0
    worst = list(comparison["suppliers"]["most_moved"].values())
    assert worst == sorted(worst, reverse=True)
    assert len(worst) <= room.NAMED
    assert sum(index > room.MOVED for index in worst) == min(comparison["suppliers"]["moved"], room.NAMED)


def test_medians_are_those_of_the_profiles(learned, comparison, part, everybody):
    place = [c.name for c in part].index("history_contracts")
    assert comparison["suppliers"]["medians"]["history_contracts"] == np.nanmedian(everybody[:, place])


@pytest.fixture(scope="module")
def fifty(learned):
    """The comparison for fifty suppliers without an imported spine."""
    tables = {name: file for name, file in learned.facts.tables.items() if name != "spine"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(room, "SAMPLED", 50)
        return representativeness(replace(learned.facts, tables=tables), learned.studied.data, learned.spec)


@pytest.fixture
def of_spine(learned, monkeypatch, tmp_path):
    """The comparison for fifty suppliers and the applicants of another spine."""

    def compared(spine):
        monkeypatch.setattr(room, "SAMPLED", 50)
        pq.write_table(spine, tmp_path / "spine.parquet")
        facts = replace(learned.facts, tables={**learned.facts.tables, "spine": tmp_path / "spine.parquet"})
        return representativeness(facts, learned.studied.data, learned.spec)

    return compared


def test_without_a_spine_applicants_are_not_evaluable(fifty):
    assert fifty["applicants"] is None


def test_of_many_a_part_is_compared_and_both_counts_are_given(fifty, everybody):
    assert (fifty["suppliers"]["n"], fifty["suppliers"]["of"]) == (50, len(everybody))


def test_an_empty_spine_is_no_applicants_and_the_part_of_the_others_is_the_same_again(learned, of_spine, fifty):
    assert of_spine(pq.read_table(learned.facts.tables["spine"]).slice(0, 0)) == fifty


def test_a_case_that_names_no_supplier_is_nobodys(learned, of_spine):
    spine = pq.read_table(learned.facts.tables["spine"])
    ids = [None, *spine["supplier_id"].to_pylist()[1:]]
    place = spine.column_names.index("supplier_id")
    compared = of_spine(spine.set_column(place, "supplier_id", pa.array(ids, pa.string())))["applicants"]
    assert (compared["n"], compared["of"]) == (50, len(set(ids) - {None}))


def test_both_sides_are_seen_by_the_same_lenders(learned, monkeypatch):
    """A population without a tenant has no loan columns, and differs from the cases for that reason alone."""
    spines = []

    def watched(facts, spine, columns):
        spines.append(spine)
        return build_profiles(facts, spine, columns)

    monkeypatch.setattr(room, "build_profiles", watched)
    representativeness(learned.facts, learned.studied.data, learned.spec)
    lenders = set(learned.studied.data.cases["tenant_id"].to_pylist())
    assert spines
    for spine in spines:
        assert "tenant_id" in spine.column_names
        assert set(spine["tenant_id"].to_pylist()) <= lenders
