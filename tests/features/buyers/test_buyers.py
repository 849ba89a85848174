"""Buyers' profiles: the same bits on every road, nothing from the future, nothing for a supplier's scorecard."""

import ast
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from chinese_calendar import is_workday
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.buyers.build import build_buyer_profiles
from features.buyers.catalogue import BUYER_COLUMNS, BUYER_FEATURES
from features.declarations.catalogue import COLUMNS, FEATURES
from features.engines.plan import plan_sql
from features.errors import InputError
from features.facts.tables import TABLES
from features.profiles.build import write_profiles
from tests.counts import count

pytestmark = pytest.mark.slow  # imports facts in every test

ROOT = Path(__file__).parents[3]
INSTANT = "2023-07-15"


def bits(table: pa.Table) -> dict[str, bytes]:
    """Each column's values as bytes, NaN for null."""
    return {c.name: table[c.name].to_numpy(zero_copy_only=False).tobytes() for c in BUYER_COLUMNS}


@pytest.fixture(scope="module")
def batch(facts):
    return build_buyer_profiles(facts, facts.instant(INSTANT), threads=2)


def test_a_profile_has_every_column_in_order_and_one_row_a_buyer(facts, batch):
    assert batch.column_names == ["buyer_id", "as_of", *(c.name for c in BUYER_COLUMNS)]
    signed = pq.read_table(facts.tables["contracts"])
    assert batch["buyer_id"].to_pylist() == sorted(set(batch["buyer_id"].to_pylist()))
    assert set(batch["buyer_id"].to_pylist()) <= set(signed["buyer_id"].to_pylist())
    assert batch.num_rows >= 10


def test_the_profile_says_something(batch):
    compared = [c.name for c in BUYER_COLUMNS if c.feature.table != "conduct"]
    varied = [name for name in compared if len(set(batch[name].to_pylist())) > 1]
    assert len(varied) > 0.8 * len(compared), sorted(set(compared) - set(varied))


def test_one_buyer_alone_has_the_bits_of_the_batch(facts, batch):
    for i, buyer in enumerate(batch["buyer_id"].to_pylist()[:6]):
        alone = build_buyer_profiles(facts, facts.instant(INSTANT), [buyer], threads=1)
        assert bits(alone) == bits(batch.slice(i, 1))


def test_threads_row_order_and_row_groups_do_not_matter(facts, batch, tmp_path, shuffled):
    other = shuffled(facts, tmp_path)
    assert bits(build_buyer_profiles(other, facts.instant(INSTANT), threads=1)) == bits(batch)


def test_the_same_profiles_are_written_as_the_same_bytes(batch, tmp_path):
    for name in ("one", "two"):
        write_profiles(batch, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_where_nothing_has_happened_yet_there_is_no_profile(facts):
    with pytest.raises(InputError, match="No buyer has any history"):
        build_buyer_profiles(facts, facts.instant("1999-01-01"))


def test_payment_figures_are_those_of_plain_arithmetic(facts, batch):
    """Read with nothing but Python: visible payments of visible contracts, days counted one by one."""
    as_of = facts.instant(INSTANT)
    buyers = {r["contract_id"]: r["buyer_id"] for r in visible(facts, "contracts", as_of)}
    waits, kept = {}, {}
    for row in visible(facts, "payments", as_of):
        if row["contract_id"] not in buyers or row["invoiced_on"] is None or row["invoiced_on"] >= as_of:
            continue
        paid_on = row["paid_on"] if row["paid_on"] is not None and row["paid_on"] < as_of else None
        age, end, buyer = as_of - row["invoiced_on"], paid_on or as_of, buyers[row["contract_id"]]
        if timedelta(days=90) < age <= timedelta(days=455):
            waits.setdefault(buyer, []).append(min(max((end - row["invoiced_on"]).days, 0), 90))
        needed = working_days(row["invoiced_on"], end)
        if age <= timedelta(days=365) and (paid_on or needed > 5):
            kept.setdefault(buyer, []).append(needed <= 5)
    by_buyer = {row["buyer_id"]: row for row in batch.to_pylist()}
    for name, expected in (("buyer_payment_days", waits), ("buyer_paid_in_time_365d", kept)):
        assert len(expected) >= 10
        assert {b: row[name] for b, row in by_buyer.items() if row[name] is not None} == pytest.approx(
            {b: np.mean(values) for b, values in expected.items()}, rel=1e-12
        )


def visible(facts, name, as_of):
    """Rows of a table that are visible on an instant, by FACTS' rule; a joint award's once."""
    event, (key, *_) = TABLES[name].event, TABLES[name].key
    for row in {(r[key], r["known_at"]): r for r in pq.read_table(facts.tables[name]).to_pylist()}.values():
        current = row["known_at"] < as_of and (row["known_until"] is None or row["known_until"] >= as_of)
        if current and not row["retracted"] and (event is None or row[event] < as_of):
            yield row


def working_days(since: datetime, until: datetime) -> int:
    """Days worked after the local day of one instant up to that of the other."""
    first, last = local(since), local(until)
    return sum(is_workday(first + timedelta(days=i + 1)) for i in range((last - first).days))


def local(moment: datetime) -> date:
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo("Asia/Shanghai")).date()


