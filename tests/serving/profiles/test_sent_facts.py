"""Facts sent with a request, against a real BentoML process: what they change, who sees them, what is kept."""

import asyncio
import hashlib
import json
import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.facts.store import Facts
from serving.http.answers import ProblemAnswer, ScoreAnswer
from serving.profiles.from_facts import ProfilesFromFacts

pytestmark = pytest.mark.slow

HISTORY = {"purpose": "history_loan", "request": None}


def rows_of(facts: Facts, table: str, supplier: str) -> list[dict]:
    rows = pq.read_table(facts.tables[table])
    return rows.filter(pc.equal(rows["supplier_id"], supplier)).to_pylist()


@pytest.fixture(scope="module")
def facts(served) -> Facts:
    return Facts.open(served.home / "facts")


@pytest.fixture(scope="module")
def supplier(served, facts) -> str:
    return next(s for s in served.suppliers if len(rows_of(facts, "contracts", s)) > 5)


@pytest.fixture(scope="module")
def today(facts) -> str:
    return datetime.now(tz=ZoneInfo(facts.tz)).date().isoformat()


@pytest.fixture(scope="module")
def sent(facts, supplier, today) -> dict:
    """A contract signed today, two late deliveries and a fine."""
    contract = rows_of(facts, "contracts", supplier)[0]
    new = {"contract_id": "NEW-1", "supplier_id": supplier, "buyer_id": contract["buyer_id"], "kind": "contract"}
    new |= {"amount": "250000.00", "currency": "CNY", "signed_on": today}
    late = {"contract_id": contract["contract_id"], "kind": "delivery", "due_on": "2026-09-01", "met_on": "2026-10-20"}
    fine = {"conduct_id": "NEW-D", "party_id": supplier, "party_role": "supplier", "type_code": "fine", "severity": 5}
    return {
        "contracts": [new],
        "milestones": [late | {"milestone_id": f"NEW-M{i}"} for i in range(2)],
        "conduct": [fine | {"effective_on": "2026-11-01"}],
    }


def supplier_block(answer: dict) -> dict:
    """The parts of the supplier block that do not depend on when the request was sent."""
    return {name: answer["supplier"][name] for name in ("points_exact", "reasons", "data_depth")}


def problem(response) -> ProblemAnswer:
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json"), response.text
    return ProblemAnswer.model_validate_json(response.content)


