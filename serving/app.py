"""The FastAPI app: the routes of the API, each with the roles that may use it, and no other route."""

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

from features.facts.ids import normal_id
from ledger.database import SQLITE_VERSION
from ledger.keys import Key
from ledger.writer import LedgerUnavailable
from serving.http.answers import Health, ProfileAnswer, ScoreAnswer, ScorecardAnswer
from serving.http.openapi import Operation, document
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
from serving.http.requests import idempotency_key, read_score_request
from serving.http.strict_json import answer_bytes, canonical
from serving.logs import describe, get_log
from serving.roles import ANY_ROLE, READING_PROFILES, READING_SCORES, SCORING
from serving.settings import Settings

if TYPE_CHECKING:
    from serving.lifespan import Deployment

JSON = "application/json"
LATER = {"Retry-After": "60"}
Handler = Callable[[Request, "Deployment", Key], Awaitable[Response]]


def create_app(settings: Settings, *, alone: bool = False) -> FastAPI:
    """Return the app of a deployment; its lifespan opens files and processes.

    `alone`: the process does nothing else, so that its garbage collection may be set.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        from serving.lifespan import open_deployment  # Here, so that the supervisor loads neither engine nor booster.

        async with open_deployment(settings, alone=alone) as deployment:
            app.state.deployment = deployment
            yield
            del app.state.deployment

    app = FastAPI(
        title="supplier-credit",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,  # FastAPI's own pages load scripts from other hosts.
        redoc_url=None,
        redirect_slashes=False,
    )
    for operation, handler in OPERATIONS.items():
        app.add_api_route(
            operation.path,
            _endpoint(app, operation, handler),
            methods=["GET", "HEAD"] if operation.method == "GET" else [operation.method],
            operation_id=operation.name,
            response_model=None,
        )
    schema = canonical(document(OPERATIONS))
    app.add_api_route("/openapi.json", _constant(schema), methods=["GET", "HEAD"], response_model=None)
    app.router.routes.append(Route("/{path:path}", Fallback(app)))  # Last; it takes any method.
    _shape_errors(app)
    return app


def _endpoint(app: FastAPI, operation: Operation, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    roles = operation.roles

    async def endpoint(request: Request) -> Response:
        deployment: Deployment = app.state.deployment
        if roles is None:
            return await handler(request, deployment, NOBODY)
        caller = await deployment.authenticator.caller(request, roles)
        if request.scope["query_string"]:
            _check_query(request, operation)
        return await handler(request, deployment, caller)

    return endpoint


def _check_query(request: Request, operation: Operation) -> None:
    """Refuse a parameter that would be ignored: a request for another day must not be answered for today."""
    names = [name for name, _ in request.query_params.multi_items()]
    if len(set(names)) < len(names) or not set(names) <= set(operation.query):
        detail = f"takes one parameter: {operation.query[0]}" if operation.query else "takes no parameters"
        raise Problem(INVALID_REQUEST, errors=[("?", detail)])


NOBODY = Key("", b"", "", "")
"""The caller of a route that is open to everybody."""


async def post_score(request: Request, deployment: "Deployment", caller: Key) -> Response:
    """Score a supplier for a purpose; the answer is recorded before it is sent."""
    key = idempotency_key(request)
    score_request, body = await read_score_request(request)
    recorded = await deployment.answering.answer(
        caller, score_request, request_id=request.state.request_id, key=key, body=body
    )
    headers = {"Idempotency-Replayed": "true"} if recorded.replayed else None
    return Response(recorded.answer, media_type=JSON, headers=headers)


async def get_score(request: Request, deployment: "Deployment", caller: Key) -> Response:
    """Return a score of the caller's own institution, byte for byte as it was given."""
    answer = await deployment.reader.answer(caller.tenant, request.path_params["score_id"])
    if answer is None:
        raise Problem(NOT_FOUND)
    return Response(answer, media_type=JSON)


async def get_profile(request: Request, deployment: "Deployment", caller: Key) -> Response:
    """Return a supplier's stored profile as the caller's institution sees it."""
    from serving.http.blocks import profile_answer

    stored = deployment.watcher.live.stored
    if stored is None:
        raise Problem(UNAVAILABLE, headers={"Retry-After": "60"})
    supplier_id = request.path_params["supplier_id"]
    profile = stored.find(normal_id(supplier_id), caller.tenant) if _encodable(supplier_id) else None
    if profile is None:
        raise Problem(NOT_FOUND)
    return Response(answer_bytes(profile_answer(supplier_id, stored, profile)), media_type=JSON)


async def get_scorecard(request: Request, deployment: "Deployment", caller: Key) -> Response:
    """Return the served scorecards, or the one of `?purpose=`."""
    from serving.http.blocks import scorecard_answer, things_block

    live = deployment.watcher.live
    purpose = request.query_params.get("purpose")
    if purpose is not None and purpose not in live.scorecards:
        if purpose in live.refusals:
            raise Problem(UNAVAILABLE, headers=LATER)
        raise Problem(PURPOSE_NOT_SERVED)
    blocks = [scorecard_answer(one) for name, one in live.scorecards.items() if purpose in (None, name)]
    states = [one for one in deployment.watcher.states if purpose is None or one.purpose in (None, purpose)]
    return Response(answer_bytes({"scorecards": blocks, "things": things_block(states)}), media_type=JSON)


async def livez(request: Request, deployment: "Deployment", caller: Key) -> Response:
    """Say that the process answers."""
    return Response(answer_bytes({"status": "alive"}), media_type=JSON)


async def readyz(request: Request, deployment: "Deployment", caller: Key) -> Response:
    """Say whether the service can score, and of each thing and purpose what is wanted, what is served, and why not.

    503 where nothing can be scored or recorded. Where one purpose, or one source of profiles, cannot be served the
    status is `degraded`, with 200: the others are.
    """
    from serving.http.blocks import things_block

    live, states = deployment.watcher.live, deployment.watcher.states
    if not live.ready or not await deployment.writer.ready():
        raise Problem(UNAVAILABLE, headers={"Retry-After": "5"})
    health: dict[str, Any] = {"status": "degraded" if any(one.error for one in states) else "ready"}
    health["purposes"] = sorted(live.scorecards.keys() - live.refusals.keys())
    if live.stored is not None:
        health["stored_profiles"] = live.stored.last.as_of.astimezone(live.zone).isoformat()
    health |= {"facts": live.from_facts is not None, "sqlite": SQLITE_VERSION, "things": things_block(states)}
    return Response(answer_bytes(health), media_type=JSON)


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
"""Every route, with the roles that may use it; None: everybody."""


def _constant(content: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return Response(content, media_type=JSON)

    return endpoint


class Fallback:
    """Answers where no other route does: 405 with Allow where the address has other methods, else 404."""

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
    """Answer every error as a problem document, also errors of the frameworks."""

    async def problem(request: Request, error: Any) -> Response:
        shaped = _problem_of(error)
        if shaped.kind.status == 503:
            # The last error in the chain is the cause: a full disk, a lock, a scorecard that does not fit.
            get_log().error("unavailable", request_id=request.state.request_id, **describe(_cause(error)))
        return response_of(shaped, request.state.request_id)

    for kind in (Problem, LedgerUnavailable, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, problem)


def _cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


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
