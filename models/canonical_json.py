"""Canonical JSON (RFC 8785) and its SHA-256 digests."""

import hashlib
import json
from typing import Any

import rfc8785


def canonical(document: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON document: equal documents have equal bytes."""
    return rfc8785.dumps(document)


def sha256(content: bytes) -> str:
    """Return `sha256:…` of bytes."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def read_canonical(content: bytes) -> Any:
    """Parse JSON bytes that must already be canonical.

    Raises:
        ValueError: the bytes are not JSON, or not canonical.
    """
    try:
        document = json.loads(content)
        if canonical(document) == content:
            return document
    except (UnicodeDecodeError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise ValueError("not canonical JSON") from error
    raise ValueError("not canonical JSON")
