"""The FastAPI app: the routes of the contract, each with the roles it is open to, and nothing beside them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from ledger.database import SQLITE_VERSION
from ledger.keys import Key
from ledger.writer import LedgerUnavailable
from serving.http.answers import Health, ProfileAnswer, ScoreAnswer, ScorecardAnswer
from serving.http.problems import (
    INTERNAL,
    INVALID_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    PURPOSE_NOT_SERVED,
    UNAVAILABLE,
    Problem,
    response_of,
)
from serving.http.requests import read_score_request
from serving.http.strict_json import answer_bytes, canonical, read_json
from serving.identity.authenticator import ANY_ROLE, READING_PROFILES, READING_SCORES, SCORING, idempotency_key
from serving.openapi import Operation, document
from serving.settings import Settings

if TYPE_CHECKING:
    from serving.lifespan import Office

JSON = "application/json"
Handler = Callable[[Request, "Office", Key], Awaitable[Response]]


def create_app(settings: Settings) -> FastAPI:
    """Return the app of a deployment; it opens nothing until its lifespan begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        from serving.lifespan import open_office  # Here, so that a supervisor stays without engine and booster.

        async with open_office(settings) as office:
            app.state.office = office
            yield
            del app.state.office

    app = FastAPI(
        title="supplier-credit",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,  # The pages FastAPI brings load scripts from elsewhere.
        redoc_url=None,
        redirect_slashes=False,
    )
    for operation, handler in OPERATIONS.items():
        app.add_api_route(
            operation.path,
            _endpoint(app, operation, handler),
            methods=[operation.method],
            operation_id=operation.name,
            response_model=None,
        )
    schema = canonical(document(OPERATIONS))
    app.add_api_route("/openapi.json", _constant(schema), methods=["GET"], response_model=None)
    app.router.routes.append(Route("/{path:path}", Elsewhere(app)))  # Last, and for any method.
    _shape_errors(app)
    return app