@pytest.mark.slow
@settings(max_examples=count(2, 5), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1))
def test_nothing_known_on_or_after_an_instant_changes_a_buyers_cell(
    tmp_path_factory, import_into, write_tables, small_world, seed
):
    """Each example alters, retracts or adds a third of all rows later, and looks at that instant and at one before."""
    rng, folder = np.random.default_rng(seed), tmp_path_factory.mktemp("later")
    learned = datetime(2024, 1, 1) + timedelta(days=int(rng.integers(0, 500)), seconds=int(rng.integers(0, 86_400)))
    rows, more = small_world(rng), small_world(rng, learned)
    both = {name: [*rows[name], *more[name]] for name in rows}
    plain = import_into(write_tables(folder / "plain", **rows), folder / "before")
    changed = import_into(write_tables(folder / "changed", **both), folder / "after")
    buyers = [f"b{i}" for i in range(4)]
    for days in (0, int(rng.integers(1, 300))):
        as_of = plain.instant(learned.isoformat()) - timedelta(days=days)
        assert bits(build_buyer_profiles(plain, as_of, buyers)) == bits(build_buyer_profiles(changed, as_of, buyers))
    after = plain.instant(learned.isoformat()) + timedelta(days=1)
    assert bits(build_buyer_profiles(plain, after, buyers)) != bits(build_buyer_profiles(changed, after, buyers))


def test_no_buyers_column_or_code_is_a_suppliers():
    assert not {c.name for c in BUYER_COLUMNS} & {c.name for c in COLUMNS}
    assert not {f.code for f in BUYER_FEATURES} & {f.code for f in FEATURES}
    assert not {f.family for f in BUYER_FEATURES} & {f.family for f in FEATURES}
    assert not set(BUYER_FEATURES) & set(FEATURES)


def test_no_supplier_column_counts_working_days_or_amended_contracts():
    """They are what the buyer promised and what the buyer changed."""
    read = plan_sql(tuple(c for c in COLUMNS if c.feature.table in TABLES))
    assert "workdays" not in read
    assert "amended" not in read
    assert "workdays" in plan_sql(BUYER_COLUMNS)


def test_only_the_import_computes_buyers_and_no_room_that_makes_a_suppliers_score():
    """A request about a named buyer reads the buyer's months that the import stored."""
    ours = {
        "features.buyers.build",
        "features.buyers.catalogue",
        "features.reference.buyers_page",
    }
    wrong = []
    for file in [
        *(ROOT / "features").rglob("*.py"),
        *(ROOT / "models").rglob("*.py"),
        *(ROOT / "training").rglob("*.py"),
    ]:
        if "buyers" in file.parts or file.stem == "buyers_page" or file.match("importing/months.py"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [(file.name, n) for n in names if n in ours or n.startswith("features.buyers.")]
    assert wrong == []
