"""The outermost layer: every request gets an id, problem documents for errors, and one log line."""

import random
import re
import time
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.http.problems import HEADERS_TOO_LARGE, INTERNAL, LENGTH_AMBIGUOUS, Problem, response_of
from serving.logs import describe, get_log

HEADER_BYTES_MAX: Final = 16 * 1024
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{8,128}")
_LENGTHS: Final = frozenset({b"content-length", b"transfer-encoding"})
"""With both, a proxy may see one request where this service sees two, and could mix the answers of two callers."""
_ALWAYS: Final = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


class Outermost:
    """Pure ASGI. It sends every request to this project's app, so that no route of BentoML's own can be reached.

    Args:
        app: the next layer; it sees only what is not HTTP, such as the lifespan.
        own: the app that answers; absent, the next layer does.
    """

    def __init__(self, app: ASGIApp, own: ASGIApp | None = None) -> None:
        self._next, self._own = app, own or app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            await _Exchange(scope, send).run(self._own, receive)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._next(scope, receive, send)


class _Exchange:
    """One request and what has been sent for it."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._status = 0
        self._problem: str | None = None
        self.request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = self.request_id
        scope["state"]["exchange"] = self

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        began = time.perf_counter()
        try:
            if sum(len(name) + len(value) for name, value in self._scope["headers"]) > HEADER_BYTES_MAX:
                raise Problem(HEADERS_TOO_LARGE, headers={"Connection": "close"})
            if {name for name, _ in self._scope["headers"]} >= _LENGTHS:
                raise Problem(LENGTH_AMBIGUOUS, headers={"Connection": "close"})
            await app(self._scope, receive, self._sending)
        except Problem as problem:
            await self._refuse(problem, receive)
        except Exception as error:
            get_log().error("failed", request_id=self.request_id, **describe(error))
            await self._refuse(Problem(INTERNAL), receive)
        finally:
            self._log(round((time.perf_counter() - began) * 1000, 1))

    async def _refuse(self, problem: Problem, receive: Receive) -> None:
        if not self._status:  # Else the answer has begun; it stays cut short, which closes the connection.
            await response_of(problem, self.request_id)(self._scope, receive, self._sending)

    async def _sending(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            own = [(b"x-request-id", self.request_id.encode()), *_ALWAYS]
            message = {**message, "headers": [*message.get("headers", ()), *own]}
        await self._send(message)

    def _log(self, ms: float) -> None:
        method = self._scope["method"]
        get_log().info(
            "request",
            request_id=self.request_id,
            method=method if method in METHODS else "other",
            route=route_of(self._scope),
            status=self._status,
            ms=ms,
        )


def route_of(scope: MutableMapping[str, Any]) -> str:
    """Return the template of the route that answered; ids never reach a log or a metric."""
    path = getattr(scope.get("route"), "path_format", None)
    return "unmatched" if path is None or path == "/{path}" else path


def _request_id(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == b"x-request-id"]
    if len(given) == 1 and _REQUEST_ID.fullmatch(given[0]):
        return given[0].decode()
    # A name, not a secret; and no counter, which would tell one bank how much others ask.
    return f"rq_{random.randbytes(12).hex()}"  # noqa: S311
