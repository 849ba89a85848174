"""The service as the command line asks it."""

import json
import os
import uuid
from collections.abc import Mapping
from typing import Any

from cli.shared.exits import Unanswered

URL = "http://127.0.0.1:3000"


def ask(body: Mapping[str, Any], *, url: str, key: str) -> dict[str, Any]:
    """Post one score request and return the answer; `Unanswered` says what the service said otherwise."""
    import httpx

    content = _content(body)
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid.uuid4())}
    headers["Content-Type"] = "application/json"
    try:
        # The environment may name a proxy; a key is never sent through one that the operator did not mean.
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
            response = client.post("/v1/scores", content=content, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unanswered(f"No service answers at {url} ({error}). Start one with `supplier-credit serve`.") from error
    if response.status_code != 200:
        raise Unanswered(problem_text(response.status_code, response.content))
    return response.json()


def _content(body: Mapping[str, Any]) -> bytes:
    from features.errors import InputError

    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise InputError("What is asked is not text in UTF-8.", fix="Check the terminal's encoding.") from error


def problem_text(status: int, content: bytes) -> str:
    """Return an RFC 9457 problem as one message: title, each place that is wrong, and the id to quote."""
    try:
        problem = json.loads(content)
        title, errors = problem["title"], problem.get("errors", [])
    except (ValueError, KeyError, TypeError):
        return f"The service answered {status}, and not as a problem document."
    places = "".join(f"\n  {place.get('pointer')}: {place.get('detail')}" for place in errors)
    return f"The service answered {status}: {title}{places}\n  request id: {problem.get('request_id')}"


def key_from(option: str | None) -> str:
    """Return the key to ask with: the option, else SUPPLIER_CREDIT_KEY."""
    from features.errors import InputError

    key = option or os.environ.get("SUPPLIER_CREDIT_KEY", "")
    if not key:
        raise InputError(
            "A key is needed to ask.",
            where="SUPPLIER_CREDIT_KEY",
            fix="Make one with `supplier-credit keys create --tenant NAME --role bank` and export it.",
        )
    if not (key.isascii() and key.isprintable()) or " " in key:  # It would end up in an error's text, all of it.
        raise InputError("This is no key.", where="SUPPLIER_CREDIT_KEY", fix="A key is one word, `sck_...`.")
    return key
