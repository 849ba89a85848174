"""A guard before the JSON parser: what is nested too deeply, too large or too long a number costs it without bound."""

import re
from itertools import accumulate
from typing import BinaryIO

DEPTH_MAX = 200  # OCDS needs about ten
RECORD_BYTES_MAX = 1 << 24  # 16 MiB of text, about 150 MiB once parsed; the largest real records have 2
DIGITS_MAX = 50_000  # reading a number takes the square of its length

_LONG_NUMBER = re.compile(rb"(?<![0-9])[0-9]{%d}" % DIGITS_MAX)
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_STRING = re.compile(rb'"[^"]*"')
_REST = bytes(set(range(256)) - set(b'"[]{}'))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class OutOfBounds(Exception):
    """What lies out of bounds; `kind` for the report, the text for a person."""

    def __init__(self, kind: str, what: str) -> None:
        self.kind = kind
        super().__init__(what)


def too_large() -> OutOfBounds:
    """What is said of a record that is too large."""
    return OutOfBounds("too_large", f"has more than {RECORD_BYTES_MAX >> 20} MiB without an end")


def check_numbers(text: bytes) -> None:
    """Raise OutOfBounds where a number has too many digits to be read in time."""
    if _LONG_NUMBER.search(text):
        raise OutOfBounds("not_json", f"holds a number of more than {DIGITS_MAX:,} digits")


class Bounded:
    """A binary stream of JSON that cannot be read on where it is out of bounds.

    Args:
        stream: what is read.
        depth: how many objects and arrays lie around a record; None where nothing is held but single values.
    """

    def __init__(self, stream: BinaryIO, depth: int | None) -> None:
        self._stream, self._outside = stream, DEPTH_MAX if depth is None else depth
        self._depth, self._held, self._bytes = 0, b"", 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; OutOfBounds where they lie too deep, or go on for too long."""
        chunk = self._stream.read(size)
        check_numbers(chunk)
        text = self._held + chunk
        # An escape that is cut in two waits for its other half, and so does the quote of an open string.
        odd = (len(text) - len(text.rstrip(b"\\"))) % 2
        brackets = _STRING.sub(b"", _ESCAPE.sub(b"", text[: len(text) - odd]).translate(None, _REST))
        brackets, quote, _ = brackets.partition(b'"')
        self._held = quote + text[len(text) - odd :]
        steps = list(accumulate((_STEP[b] for b in brackets), initial=self._depth))
        if max(steps) > DEPTH_MAX:
            raise OutOfBounds("not_json", f"is nested more than {DEPTH_MAX} levels deep")
        self._depth = steps[-1]
        self._bytes = 0 if brackets and min(steps) <= self._outside else self._bytes + len(chunk)
        if self._bytes > RECORD_BYTES_MAX:
            raise too_large()
        return chunk