def test_sent_facts_count_today_and_the_answer_names_them(client, supplier, sent, today):
    before, after = (
        ScoreAnswer.model_validate_json(client.score(supplier_id=supplier, **HISTORY, **more).content)
        for more in ({}, {"facts": sent})
    )
    assert before.facts is None
    assert after.facts is not None
    assert (after.facts.kind, after.facts.rows) == ("canonical", {"contracts": 1, "milestones": 2, "conduct": 1})
    text = json.dumps(sent, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert after.facts.digest == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    assert after.as_of == after.created_at
    assert {after.data_cutoff[name] for name in sent} == {today}
    assert before.supplier.data_depth is not None
    assert after.supplier.data_depth is not None
    assert after.supplier.data_depth.contracts == before.supplier.data_depth.contracts + 1


def test_the_next_answer_knows_nothing_of_them(client, supplier, sent, facts):
    def score_without_facts() -> dict:
        return supplier_block(client.score(supplier_id=supplier, as_of="2026-11-20", **HISTORY).json())

    before = score_without_facts()
    assert supplier_block(client.score(supplier_id=supplier, facts=sent, **HISTORY).json()) != before
    assert score_without_facts() == before
    assert Facts.open(facts.path).digest == facts.digest
    assert not [row for row in rows_of(facts, "contracts", supplier) if row["contract_id"].startswith("NEW")]


def test_two_banks_with_facts_of_the_same_supplier_never_see_each_others(client, supplier, sent):
    """Eight at once: each bank's answers are those it gets when it asks alone."""
    other = {"contracts": [row | {"amount": "9000000.00"} for row in sent["contracts"]]}
    asks = [("bank", sent), ("other bank", other), ("bank", None), ("other bank", {"conduct": sent["conduct"]})]

    def ask(one: tuple) -> dict:
        role, facts = one
        more = {"facts": facts} if facts else {"as_of": "2026-11-20"}
        answer = client.score(role=role, supplier_id=supplier, **HISTORY, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    alone = [ask(one) for one in asks]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(ask, asks * 5))
    for i, answer in enumerate(together):
        expected = alone[i % len(asks)]
        assert answer.get("facts") == expected.get("facts")
        assert answer["supplier"]["data_depth"] == expected["supplier"]["data_depth"]
        assert answer["supplier"]["points_exact"] == pytest.approx(expected["supplier"]["points_exact"], abs=0.5)
    assert len({answer["supplier"]["data_depth"]["contracts"] for answer in alone}) == 2
    digests = {answer["facts"]["digest"] for answer in alone if "facts" in answer}
    assert len(digests) == 3


def test_profiles_computed_at_once_from_different_facts_have_the_bits_of_those_computed_alone(facts, supplier, sent):
    as_of = datetime(2026, 11, 21, 9, tzinfo=UTC)
    other = {"contracts": [row | {"amount": "9000000.00", "signed_on": "2026-11-20"} for row in sent["contracts"]]}
    asks = [("bank-1", {"milestones": sent["milestones"]}), ("bank-2", other), ("bank-1", None), ("bank-2", None)]

    async def work() -> tuple[list, list]:
        dated = ProfilesFromFacts(facts)

        async def ask(tenant: str, brought: dict | None) -> bytes:
            if brought is None:
                profile = await dated.find(supplier, tenant, as_of)
            else:
                profile, *_ = await dated.find_with(brought, supplier, tenant, as_of)
            assert profile is not None
            return profile.values.tobytes()

        alone = [await ask(*one) for one in asks]
        together = await asyncio.gather(*(ask(*one) for one in asks * 5))
        dated.close()
        return alone, together

    alone, together = asyncio.run(work())
    assert len(set(alone[:3])) == 3
    assert together == alone * 5


def test_the_ledger_keeps_what_was_sent_and_the_values_that_were_scored(client, served, supplier, sent):
    answer = client.score(supplier_id=supplier, facts=sent, **HISTORY)
    again = client.get(answer.json()["links"]["self"])
    assert again.content == answer.content
    with sqlite3.connect(f"file:{served.home / 'ledger.sqlite'}?mode=ro", uri=True) as ledger:
        cursor = ledger.execute("SELECT request, inputs FROM scores WHERE score_id = ?", [answer.json()["score_id"]])
        request, inputs = cursor.fetchone()
    assert json.loads(request)["facts"] == sent
    assert np.isfinite(np.frombuffer(inputs)).any()


def test_a_key_used_with_other_facts_is_refused_and_with_the_same_is_replayed(client, supplier, sent):
    key = uuid.uuid4().hex
    first = client.score(key=key, supplier_id=supplier, facts=sent, **HISTORY)
    turned = {name: [dict(reversed(row.items())) for row in rows] for name, rows in reversed(sent.items())}
    replayed = client.score(key=key, supplier_id=supplier, facts=turned, **HISTORY)
    assert (replayed.content, replayed.headers["idempotency-replayed"]) == (first.content, "true")
    other = client.score(key=key, supplier_id=supplier, facts={"conduct": sent["conduct"]}, **HISTORY)
    assert problem(other).type.endswith("idempotency-key-reused")


def test_terms_are_scored_beside_sent_facts(client, supplier, sent):
    answer = client.score(supplier_id=supplier, facts=sent).json()
    assert (answer["status"].startswith("scored"), answer["purpose"]) == (True, "contract_loan")


def test_a_supplier_that_was_never_stored_is_answered_from_what_is_sent(client, facts, sent, supplier):
    new = json.loads(json.dumps({name: sent[name] for name in ("contracts", "conduct")}).replace(supplier, "NEW-S"))
    refused = problem(client.score(supplier_id="NEW-S", facts=new, **HISTORY))
    assert refused.errors is not None
    assert refused.errors[0].pointer == "#/facts/contracts/0/supplier_id"
    named = {"suppliers": [{"supplier_id": "NEW-S", "kind": "sole_trader"}]} | new
    answer = client.score(supplier_id="NEW-S", facts=named, **HISTORY).json()
    assert (answer["supplier"]["kind"], answer["supplier"]["data_depth"]["contracts"]) == ("sole_trader", 1)


def test_facts_and_an_earlier_instant_are_refused_together(client, supplier, sent):
    answer = problem(client.score(supplier_id=supplier, facts=sent, as_of="2026-01-01", **HISTORY))
    assert answer.type.endswith("facts-with-as-of")
    assert "are not known earlier" in answer.title


def release(supplier: str, contract_id: str) -> dict:
    return {
        "ocid": "ocds-213czf-new",
        "id": "r1",
        "date": "2026-11-20T10:00:00+08:00",
        "parties": [
            {"id": supplier, "name": "甲有限公司", "roles": ["supplier"]},
            {"id": "OTHER", "name": "乙有限公司", "roles": ["supplier"]},
            {"id": "NEW-B", "name": "某局", "roles": ["buyer"]},
        ],
        "buyer": {"id": "NEW-B"},
        "awards": [
            {"id": "a1", "date": "2026-11-01", "suppliers": [{"id": supplier}]},
            {"id": "a2", "date": "2026-11-01", "suppliers": [{"id": "OTHER"}]},
        ],
        "contracts": [
            {"id": contract_id, "awardID": "a1", "dateSigned": "2026-11-05"}
            | {"value": {"amount": 5e4, "currency": "CNY"}},
            {"id": "c2", "awardID": "a2", "dateSigned": "2026-11-05", "value": {"amount": 1, "currency": "CNY"}},
        ],
    }  # fmt: skip


def test_of_an_ocds_package_what_is_about_the_supplier_is_taken(client, supplier):
    before = client.score(supplier_id=supplier, **HISTORY).json()
    answer = client.score(supplier_id=supplier, facts={"releases": [release(supplier, "c1")]}, **HISTORY).json()
    block = ScoreAnswer.model_validate(answer).facts
    assert block is not None
    assert (block.kind, block.rows["contracts"], block.rows["buyers"]) == ("ocds", 1, 1)
    assert "suppliers" not in block.rows  # Stored: a mention knows less of it than the register.
    assert block.left_out is not None
    assert block.left_out >= 4  # The other award and contract, the other's bid, and a bid whose tender is unknown.
    depths = [one["supplier"]["data_depth"]["contracts"] for one in (before, answer)]
    assert depths[1] == depths[0] + 1


@pytest.mark.parametrize(
    ("package", "pointer"),
    [
        ({"releases": []}, "#/facts"),
        ({"releases": {}}, "#/facts"),
        ({"releases": ["x"]}, "#/facts/releases/0"),
        ({"records": [{"ocid": "o"}]}, "#/facts"),
        ({"ocid": "o", "date": "2026-01-01"}, "#/facts"),
        ({"releases": [{"url": "https://example.org/r.json"}]}, "#/facts/releases/0"),
        ({"releases": [{"ocid": "o"}]}, "#/facts/releases/0/date"),
        ({"releases": [{"ocid": "o", "date": "2026-01-01", "awards": "none"}]}, "#/facts/releases/0/awards"),
        ({"releases": [release("OTHER", "c1")]}, "#/facts"),
    ],
)
def test_an_ocds_package_that_cannot_be_used_is_refused_with_its_place(client, supplier, package, pointer):
    refused = problem(client.score(supplier_id=supplier, facts=package, **HISTORY))
    assert refused.errors is not None
    assert [one.pointer for one in refused.errors] == [pointer]


def test_a_value_of_a_release_that_is_none_is_named_by_its_contract(client, supplier):
    bad = release(supplier, "c1")
    bad["contracts"][0]["value"]["amount"] = "1,000"
    refused = problem(client.score(supplier_id=supplier, facts={"releases": [bad]}, **HISTORY))
    assert refused.errors is not None
    assert refused.errors[0].pointer == "#/facts/releases/0/contracts/0"
    assert refused.errors[0].detail.startswith("amount is no amount")
