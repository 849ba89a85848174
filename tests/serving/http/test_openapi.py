"""The OpenAPI description matches every request and every answer."""

import pytest
from pydantic import TypeAdapter

from serving.app import OPERATIONS
from serving.http.answers import ScoreAnswer
from serving.http.openapi import document, problems_of
from serving.http.problems import KINDS, METHOD_NOT_ALLOWED
from serving.http.requests import ScoreRequest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def described() -> dict:
    return document(OPERATIONS)


def references(value) -> set[str]:
    if isinstance(value, dict):
        refs = {value["$ref"]} if "$ref" in value else set()
        return refs.union(*(references(inner) for inner in value.values()))
    return set().union(*(references(inner) for inner in value)) if isinstance(value, list) else set()


def test_it_is_openapi_3_1_and_complete_in_itself(described):
    assert described["openapi"] == "3.1.0"
    names = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    assert references(described) <= names
    assert "://" not in str({**described, "paths": {}})


def test_the_service_gives_out_this_description_and_no_page_from_elsewhere(client, described):
    assert client.http.get("/openapi.json").json() == described


def test_requests_and_answers_are_closed(described):
    schemas = described["components"]["schemas"]
    assert all(s.get("additionalProperties") is False for s in schemas.values() if s["type"] == "object")
    assert set(schemas["ScoreRequest"]["properties"]) == set(ScoreRequest.model_fields)
    assert schemas["ScoreRequest"]["required"] == ["supplier_id", "purpose"]


def test_every_operation_says_how_it_refuses(described):
    for operation in OPERATIONS:
        operation_object = described["paths"][operation.template][operation.method.lower()]
        statuses = {str(kind.status) for kind in problems_of(operation)}
        assert set(operation_object["responses"]) == {"200"} | statuses
        for status in statuses:
            assert list(operation_object["responses"][status]["content"]) == ["application/problem+json"]
        assert bool(operation_object["security"]) == (operation.roles is not None)


def test_every_kind_of_problem_is_described_somewhere():
    kinds = {kind for operation in OPERATIONS for kind in problems_of(operation)}
    assert set(KINDS) - kinds == {METHOD_NOT_ALLOWED}  # it is no operation's own


EXAMPLE = {
    "score_id": "sc_1",
    "request_id": "rq_1",
    "client_reference": "x",
    "created_at": "2026-11-21T09:00:00+08:00",
    "as_of": "2026-11-21T00:00:00+08:00",
    "status": "scored",
    "purpose": "contract_loan",
    "valid_until": "2026-12-21",
    "data_cutoff": {"contracts": "2026-11-20", "payments": "2026-11-18", "conduct": "2026-11-20"},
    "supplier": {
        "supplier_id": "91",
        "kind": "legal_person",
        "points": 641,
        "points_exact": 641.03,
        "scale": "pcs-600-50-20/v1",
        "pd": 0.0048,
        "outcome": "loan_default/v1",
        "horizon": "loan end + 120 days",
        "grade": {
            "code": "A",
            "pd_low": 0.003,
            "pd_high": 0.006,
            "master_scale": "ms-1",
            "observed": {"low": 0.0031, "high": 0.0078, "level": 0.9, "method": "jeffreys"},
        },
        "basis": "model",
        "data_depth": {"contracts": 41, "months": 38, "missing": [], "suspicions": ["STAND_IN_ID"]},
        "reasons": {
            "base_points": 612.0,
            "adverse": [
                {
                    "code": "D101",
                    "points": -14.2,
                    "text": {"zh": "…", "en": "…"},
                    "evidence": {"late_delivery_rate_365d": 0.2273, "deliveries_365d": 22},
                }
            ],
            "favourable": [],
            "other_points": 43.2,
            "reference": "development sample",
            "catalogue": "rc-2",
        },
    },
    "scorecard": {
        "name": "contract-loan",
        "version": "7",
        "digest": "sha256:" + "0" * 64,
        "features_digest": "sha256:" + "0" * 64,
        "approval_id": "pl_1",
    },
    "operator": {"name": "…", "filing": "…", "notice": "…"},
    "links": {"self": "/v1/scores/sc_1"},
}
"""The example of the contract, without the blocks that come later."""


def test_the_contracts_example_is_an_answer_as_described():
    TypeAdapter(ScoreAnswer).validate_python(EXAMPLE)


def test_an_answer_may_hold_the_register_of_sources():
    source = {"name": "county", "publisher": "…", "authorisation": "…", "authorised_from": "2026-01-01"}
    cutoffs = EXAMPLE["data_cutoff"] | {"sources": [source | {"freshness_days": 7, "latest": "2026-11-19"}]}
    TypeAdapter(ScoreAnswer).validate_python(EXAMPLE | {"data_cutoff": cutoffs})


def test_answers_that_ask_for_patience_say_so_in_the_description():
    responses = document(OPERATIONS)["paths"]["/v1/scores"]["post"]["responses"]
    assert {status for status in responses if "Retry-After" in responses[status].get("headers", {})} == {
        "409",
        "429",
        "503",
    }
