"""What holds whatever the facts: transfers move value, and order, split and repetition of rows change nothing."""

import csv
import itertools
import json
from decimal import Decimal
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from features.declarations.catalogue import COLUMNS
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.importing.import_facts import import_facts
from features.profiles.build import build_profiles
from tests.counts import count

pytestmark = pytest.mark.slow

SUPPLIERS = ("S1", "S2", "S3", "S4", "S5")
ADDITIVE = (
    *("turnover_180d", "turnover_365d", "running_value", "value_due_in_quarter", "value_due_in_half_year"),
    *("invoiced_amount_365d", "open_receivables", "overdue_receivables"),
)
"""The features that are sums of the value of a supplier's contracts and of their invoices to buyers."""

INSTANTS = ("2024-02-20", "2024-04-20", "2024-06-20", "2024-09-20")
CHANGES = ("2024-03-10", "2024-05-10", "2024-07-10")
MONEY = st.integers(1, 10**9).map(lambda cents: str(Decimal(cents) / 100))
EVERY_CHECK = list(HealthCheck)
PHASES = count((Phase.explicit,), tuple(Phase))
"""The gate takes the case below, which has every kind of change; the simplest drawn cases have none."""

CHANGED = [
    {"amount": "1000.01", "currency": "USD", "signed_on": "2024-01-05", "ends_on": "2024-07-30"}
    | {"holders": [("S1", "S2", "S4"), ("S2", "S5"), ("S5",), ("S1", "S5")], "paid": ["70.00", "0.05"]},
    {"amount": "33.35", "currency": "CNY", "signed_on": "2024-02-01", "ends_on": ""}
    | {"holders": [("S3",), ("S1", "S3"), ("S2",)], "paid": ["9.99"]},
]


def holders_over_time() -> st.SearchStrategy[list[tuple[str, ...]]]:
    """Who holds a contract at first, and after each of three days on which it may pass to others."""
    holders = st.lists(st.sampled_from(SUPPLIERS), min_size=1, max_size=3, unique=True).map(lambda h: tuple(sorted(h)))
    return st.lists(holders, min_size=1, max_size=len(CHANGES) + 1)


CONTRACT = st.fixed_dictionaries(
    {
        "amount": MONEY,
        "currency": st.sampled_from(("CNY", "USD")),
        "signed_on": st.sampled_from(("2024-01-05", "2024-02-01")),
        "ends_on": st.sampled_from(("", "2024-07-30", "2024-11-30")),
        "holders": holders_over_time(),
        "paid": st.lists(MONEY, max_size=2),
    }
)


def versions(contract_id: str, drawn: dict) -> list[dict[str, str]]:
    """The rows of a contract: entries, and on each day of change the retractions of those who leave it."""
    names = ("amount", "currency", "signed_on", "ends_on")
    cells = {name: drawn[name] for name in names} | {"contract_id": contract_id, "buyer_id": "B1", "kind": "contract"}
    rows = [{**cells, "supplier_id": s, "known_at": drawn["signed_on"]} for s in drawn["holders"][0]]
    for day, (before, after) in zip(CHANGES, itertools.pairwise(drawn["holders"]), strict=False):
        rows += [{**cells, "supplier_id": s, "known_at": day, "retracted": "true"} for s in set(before) - set(after)]
        if set(after) - set(before):  # who joins says how many they are, and so do those who stay
            members = {"members": str(len(after))}
            rows += [{**cells, "supplier_id": s, "known_at": day, **members} for s in after]
    return rows


def payments(contract_id: str, drawn: dict) -> list[dict[str, str]]:
    dates = {"invoiced_on": "2024-02-10", "due_on": "2024-03-31", "known_at": "2024-02-10"}
    return [
        {"payment_id": f"{contract_id}-{n}", "contract_id": contract_id, "amount": a, "currency": "CNY", **dates}
        for n, a in enumerate(drawn["paid"])
    ]


