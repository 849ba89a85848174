"""Every way to a profile gives the same bits: for many suppliers at three dates."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.declarations.catalogue import COLUMNS
from features.profiles.build import build_profiles, write_profiles
from features.profiles.one_case import Case, CaseEngine
from sandbox.make import make_sandbox
from tests.counts import count

pytestmark = pytest.mark.slow

DATES = ["2021-03-01", "2023-07-15", "2025-01-31"]
SUPPLIERS = count(240, 2_000)
ALONE = count(40, 200)
ROWS_TOGETHER = count(977, 7_777)
TOGETHER = 64


@pytest.fixture(scope="module")
def facts(tmp_path_factory, import_into):
    folder = tmp_path_factory.mktemp("parity")
    make_sandbox(folder / "market", "interactions", SUPPLIERS, 5)
    return import_into(folder / "market" / "facts", folder / "facts")


@pytest.fixture(scope="module")
def spine(facts, cases_of):
    return cases_of(facts, DATES)


@pytest.fixture(scope="module")
def batch(facts, spine):
    return build_profiles(facts, spine, threads=2)


def bits(table: pa.Table) -> dict[str, bytes]:
    """Each column's values as bytes, NaN for null."""
    return {
        c.name: table[c.name].to_numpy(zero_copy_only=False).tobytes() for c in COLUMNS if c.name in table.column_names
    }


def test_there_is_enough_to_compare(batch):
    assert batch.num_rows >= 3 * SUPPLIERS
    assert batch.num_rows * len(COLUMNS) >= 450 * SUPPLIERS


def test_one_thread_and_two_give_the_same_bits(facts, spine, batch):
    assert bits(build_profiles(facts, spine, threads=1)) == bits(batch)


def test_the_order_of_the_spine_does_not_matter(facts, spine, batch):
    order = np.random.default_rng(1).permutation(spine.num_rows)
    assert bits(build_profiles(facts, spine.take(order))) == bits(batch)


def test_row_order_and_row_groups_of_the_facts_do_not_matter(facts, spine, batch, tmp_path):
    shuffled = {}
    for name, file in facts.tables.items():
        table = pq.read_table(file)
        order = np.random.default_rng(2).permutation(table.num_rows)
        shuffled[name] = tmp_path / file.name
        pq.write_table(table.take(order), shuffled[name], row_group_size=ROWS_TOGETHER)
    assert bits(build_profiles(replace(facts, tables=shuffled), spine)) == bits(batch)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_engine_for_single_cases_gives_the_bits_of_the_batch(facts, spine, batch, threads):
    """All cases, as many in a statement as the service puts there; and some of them each alone."""
    engine = CaseEngine(facts, COLUMNS, threads=threads)
    ordered = spine.sort_by("case_id")
    names = ("supplier_id", "as_of", "tenant_id", "contract_id")
    cases = [Case(**row) for row in ordered.select(names).to_pylist()]
    groups = [engine.profiles(cases[i : i + TOGETHER]) for i in range(0, len(cases), TOGETHER)]
    together = [profile for group in groups for profile in group]
    some = np.random.default_rng(threads).choice(len(cases), ALONE, replace=False)
    alone = [engine.profiles([cases[i]])[0] for i in some]
    for name in [c.name for c in engine.columns]:
        expected = batch[name].to_numpy(zero_copy_only=False)
        assert np.array([p[name] for p in together]).tobytes() == expected.tobytes(), name
        assert np.array([p[name] for p in alone]).tobytes() == expected[some].tobytes(), name


def test_files_written_at_one_thread_and_two_have_the_same_bytes(facts, spine, batch, tmp_path):
    write_profiles(batch, tmp_path / "two")
    write_profiles(build_profiles(facts, spine, threads=1), tmp_path / "one")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
