"""A guard before the JSON parser: a document nested too deeply costs it memory without bound."""

import re
from itertools import accumulate
from typing import BinaryIO

from features.errors import InputError

DEPTH_MAX = 200  # OCDS needs about ten

_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_STRING = re.compile(rb'"[^"]*"')
_REST = bytes(set(range(256)) - set(b'"[]{}'))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class Shallow:
    """A binary stream that refuses to be read on where its JSON is nested too deeply."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self._depth, self._held = 0, b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; InputError where they lie too deep."""
        chunk = self._stream.read(size)
        text = self._held + chunk
        # An escape that is cut in two waits for its other half, and so does the quote of an open string.
        odd = (len(text) - len(text.rstrip(b"\\"))) % 2
        brackets = _STRING.sub(b"", _ESCAPE.sub(b"", text[: len(text) - odd]).translate(None, _REST))
        brackets, quote, _ = brackets.partition(b'"')
        self._held = quote + text[len(text) - odd :]
        steps = list(accumulate((_STEP[b] for b in brackets), initial=self._depth))
        if max(steps) > DEPTH_MAX:
            raise InputError(f"The JSON is nested more than {DEPTH_MAX} levels deep.", where=self._name)
        self._depth = steps[-1]
        return chunk
