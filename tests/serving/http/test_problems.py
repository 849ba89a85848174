import json

from serving.http.problems import KINDS, MEDIA_TYPE, NOT_FOUND, PREFIX, Problem, body_of, response_of


def test_every_kind_has_its_own_stable_type_and_an_error_status():
    assert len({kind.type for kind in KINDS}) == len(KINDS) > 20
    assert all(kind.type.startswith(PREFIX) and 400 <= kind.status < 600 for kind in KINDS)


def test_types_never_change_once_published():
    # A client programs against these: add, never rename.
    assert {kind.name: kind.status for kind in KINDS} == {
        "malformed-json": 400,
        "idempotency-key-missing": 400,
        "idempotency-key-malformed": 400,
        "unauthenticated": 401,
        "forbidden": 403,
        "not-found": 404,
        "method-not-allowed": 405,
        "body-too-slow": 408,
        "idempotency-in-progress": 409,
        "body-too-large": 413,
        "unsupported-media-type": 415,
        "invalid-request": 422,
        "idempotency-key-reused": 422,
        "purpose-not-served": 422,
        "terms-missing": 422,
        "facts-not-served": 422,
        "facts-with-as-of": 422,
        "as-of-in-future": 422,
        "as-of-not-served": 422,
        "too-many-requests": 429,
        "headers-too-large": 431,
        "length-ambiguous": 400,
        "internal-error": 500,
        "unavailable": 503,
        "outcome-unknown": 503,
    }


def test_a_problem_has_the_form_of_rfc_9457():
    response = response_of(Problem(NOT_FOUND, headers={"Retry-After": "1"}), "rq_1")
    assert (response.status_code, response.media_type, response.headers["retry-after"]) == (404, MEDIA_TYPE, "1")
    document = json.loads(body_of(Problem(NOT_FOUND, errors=[("#/a", "is required")]), "rq_1"))
    assert document == {
        "type": NOT_FOUND.type,
        "title": NOT_FOUND.title,
        "status": 404,
        "request_id": "rq_1",
        "errors": [{"pointer": "#/a", "detail": "is required"}],
    }
