"""Problems (RFC 9457): every error answer. Types are stable; no problem repeats a value of the request."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

PREFIX = "urn:supplier-credit:problem:"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One kind of problem: the name a client may program against, its status and its sentence."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The problem's `type` URI."""
        return PREFIX + self.name


MALFORMED_JSON = Kind("malformed-json", 400, "The body is not acceptable JSON.")
KEY_MISSING = Kind("idempotency-key-missing", 400, "The header Idempotency-Key is required here.")
KEY_MALFORMED = Kind("idempotency-key-malformed", 400, "Idempotency-Key is one header of 1 to 255 visible characters.")
LENGTH_AMBIGUOUS = Kind("length-ambiguous", 400, "Content-Length and Transfer-Encoding contradict each other.")
UNAUTHENTICATED = Kind("unauthenticated", 401, "A valid key is required: Authorization: Bearer <key>.")
FORBIDDEN = Kind("forbidden", 403, "The role of this key does not allow this operation.")
NOT_FOUND = Kind("not-found", 404, "Not found.")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "This address does not support this method.")
BODY_TOO_SLOW = Kind("body-too-slow", 408, "The body did not arrive in time.")
IN_PROGRESS = Kind("idempotency-in-progress", 409, "A request with this Idempotency-Key is still in progress.")
BODY_TOO_LARGE = Kind("body-too-large", 413, "The body is too large.")
UNSUPPORTED_MEDIA_TYPE = Kind("unsupported-media-type", 415, "Send application/json in UTF-8, not compressed.")
INVALID_REQUEST = Kind("invalid-request", 422, "The request does not match the API description.")
KEY_REUSED = Kind("idempotency-key-reused", 422, "This Idempotency-Key was used with another body.")
PURPOSE_NOT_SERVED = Kind("purpose-not-served", 422, "No scorecard serves this purpose.")
TERMS_MISSING = Kind("terms-missing", 422, "This purpose is scored with terms: send `request`.")
FACTS_NOT_SERVED = Kind("facts-not-served", 422, "Facts in a request need imported facts; this deployment has none.")
FACTS_WITH_AS_OF = Kind(
    "facts-with-as-of", 422, "Send either `facts` or `as_of`: facts in a request are not known earlier."
)
AS_OF_IN_FUTURE = Kind("as-of-in-future", 422, "`as_of` is in the future.")
AS_OF_NOT_SERVED = Kind("as-of-not-served", 422, "A profile at `as_of` needs imported facts; this deployment has none.")
TOO_MANY_REQUESTS = Kind("too-many-requests", 429, "Too many requests of this institution are in work; try again.")
HEADERS_TOO_LARGE = Kind("headers-too-large", 431, "The headers are too large.")
INTERNAL = Kind("internal-error", 500, "The service failed. Give the request id when you report it.")
UNAVAILABLE = Kind("unavailable", 503, "The service cannot answer now; nothing was recorded.")
OUTCOME_UNKNOWN = Kind("outcome-unknown", 503, "No answer in time; repeat the request with the same Idempotency-Key.")

KINDS: tuple[Kind, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Kind))


class Problem(Exception):
    """Raised anywhere while a request is processed; the middleware turns it into the answer.

    Args:
        kind: which problem.
        errors: `(pointer, sentence)` of each place in the request that is wrong; never a value of the caller's.
        headers: headers of the answer, such as Retry-After.
    """

    def __init__(
        self, kind: Kind, *, errors: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(kind.name)
        self.kind, self.errors, self.headers = kind, tuple(errors), dict(headers or {})


def body_of(problem: Problem, request_id: str) -> bytes:
    """Return the problem document of one request."""
    kind = problem.kind
    document: dict[str, Any] = {"type": kind.type, "title": kind.title, "status": kind.status, "request_id": request_id}
    if problem.errors:
        document["errors"] = [{"pointer": pointer, "detail": detail} for pointer, detail in problem.errors]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def response_of(problem: Problem, request_id: str) -> Response:
    """Return the HTTP answer for a problem."""
    return Response(body_of(problem, request_id), problem.kind.status, headers=problem.headers, media_type=MEDIA_TYPE)
