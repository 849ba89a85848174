"""The peers of a month and the kinds of registry events: what an import stores beside the facts."""

import statistics

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from features.declarations.catalogue import COLUMNS
from features.errors import InputError
from features.facts.store import Facts
from features.profiles.build import build_profiles

pytestmark = pytest.mark.slow  # imports facts in every test

NAMES = {c.name: c for c in COLUMNS}
FIGURES = ("peers", "peer_turnover", "peer_lateness", "turnover_to_peers", "lateness_above_peers")
CELLS = [*[("C33", "3702", "small")] * 20, *[("C33", "3701", "small")] * 10, *[("E47", "3702", "small")] * 5]


def suppliers(cells=CELLS):
    firms = [dict(zip(("industry", "region", "size_class"), cell, strict=True)) for cell in cells]
    return [{"supplier_id": f"S{i:02}", "kind": "legal_person", **firm} for i, firm in enumerate(firms)]


def contracts(market, count=35, **cells):
    """A contract of each supplier, signed in March 2024, of 100, 200, 300 …; and a fact of May that ends April."""
    rows = [
        market.row("contracts", contract_id=f"C{i}", supplier_id=f"S{i:02}", amount=f"{100 * (i + 1)}.00", **cells)
        for i in range(count)
    ]
    return [
        *rows,
        market.row("contracts", contract_id="last", supplier_id="S00", signed_on="2024-05-02", amount="1.00"),
    ]


def values(market, supplier, as_of, names=FIGURES):
    facts = Facts.open(market.facts)
    case = {"case_id": ["c"], "supplier_id": [supplier], "as_of": pa.array([facts.instant(as_of)], pa.timestamp("us"))}
    (row,) = build_profiles(facts, pa.table(case), [c for c in COLUMNS if c.feature.table != "request"]).to_pylist()
    return [row[name] for name in names]


def peer_rows(facts):
    return duckdb.sql(f"SELECT * EXCLUDE until FROM '{facts.reference['peers']}' ORDER BY ALL").fetchall()


def test_the_profile_has_the_columns_of_peers_and_of_registry_changes():
    wanted = {*FIGURES, "representative_changes_365d", "address_changes_365d", "in_abnormal_list"}
    assert wanted <= set(NAMES)


def test_a_supplier_is_compared_with_the_narrowest_group_of_twenty(market):
    market.load(suppliers=suppliers(), contracts=contracts(market))
    amounts = [100.0 * (i + 1) for i in range(len(CELLS))]
    own, industry, every = amounts[:20], amounts[:30], amounts
    expected = {"S00": own, "S25": industry, "S31": every}
    for supplier, group in expected.items():
        count, median = values(market, supplier, "2024-04-01")[:2]
        assert (count, median) == (len(group), statistics.median(group))


def test_a_supplier_without_a_region_is_compared_with_its_industry(market):
    firms = suppliers()
    firms[3] |= {"region": ""}
    market.load(suppliers=firms, contracts=contracts(market))
    assert values(market, "S03", "2024-04-01")[0] == 30


def test_below_twenty_suppliers_there_are_no_peers(market):
    market.load(suppliers=suppliers(CELLS[:19]), contracts=contracts(market, 19))
    assert values(market, "S00", "2024-04-01") == [None] * len(FIGURES)


def test_a_month_counts_from_the_day_after_its_last(market):
    market.load(suppliers=suppliers(), contracts=contracts(market))
    assert values(market, "S00", "2024-03-31")[0] is None
    assert values(market, "S00", "2024-04-01")[0] == 20
    assert values(market, "S00", "2030-01-01")[0] == 20


def test_what_becomes_known_later_changes_no_earlier_month(market):
    market.load(suppliers=suppliers(), contracts=contracts(market))
    before = peer_rows(Facts.open(market.facts))
    late = [
        market.row("contracts", contract_id=f"L{i}", supplier_id=f"S{i:02}", amount="9000.00", known_at="2024-06-10")
        for i in range(len(CELLS))
    ]
    market.load("later", suppliers=suppliers(), contracts=late)
    after = peer_rows(Facts.open(market.facts))
    months = {row[1] for row in before}
    assert [row for row in after if row[1] in months] == before
    assert len(after) > len(before)


