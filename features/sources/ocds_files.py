"""Reading OCDS files as a stream: packages, JSON Lines, bare releases, gzip, byte-order marks."""

import contextlib
import gzip
import io
import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import ijson

from features.errors import InputError
from features.sources.ocds_depth import Shallow

_ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
_LINE_BYTES_MAX = 1 << 24  # a longer first line is one package, and is streamed
_BOM = b"\xef\xbb\xbf"

# A document, or what is wrong with it, and the JSON pointer or line that it stands at.
Found = tuple[int | str, Any, str | None]


def is_file_name(name: str) -> bool:
    """Whether a file may hold OCDS."""
    return name.endswith(_ENDINGS)


def documents(file: Path) -> Iterator[Found]:
    """Yield releases and records with their JSON pointer, or line where the file holds JSON Lines.

    A package is never held whole: its releases or records are yielded one by one.
    """
    try:
        with _numbers_of_any_length():
            yield from _lines(file) if _by_lines(file) else _stream(file)
    except (OSError, EOFError) as error:
        raise InputError("The file is not gzip, or it is cut off.", where=file.name) from error
    except ijson.IncompleteJSONError as error:
        raise InputError("The file is not JSON, or it is cut off.", where=file.name) from error
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise InputError("The file is not JSON in UTF-8.", where=file.name) from error


@contextlib.contextmanager
def _numbers_of_any_length() -> Iterator[None]:
    """Lift Python's limit on digits: ijson's parser does not see the refusal and crashes the process."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(limit)


def _open(file: Path) -> BinaryIO:
    raw: Any = (gzip.open if file.suffix == ".gz" else open)(file, "rb")
    stream = io.BufferedReader(raw)
    if stream.peek(3)[:3] == _BOM:
        stream.read(3)
    return stream


def _by_lines(file: Path) -> bool:
    """Whether the first line is a document by itself (a package written in one short line counts as one)."""
    with _open(file) as stream:
        line = stream.readline(_LINE_BYTES_MAX)
    if len(line) == _LINE_BYTES_MAX:
        return False
    try:
        return isinstance(_loads(line), dict)
    except ValueError:
        return file.name.removesuffix(".gz").endswith(".jsonl")


def _lines(file: Path) -> Iterator[Found]:
    with _open(file) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                document = _loads(line)
            except ValueError:
                yield number, None, "is not JSON in UTF-8, or is nested too deeply"
            else:
                yield from _unpacked(document, f"line {number}, " if number > 1 else "")


def _loads(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8"), parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unpacked(document: Any, where: str) -> Iterator[Found]:
    """Yield the releases or records of a document that is already in memory."""
    if isinstance(document, dict):
        for part in ("releases", "records"):
            if isinstance(document.get(part), list) and "ocid" not in document:
                for i, item in enumerate(document[part]):
                    yield f"{where}/{part}/{i}", item, None
                return
    yield f"{where}/", document, None


def _stream(file: Path) -> Iterator[Found]:
    """Yield from a file that holds one document, or several one after the other."""
    part = _kind(file)
    if part is None:
        with _open(file) as stream:
            for i, document in enumerate(_items(Shallow(stream, file.name), "")):
                for item in document if isinstance(document, list) else [document]:
                    yield from _unpacked(item, f"document {i}, " if i else "")
        return
    with _open(file) as stream:
        for i, item in enumerate(_items(Shallow(stream, file.name), f"{part}.item")):
            yield f"/{part}/{i}", item, None


def _items(stream: Shallow, prefix: str) -> Iterator[Any]:
    found: Callable[..., Iterator[Any]] = ijson.items
    return found(stream, prefix, multiple_values=True)


def _kind(file: Path) -> str | None:
    """Return `releases` or `records` for a package, None for a document to be read whole."""
    with _open(file) as stream:
        for prefix, event, value in ijson.parse(Shallow(stream, file.name), multiple_values=True):
            if prefix == "" and event == "map_key" and value == "ocid":
                return None
            if event == "start_array" and prefix in {"releases", "records"}:
                return str(prefix)
            if event == "start_array" and prefix == "":
                return None
    return None
