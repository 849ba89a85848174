"""The contract, against a real BentoML process."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.verify import verify
from serving.http.answers import Health, ProblemAnswer, ProfileAnswer, ScoreAnswer, ScorecardAnswer

pytestmark = pytest.mark.slow

OWN = {"score_id", "request_id", "created_at", "links"}
TERMS = {"amount": "66000.00", "currency": "CNY", "days": 90}


def problem(response, name: str, status: int) -> dict:
    """Hold a refusal to the shape every refusal has, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    answer = ProblemAnswer.model_validate_json(response.content)
    assert answer.type == f"urn:supplier-credit:problem:{name}"
    assert (answer.status, answer.request_id) == (status, response.headers["x-request-id"])
    return json.loads(response.content)


def as_shown(points: float) -> float:
    return round(points, 1)


def without_identity(answer: dict) -> dict:
    return {
        name: value for name, value in answer.items() if name not in {"score_id", "request_id", "created_at", "links"}
    }


def without_age(answer: dict) -> dict:
    """An answer without what depends on the age of its profile: a past date has no end of validity."""
    codes = [code for code in answer.get("codes", []) if code != "STALE_PROFILE"]
    rest = {name: value for name, value in answer.items() if name not in {"valid_until", "codes", "status"}}
    return rest | {"codes": codes}


def test_a_contract_loan_is_scored_with_reasons_that_add_up(client, served):
    scored = 0
    for supplier in served.suppliers[::40]:
        response = client.score(supplier_id=supplier, client_reference="file 7")
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        answer = response.json()
        ScoreAnswer.model_validate(answer)
        if answer["status"] == "not_scorable":
            assert answer["codes"] == ["OUTSIDE_POPULATION"]
            continue
        scored += 1
        block, reasons = answer["supplier"], answer["supplier"]["reasons"]
        shown = [reasons["base_points"], reasons["other_points"]]
        shown += [reason["points"] for reason in reasons["adverse"] + reasons["favourable"]]
        assert as_shown(sum(shown)) == block["points"] == round(block["points_exact"])
        assert block["grade"]["pd_low"] <= block["pd"] < block["grade"]["pd_high"]
        assert (answer["client_reference"], block["basis"], block["kind"]) == ("file 7", "synthetic", block["kind"])
        assert answer["links"]["self"] == f"/v1/scores/{answer['score_id']}"
        assert "consent_id" not in answer
        assert None not in answer.values()
    assert scored > 15


def test_a_history_loan_needs_no_terms(client, served):
    answer = client.score({"supplier_id": served.suppliers[0], "purpose": "history_loan"}).json()
    assert answer["scorecard"]["name"] == "history-loan"
    assert answer["status"] in {"scored", "scored_limited"}


def test_both_roads_give_the_same_answer(client, served):
    """The stored profile, and the same instant computed from facts, as the asking bank sees it."""
    for supplier in [*served.suppliers[3::150], "unknown"]:
        stored = client.score(supplier_id=supplier).json()
        dated = client.score(supplier_id=supplier, as_of=stored["as_of"]).json()
        assert dated.pop("snapshot")["facts"] == stored.pop("snapshot")["facts"]
        assert without_age(without_identity(dated)) == without_age(without_identity(stored))


def test_an_earlier_date_knows_less(client, served):
    grown = []
    for supplier in served.suppliers[7::60]:
        now, then = (client.score(supplier_id=supplier, **more).json() for more in ({}, {"as_of": "2023-01-01"}))
        assert then["as_of"] == "2023-01-01T00:00:00+08:00"
        assert max(then["data_cutoff"].values()) < "2023-01-01" < min(now["data_cutoff"].values())
        if "data_depth" in then["supplier"]:  # Others have no history by then.
            grown.append(now["supplier"]["data_depth"]["contracts"] - then["supplier"]["data_depth"]["contracts"])
    assert min(grown) >= 0
    assert sum(one > 0 for one in grown) > 3


def test_waiting_cases_are_answered_together_and_each_gets_its_own(client, served):
    suppliers = served.suppliers[:16]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda s: client.score(supplier_id=s, as_of="2025-03-01").json(), suppliers))
    assert [answer["supplier"]["supplier_id"] for answer in answers] == suppliers
    assert [without_identity(a) for a in answers] == [
        without_identity(client.score(supplier_id=s, as_of="2025-03-01").json()) for s in suppliers
    ]


def test_an_unknown_supplier_and_one_without_history_differ_in_their_code_alone(client, served):
    unknown = client.score(supplier_id="nobody").json()
    ScoreAnswer.model_validate(unknown)
    assert (unknown["status"], unknown["codes"]) == ("not_scorable", ["UNKNOWN_SUPPLIER"])
    assert unknown["supplier"] == {"supplier_id": "nobody", "basis": "synthetic"}
    before_history = client.score(supplier_id=served.suppliers[0], as_of="1999-01-01").json()
    assert before_history["supplier"] == {"supplier_id": served.suppliers[0], "basis": "synthetic"}
    assert client.get(unknown["links"]["self"]).json() == unknown


def test_a_replay_gives_the_stored_bytes(client, served):
    first = client.score(supplier_id=served.suppliers[1], key="replay-me")
    again = client.score(supplier_id=served.suppliers[1], key='"replay-me"')
    assert (first.content, "idempotency-replayed" in first.headers) == (again.content, False)
    assert again.headers["idempotency-replayed"] == "true"
    assert client.get(first.json()["links"]["self"]).content == first.content


