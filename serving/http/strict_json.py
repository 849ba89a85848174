"""Strict JSON: a body that two parsers could read differently is refused."""

import asyncio
import json
import math
import re
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request

from serving.http.problems import BODY_TOO_LARGE, BODY_TOO_SLOW, MALFORMED_JSON, UNSUPPORTED_MEDIA_TYPE, Problem

BODY_BYTES_MAX: Final = 2 * 1024 * 1024
"""Ten thousand rows of facts; a request without any is smaller by far."""
LOOP_BYTES_MAX: Final = 64 * 1024
"""A larger body is parsed and fingerprinted in a thread, so that it does not block the event loop."""
BODY_SECONDS_MAX: Final = 10.0
DEPTH_MAX: Final = 16

_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
"""A string, also one that never ends, else a bracket: each character is looked at once, whatever the text."""
_MEDIA_TYPE = re.compile(r'application/json[ \t]*(;[ \t]*charset[ \t]*=[ \t]*"?utf-?8"?[ \t]*)?', re.IGNORECASE)


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object in a request's body; Problem 400, 408, 413 or 415 where there is none."""
    _check_media_type(request)
    body = await read_body(request)
    value = parse(body) if len(body) <= LOOP_BYTES_MAX else await asyncio.to_thread(parse, body)
    if not isinstance(value, dict):
        raise _malformed("The body is one JSON object.")
    return value


def _check_media_type(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem(UNSUPPORTED_MEDIA_TYPE)
    if not _MEDIA_TYPE.fullmatch(request.headers.get("content-type", "").strip()):
        raise Problem(UNSUPPORTED_MEDIA_TYPE)


async def read_body(request: Request) -> bytes:
    """Return the whole body, reading no byte past the cap and waiting no longer than the deadline."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 12 or int(length) > BODY_BYTES_MAX):
        raise Problem(BODY_TOO_LARGE)
    chunks, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            async for chunk in request.stream():
                size += len(chunk)
                if size > BODY_BYTES_MAX:
                    raise Problem(BODY_TOO_LARGE)
                chunks.append(chunk)
    except TimeoutError as error:
        raise Problem(BODY_TOO_SLOW, headers={"Connection": "close"}) from error
    except ClientDisconnect as error:
        raise _malformed("The body ended early.") from error
    return b"".join(chunks)


def parse(body: bytes) -> Any:
    """Return the value of a JSON text; Problem 400 for anything that two readers could read differently.

    Refused: NaN and infinities (also by overflow), a key given twice, bytes that are not UTF-8, lone surrogates,
    nesting past `DEPTH_MAX`, integers past Python's digit limit, trailing text.
    """
    try:
        text = body.decode("utf-8")
        _check_depth(text)
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # A lone surrogate, which only an escape can make, has none.
    except (ValueError, RecursionError) as error:  # UnicodeError is a ValueError.
        raise _malformed(str(error) if isinstance(error, _Refused) else "It cannot be parsed.") from None
    return value


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a value, for fingerprints: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def answer_bytes(answer: dict[str, Any]) -> bytes:
    """Return an answer's bytes: keys in the contract's order, no spaces, UTF-8; they are what the ledger keeps."""
    return json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


class _Refused(ValueError):
    """Well-formed for some readers, refused by this one."""


def _malformed(detail: str) -> Problem:
    return Problem(MALFORMED_JSON, errors=[("#", detail)])


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return
    depth = 0
    for match in _MARKS.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise _Refused("It is nested too deep.")
        elif mark in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Refused("A key is given twice.")
    return value


def _no_constant(_: str) -> Any:
    raise _Refused("NaN and infinities are not JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Refused("A number is too large.")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
