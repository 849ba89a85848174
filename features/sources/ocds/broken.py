"""Where a file stops being JSON."""

import json
from typing import BinaryIO

from features.sources.ocds.bounds import RECORD_BYTES_MAX

_BLANKS = " \t\r\n"


def broken_at(stream: BinaryIO) -> str:
    """Return `: ` and the place of the first error, as words; nothing for a file that is too long to be read again.

    A file may hold several documents, one after the other.
    """
    with stream:
        data = stream.read(RECORD_BYTES_MAX + 1)
    if len(data) > RECORD_BYTES_MAX:
        return ""
    text, at = data.decode("utf-8", errors="replace"), 0
    decoder = json.JSONDecoder(parse_float=str, parse_int=str)
    try:
        while at < len(text):
            if text[at] in _BLANKS:
                at += 1
            else:
                _, at = decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        return f": line {error.lineno:,}, column {error.colno:,}: {error.msg[:1].lower()}{error.msg[1:]}"
    except RecursionError:
        pass
    return ""
