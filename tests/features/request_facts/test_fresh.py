"""Facts sent with a request: the same profile as if they had been imported, and gone with the answer."""

import json
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.profiles.one_case import Case, CaseEngine
from features.request_facts.schema import SENDABLE
from tests.features.request_facts.desk import AS_OF, PROFILED, Desk, equal, everything, imported

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(facts) -> Desk:
    return Desk(facts)


@pytest.fixture(scope="module")
def about(desk) -> str:
    """A supplier with contracts, milestones and bids of its own."""
    counts: dict[str, int] = {}
    for table in ("contracts", "bids", "payments"):
        for name in set(pq.read_table(desk.facts.tables[table])["supplier_id"].to_pylist()):
            counts[name] = counts.get(name, 0) + 1
    return min(name for name, count in counts.items() if count == 3)


def test_the_same_rows_imported_and_sent_give_the_same_bits(desk, about, tmp_path):
    sent = everything(desk, about)
    later = imported(desk.facts, sent, tmp_path)
    expected = CaseEngine(later, PROFILED).profiles([Case(about, AS_OF, "bank-1")])[0]
    profile = desk.profile(about, sent)
    assert equal(profile, expected) == []
    before = desk.profile(about)
    changed = {c.feature.table for c in PROFILED if c.name in equal(profile, before)}
    assert {"contracts", "milestones", "bids", "invoices", "conduct", "suppliers"} <= changed


@pytest.mark.parametrize("table", ["contracts", "milestones", "bids"])
def test_a_corrected_row_sent_alone_gives_the_same_bits_as_imported(desk, about, tmp_path, table):
    sent = {table: [row for row in everything(desk, about)[table] if not str(next(iter(row.values()))).startswith("N")]}
    expected = CaseEngine(imported(desk.facts, sent, tmp_path), PROFILED).profiles([Case(about, AS_OF, "bank-1")])[0]
    profile = desk.profile(about, sent)
    assert equal(profile, expected) == []
    assert equal(profile, desk.profile(about)) != []


def test_of_what_hangs_on_a_joint_contract_the_supplier_has_its_part(desk, tmp_path):
    contracts = pq.read_table(desk.facts.tables["contracts"]).to_pylist()
    shared = next(row for row in contracts if (row["members"] or 1) > 1)
    about, contract = shared["supplier_id"], {"contract_id": shared["contract_id"]}
    paid = {"amount": "1000.01", "currency": shared["currency"], "invoiced_on": "2025-06-01"}
    sent = {
        "payments": [contract | paid | {"payment_id": "NP"}],
        "amendments": [contract | {"amendment_id": "NA", "amount_change": "999.99", "occurred_at": "2025-06-01"}],
        "milestones": [contract | {"milestone_id": "NM", "kind": "delivery", "due_on": "2025-06-01"}],
    }
    (payment,) = desk.take(sent, about).tables["payments"].to_pylist()
    assert (payment["supplier_id"], payment["value"] < payment["amount"]) == (about, True)
    expected = CaseEngine(imported(desk.facts, sent, tmp_path), PROFILED).profiles([Case(about, AS_OF, "bank-1")])[0]
    assert equal(desk.profile(about, sent), expected) == []


def test_what_was_sent_is_gone_with_its_answer(desk, about):
    before = desk.profile(about)
    assert desk.profile(about, everything(desk, about)) != before
    assert equal(desk.profile(about), before) == []
    con = desk.checker._con
    assert con.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [
        ("joint",),
        ("misconduct_types",),
    ]
    assert con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == []


def test_cases_with_and_without_sent_facts_in_one_call_do_not_mix(desk, about):
    """Two banks ask for the same supplier at once, and a third with facts of its own."""
    one, two = everything(desk, about), {"contracts": [everything(desk, about)["contracts"][0]]}
    fresh = [desk.take(sent, about).tables for sent in (one, two)]
    cases = [
        Case(about, AS_OF, "bank-1", fresh[0]),
        Case(about, AS_OF, "bank-1"),
        Case(about, AS_OF, "bank-1", fresh[1]),
    ]
    together = desk.engine.profiles(cases)
    for profile, sent in zip(together, (one, None, two), strict=True):
        assert equal(profile, desk.profile(about, sent)) == []
    assert equal(together[0], together[1]) != []
    assert equal(together[1], together[2]) != []


