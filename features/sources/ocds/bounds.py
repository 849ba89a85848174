"""A check before the JSON parser, whose cost is unbounded for deep nesting, large records and long numbers."""

import re
from itertools import accumulate
from typing import BinaryIO

DEPTH_MAX = 200  # OCDS needs about ten
RECORD_BYTES_MAX = 1 << 24  # 16 MiB of text, about 150 MiB once parsed; the largest real records have 2
DIGITS_MAX = 50_000  # the time to read a number grows with the square of its length

_LONG_NUMBER = re.compile(rb"(?<![0-9])[0-9]{%d}" % DIGITS_MAX)
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_STRING = re.compile(rb'"[^"]*"')
_REST = bytes(set(range(256)) - set(b'"[]{}'))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class OutOfBounds(Exception):
    """A text exceeds a bound; `kind` is for the report, the message for a person."""

    def __init__(self, kind: str, what: str) -> None:
        self.kind = kind
        super().__init__(what)


def too_large() -> OutOfBounds:
    """Return the error for a record that is too large."""
    return OutOfBounds("too_large", f"has more than {RECORD_BYTES_MAX >> 20} MiB without an end")


def check_numbers(text: bytes) -> None:
    """Raise OutOfBounds if a number has too many digits to be read in reasonable time."""
    if _LONG_NUMBER.search(text):
        raise OutOfBounds("not_json", f"has a number of more than {DIGITS_MAX:,} digits")


class Bounded:
    """A binary stream of JSON whose `read` raises when a bound is exceeded.

    Args:
        stream: the stream to read.
        depth: number of objects and arrays around a record; None where only single values are read.
    """

    def __init__(self, stream: BinaryIO, depth: int | None) -> None:
        self._stream, self._outside = stream, DEPTH_MAX if depth is None else depth
        self._depth, self._open_text, self._bytes = 0, b"", 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; OutOfBounds where nesting is too deep or a record too long."""
        chunk = self._stream.read(size)
        check_numbers(chunk)
        text = self._open_text + chunk
        # A half escape at the end, and an open string, are kept for the next read.
        odd = (len(text) - len(text.rstrip(b"\\"))) % 2
        brackets = _STRING.sub(b"", _ESCAPE.sub(b"", text[: len(text) - odd]).translate(None, _REST))
        brackets, quote, _ = brackets.partition(b'"')
        self._open_text = quote + text[len(text) - odd :]
        steps = list(accumulate((_STEP[b] for b in brackets), initial=self._depth))
        if max(steps) > DEPTH_MAX:
            raise OutOfBounds("not_json", f"is nested more than {DEPTH_MAX} levels deep")
        self._depth = steps[-1]
        self._bytes = 0 if brackets and min(steps) <= self._outside else self._bytes + len(chunk)
        if self._bytes > RECORD_BYTES_MAX:
            raise too_large()
        return chunk
