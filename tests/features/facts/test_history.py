"""What is known later never changes an earlier profile, and what was known is all there."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.declarations.catalogue import COLUMNS
from features.facts.tables import TABLES, Kind
from features.profiles.build import build_profiles
from tests.counts import count

pytestmark = pytest.mark.slow

EARLIEST = datetime(2020, 6, 1, tzinfo=UTC)
REFERRED_TO = {"suppliers", "buyers", "tenders", "contracts", "financings"}
ALTERED = {Kind.MONEY, Kind.INTEGER, Kind.INSTANT, Kind.ENUM, Kind.REAL}


def bits(table):
    return {
        c.name: table[c.name].to_numpy(zero_copy_only=False).tobytes() for c in COLUMNS if c.name in table.column_names
    }


def later_rows(name, rows, as_of, rng):
    """Corrections and retractions of a third of the keys, and new rows, all known on or after `as_of`."""
    table = TABLES[name]
    chosen = [row for row in rows if rng.random() < 0.33]
    later = []
    for row in chosen:
        made = dict(row)
        delay = timedelta(days=int(rng.integers(0, 300))) if rng.random() < 0.8 else timedelta(0)
        made["known_at"] = as_of + delay
        kind = rng.integers(0, 3)
        if kind == 0:
            made["retracted"] = True
        else:
            for column in table.columns:
                if column.kind in ALTERED and made.get(column.name) is not None and rng.random() < 0.5:
                    made[column.name] = altered(column, made[column.name], rng)
        if kind == 2 and table.key[0] not in {"contract_id", "tender_id", "financing_id", "supplier_id", "buyer_id"}:
            made[table.key[0]] = f"{made[table.key[0]]}-later"
            made["retracted"] = False
        later.append(made)
    return later


def altered(column, value, rng):
    if column.kind is Kind.ENUM:
        return column.values[rng.integers(0, len(column.values))]
    if column.kind is Kind.INSTANT:
        return value - timedelta(days=int(rng.integers(1, 200)))
    return value * 2


def write_world(source: Path, out: Path, as_of: datetime, *, seed: int | None, drop_later: bool) -> Path:
    """The market as its source wrote it, with rows known later added (`seed`) or left out."""
    out.mkdir(parents=True)
    (out / "manifest.json").write_text((source / "manifest.json").read_text())
    rng = np.random.default_rng(seed)
    for file in sorted(source.glob("*.parquet")):
        table = pq.read_table(file)
        rows = table.to_pylist()
        if drop_later:
            rows = known_before(file.stem, rows, as_of)
        if seed is not None:
            rows = [*rows, *later_rows(file.stem, rows, as_of, rng)]
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), out / file.name)
    return out


def known_before(name, rows, as_of):
    """Rows known before the instant; of what others refer to, a first version known later stays, for them to load."""
    key = TABLES[name].key[0]
    kept = [r for r in rows if r.get("known_at") is None or r["known_at"] < as_of]
    if name not in REFERRED_TO:
        return kept
    there = {r[key] for r in kept}
    later = sorted((r for r in rows if r[key] not in there), key=lambda r: r["known_at"], reverse=True)
    return [*kept, *{r[key]: r for r in later}.values()]


def profiles_at(facts, as_of, cases_of):
    return build_profiles(facts, cases_of(facts, [as_of.isoformat()]))


@settings(max_examples=count(2, 6), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1), days=st.integers(0, 1900), second=st.integers(0, 86_399))
def test_later_facts_corrections_and_retractions_never_change_an_earlier_profile(
    tmp_path_factory, source, cases_of, import_into, seed, days, second
):
    """Each example is 120 suppliers' whole profiles: a third of all rows altered, retracted or added later."""
    as_of = EARLIEST + timedelta(days=days, seconds=second)
    folder = tmp_path_factory.mktemp("later")
    before = import_into(write_world(source, folder / "before", as_of, seed=None, drop_later=True), folder / "facts")
    after = import_into(write_world(source, folder / "after", as_of, seed=seed, drop_later=False), folder / "changed")
    spine = cases_of(before, [as_of.isoformat()])  # of both worlds: a case names a contract and a buyer
    assert bits(build_profiles(before, spine)) == bits(build_profiles(after, spine))