def test_what_is_dated_today_has_happened_and_what_is_dated_tomorrow_has_not(desk, about):
    contract = {"contract_id": "NC", "supplier_id": about, "kind": "contract", "amount": "1.00", "currency": "CNY"}
    contract |= {"buyer_id": desk.stored("contracts", about)[0]["buyer_id"]}
    before = desk.profile(about)["history_contracts"]

    def with_contract(signed_on: str) -> float:
        return desk.profile(about, {"contracts": [contract | {"signed_on": signed_on}]})["history_contracts"] - before

    assert with_contract("2025-06-10") == 1
    assert with_contract("2025-06-11") == 0
    assert with_contract("2025-06-10T12:29:00+08:00") == 1
    assert with_contract("2025-06-10T12:31:00+08:00") == 0


def test_a_delivery_met_today_on_its_due_day_is_on_time(desk, about):
    contract = desk.stored("contracts", about)[0]["contract_id"]
    row = {"milestone_id": "NM", "contract_id": contract, "kind": "delivery", "due_on": "2025-06-10"}
    (met,) = desk.take({"milestones": [row | {"met_on": "2025-06-10"}]}, about).tables["milestones"].to_pylist()
    assert met["met_on"] == AS_OF - timedelta(microseconds=1) < met["due_on"]


def test_a_supplier_that_is_not_stored_is_profiled_from_what_is_sent(desk, about):
    sent = {name: rows for name, rows in everything(desk, about).items() if name not in {"contracts", "bids"}}
    new = json.loads(json.dumps(everything(desk, about)).replace(about, "NEW"))
    sent = {name: [row for row in rows if row[next(iter(row))] in {"NEW"} or row[next(iter(row))].startswith("N")]
            for name, rows in new.items()}  # fmt: skip
    assert desk.profile("NEW", sent)["history_contracts"] == 1
    assert desk.take(sent, "NEW").kind_of_supplier == "sole_trader"
    errors = desk.refused({"contracts": sent["contracts"], "buyers": sent["buyers"], "tenders": sent["tenders"]}, "NEW")
    assert errors[0][0] == "#/facts/contracts/0/supplier_id"


def test_a_row_sent_twice_counts_once_and_the_digest_does_not_depend_on_the_order_of_keys(desk, about):
    row = everything(desk, about)["invoices"][0]
    once, twice = ({"invoices": [row] * times} for times in (1, 2))
    assert [desk.take(sent, about).rows for sent in (once, twice)] == [{"invoices": 1}, {"invoices": 1}]
    turned = {"invoices": [dict(reversed(row.items()))]}
    assert desk.take(turned, about).digest == desk.take(once, about).digest != desk.take(twice, about).digest


@pytest.mark.parametrize("table", SENDABLE)
def test_a_row_may_come_alone_where_it_names_what_is_stored(desk, about, table):
    stored = {"contract_id": desk.stored("contracts", about)[0]["contract_id"]}
    stored |= {"tender_id": desk.stored("bids", about)[0]["tender_id"]}
    stored |= {"buyer_id": desk.stored("contracts", about)[0]["buyer_id"]}
    new = {"NC", "NT", "NB"} - {{"contracts": "NC", "tenders": "NT", "buyers": "NB"}.get(table)}
    row = next(r for r in everything(desk, about)[table] if table == "suppliers" or str(next(iter(r.values()))) < "O")
    alone = {name: stored[name] if value in new and name in stored else value for name, value in row.items()}
    assert desk.take({table: [alone]}, about).rows == {table: 1}


def contract_of(about: str, **changed: Any) -> dict[str, Any]:
    good = {"contract_id": "NC", "supplier_id": about, "buyer_id": "NB", "kind": "contract", "amount": "1.00"}
    return good | {"currency": "CNY", "signed_on": "2025-06-02"} | changed


