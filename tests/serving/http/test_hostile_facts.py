"""What the worst clients send as facts, as bytes, against a real BentoML process."""

import json
import uuid

import pytest

from serving.http.answers import ProblemAnswer
from serving.http.strict_json import BODY_BYTES_MAX
from tests.waiting import until_answered

pytestmark = pytest.mark.slow

CONTRACT = (
    '{"contract_id":"c","supplier_id":"unknown","buyer_id":"b","kind":"contract","amount":"1.00","currency":"CNY",'
    '"signed_on":"2026-01-01"%s}'
)
GOOD = '{"suppliers":[{"supplier_id":"unknown","kind":"other"}],"buyers":[{"buyer_id":"b"}],"contracts":[%s]}'


def body(facts: str) -> bytes:
    return f'{{"supplier_id":"unknown","purpose":"history_loan","facts":{facts}}}'.encode("utf-8", "surrogatepass")


def contract(more: str) -> bytes:
    return body(GOOD % (CONTRACT % more))


@pytest.fixture
def send(client):
    def sending(content: bytes, role: str = "bank"):
        headers = client.headers(role) | {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/json"}
        return until_answered(lambda: client.http.post("/v1/scores", content=content, headers=headers))

    return sending


def refused(response, status: int, name: str) -> ProblemAnswer:
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = ProblemAnswer.model_validate_json(response.content)
    assert (response.status_code, problem.type.rsplit(":")[-1]) == (status, name), response.text
    return problem


MALFORMED = {
    "NaN": contract(',"members":NaN'),
    "Infinity": contract(',"share":-Infinity'),
    "1e999": contract(',"members":1e999'),
    "a key given twice": contract(',"contract_id":"d"'),
    "a table given twice": body('{"buyers":[{"buyer_id":"b"}],"buyers":[]}'),
    "half a character": contract(',"tender_id":"\\ud800"'),
    "5,000 digits": contract(',"members":' + "9" * 5_000),
    "lists in lists": body("[" * 1_000 + "]" * 1_000),
}
UNFIT = {
    "a list": (body("[]"), "#/facts"),
    "text": (body('"contracts"'), "#/facts"),
    "a number": (body("1"), "#/facts"),
    "an unknown table": (body('{"contract":[]}'), "#/facts/contract"),
    "a table called by a prototype": (body('{"__proto__":[]}'), "#/facts/(unknown)"),
    "loans": (body('{"financings":[{"financing_id":"f","tenant_id":"x"}]}'), "#/facts/financings"),
    "repayments": (body('{"repayments":[]}'), "#/facts/repayments"),
    "outcomes": (body('{"outcomes":[{"case_id":"c","bad":0}]}'), "#/facts/outcomes"),
    "a table that is text": (body('{"contracts":"x"}'), "#/facts/contracts"),
    "a row that is a list": (body('{"contracts":[["c"]]}'), "#/facts/contracts/0"),
    "an unknown column": (contract(',"score":"700"'), "#/facts/contracts/0/score"),
    "a derived column": (contract(',"value":"1.00"'), "#/facts/contracts/0/value"),
    "a clock": (contract(',"known_until":"2030-01-01"'), "#/facts/contracts/0/known_until"),
    "true for a number": (contract(',"members":true'), "#/facts/contracts/0/members"),
    "a vast number": (contract(',"members":' + "9" * 400), "#/facts/contracts/0/members"),
    "half a supplier": (contract(',"members":1.5'), "#/facts/contracts/0/members"),
    "a cell that is an object": (contract(',"tender_id":{"$ne":null}'), "#/facts/contracts/0/tender_id"),
    "a cell of SQL": (contract(",\"category\":\"goods') OR ('1'='1\""), "#/facts/contracts/0/category"),
    "a NUL in an id": (contract(',"tender_id":"a\\u0000b"'), "#/facts/contracts/0/tender_id"),
    "a year 4440": (contract("").replace(b"2026-01-01", b"4440-01-01"), "#/facts/contracts/0/signed_on"),
    "the 30th of February": (contract(',"ends_on":"2026-02-30"'), "#/facts/contracts/0/ends_on"),
    "another supplier": (contract("").replace(b'"supplier_id":"unknown","buyer', b'"supplier_id":"o","buyer'),
                         "#/facts/contracts/0/supplier_id"),
}  # fmt: skip


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_facts_are_400(send, content):
    refused(send(content), 400, "malformed-json")


@pytest.mark.parametrize(("content", "pointer"), UNFIT.values(), ids=UNFIT.keys())
def test_unfit_facts_are_422_with_their_place(send, content, pointer):
    problem = refused(send(content), 422, "invalid-request")
    assert [one.pointer for one in problem.errors or ()] == [pointer]


def test_the_good_one_among_them_is_answered(send):
    assert send(contract("")).json()["facts"]["rows"] == {"suppliers": 1, "buyers": 1, "contracts": 1}
    control = send(contract(',"source":"a\\u0000b\\nc"'))  # Text is text.
    assert control.status_code == 200


def test_ten_thousand_rows_are_answered_and_one_more_is_refused(send):
    def invoices(count: int) -> bytes:
        row = '{"invoice_id":"%d","supplier_id":"unknown","direction":"sale","counterparty_id":"c","amount":"1.00",'
        row += '"currency":"CNY","issued_on":"2026-01-01","state":"valid"}'
        head = '{"suppliers":[{"supplier_id":"unknown","kind":"other"}],"invoices":['
        return body(head + ",".join(row % i for i in range(count - 1)) + "]}")

    assert len(invoices(10_001)) < BODY_BYTES_MAX
    assert send(invoices(10_000)).json()["facts"]["rows"]["invoices"] == 9_999
    (error,) = refused(send(invoices(10_001)), 422, "invalid-request").errors or ()
    assert (error.pointer, "more than 10000 rows" in error.detail) == ("#/facts", True)


def test_a_body_over_the_cap_is_413(send):
    filler = '{"contracts":["' + "x" * BODY_BYTES_MAX + '"]}'
    refused(send(body(filler)), 413, "body-too-large")


def test_a_great_many_mistakes_are_listed_twenty_at_a_time(send):
    problem = refused(send(body('{"contracts":[' + ",".join(['{"a":1}'] * 9_000) + "]}")), 422, "invalid-request")
    assert len(problem.errors or ()) == 20


def test_whether_another_supplier_has_a_contract_cannot_be_asked(send, client, served):
    """A milestone of somebody else's contract is refused in the very words in which one of no contract is."""
    import pyarrow.parquet as pq

    from features.facts.store import Facts

    row = pq.read_table(Facts.open(served.home / "facts").tables["contracts"]).slice(0, 1).to_pylist()[0]
    mine = next(s for s in served.suppliers if s != row["supplier_id"])

    def ask(contract_id: str) -> dict:
        milestones = [{"milestone_id": "m", "contract_id": contract_id, "kind": "delivery"}]
        fields = {"supplier_id": mine, "purpose": "history_loan", "facts": {"milestones": milestones}}
        answer = json.loads(send(json.dumps(fields).encode()).content)
        return {name: value for name, value in answer.items() if name != "request_id"}

    assert ask(row["contract_id"]) == ask("no such contract")


def test_no_value_that_was_sent_as_a_fact_comes_back_in_an_error_or_is_logged(send, log):
    canary = "CANARY-91370200"
    contents = [
        contract(f',"tender_id":"{canary}"'),
        contract(f',"category":"{canary}"'),
        contract(f',"ends_on":"{canary}"'),
        contract(f',"{canary}":"1"'),
        contract(f',"payee_account":"{canary}"'),
        contract(f',"members":"{canary}"'),
        body(f'{{"{canary}":[]}}'),
        body(f'{{"milestones":[{{"milestone_id":"{canary}","contract_id":"{canary}","kind":"delivery"}}]}}'),
        body(f'{{"releases":[{{"ocid":"{canary}"}}]}}'),
    ]
    for content in contents:
        answer = send(content)
        assert answer.status_code == 422
        assert canary.lower() not in (str(answer.headers) + answer.text).lower()
    assert send(contract(f',"source":"{canary}"')).status_code == 200
    assert canary.lower() not in log().lower()
