"""Stored profiles are the batch's profiles, and are swapped in as one."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.declarations.catalogue import COLUMNS
from features.declarations.data_depth import data_depth, has_history
from features.engines.digest import features_digest
from features.errors import InputError
from features.facts.store import Facts
from features.fleet.write_fleet import default_as_of, write_fleet
from features.importing.import_facts import import_facts
from features.profiles.build import build_profiles
from features.profiles.spine import fleet_spine

pytestmark = pytest.mark.slow

STORED = [c.name for c in COLUMNS if c.feature.table != "request"]


@pytest.fixture(scope="module")
def as_of(facts):
    return facts.instant("2024-06-01")


@pytest.fixture(scope="module")
def folder(facts, as_of, tmp_path_factory):
    return write_fleet(facts, as_of, tmp_path_factory.mktemp("profiles"))


@pytest.fixture(scope="module")
def manifest(folder):
    return json.loads((folder / "manifest.json").read_text())


def test_a_stored_row_is_the_profile_of_the_batch_bit_for_bit(facts, folder, as_of, manifest):
    ids, matrix = np.load(folder / "ids.npy"), np.load(folder / "matrix.npy", mmap_mode="r")
    assert manifest["columns"] == STORED
    assert list(ids) == sorted(ids)
    spine = pa.table(
        {
            "case_id": [i.decode() for i in ids],
            "supplier_id": [i.decode() for i in ids],
            "as_of": pa.array([as_of] * len(ids), pa.timestamp("us")),
        }
    )
    batch = build_profiles(facts, spine)
    for i, name in enumerate(STORED):
        expected = batch[name].to_numpy(zero_copy_only=False)
        assert np.ascontiguousarray(matrix[:, i]).tobytes() == expected.tobytes(), name


def test_loan_columns_lie_with_the_tenant_that_lent(facts, folder, as_of, manifest):
    assert manifest["tenants"]
    at = [STORED.index(name) for name in manifest["tenant_columns"]]
    fleet = np.load(folder / "matrix.npy")[:, at]
    flags = np.array([name.startswith("no_") for name in manifest["tenant_columns"]])
    assert (fleet[:, flags] == 1).all()
    assert np.isnan(fleet[:, ~flags]).all(), "the fleet's own matrix knows of no loan"
    for tenant, files in manifest["tenants"].items():
        ids, matrix = np.load(folder / files["ids"]), np.load(folder / files["matrix"])
        spine = pa.table(
            {
                "case_id": [i.decode() for i in ids],
                "supplier_id": [i.decode() for i in ids],
                "as_of": pa.array([as_of] * len(ids), pa.timestamp("us")),
                "tenant_id": [tenant] * len(ids),
            }
        )
        batch = build_profiles(facts, spine)
        for i, name in enumerate(manifest["tenant_columns"]):
            assert matrix[:, i].tobytes() == batch[name].to_numpy(zero_copy_only=False).tobytes(), name


def test_a_supplier_without_a_visible_fact_has_no_stored_profile(facts, folder, as_of):
    early = fleet_spine(facts, facts.instant("2019-02-01")).num_rows
    stored = set(np.load(folder / "ids.npy"))
    everyone = {s.encode() for s in pq.read_table(facts.tables["suppliers"])["supplier_id"].to_pylist()}
    assert early < len(stored) < len(everyone) + 1
    assert stored <= everyone


def test_the_pointer_names_the_last_folder_written(facts, folder, as_of):
    profiles = folder.parent
    later = write_fleet(facts, facts.instant("2024-07-01"), profiles)
    assert json.loads((profiles / "current.json").read_text())["folder"] == later.name
    assert folder.is_dir(), "a reader of the earlier folder is not disturbed"


def test_the_same_facts_and_date_write_the_same_bytes(facts, folder, as_of, tmp_path):
    again = write_fleet(facts, as_of, tmp_path)
    assert again.name == folder.name
    for file in sorted(folder.iterdir()):
        assert (again / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_fleet_run_stands_on_the_day_after_the_latest_fact_by_default(facts):
    assert default_as_of(facts) > facts.instant("2025-01-01")
    local = default_as_of(facts).isoformat()
    assert local.endswith("T16:00:00"), "midnight in Shanghai"


def test_the_manifest_tells_how_fresh_each_table_was(manifest, as_of):
    [run] = manifest["runs"]
    assert set(run["data_cutoff"]) >= {"contracts", "milestones", "payments"}
    assert max(run["data_cutoff"].values()) < as_of.isoformat() + "Z"


def test_the_digest_moves_with_the_columns_and_not_with_the_call():
    assert features_digest(STORED) == features_digest(tuple(STORED))
    assert features_digest(STORED) != features_digest(STORED[1:])
    assert features_digest([c.name for c in COLUMNS]) != features_digest(STORED)


def test_history_is_any_fact_of_ones_own_and_not_a_registry_entry():
    assert has_history({"no_trading_history": 1.0, "no_bidding_history": 0.0})
    assert not has_history({"no_trading_history": 1.0, "no_firm_history": 0.0, "no_loans_history": 0.0})
    depth = data_depth({"history_contracts": 4.0, "history_months": float("nan")}, ["invoices"])
    assert depth == {"contracts": 4, "months": 0, "missing": ["invoices"], "suspicions": []}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_a_registry_entry_is_no_date_to_profile_a_fleet_after(tmp_path, zone):
    source = tmp_path / "source"
    source.mkdir()
    (source / "suppliers.csv").write_text("supplier_id,kind\nS1,other\n")
    import_facts(source, tmp_path / "facts", tz=zone)
    with pytest.raises(InputError, match="no dated row"):
        default_as_of(Facts.open(tmp_path / "facts"))


def test_a_date_before_all_history_leaves_the_stored_profiles_in_force(facts, tmp_path):
    with pytest.raises(InputError, match="No supplier has any history"):
        write_fleet(facts, facts.instant("1900-01-01"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_profiles_made_again_stay_where_they_are_and_damaged_ones_are_mended(facts, as_of, tmp_path):
    matrix = write_fleet(facts, as_of, tmp_path) / "matrix.npy"
    before, content = matrix.stat().st_ino, matrix.read_bytes()
    write_fleet(facts, as_of, tmp_path)
    assert matrix.stat().st_ino == before
    matrix.write_bytes(b"damaged")
    write_fleet(facts, as_of, tmp_path)
    assert matrix.read_bytes() == content