WRONG = {
    "an unknown value": ({"kind": "lease"}, "/kind", "is none of: contract, order"),
    "no date": ({"signed_on": "2025-02-30"}, "/signed_on", "is no date"),
    "a date of no year": ({"signed_on": "2300-01-01"}, "/signed_on", "is no date"),
    "no amount": ({"amount": "1,000.00"}, "/amount", "is no amount"),
    "a vast amount": ({"amount": "1" + "0" * 15}, "/amount", "must be below"),
    "no currency": ({"currency": "XXQ"}, "/currency", "is no ISO 4217 currency: write it as CNY"),
    "a blank": ({"amount": " "}, "/amount", "is required: send it"),
    "an end without a date": ({"end_state": "completed"}, "/end_state", "is given without ended_on"),
    "a share of two": ({"share": "2"}, "/share", "must lie above 0"),
    "a control character": ({"contract_id": "a\u0007"}, "/contract_id", "control characters"),
    "an unknown tender": ({"tender_id": "T?"}, "/tender_id", "names no row of tenders"),
    "another supplier": ({"supplier_id": "91370200MA3CTEST0X"}, "/supplier_id", "is not the requested supplier"),
    "money as a number": ({"amount": 1.0}, "/amount", "must be decimal text"),
    "a whole number as text": ({"members": "2"}, "/members", "must be a whole number"),
    "true for a number": ({"members": True}, "/members", "must be a whole number"),
    "a list": ({"buyer_id": ["NB"]}, "/buyer_id", "must be text"),
    "a flag as text": ({"retracted": "no"}, "/retracted", "must be true or false"),
    "an unknown column": ({"colour": "red"}, "/colour", "is no column of this table"),
    "a column that is hardly a name": ({"Zhang San": "1"}, "/(unknown)", "is no column of this table"),
    "its own clock": ({"known_at": "2020-01-01"}, "/known_at", "is not sent"),
    "an account": ({"payee_account": "6222"}, "/payee_account", "is not taken with a request"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "column", "detail"), WRONG.values(), ids=WRONG.keys())
def test_a_bad_cell_is_named_by_its_pointer_and_never_repeated(desk, about, changed, column, detail):
    sent = {
        "buyers": [{"buyer_id": "NB"}],
        "contracts": [contract_of(about, contract_id="N0"), contract_of(about, **changed)],
    }
    ((pointer, why),) = desk.refused(sent, about)
    assert pointer == f"#/facts/contracts/1{column}"
    assert detail in why
    value = next(iter(changed.values()))
    assert not isinstance(value, str) or len(value) < 5 or value not in why


def test_a_required_column_that_is_not_sent_is_named(desk, about):
    row = contract_of(about)
    del row["signed_on"]
    assert desk.refused({"buyers": [{"buyer_id": "NB"}], "contracts": [row]}, about) == [
        ("#/facts/contracts/0/signed_on", "is required: send it")
    ]


def test_a_milestone_must_name_a_contract_of_this_supplier_stored_or_sent(desk, about):
    others = pq.read_table(desk.facts.tables["contracts"])
    foreign = next(r for r in others.to_pylist() if r["supplier_id"] != about and r["members"] is None)["contract_id"]
    row = {"milestone_id": "NM", "kind": "delivery"}
    answers = [desk.refused({"milestones": [row | {"contract_id": c}]}, about) for c in (foreign, "no such")]
    assert answers[0] == answers[1]
    assert answers[0][0][0] == "#/facts/milestones/0/contract_id"
    sent = {"buyers": [{"buyer_id": "NB"}], "contracts": [contract_of(about)]}
    assert desk.take(sent | {"milestones": [row | {"contract_id": "NC"}]}, about).rows["milestones"] == 1


def test_the_conduct_of_a_buyer_or_of_another_supplier_is_refused(desk, about):
    row = everything(desk, about)["conduct"][0]
    other = next(iter({r["supplier_id"] for r in pq.read_table(desk.facts.tables["contracts"]).to_pylist()} - {about}))
    buyer = desk.stored("contracts", about)[0]["buyer_id"]
    for changed in ({"party_id": other}, {"party_id": buyer, "party_role": "buyer"}, {"party_role": "expert"}):
        ((pointer, _),) = desk.refused({"conduct": [row | changed]}, about)
        assert pointer == "#/facts/conduct/0/party_id"


