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
from features.sources.ocds.bounds import RECORD_BYTES_MAX, Bounded, OutOfBounds, check_numbers, too_large

_ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
_BOM = b"\xef\xbb\xbf"

# How many objects and arrays lie around the records that a prefix of ijson names.
_AROUND = {"": 0, "item": 1, "releases.item": 2, "records.item": 2}

Trouble = tuple[str, str]  # kind and reason
# The JSON pointer or line that a document stands at, the document, or what is wrong with it.
Found = tuple[int | str, Any, Trouble | None]

_NOT_JSON = ("not_json", "is not JSON in UTF-8, or is nested too deeply")
_TWICE = ("name_twice", "says a name twice in one object, and nobody knows which is meant")


def is_file_name(name: str) -> bool:
    """Whether a file may hold OCDS."""
    return name.endswith(_ENDINGS)


def documents(file: Path) -> Iterator[Found]:
    """Yield releases and records with their JSON pointer, or line where the file holds JSON Lines.

    A package is never held whole: its releases or records are yielded one by one, and one that is too large is refused
    before it is held.
    """
    place = file.name
    try:
        with _numbers_of_any_length():
            for found in _lines(file) if _by_lines(file) else _stream(file):
                place = f"{file.name}, after {found[0]}"
                yield found
    except OutOfBounds as error:
        raise InputError(f"The JSON {error}.", where=place) from error
    except (OSError, EOFError) as error:
        raise InputError("The file is not gzip, or it is cut off.", where=place) from error
    except ijson.IncompleteJSONError as error:
        raise InputError("The file is not JSON, or it is cut off.", where=place) from error
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise InputError("The file is not JSON in UTF-8.", where=place) from error


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
        line = stream.readline(RECORD_BYTES_MAX)
    if len(line) == RECORD_BYTES_MAX:
        return False
    try:
        return isinstance(_loads(line), dict)
    except _Twice:
        return True
    except (ValueError, OutOfBounds):
        return file.name.removesuffix(".gz").endswith(".jsonl")


def _lines(file: Path) -> Iterator[Found]:
    with _open(file) as stream:
        for number, line in _bounded_lines(stream):
            try:
                if line is None:
                    raise too_large()
                document = _loads(line) if line.strip() else None
            except OutOfBounds as error:
                yield number, None, (error.kind, str(error))
            except _Twice:
                yield number, None, _TWICE
            except ValueError:
                yield number, None, _NOT_JSON
            else:
                if line.strip():
                    yield from _unpacked(document, f"line {number}, " if number > 1 else "")


def _bounded_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines with their numbers; None in place of one that is too long, which is never held."""
    number = 0
    while line := stream.readline(RECORD_BYTES_MAX + 1):
        number += 1
        whole = len(line) <= RECORD_BYTES_MAX or line.endswith(b"\n")
        yield number, line if whole else None
        while not whole:
            rest = stream.readline(RECORD_BYTES_MAX)
            whole = not rest or rest.endswith(b"\n")


def _loads(line: bytes) -> Any:
    check_numbers(line)
    try:
        text = line.decode("utf-8")
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class _Twice(ValueError):
    """An object that says a name twice."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


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
    prefix = _kind(file)
    part = prefix.partition(".")[0]
    with _open(file) as stream:
        for i, (item, once) in enumerate(_items(stream, prefix)):
            if prefix in {"", "item"}:
                where = f"/{i}" if prefix else f"document {i}, " if i else ""
                yield from _unpacked(item, where) if once else [(f"{where}/", None, _TWICE)]
            else:
                yield f"/{part}/{i}", item if once else None, None if once else _TWICE


def _items(stream: BinaryIO, prefix: str) -> Iterator[tuple[Any, bool]]:
    """Yield what lies under a prefix, and whether every name in it stands once."""
    found: Callable[..., Iterator[Any]] = ijson.items
    seen: list[bool] = []

    class Names(_Names):
        said_twice = seen

    for item in found(Bounded(stream, _AROUND[prefix]), prefix, multiple_values=True, map_type=Names):
        yield item, not (seen and _has_twice(item))


class _Names(dict[str, Any]):
    """An object as ijson builds it: raising amid its building would crash the parser, so it remembers.

    Attributes:
        said_twice: anything, once an object of the same file has said a name twice.
    """

    said_twice: list[bool]
    twice = False

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self:
            self.twice = True
            self.said_twice.append(True)
        super().__setitem__(name, value)


def _has_twice(item: Any) -> bool:
    """Whether any object of an item says a name twice."""
    waiting = [item]
    while waiting:
        found = waiting.pop()
        if isinstance(found, _Names):
            if found.twice:
                return True
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
    return False


def _kind(file: Path) -> str:
    """Return ijson's prefix of the records of a file: of a package's, of an array's, or of whole documents."""
    with _open(file) as stream:
        for prefix, event, value in ijson.parse(Bounded(stream, None), multiple_values=True):
            if prefix == "" and event == "map_key" and value == "ocid":
                return ""
            if event == "start_array" and prefix in {"releases", "records"}:
                return f"{prefix}.item"
            if event == "start_array" and prefix == "":
                return "item"
    return ""
