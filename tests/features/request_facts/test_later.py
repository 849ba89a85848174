"""Many times: what is known on or after the instant, be it new, corrected or retracted, changes no cell."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.declarations.catalogue import COLUMNS
from features.facts.tables import TABLES, Kind
from features.profiles.one_case import Case, CaseEngine
from tests.counts import count

pytestmark = pytest.mark.slow

EARLIEST, DAYS, PLACES, TOGETHER = datetime(2020, 6, 1), 1_900, count(300, 1_500), 64
EDITED = sorted(name for name, table in TABLES.items() if table.of_supplier or name == "tenders")
REFERENCES = {"contract_id", "tender_id", "financing_id", "supplier_id", "buyer_id"}


@pytest.fixture(scope="module")
def engine(facts):
    return CaseEngine(facts, COLUMNS)


@pytest.fixture(scope="module")
def places(engine, facts):
    """Cases at instants of any second, and the profile of each with nothing added."""
    rng = np.random.default_rng(17)
    suppliers = pq.read_table(facts.tables["suppliers"])["supplier_id"].unique().to_pylist()
    tenants = pq.read_table(facts.tables["financings"])["tenant_id"].unique().to_pylist()
    moments = [
        EARLIEST + timedelta(days=int(d), seconds=int(s)) for d, s in rng.integers(0, (DAYS, 86_400), (PLACES, 2))
    ]
    cases = [Case(str(rng.choice(suppliers)), moment, str(rng.choice(tenants))) for moment in moments]
    profiles = [p for i in range(0, PLACES, TOGETHER) for p in engine.profiles(cases[i : i + TOGETHER])]
    return list(zip(cases, profiles, strict=True))


edits = st.lists(
    st.tuples(
        st.sampled_from(EDITED),
        st.sampled_from(["retracted", "corrected", "added"]),
        st.integers(0, 2**16),  # which row, and which of its values
        st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(days=1), timedelta(days=400)]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda edit: (edit[0], edit[2] % 97),
)


def edited(engine, case, drawn, known_at) -> dict[str, pa.Table]:
    """Rows of the supplier's, each retracted, corrected or copied under a new key, known from `known_at(delay)` on."""
    stored_rows, made = engine.lookup.rows([case.supplier_id]), {}
    for name, kind, pick, delay in drawn:
        stored = stored_rows.get(name)
        if stored is None or not stored.num_rows:
            continue
        row = stored.slice(pick % stored.num_rows, 1).to_pylist()[0]
        row |= {"known_at": known_at(delay), "known_until": None, "retracted": kind == "retracted"}
        if kind != "retracted":
            row |= {c: altered(name, c, v, pick) for c, v in row.items()}
        key = TABLES[name].key[0]
        if kind == "added":
            row[key] = f"{row[key]}-{len(made)}-later"
        made.setdefault(name, {})[row[key]] = row
    return {
        name: pa.Table.from_pylist(list(rows.values()), schema=stored_rows[name].schema) for name, rows in made.items()
    }


def altered(name, column, value, pick):
    """Another value where there is one; half of the columns keep theirs."""
    spec = next((c for c in TABLES[name].columns if c.name == column), None)
    if spec is None or value is None or column in REFERENCES or (pick >> (len(column) % 8)) % 2:
        return value
    if spec.kind is Kind.ENUM:
        return spec.values[pick % len(spec.values)]
    if spec.kind is Kind.INSTANT:
        return value - timedelta(days=1 + pick % 200)
    return value * 2 if spec.kind in {Kind.MONEY, Kind.INTEGER} else value


def differing(before, after):
    return [name for name, value in before.items() if np.float64(value).tobytes() != np.float64(after[name]).tobytes()]


def with_edits(engine, case, drawn, known_at):
    return engine.profiles([Case(case.supplier_id, case.as_of, case.tenant_id, edited(engine, case, drawn, known_at))])[
        0
    ]


@settings(max_examples=count(100, 1_000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, PLACES - 1), drawn=edits)
def test_nothing_known_on_or_after_the_instant_changes_a_cell(engine, places, place, drawn):
    case, before = places[place]
    after = with_edits(engine, case, drawn, lambda delay: case.as_of + delay)
    assert differing(before, after) == []


def test_the_same_edits_known_before_the_instant_do_change_cells(engine, places):
    """Without this the property could hold because the edits say nothing."""
    rng = np.random.default_rng(4)
    changed = 0
    for case, before in places[:60]:
        drawn = [(name, "corrected", int(rng.integers(0, 2**16)), timedelta(days=1)) for name in EDITED]
        changed += bool(differing(before, with_edits(engine, case, drawn, lambda delay: case.as_of - delay)))  # noqa: B023
    assert changed > 30
