"""An incremental run profiles every supplier whose visible facts differ, whichever date or clock made them so."""

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.facts.store import Facts
from features.facts.tables import TABLES
from features.fleet.profile_store import ProfileFolder
from features.fleet.write_fleet import write_fleet
from features.importing.import_facts import import_facts
from tests.counts import count

pytestmark = pytest.mark.slow  # imports facts in every test

BEFORE, BETWEEN, AFTER = "2024-06-01", "2024-06-15", "2024-07-01"
OLD = "2024-01-10"
CONTRACT = {
    "contract_id": "C1",
    "supplier_id": "S1",
    "buyer_id": "B1",
    "tender_id": "T1",
    "kind": "contract",
    "amount": "1000.00",
    "currency": "CNY",
    "signed_on": OLD,
}
OTHER = {**CONTRACT, "contract_id": "C9", "supplier_id": "S2", "tender_id": ""}
LOAN = {"financing_id": "F1", "tenant_id": "bank", "supplier_id": "S1", "amount": "9", "currency": "CNY", "rate": "0.1"}
BASE: dict[str, list[dict[str, str]]] = {
    "suppliers": [{"supplier_id": s, "kind": "legal_person"} for s in ("S1", "S2")],
    "buyers": [{"buyer_id": "B1"}],
    "tenders": [{"tender_id": "T1", "published_on": OLD}],
    "contracts": [CONTRACT, OTHER],
}
# A row of each table, known long before its date; the date lies between the two runs.
PENDING: dict[str, tuple[str, dict[str, str]]] = {
    "contracts.signed_on": ("contracts", {**CONTRACT, "contract_id": "C2", "signed_on": BETWEEN}),
    "contracts.ended_on": (
        "contracts",
        {**CONTRACT, "contract_id": "C2", "ends_on": BETWEEN, "ended_on": BETWEEN, "end_state": "terminated_early"},
    ),
    "milestones.met_on": (
        "milestones",
        {"milestone_id": "M1", "contract_id": "C1", "kind": "delivery", "due_on": "2024-02-01", "met_on": BETWEEN},
    ),
    "milestones.requested_on": (
        "milestones",
        {"milestone_id": "M1", "contract_id": "C1", "kind": "acceptance", "requested_on": BETWEEN},
    ),
    "payments.paid_on": (
        "payments",
        {
            "payment_id": "P1",
            "contract_id": "C1",
            "invoiced_on": OLD,
            "due_on": "2024-02-01",
            "paid_on": BETWEEN,
            "amount": "50",
            "currency": "CNY",
        },
    ),
    "payments.invoiced_on": (
        "payments",
        {"payment_id": "P1", "contract_id": "C1", "invoiced_on": BETWEEN, "amount": "50", "currency": "CNY"},
    ),
    "amendments.occurred_at": (
        "amendments",
        {"amendment_id": "A1", "contract_id": "C1", "days_change": "20", "occurred_at": BETWEEN},
    ),
    "bids.occurred_at": (
        "bids",
        {"bid_id": "O1", "tender_id": "T1", "supplier_id": "S1", "result": "lost", "occurred_at": BETWEEN},
    ),
    "bids.decided_on": (
        "bids",
        {
            "bid_id": "O1",
            "tender_id": "T1",
            "supplier_id": "S1",
            "result": "won",
            "occurred_at": OLD,
            "decided_on": BETWEEN,
        },
    ),
    "invoices.issued_on": (
        "invoices",
        {
            "invoice_id": "I1",
            "supplier_id": "S1",
            "direction": "sale",
            "counterparty_id": "B1",
            "amount": "70",
            "currency": "CNY",
            "issued_on": BETWEEN,
            "state": "valid",
        },
    ),
    "conduct.effective_on": (
        "conduct",
        {
            "conduct_id": "D1",
            "party_id": "S1",
            "party_role": "supplier",
            "type_code": "fine",
            "severity": "3",
            "effective_on": BETWEEN,
        },
    ),
    "conduct.repaired_on": (
        "conduct",
        {
            "conduct_id": "D1",
            "party_id": "S1",
            "party_role": "supplier",
            "type_code": "fine",
            "severity": "3",
            "effective_on": OLD,
            "repaired_on": BETWEEN,
        },
    ),
    "disputes.opened_on": (
        "disputes",
        {"dispute_id": "D1", "contract_id": "C1", "supplier_id": "S1", "kind": "quality", "opened_on": BETWEEN},
    ),
    "disputes.closed_on": (
        "disputes",
        {
            "dispute_id": "D1",
            "contract_id": "C1",
            "supplier_id": "S1",
            "kind": "quality",
            "opened_on": OLD,
            "closed_on": BETWEEN,
            "outcome": "lost",
        },
    ),
    "firm_events.occurred_at": (
        "firm_events",
        {"event_id": "E1", "supplier_id": "S1", "type_code": "capital_change", "occurred_at": BETWEEN},
    ),
    "financings.starts_on": ("financings", {**LOAN, "starts_on": BETWEEN, "ends_on": "2025-01-01"}),
    "stages.occurred_at": (
        "stages",
        {"stage_id": "G1", "contract_id": "C1", "stage": "acceptance", "occurred_at": BETWEEN},
    ),
}


