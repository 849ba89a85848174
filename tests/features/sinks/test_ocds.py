"""Facts to OCDS and back: nothing is lost, and what cannot be carried is named."""

import itertools
import json
from datetime import datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InputError
from features.facts.store import Facts
from features.facts.tables import STAGES, TABLES, Column, Kind
from features.importing.import_facts import import_facts
from features.sinks.ocds import export
from features.sources.ocds.fields import FIELDS, KEY, NOT_EXPORTED, columns, plain, read, write
from tests.counts import count

pytestmark = pytest.mark.slow

ZONE = "+08:00"


def rows(facts, table):
    """All that is stored of a table, but for the account numbers."""
    names = ", ".join(name for name in TABLES[table].names if name not in NOT_EXPORTED)
    return duckdb.sql(f"SELECT {names} FROM read_parquet('{facts.tables[table]}') ORDER BY ALL").fetchall()


def back(facts, root):
    """Facts after an export and an import."""
    done = export(facts, root / "facts.jsonl")
    summary = import_facts(root / "facts.jsonl", root / "back")
    assert summary.quarantined == summary.duplicates == 0
    assert summary.records["releases"].used == done.releases
    return Facts.open(root / "back"), done


def test_a_market_comes_back_from_ocds_as_it_was(facts, tmp_path):
    imported, done = back(facts, tmp_path)
    assert set(done.rows) == set(FIELDS)
    for table in FIELDS:
        assert rows(imported, table) == rows(facts, table), table
    assert (imported.currency, imported.tz, imported.synthetic) == (facts.currency, facts.tz, True)


def test_what_publishers_published_comes_back_too(real, tmp_path):
    _, folder = real("ocds")
    original = Facts.open(folder)
    imported, done = back(original, tmp_path)
    assert not done.left_out
    for table in original.tables:
        assert rows(imported, table) == rows(original, table), table


def test_what_ocds_cannot_carry_is_counted(facts, tmp_path):
    done = export(facts, tmp_path / "x.jsonl")
    lost = {"invoices", "conduct", "disputes", "firm_events", "financings", "repayments"}
    assert set(done.left_out) == lost | {"contracts.payee_account", "payments.payee_account"}
    for table in lost:
        assert done.left_out[table] == len(rows(facts, table))
    assert "payee_account" not in (tmp_path / "x.jsonl").read_text(encoding="utf-8")


