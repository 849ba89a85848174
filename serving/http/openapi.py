"""The API's description: OpenAPI 3.1, derived from the routes' table and the messages' types, served at one address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.http import problems
from serving.http.answers import ProblemAnswer
from serving.http.problems import MEDIA_TYPE, Kind
from serving.http.requests import ScoreRequest
from serving.roles import Roles

VERSION: Final = "1.0.0"
REF: Final = "#/components/schemas/{model}"


@dataclass(frozen=True)
class Operation:
    """One route of the contract.

    Attributes:
        path: address, with Starlette's converters.
        roles: roles that may use it; None for everybody.
        answer: the shape of a 200.
        query: parameters it takes in the address; `/livez` and `/readyz` ignore any.
    """

    name: str
    method: str
    path: str
    roles: Roles | None
    answer: type[BaseModel]
    query: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """The address as OpenAPI writes it."""
        return self.path.replace(":path}", "}")


def document(operations: Mapping[Operation, Any]) -> dict[str, Any]:
    """Return the OpenAPI document of the routes and their handlers."""
    models: list[type[BaseModel]] = [ScoreRequest, ProblemAnswer, *(one.answer for one in operations)]
    _, schemas = models_json_schema([(model, "validation") for model in dict.fromkeys(models)], ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation, handler in operations.items():
        paths.setdefault(operation.template, {})[operation.method.lower()] = _operation(operation, handler)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "supplier-credit",
            "version": VERSION,
            "description": "Credit scores for suppliers to government, explained in points. A score is not a decision.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A service key."}},
        },
    }


def _operation(operation: Operation, handler: Any) -> dict[str, Any]:
    description: dict[str, Any] = {
        "operationId": operation.name,
        "summary": (handler.__doc__ or "").strip().splitlines()[0],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": [] if operation.roles is None else [{"key": []}],
    }
    if operation.roles is not None:
        description["x-roles"] = sorted(operation.roles)
    if operation.method == "POST":
        description["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(ScoreRequest)}}}
    return description


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters = [
        {"name": part.partition("}")[0], "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for part in operation.template.split("{")[1:]
    ]
    if operation.method == "POST":
        key = {"type": "string", "minLength": 1, "maxLength": 257, "pattern": "^[!-~]+$"}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
    for name in operation.query:
        parameters.append({"name": name, "in": "query", "required": False, "schema": {"type": "string"}})
    return [*parameters, _REQUEST_ID]


_REQUEST_ID: Final = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": "Repeated in the answer; generated where absent.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,128}$"},
}


def _responses(operation: Operation) -> dict[str, Any]:
    headers = {"X-Request-ID": {"schema": {"type": "string"}}}
    good: dict[str, Any] = {"description": "The answer.", "headers": dict(headers)}
    if operation.method == "POST":
        replayed = {"description": "`true` where this answer was given before.", "schema": {"type": "string"}}
        good["headers"]["Idempotency-Replayed"] = replayed
    good["content"] = {"application/json": {"schema": _ref(operation.answer)}}
    responses = {"200": good}
    for kind in problems_of(operation):
        response = responses.setdefault(
            str(kind.status),
            {"description": "", "headers": headers, "content": {MEDIA_TYPE: {"schema": _ref(ProblemAnswer)}}},
        )
        response["description"] = " ".join(filter(None, (response["description"], f"`{kind.type}`: {kind.title}")))
    for status, names in HEADERS_OF.items():
        if status in responses:
            responses[status]["headers"] = headers | {name: {"schema": {"type": "string"}} for name in names}
    return dict(sorted(responses.items()))


_WAIT: Final = ("Retry-After",)
HEADERS_OF: Final = {"401": ("WWW-Authenticate",), "409": _WAIT, "429": _WAIT, "503": _WAIT}
"""Headers of an answer with this status, in addition to the request's id."""


def problems_of(operation: Operation) -> list[Kind]:
    """Return the problems that an operation may answer with."""
    kinds = [problems.HEADERS_TOO_LARGE, problems.LENGTH_AMBIGUOUS, problems.INTERNAL, problems.UNAVAILABLE]
    if operation.roles is not None:
        kinds += [problems.UNAUTHENTICATED, problems.FORBIDDEN, problems.INVALID_REQUEST]
    if operation.name in {"getScore", "getProfile"}:
        kinds.append(problems.NOT_FOUND)
    if operation.name == "getScorecard":
        kinds.append(problems.PURPOSE_NOT_SERVED)
    if operation.method == "POST":
        kinds += [kind for kind in problems.KINDS if kind not in (*kinds, *_NOT_FOR_POST)]
    return kinds


_NOT_FOR_POST: Final = (problems.NOT_FOUND, problems.METHOD_NOT_ALLOWED)


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}