def write(folder: Path, tables: dict[str, list[dict[str, str]]]) -> Path:
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        names = list(dict.fromkeys(key for row in rows for key in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            out = csv.DictWriter(stream, names, restval="")
            out.writeheader()
            out.writerows(rows)
    return folder


def world(drawn: list[dict]) -> dict[str, list[dict[str, str]]]:
    tables = {
        "suppliers": [{"supplier_id": s, "kind": "other"} for s in SUPPLIERS],
        "rates": [{"currency": "USD", "on": "2023-12-01", "rate": "7.0712"}],
        "contracts": [row for n, c in enumerate(drawn) for row in versions(f"C{n}", c)],
        "payments": [row for n, c in enumerate(drawn) for row in payments(f"C{n}", c)],
    }
    # A source that never fills `paid_on` says nothing about open receivables.
    paid = {"payment_id": "P", "contract_id": "C", "amount": "10.00", "currency": "CNY", "known_at": "2024-01-20"}
    tables["payments"].append(paid | {"invoiced_on": "2024-01-10", "due_on": "2024-02-10", "paid_on": "2024-01-20"})
    held = {"contract_id": "C", "supplier_id": "S5", "buyer_id": "B1", "kind": "contract", "amount": "0.00"}
    tables["contracts"].append(held | {"currency": "CNY", "signed_on": "2024-01-05", "known_at": "2024-01-05"})
    return tables


def sums(facts: Facts) -> dict[tuple[str, str], Decimal]:
    """The sum over all suppliers of each additive feature at each instant, to the cent."""
    cases = [(s, day) for s in SUPPLIERS for day in INSTANTS]
    spine = pa.table(
        {
            "case_id": [f"{s}@{day}" for s, day in cases],
            "supplier_id": [s for s, _ in cases],
            "as_of": pa.array([facts.instant(day) for _, day in cases], pa.timestamp("us")),
        }
    )
    columns = [c for c in COLUMNS if c.name in ADDITIVE]
    assert len(columns) == len(ADDITIVE)
    rows = build_profiles(facts, spine, columns).to_pylist()
    total = dict.fromkeys(itertools.product(INSTANTS, ADDITIVE), Decimal(0))
    for row in rows:
        for name in ADDITIVE:
            total[row["case_id"].partition("@")[2], name] += Decimal(repr(row[name] or 0.0))
    return {key: value.quantize(Decimal("0.01")) for key, value in total.items()}


@settings(max_examples=count(1, 60), phases=PHASES, deadline=None, suppress_health_check=EVERY_CHECK)
@given(drawn=st.lists(CONTRACT, min_size=1, max_size=4))
@example(drawn=CHANGED)
def test_a_transfer_moves_value_and_never_makes_or_loses_any(tmp_path_factory, drawn):
    """The same contracts, held by one supplier all the time, have the sums that their holders have together."""
    folder = tmp_path_factory.mktemp("transfers")
    summary = import_facts(write(folder / "a", world(drawn)), folder / "moved", max_bad=0)
    assert summary.quarantined == 0
    alone = [{**c, "holders": [("S3",)]} for c in drawn]
    import_facts(write(folder / "b", world(alone)), folder / "alone", max_bad=0)
    assert sums(Facts.open(folder / "moved")) == sums(Facts.open(folder / "alone"))


def test_the_sums_are_those_of_the_contracts(tmp_path):
    """Without this the property above could hold because all sums are zero."""
    drawn = {"amount": "1000.01", "currency": "CNY", "signed_on": "2024-01-05", "ends_on": "2024-07-30"}
    parts = {"holders": [("S1", "S2", "S4"), ("S2", "S5"), ("S5",)], "paid": ["70.00", "0.05"]}
    import_facts(write(tmp_path / "a", world([drawn | parts])), tmp_path / "facts", max_bad=0)
    found = sums(Facts.open(tmp_path / "facts"))
    for day in INSTANTS:
        assert found[day, "turnover_365d"] == Decimal("1000.01")
        assert found[day, "open_receivables"] == Decimal("70.05")
    assert found["2024-02-20", "running_value"] == found["2024-06-20", "value_due_in_quarter"] == Decimal("1000.01")
    assert found["2024-09-20", "value_due_in_half_year"] == 0


# ---- order, split, repetition


def digest(folder: Path, tables: list[dict[str, list[dict[str, str]]]]) -> str:
    facts = ""
    for n, part in enumerate(tables):
        facts = import_facts(write(folder / f"part{n}", part), folder / "facts", max_bad=0).digest
    return facts


@settings(max_examples=count(1, 40), phases=PHASES, deadline=None, suppress_health_check=EVERY_CHECK)
@given(drawn=st.lists(CONTRACT, min_size=1, max_size=4), random=st.randoms(use_true_random=False))
@example(drawn=CHANGED, random=Random(7))
def test_order_split_and_repetition_of_rows_change_nothing(tmp_path_factory, drawn, random):
    folder = tmp_path_factory.mktemp("order")
    tables = world(drawn)
    whole = digest(folder / "whole", [tables])
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in tables.items()}
    assert digest(folder / "shuffled", [shuffled]) == whole
    assert digest(folder / "twice", [tables, shuffled, tables]) == whole
    # What others refer to comes with the first part; a version never comes before the one that it follows.
    days = ("2024-01-31", *CHANGES)
    parts = [
        {name: own for name, rows in shuffled.items() if (own := [r for r in rows if _part_of(name, r, days) == n])}
        for n in range(len(days))
    ]
    assert digest(folder / "split", [part for part in parts if part]) == whole


def _part_of(name: str, row: dict[str, str], days: tuple[str, ...]) -> int:
    if name in {"suppliers", "rates"}:
        return 0
    known = row.get("known_at", "")
    return next((n for n, day in enumerate(days) if known <= day), len(days) - 1)


def test_rows_of_any_table_may_come_in_any_order(tmp_path, source):
    """The tables of a drawn market, each row order reversed, give the same facts."""
    reversed_rows = tmp_path / "reversed"
    reversed_rows.mkdir()
    (reversed_rows / "manifest.json").write_text(json.dumps({"synthetic": True}))
    for file in source.glob("*.parquet"):
        table = pq.read_table(file)
        pq.write_table(table.take(list(range(table.num_rows))[::-1]), reversed_rows / file.name)
    assert {file.stem for file in reversed_rows.glob("*.parquet")} <= set(TABLES)
    same = import_facts(source, tmp_path / "a").digest
    assert import_facts(reversed_rows, tmp_path / "b").digest == same