def write(folder: Path, tables: dict[str, list[dict[str, str]]]) -> Path:
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        names = list(dict.fromkeys(key for row in rows for key in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            out = csv.DictWriter(stream, names, restval="")
            out.writeheader()
            out.writerows(rows)
    return folder


def rows_of(folder: Path) -> dict[tuple[str, bytes], bytes]:
    """Each supplier's stored values as bytes, of the fleet and of each tenant."""
    stored = ProfileFolder.open(folder)
    files = {"": {"ids": "ids.npy", "matrix": "matrix.npy"}, **stored.tenants}
    return {
        (tenant, name): np.asarray(row).tobytes()
        for tenant, own in files.items()
        for name, row in zip(stored.array(own["ids"]).tolist(), stored.array(own["matrix"]), strict=True)
    }


def fleet(facts: Facts, day: str, profiles: Path, since: str | None = None) -> Path:
    return write_fleet(facts, facts.instant(day), profiles, since=facts.instant(since) if since else None)


def runs(folder: Path) -> dict[str, int]:
    stored = ProfileFolder.open(folder)
    names = [name.decode() for name in stored.array("ids.npy").tolist()]
    return dict(zip(names, stored.array("runs.npy").tolist(), strict=True))


NAMING = {"supplier_id", "party_id", "counterparty_id", "buyer_id", "tender_id", "contract_id", "financing_id"}


def apart(name: str, row: dict[str, str], key: str) -> dict[str, str]:
    """A row whose ids and whose source are its own: no other supplier's facts touch it."""
    return {"source": name} | {
        column: f"{name}/{cell}" if cell and column in NAMING | {key} else cell for column, cell in row.items()
    }


@pytest.fixture(scope="module")
def passed(tmp_path_factory):
    """The runs and values of an incremental run, and the values of a full one: for each pending row a supplier apart.

    They are fewer than peers need: new figures of peers would profile everybody anew.
    """
    tables: dict[str, list[dict[str, str]]] = {}
    for name, (of, row) in {"nothing": ("contracts", CONTRACT), **PENDING}.items():
        own = dict(BASE)
        key = TABLES[of].key[0]
        own[of] = [*(other for other in own.get(of, []) if other[key] != row[key]), row | {"known_at": OLD}]
        for table, rows in own.items():
            alone = [one for one in rows if one.get("supplier_id") != "S2"]
            tables.setdefault(table, []).extend(apart(name, one, TABLES[table].key[0]) for one in alone)
    folder = tmp_path_factory.mktemp("passed")
    import_facts(write(folder / "source", tables), folder / "facts")
    facts = Facts.open(folder / "facts")
    fleet(facts, BEFORE, folder / "profiles")
    made = fleet(facts, AFTER, folder / "profiles", since=BEFORE)
    return runs(made), rows_of(made), rows_of(fleet(facts, AFTER, folder / "full"))


@pytest.mark.parametrize("name", PENDING)
def test_a_date_that_passes_after_it_was_known_profiles_its_supplier_anew(passed, name):
    run, made, whole = passed
    supplier = f"{name}/S1"
    assert (run[supplier], run["nothing/S1"]) == (1, 0)
    keys = [key for key in made if key[1] == supplier.encode()]
    assert keys
    assert [made[key] for key in keys] == [whole[key] for key in keys]


def test_a_row_that_arrives_late_without_a_clock_is_found(tmp_path):
    import_facts(write(tmp_path / "source", BASE), tmp_path / "facts")
    fleet(Facts.open(tmp_path / "facts"), BEFORE, tmp_path / "profiles")
    late = {**CONTRACT, "contract_id": "C2", "amount": "7300.00", "signed_on": "2024-03-15", "tender_id": ""}
    import_facts(write(tmp_path / "late", {"contracts": [late]}), tmp_path / "facts")
    facts = Facts.open(tmp_path / "facts")
    made = fleet(facts, AFTER, tmp_path / "profiles", since=BEFORE)
    assert runs(made) == {"S1": 1, "S2": 0}
    assert rows_of(made)["", b"S1"] == rows_of(fleet(facts, AFTER, tmp_path / "full"))["", b"S1"]


def test_a_supplier_whose_only_fact_is_retracted_leaves_the_stored_profiles(tmp_path):
    import_facts(write(tmp_path / "source", BASE), tmp_path / "facts")
    fleet(Facts.open(tmp_path / "facts"), BEFORE, tmp_path / "profiles")
    import_facts(
        write(tmp_path / "gone", {"contracts": [{**OTHER, "known_at": BETWEEN, "retracted": "true"}]}),
        tmp_path / "facts",
    )
    made = fleet(Facts.open(tmp_path / "facts"), AFTER, tmp_path / "profiles", since=BEFORE)
    assert list(runs(made)) == ["S1"]


def test_a_spine_of_a_later_day_does_not_stop_a_run(tmp_path):
    case = {"case_id": "A1", "supplier_id": "S1", "as_of": AFTER}
    import_facts(write(tmp_path / "source", BASE | {"spine": [case]}), tmp_path / "facts")
    facts = Facts.open(tmp_path / "facts")
    stored = ProfileFolder.open(fleet(facts, BEFORE, tmp_path / "profiles"))
    assert set(stored.manifest["runs"][0]["data_cutoff"]) == {"suppliers", "buyers", "tenders", "contracts"}


def visible(facts: Facts, day: str) -> dict[str, set[str]]:
    """What each supplier's profile may read, row by row in plain Python, as text."""
    as_of, seen = facts.instant(day), {}
    for name, file in facts.tables.items():
        table = TABLES[name]
        for row in pq.read_table(file).to_pylist():
            current = row["known_until"] is None or row["known_until"] >= as_of
            if row["known_at"] >= as_of or not current or row["retracted"]:
                continue
            if (table.event and row[table.event] >= as_of) or not row.get("supplier_id"):
                continue
            masked = masked_row(table, row, as_of)
            seen.setdefault(row["supplier_id"], set()).add(json.dumps({"table": name} | masked, default=str))
    return seen


def masked_row(table: Any, row: dict[str, Any], as_of: datetime) -> dict[str, Any]:
    masked = {name: value for name, value in row.items() if name not in {"known_until", "source", "source_ref"}}
    for dated, companions in table.hides.items():
        hidden = row[dated] is None if dated != "decided_on" else False
        if hidden or (row[dated] is not None and row[dated] >= as_of):
            masked |= dict.fromkeys((dated, *companions))
    return masked


DAY = st.dates(datetime(2024, 3, 1).date(), datetime(2024, 9, 1).date()).map(str)


@settings(max_examples=count(6, 40), deadline=None, suppress_health_check=list(HealthCheck))
@given(chosen=st.lists(st.tuples(st.sampled_from(sorted(PENDING)), DAY, DAY, st.booleans()), min_size=1, max_size=8))
def test_whoever_has_other_visible_facts_is_profiled_as_in_a_full_run(tmp_path_factory, chosen):
    """Rows of any table with any date and clock, some of them imported only between the two runs."""
    folder = tmp_path_factory.mktemp("incremental")
    first, second = dict(BASE), {}
    for n, (name, day, known, late) in enumerate(chosen):
        table, row = PENDING[name]
        if table == "tenders":
            continue
        key = TABLES[table].key[0]
        made = {**row, name.partition(".")[2]: day, key: f"{row[key]}-{n}", "known_at": known}
        tables = second if late else first
        tables[table] = [*tables.get(table, []), made]
    now = datetime(2024, 12, 31)
    import_facts(write(folder / "first", first), folder / "facts", now=now)
    old = Facts.open(folder / "facts")
    before, seen = visible(old, BEFORE), fleet(old, BEFORE, folder / "profiles")
    if second:
        import_facts(write(folder / "second", second), folder / "facts", now=now)
    facts = Facts.open(folder / "facts")
    stored = rows_of(seen)
    made, after = fleet(facts, AFTER, folder / "profiles", since=BEFORE), visible(facts, AFTER)
    whole, rows, run = rows_of(fleet(facts, AFTER, folder / "full")), rows_of(made), runs(made)
    for supplier in ("S1", "S2"):
        key = ("", supplier.encode())
        if after.get(supplier) != before.get(supplier):
            assert (run[supplier], rows[key]) == (1, whole[key])
        elif not run[supplier]:
            assert rows[key] == stored[key]