def test_the_altered_world_does_change_a_later_profile(tmp_path, source, cases_of, import_into):
    """Without this the property above could hold because nothing was altered."""
    as_of = datetime(2022, 1, 1, tzinfo=UTC)
    plain = import_into(write_world(source, tmp_path / "a", as_of, seed=None, drop_later=False), tmp_path / "fa")
    changed = import_into(write_world(source, tmp_path / "b", as_of, seed=5, drop_later=False), tmp_path / "fb")
    later = as_of + timedelta(days=400)
    ours, theirs = bits(profiles_at(plain, later, cases_of)), bits(profiles_at(changed, later, cases_of))
    assert sum(ours[name] != theirs[name] for name in ours) > 60


def tables(tmp_path, **rows):
    """A folder of source tables as CSV: table → list of rows."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name, records in rows.items():
        names = list(dict.fromkeys(k for r in records for k in r))
        lines = [",".join(names), *(",".join(str(r.get(n, "")) for n in names) for r in records)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    (folder / "manifest.json").write_text(json.dumps({"currency": "CNY", "tz": "Asia/Shanghai"}))
    return folder


CONTRACT = {
    "contract_id": "c1",
    "supplier_id": "s1",
    "buyer_id": "b1",
    "kind": "contract",
    "amount": "100.00",
    "currency": "CNY",
    "signed_on": "2024-01-10",
}
SUPPLIER = {"supplier_id": "s1", "kind": "other"}
BUYER = {"buyer_id": "b1"}
DELIVERY = {"milestone_id": "m1", "contract_id": "c1", "kind": "delivery", "due_on": "2024-02-01"}


@pytest.fixture
def seen(tmp_path, import_into):
    """Profile column of supplier s1 at an instant, from a few rows."""

    def value(column, as_of, **rows):
        given = {"suppliers": [SUPPLIER], "buyers": [BUYER], **rows}
        facts = import_into(tables(tmp_path, **given), tmp_path / "facts")
        spine = pa.table(
            {
                "case_id": ["x"],
                "supplier_id": ["s1"],
                "as_of": pa.array([facts.instant(as_of)], pa.timestamp("us")),
                "tenant_id": ["bank"],
            }
        )
        return build_profiles(facts, spine)[column][0].as_py()

    return value


def test_a_profile_of_a_day_uses_nothing_dated_that_day(seen):
    assert seen("history_contracts", "2024-01-10", contracts=[CONTRACT]) in (None, 0.0)


def test_a_date_without_a_time_has_passed_on_the_next_day(seen):
    assert seen("history_contracts", "2024-01-11", contracts=[CONTRACT]) == 1.0


def test_a_contract_known_late_is_not_seen_before(seen):
    late = CONTRACT | {"known_at": "2024-03-01T10:00:00+08:00"}
    assert seen("history_contracts", "2024-03-01T10:00:00+08:00", contracts=[late]) in (None, 0.0)


def test_a_retraction_removes_the_row_from_when_it_is_known(seen):
    gone = CONTRACT | {"known_at": "2024-02-01T00:00:00+08:00", "retracted": "true"}
    assert seen("no_trading_history", "2024-03-01", contracts=[CONTRACT, gone]) == 1.0


def test_a_correction_counts_from_when_it_is_known(seen):
    larger = CONTRACT | {"known_at": "2024-02-01T00:00:00+08:00", "amount": "900.00"}
    assert seen("largest_contract", "2024-03-01", contracts=[CONTRACT, larger]) == 900.0


def test_a_delivery_met_later_than_the_instant_is_still_open(seen):
    late = DELIVERY | {"met_on": "2024-06-01"}
    other = CONTRACT | {"contract_id": "c2", "supplier_id": "s2"}  # so the source is known to report deliveries by then
    met = DELIVERY | {"milestone_id": "m2", "contract_id": "c2", "met_on": "2024-02-01"}
    rows = {"suppliers": [SUPPLIER, SUPPLIER | {"supplier_id": "s2"}], "contracts": [CONTRACT, other]}
    assert seen("late_delivery_rate", "2024-05-01", **rows, milestones=[late, met]) == 1.0


def test_children_of_an_invisible_contract_are_invisible(seen):
    gone = CONTRACT | {"known_at": "2024-02-15T00:00:00+08:00", "retracted": "true"}
    value = seen("no_delivery_history", "2024-05-01", contracts=[CONTRACT, gone], milestones=[DELIVERY])
    assert value == 1.0


def test_a_bank_sees_its_own_loans_alone(seen):
    loan = {
        "financing_id": "f1",
        "tenant_id": "other-bank",
        "supplier_id": "s1",
        "amount": "5.00",
        "currency": "CNY",
        "rate": "0.04",
        "starts_on": "2024-01-15",
        "ends_on": "2024-04-15",
    }
    assert seen("no_loans_history", "2024-05-01", contracts=[CONTRACT], financings=[loan]) == 1.0