def _endpoint(app: FastAPI, operation: Operation, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    roles = operation.roles

    async def endpoint(request: Request) -> Response:
        office: Office = app.state.office
        if roles is None:
            return await handler(request, office, NOBODY)
        caller = await office.door.caller(request, roles)
        if request.scope["query_string"]:
            _check_query(request, operation)
        return await handler(request, office, caller)

    return endpoint


def _check_query(request: Request, operation: Operation) -> None:
    """Refuse a parameter that would go unheeded: who asks for another day must not be given today."""
    given = [name for name, _ in request.query_params.multi_items()]
    if len(set(given)) < len(given) or not set(given) <= set(operation.query):
        told = f"takes one parameter: {operation.query[0]}" if operation.query else "takes no parameters"
        raise Problem(INVALID_REQUEST, errors=[("?", told)])


NOBODY = Key("", b"", "", "")
"""Who asks on the open routes."""


async def post_score(request: Request, office: "Office", caller: Key) -> Response:
    """Score a supplier for a purpose; the answer is recorded before it is sent."""
    key = idempotency_key(request)
    body = await read_json(request)
    asked = read_score_request(body)
    told = await asyncio.to_thread(canonical, body) if asked.facts else canonical(body)
    recorded = await office.desk.answer(caller, asked, request_id=request.state.request_id, key=key, body=told)
    headers = {"Idempotency-Replayed": "true"} if recorded.replayed else None
    return Response(recorded.answer, media_type=JSON, headers=headers)


async def get_score(request: Request, office: "Office", caller: Key) -> Response:
    """Return a score of the caller's own institution, byte for byte as it was given."""
    answer = await office.reader.answer(caller.tenant, request.path_params["score_id"])
    if answer is None:
        raise Problem(NOT_FOUND)
    return Response(answer, media_type=JSON)


async def get_profile(request: Request, office: "Office", caller: Key) -> Response:
    """Return a supplier's stored profile as the caller's institution sees it."""
    from serving.http.blocks import profile_answer

    stored = office.watch.duty.stored
    if stored is None:
        raise Problem(UNAVAILABLE, headers={"Retry-After": "60"})
    supplier_id = request.path_params["supplier_id"]
    profile = stored.find(supplier_id, caller.tenant) if _encodable(supplier_id) else None
    if profile is None:
        raise Problem(NOT_FOUND)
    return Response(answer_bytes(profile_answer(supplier_id, stored, profile)), media_type=JSON)


async def get_scorecard(request: Request, office: "Office", caller: Key) -> Response:
    """Return the scorecards on duty, or the one of `?purpose=`."""
    from serving.http.blocks import scorecard_answer

    cards = office.watch.duty.cards
    asked = request.query_params.get("purpose")
    if asked is not None and asked not in cards:
        raise Problem(PURPOSE_NOT_SERVED)
    told = [scorecard_answer(card) for purpose, card in cards.items() if asked in (None, purpose)]
    return Response(answer_bytes({"scorecards": told}), media_type=JSON)


async def livez(request: Request, office: "Office", caller: Key) -> Response:
    """Say that the process answers."""
    return Response(answer_bytes({"status": "alive"}), media_type=JSON)


async def readyz(request: Request, office: "Office", caller: Key) -> Response:
    """Say whether scores can be given: a scorecard on duty, a road to profiles, a ledger that takes writes."""
    duty = office.watch.duty
    if not duty.ready or not await office.writer.ready():
        raise Problem(UNAVAILABLE, headers={"Retry-After": "5"})
    told: dict[str, Any] = {"status": "ready", "purposes": sorted(duty.cards)}
    if duty.stored is not None:
        told["stored_profiles"] = duty.stored.last.as_of.astimezone(duty.zone).isoformat()
    return Response(answer_bytes(told | {"facts": duty.dated is not None, "sqlite": SQLITE_VERSION}), media_type=JSON)


OPERATIONS: dict[Operation, Handler] = {
    Operation("postScore", "POST", "/v1/scores", SCORING, ScoreAnswer): post_score,
    Operation("getScore", "GET", "/v1/scores/{score_id}", READING_SCORES, ScoreAnswer): get_score,
    Operation(
        "getProfile", "GET", "/v1/suppliers/{supplier_id:path}/profile", READING_PROFILES, ProfileAnswer
    ): get_profile,
    Operation("getScorecard", "GET", "/v1/scorecard", ANY_ROLE, ScorecardAnswer, ("purpose",)): get_scorecard,
    Operation("livez", "GET", "/livez", None, Health): livez,
    Operation("readyz", "GET", "/readyz", None, Health): readyz,
}
"""Every route, with the roles it is open to; None: to everybody. A route cannot be made without saying which."""


def _constant(content: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return Response(content, media_type=JSON)

    return endpoint


class Elsewhere:
    """Answers whatever no other route answers: 405 with Allow where the address takes other methods, else 404."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse one request."""
        allowed: set[str] = set()
        for route in self._app.routes[:-1]:
            if route.matches(scope)[0] is Match.PARTIAL:
                allowed |= getattr(route, "methods", None) or set()
        if allowed:
            raise Problem(METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(sorted(allowed))})
        raise Problem(NOT_FOUND)


def _shape_errors(app: FastAPI) -> None:
    """Give every error one shape, also those that the frameworks raise."""

    async def problem(request: Request, error: Any) -> Response:
        return response_of(_problem_of(error), request.state.request_id)

    for kind in (Problem, LedgerUnavailable, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, problem)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, LedgerUnavailable):
        return Problem(UNAVAILABLE, headers={"Retry-After": "1"})
    if isinstance(error, RequestValidationError):
        return Problem(INVALID_REQUEST)
    if isinstance(error, HTTPException):
        return Problem({404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}.get(error.status_code, INTERNAL))
    return Problem(INTERNAL)


def _encodable(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False
