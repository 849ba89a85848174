"""Requests: which fields a caller may send, and how they are read. Money is decimal text."""

import asyncio
import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from features.request_facts.json_schema import facts_schema
from serving.clock import PATTERN as INSTANT
from serving.http.problems import INVALID_REQUEST, KEY_MALFORMED, KEY_MISSING, Problem
from serving.http.strict_json import canonical, read_json

MONEY: Final = r"^([1-9][0-9]{0,15}(\.[0-9]{1,2})?|0\.([1-9][0-9]?|0[1-9]))$"
"""DECIMAL(18,2) as text, above zero."""
ID: Final = r"^[^\x00-\x1f\x7f-\x9f]+$"
PURPOSE: Final = r"^[a-z][a-z0-9_]*$"

Money = Annotated[str, Field(pattern=MONEY, examples=["300000.00"])]
Id = Annotated[str, Field(min_length=1, max_length=128, pattern=ID)]
Purpose = Annotated[str, Field(min_length=1, max_length=64, pattern=PURPOSE, examples=["contract_loan"])]
Instant = Annotated[str, Field(pattern=INSTANT, examples=["2026-11-21", "2026-11-21T09:00:00+08:00"])]


class Closed(BaseModel):
    """A message with exactly these fields and types; any other field is refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Terms(Closed):
    """The terms of the financing."""

    contract_id: Id | None = Field(None, description="The contract that is to be financed.")
    buyer_id: Id | None = None
    amount: Money = Field(description="In `currency`, as decimal text.")
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["CNY"], description="ISO 4217; the deployment's own.")
    days: int = Field(ge=1, le=36_500, description="Term in days.")
    category: Literal["goods", "works", "services"] | None = None
    method: Literal["open", "selective", "limited", "direct", "framework", "other"] | None = None
    bidders: int | None = Field(None, ge=1, le=1_000_000)


class ScoreRequest(Closed):
    """A request for the score of one supplier, for a purpose and, where it needs them, terms."""

    supplier_id: Id = Field(examples=["91370200MA3CTEST0X"])
    purpose: Purpose
    request: Terms | None = Field(None, description="Required where the purpose is scored with terms.")
    facts: dict[str, Any] | None = Field(
        None,
        description="New facts about the supplier, for this answer only: canonical tables or an OCDS release package.",
        json_schema_extra={"anyOf": facts_schema()},
    )
    as_of: Instant | None = Field(
        None, description="Compute the profile from facts as known at this past instant (a date means its 00:00)."
    )
    client_reference: Annotated[str, Field(min_length=1, max_length=128, pattern=ID)] | None = None


SENTENCES: Final = {
    "missing": "is required",
    "extra_forbidden": "is not part of this request",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long",
    "int_type": "must be a whole number",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "literal_error": "is not one of the values allowed here",
}
_PATTERNS: Final = {
    MONEY: "must be decimal text above zero with at most two places, such as 300000.00",
    INSTANT: "must be a date, or a time with its offset",
    ID: "must not hold control characters",
    PURPOSE: "must be a purpose's name, such as contract_loan",
}

ERRORS_MAX: Final = 20
"""How many mistakes one answer names; a body can hold thousands."""

_NAME: Final = re.compile(r"[a-z][a-z_]{0,31}")
_FIELDS: Final = frozenset({*ScoreRequest.model_fields, *Terms.model_fields})


async def read_score_request(request: Request) -> tuple[ScoreRequest, bytes]:
    """Return the score request in the body of an HTTP request, and the canonical bytes of that body.

    Problem 400, 408, 413, 415 or 422 where there is none.
    """
    body = await read_json(request)
    score_request = score_request_of(body)
    # With facts, a body can be large: its bytes are made in a thread.
    content = await asyncio.to_thread(canonical, body) if score_request.facts else canonical(body)
    return score_request, content


def idempotency_key(request: Request) -> str:
    """Return the request's idempotency key, bare or quoted; Problem 400 without exactly one."""
    headers = request.headers.getlist("idempotency-key")
    if not headers:
        raise Problem(KEY_MISSING)
    key = headers[0]
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(headers) > 1 or not 1 <= len(key) <= 255 or not all("!" <= character <= "~" for character in key):
        raise Problem(KEY_MALFORMED)
    return key


def score_request_of(body: dict[str, Any]) -> ScoreRequest:
    """Return the request in a parsed body, or Problem 422 naming the fields that are wrong and no value."""
    try:
        return ScoreRequest.model_validate(body)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_context=True, include_input=False)[:ERRORS_MAX]
        raise Problem(INVALID_REQUEST, errors=[(_pointer(one["loc"]), _sentence(one)) for one in mistakes]) from None


def _pointer(place: tuple[int | str, ...]) -> str:
    # An unknown field's name is the caller's own text: repeated only where it can hardly be anything but a name.
    steps = [str(step) for step in place]
    names = [step if step in _FIELDS or _NAME.fullmatch(step) else "(unknown)" for step in steps]
    return "/".join(["#", *names])


def _sentence(error: Any) -> str:
    kind = error["type"]
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(error["ctx"]["pattern"], "is not written as the contract says")
    return SENTENCES.get(kind, "is not valid")