def test_a_key_used_with_another_body_is_refused_and_the_first_answer_stands(client, served):
    first = client.score(supplier_id=served.suppliers[1], key="once")
    problem(client.score(supplier_id=served.suppliers[2], key="once"), "idempotency-key-reused", 422)
    assert client.score(supplier_id=served.suppliers[1], key="once").content == first.content


def test_a_refusal_is_not_stored_under_its_key(client):
    problem(client.score({"supplier_id": "a", "purpose": "no_such"}, key="later"), "purpose-not-served", 422)
    assert client.score(supplier_id="a", key="later").status_code == 200


def test_many_at_once_under_one_key_are_one_score(client, served):
    for round_ in range(5):
        with ThreadPoolExecutor(16) as pool:
            key = f"race-{round_}"
            answers = list(pool.map(lambda _, k=key: client.score(supplier_id=served.suppliers[5], key=k), range(16)))
        given = {a.content for a in answers if a.status_code == 200}
        assert len(given) == 1
        assert sum(a.status_code == 200 and "idempotency-replayed" not in a.headers for a in answers) == 1
        for late in (a for a in answers if a.status_code != 200):
            problem(late, "idempotency-in-progress", 409)
            assert late.headers["retry-after"] == "1"


def test_one_bank_never_sees_anothers_score(client, served):
    mine = client.score(supplier_id=served.suppliers[4], key="shared-key").json()
    theirs = client.score(supplier_id=served.suppliers[4], key="shared-key", role="other bank")
    assert theirs.json()["score_id"] != mine["score_id"]
    assert "idempotency-replayed" not in theirs.headers
    foreign = problem(client.get(mine["links"]["self"], role="other bank"), "not-found", 404)
    missing = problem(client.get("/v1/scores/sc_" + "0" * 32, role="other bank"), "not-found", 404)
    assert {**foreign, "request_id": ""} == {**missing, "request_id": ""}


def test_loans_of_one_bank_are_not_in_anothers_profile(client, served):
    from features.declarations.catalogue import COLUMNS

    loans = [c.name for c in COLUMNS if c.feature.table in {"financings", "repayments"}]
    seen = 0
    for supplier in served.suppliers[:60]:
        mine, theirs = (client.get(f"/v1/suppliers/{supplier}/profile", role=r).json() for r in ("bank", "other bank"))
        own = [mine["columns"][name]["value"] for name in loans]
        other = [theirs["columns"][name]["value"] for name in loans]
        assert {n: v for n, v in mine["columns"].items() if n not in loans} == {
            n: v for n, v in theirs["columns"].items() if n not in loans
        }
        seen += own != other
    assert seen > 5


def test_a_profile_is_shown_with_labels_and_its_date(client, served):
    response = client.get(f"/v1/suppliers/{served.suppliers[3]}/profile")
    answer = ProfileAnswer.model_validate_json(response.content)
    assert len(answer.columns) > 100
    problem(client.get("/v1/suppliers/nobody/profile"), "not-found", 404)
    problem(client.get("/v1/suppliers/%ED%A0%80/profile"), "not-found", 404)
    problem(client.get("/v1/suppliers//profile"), "not-found", 404)


def test_the_served_scorecards_are_listed(client):
    answer = ScorecardAnswer.model_validate_json(client.get("/v1/scorecard").content)
    assert [one.purpose for one in answer.scorecards] == ["contract_loan", "history_loan"]
    only = client.get("/v1/scorecard?purpose=history_loan").json()["scorecards"]
    assert [one["unit"] for one in only] == ["supplier"]
    problem(client.get("/v1/scorecard?purpose=no_such"), "purpose-not-served", 422)
    problem(client.get("/v1/scorecard?canary=1"), "invalid-request", 422)


def test_health_needs_no_key(client):
    assert client.get("/livez", role=None).json() == {"status": "alive"}
    ready = Health.model_validate_json(client.get("/readyz", role=None).content)
    assert (ready.status, ready.purposes, ready.facts) == ("ready", ["contract_loan", "history_loan"], True)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"purpose": "no_such"}, "purpose-not-served"),
        ({"request": None}, "terms-missing"),
        ({"facts": {"contracts": [{"contract_id": "c"}]}}, "invalid-request"),
        ({"facts": {}}, "invalid-request"),
        ({"facts": {"buyers": [{"buyer_id": "b"}]}, "as_of": "2025-01-01"}, "facts-with-as-of"),
        ({"as_of": "2999-01-01"}, "as-of-in-future"),
        ({"as_of": "2026-02-30"}, "invalid-request"),
        ({"request": TERMS | {"currency": "USD"}}, "invalid-request"),
        ({"request": TERMS | {"amount": 66000}}, "invalid-request"),
        ({"tenant_id": "other"}, "invalid-request"),
    ],
)
def test_what_cannot_be_answered_is_422_with_its_own_type(client, changed, name):
    problem(client.score(**changed), name, 422)


def test_every_answer_repeats_a_fit_request_id_and_makes_one_up_otherwise(client):
    for given, repeated in (("trace-12345678", True), ("short", False), ("x" * 200, False), ("spaces are bad", False)):
        response = client.http.get("/livez", headers={"X-Request-ID": given})
        assert (response.headers["x-request-id"] == given) is repeated


def test_after_all_that_the_ledger_verifies(client, served):
    report = verify(served.home / "ledger.sqlite")
    assert report.intact
    assert report.heads["service"].seq > 50