def test_an_import_that_changes_nothing_leaves_the_bytes(market):
    market.load(suppliers=suppliers(), contracts=contracts(market))
    before = market.bytes()
    market.load(suppliers=suppliers(), contracts=contracts(market))
    assert market.bytes() == before


@pytest.mark.slow
def test_the_quartiles_are_those_of_the_suppliers_own_profiles(facts):
    """On the first of a month, of all suppliers with turnover in the year before it."""
    as_of = facts.instant("2023-07-01")
    ids = duckdb.sql(f"SELECT DISTINCT supplier_id FROM '{facts.tables['contracts']}' ORDER BY 1").fetchall()
    cases = {"case_id": [i for (i,) in ids], "supplier_id": [i for (i,) in ids]}
    cases["as_of"] = pa.array([as_of] * len(ids), pa.timestamp("us"))
    profiles = build_profiles(facts, pa.table(cases), [NAMES["turnover_365d"], NAMES["late_delivery_rate_365d"]])
    turnover = profiles["turnover_365d"].to_numpy(zero_copy_only=False)
    active = np.nan_to_num(turnover) > 0
    lateness = profiles["late_delivery_rate_365d"].to_numpy(zero_copy_only=False)[active]
    query = f"SELECT * FROM '{facts.reference['peers']}' WHERE peer_key = '*' AND month_end < $1 AND until >= $1"
    (row,) = duckdb.sql(query, params=[as_of]).to_arrow_table().to_pylist()
    assert row["suppliers"] == active.sum()
    assert row["suppliers_with_lateness"] == np.isfinite(lateness).sum()
    for place, name in ((25, "low"), (50, "median"), (75, "high")):
        assert row[f"turnover_{name}"] == pytest.approx(np.percentile(turnover[active], place))
        assert row[f"lateness_{name}"] == pytest.approx(np.percentile(lateness[np.isfinite(lateness)], place))


# ---- registry events


def events(*rows):
    return [
        {"event_id": f"E{i}", "supplier_id": "S1", "type_code": code, "occurred_at": day, "ends_on": ends}
        for i, (code, day, ends) in enumerate(rows)
    ]


def catalogue(market, text):
    file = market.root / "home" / "firm_events.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'name = "own"\nversion = "1"\n{text}', encoding="utf-8")


OWN = '[[type]]\ncode = "FR01"\nkind = "representative_change"\nzh = "法人变更"\nen = "New head"\n'


def test_an_entry_in_the_abnormal_list_is_in_force_until_it_is_removed_or_over(market):
    listed, removed = "abnormal_operations_listed", "abnormal_operations_removed"
    market.load(
        firm_events=events(
            (listed, "2024-01-10", ""), (removed, "2024-03-10", ""), (listed, "2024-05-10", "2024-06-10")
        )
    )
    days = {"2024-01-10": None, "2024-02-01": 1, "2024-03-11": 0, "2024-05-11": 1, "2024-06-11": 0}
    assert {day: values(market, "S1", day, ["in_abnormal_list"])[0] for day in days} == days


def test_a_deployments_own_catalogue_takes_effect_at_the_next_import(market):
    rows = events(("FR01", "2024-01-10", ""), ("legal_representative_change", "2024-01-11", ""))
    market.load(firm_events=rows)
    before = Facts.open(market.facts).digest
    assert values(market, "S1", "2024-02-01", ["representative_changes_365d"]) == [1]
    catalogue(market, OWN + OWN.replace("FR01", "FR02"))
    market.load(firm_events=rows)
    assert values(market, "S1", "2024-02-01", ["representative_changes_365d"]) == [1]
    assert Facts.open(market.facts).digest != before
    catalogue(market, OWN + OWN.replace("FR01", "legal_representative_change"))
    market.load(firm_events=rows)
    assert values(market, "S1", "2024-02-01", ["representative_changes_365d"]) == [2]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (OWN + OWN, "'FR01' appears twice"),
        (OWN.replace("representative_change", "moved"), "no kind 'moved'"),
        (OWN.replace("zh", "cn"), "no setting 'cn'"),
        ("type = []\n", "lists no type"),
        ("type = 5 5\n", "cannot be read"),
    ],
)
def test_a_catalogue_that_is_wrong_refuses_the_import(market, text, problem):
    catalogue(market, text)
    with pytest.raises(InputError, match=problem):
        market.load(firm_events=events(("FR01", "2024-01-10", "")))