def test_sent_conduct_is_graded_by_the_catalogue_that_the_stored_facts_were_graded_by(desk, about):
    row = {n: v for n, v in everything(desk, about)["conduct"][0].items() if n != "severity"}
    (graded,) = desk.take({"conduct": [row | {"type_code": "false_document"}]}, about).tables["conduct"].to_pylist()
    kept = desk.facts.manifest["misconduct"]["severities"]["supplier"]
    assert (graded["severity"], graded["stated_severity"]) == (kept["false_document"], None)
    (unlisted,) = desk.take({"conduct": [row | {"type_code": "jaywalking"}]}, about).tables["conduct"].to_pylist()
    assert unlisted["severity"] is None


@pytest.mark.parametrize("table", ["financings", "repayments", "rates", "outcomes", "spine", "releases_", "../etc"])
def test_a_table_that_may_not_be_sent_is_refused(desk, about, table):
    ((pointer, why),) = desk.refused({table: [{}]}, about)
    assert pointer == f"#/facts/{table if table.replace('_', '').isalpha() else '(unknown)'}"
    assert "may be sent" in why


def test_two_rows_of_one_key_that_differ_are_refused_and_so_is_a_change_of_owner(desk, about):
    invoice = everything(desk, about)["invoices"][0]
    refused = desk.refused({"invoices": [invoice, invoice | {"amount": "2.00"}]}, about)
    assert [pointer.rsplit("/", 1)[0] for pointer, _ in refused] == ["#/facts/invoices/0", "#/facts/invoices/1"]
    first, second = (row["contract_id"] for row in desk.stored("contracts", about)[:2])
    milestone = next(m for m in desk.stored("milestones", about) if m["contract_id"] != second)["milestone_id"]
    row = {"milestone_id": milestone, "contract_id": second, "kind": "delivery"}
    ((pointer, why),) = desk.refused({"milestones": [row]}, about)
    assert (pointer, first != second) == ("#/facts/milestones/0/contract_id", True)
    assert "retract the row and enter it again" in why


def test_a_retraction_of_what_is_not_there_is_refused(desk, about):
    gone = {"contract_id": "no such", "supplier_id": about, "retracted": True}
    ((pointer, why),) = desk.refused({"contracts": [gone]}, about)
    assert (pointer, "leave it out" in why) == ("#/facts/contracts/0", True)


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({}, "#/facts"),
        ({"contracts": []}, "#/facts"),
        ({"contracts": {}}, "#/facts/contracts"),
        ({"contracts": None}, "#/facts/contracts"),
        ({"contracts": [None]}, "#/facts/contracts/0"),
        ({"contracts": [[]]}, "#/facts/contracts/0"),
        ({"contracts": [{}] * 10_001}, "#/facts"),
        ({"contracts": [{}] * 5_001, "invoices": [{}] * 5_000}, "#/facts"),
    ],
)
def test_facts_of_another_shape_or_size_are_refused(desk, about, sent, pointer):
    assert desk.refused(sent, about)[0][0] == pointer


def test_twenty_mistakes_are_reported_and_no_more(desk, about):
    assert len(desk.refused({"contracts": [{"a": 1}] * 500}, about)) == 20
    rows = [contract_of(about, contract_id=f"N{i}", amount="x") for i in range(500)]
    assert len(desk.refused({"buyers": [{"buyer_id": "NB"}], "contracts": rows}, about)) == 20


def test_ten_thousand_rows_are_taken(desk, about):
    row = everything(desk, about)["invoices"][0]
    rows = [row | {"invoice_id": f"N{i}"} for i in range(10_000)]
    assert desk.take({"invoices": rows}, about).rows == {"invoices": 10_000}


def test_a_merged_table_ends_the_stored_row_when_the_fresh_one_is_known(desk, about):
    sent = {"contracts": everything(desk, about)["contracts"][:1]}
    from features.request_facts.sent_facts import merge_rows

    rows = desk.engine.lookup.rows([about])
    put = merge_rows(rows, desk.take(sent, about).tables)
    assert put.keys() == rows.keys()
    changed = [name for name in rows if put[name] is not rows[name]]
    assert changed == ["contracts"]
    corrected = put["contracts"].filter(pc.equal(put["contracts"]["contract_id"], sent["contracts"][0]["contract_id"]))
    assert corrected["known_until"].to_pylist()[-2:] == [AS_OF - timedelta(microseconds=1), None]
    assert isinstance(put["contracts"], pa.Table)