def test_the_same_facts_give_the_same_bytes(facts, tmp_path):
    for name in ("a", "b"):
        export(facts, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {"a", "b"}


def test_every_line_is_an_ocds_release(facts, tmp_path):
    export(facts, tmp_path / "x.jsonl")
    seen = set()
    for line in (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines():
        release = json.loads(line)
        assert {"ocid", "id", "date", "tag", "initiationType"} <= set(release)
        assert release["tag"]
        assert release["id"] not in seen
        seen.add(release["id"])
        roles = {party["id"] for party in release.get("parties", ())}
        for bid in release.get("bids", {}).get("details", ()):
            assert {tenderer["id"] for tenderer in bid["tenderers"]} <= roles
        awards = {award["id"] for award in release.get("awards", ())}
        named = {contract["awardID"] for contract in release.get("contracts", ()) if "awardID" in contract}
        assert named <= awards


@pytest.fixture
def awkward(market):
    """Facts with everything that is hard to carry."""
    c = market.row
    joint = {"contract_id": "J", "members": "2", "tender_id": "T1"}
    other = {"contract_id": '中/文 "1"', "tender_id": "", "method": "framework", "category": "works"}
    market.load(
        tenders=[c("tenders", buyer_id="B1", estimate="0.10", currency="CNY", method="other", awarded_on="2024-02-09")],
        bids=[
            c("bids", bidders="3", decided_on="2024-02-09T08:00:00Z", known_at="2024-02-02"),
            c("bids", bidders="3", result="disqualified", known_at="2024-02-10"),
            c("bids", bid_id="O2", supplier_id="S2", result="lost", amount="70368744177664.01", currency="CNY"),
        ],
        contracts=[
            c("contracts", **other, end_state="terminated_early", ended_on="2024-05-05", payee_account="62220001"),
            c("contracts", **{**other, "amount": "-12.5"}, known_at="2024-06-01", starts_on="1850-01-01"),
            c("contracts", **joint, share="0.33333333"),
            c("contracts", **joint, supplier_id="S2", share="0.66666667", known_at="2024-04-01"),
            c("contracts", **joint, share="0.33333333", ends_on="2024-12-31", known_at="2024-05-01"),
            c("contracts", **joint, share="0.33333333", known_at="2024-07-01"),
            c("contracts", contract_id="G"),
            c("contracts", contract_id="G", known_at="2024-08-01", retracted="true"),
        ],
        amendments=[c("amendments", contract_id="J", days_change="-3", source_ref="page 7", source="gazette")],
        milestones=[
            c("milestones", contract_id="J", kind="acceptance", requested_on="2024-04-02", result="partial"),
            c("milestones", contract_id="J", kind="acceptance", met_on="2024-05-02", known_at="2024-05-03"),
            c("milestones", contract_id="J", milestone_id="M2", met_on="2024-05-02T00:00:00Z", result="failed"),
        ],
        payments=[c("payments", contract_id="J", invoiced_on="2024-05-02", due_on="2024-06-01", amount="0.01")],
        stages=[
            *(
                c("stages", stage_id=f"G{n}", contract_id="J", tender_id="T1", stage=stage, document=f"No. {n}")
                for n, stage in enumerate(STAGES)
            ),
            c("stages", stage_id="H", contract_id="", tender_id="T1", stage="payment"),
            c("stages", stage_id="I", contract_id="", tender_id="", stage="budget"),
            c("stages", stage_id="K", contract_id=other["contract_id"], stage="process"),
        ],
        conduct=[c("conduct")],
    )
    return Facts.open(market.facts)


def test_nine_stages_joint_awards_corrections_and_retractions_come_back(awkward, tmp_path):
    imported, done = back(awkward, tmp_path)
    for table in FIELDS:
        if table in awkward.tables:
            assert rows(imported, table) == rows(awkward, table), table
    assert len(rows(awkward, "stages")) == 2 * 9 + 3
    assert dict(done.left_out) == {"conduct": 1, "contracts.payee_account": 1}


def test_a_release_shows_what_others_look_for(awkward, tmp_path):
    export(awkward, tmp_path / "x.jsonl")
    releases = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()]
    tender = next(r for r in releases if KEY in r.get("tender", {}))
    assert tender["ocid"] == "supplier-credit-tender-T1"
    assert tender["tender"]["value"] == {"amount": 0.1, "currency": "CNY"}
    assert tender["tender"]["tenderPeriod"]["startDate"] == f"2024-01-01T23:59:59.999999{ZONE}"
    assert tender["buyer"] == {"id": "B1"}
    joint = [r for r in releases for c in r.get("contracts", ()) if c["id"] == "J" and c.get("dateSigned")]
    assert [[s["id"] for s in r["awards"][0]["suppliers"]] for r in joint] == [["S1"], ["S2"], ["S1"], ["S1"]]
    gone = joint[-1]["contracts"][0]["period"]
    assert gone == {"startDate": None, "endDate": None}
    planned = {d["documentType"] for r in releases for d in r.get("planning", {}).get("documents", ())}
    assert planned == {"budget", "needsAssessment", "plannedProcurementNotice", "procurementPlan"}


def test_a_second_import_of_an_export_changes_nothing(awkward, tmp_path):
    imported, _ = back(awkward, tmp_path)
    again = import_facts(tmp_path / "facts.jsonl", tmp_path / "back")
    assert (again.changed, again.loaded, again.digest) == (False, 0, imported.digest)


def test_real_and_synthetic_exports_do_not_mix(facts, awkward, tmp_path):
    export(facts, tmp_path / "whole.jsonl")
    with (tmp_path / "whole.jsonl").open("rb") as whole:
        (tmp_path / "x.jsonl").write_bytes(b"".join(itertools.islice(whole, 50)))
    export(awkward, tmp_path / "y.jsonl")
    (tmp_path / "z.jsonl").write_bytes((tmp_path / "y.jsonl").read_bytes() + (tmp_path / "x.jsonl").read_bytes())
    summary = import_facts(tmp_path / "z.jsonl", tmp_path / "mixed", max_bad=1)
    lines = (tmp_path / "x.jsonl").read_bytes().count(b"\n")
    assert summary.records["releases"].quarantined == lines
    kinds = [json.loads(line)["kind"] for line in summary.quarantine.read_text(encoding="utf-8").splitlines()]
    assert kinds == ["synthetic"] * lines
    with pytest.raises(InputError, match="synthetic"):
        import_facts(tmp_path / "x.jsonl", tmp_path / "mixed")


@pytest.mark.parametrize("name", ["no/such/folder.jsonl", "."])
def test_a_place_that_cannot_be_written_is_refused(facts, tmp_path, name):
    with pytest.raises(InputError, match="No file can be written"):
        export(facts, tmp_path / name)


def cells(column: Column):
    """Any value that a column can hold, or None."""
    kinds = {
        Kind.MONEY: st.decimals("-99999999999999.99", "99999999999999.99", places=2),
        Kind.RATE: st.decimals("0.00000001", "1", places=8),
        Kind.INTEGER: st.integers(-(10**9), 10**9),
        Kind.FLAG: st.just(True),
        Kind.INSTANT: st.datetimes(datetime(1700, 1, 1), datetime(2261, 1, 1)).map(lambda t: t.isoformat() + "Z"),
    }
    value = st.sampled_from(column.values) if column.values else kinds.get(column.kind, st.text(min_size=1))
    return st.none() | value


@st.composite
def written(draw):
    """A table, one of its rows, and what is said around it."""
    table = draw(st.sampled_from(list(FIELDS)))
    own = {c.name: c for c in (*TABLES[table].stored,) if c.name in columns(table)}
    row = draw(st.fixed_dictionaries({name: cells(column) for name, column in own.items()}))
    context = draw(
        st.fixed_dictionaries({n: cells(c) for n, c in own.items() if n in {"buyer_id", "source", "method"}})
    )
    return table, row, context, draw(st.booleans())


@given(written())
@settings(max_examples=count(100, 500), deadline=None)
def test_any_row_is_read_as_it_was_written(case):
    table, row, context, again = case
    written = json.loads(json.dumps(write(table, row, context, again=again)), parse_float=Decimal)
    read_back = read(table, written, context, "/")
    for name, value in row.items():
        same = read_back.get(name) == (value if isinstance(read_back.get(name), int | Decimal) else plain(value))
        assert same, (name, value, read_back.get(name))
