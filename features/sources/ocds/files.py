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
from features.intake.encoding import first_bad_byte, not_utf8
from features.sources.ocds.bounds import RECORD_BYTES_MAX, Bounded, OutOfBounds, check_numbers, too_large
from features.sources.ocds.broken import broken_at

_ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
_BOM = b"\xef\xbb\xbf"

# Number of objects and arrays around the records, by ijson prefix.
_AROUND = {"": 0, "item": 1, "releases.item": 2, "records.item": 2}

Fault = tuple[str, str]  # kind and reason
# JSON pointer or line of a document, the document, or its fault.
Document = tuple[int | str, Any, Fault | None]

_NOT_JSON = ("not_json", "is not JSON in UTF-8, or is nested too deeply")
_REPEATED_NAME = ("name_twice", "has a name twice in one object: it is unknown which is meant")


def version_of(file: Path) -> str | None:
    """Return the version of the package in a file, wherever it stands; None where it names none."""
    try:
        with _numbers_of_any_length(), _open(file) as stream:
            return next((str(v) for v in ijson.items(Bounded(stream, None), "version", multiple_values=True)), None)
    except (OutOfBounds, OSError, EOFError, ijson.JSONError, UnicodeDecodeError):
        return None


def is_file_name(name: str) -> bool:
    """Whether a file may be OCDS, by its name."""
    return name.endswith(_ENDINGS)


def documents(file: Path) -> Iterator[Document]:
    """Yield releases and records with their JSON pointer, or their line in JSON Lines.

    A package is never in memory whole: its releases or records are yielded one by one, and a record that is too large
    is refused before it is in memory.
    """
    place = file.name
    try:
        with _numbers_of_any_length():
            for document in _lines(file) if _by_lines(file) else _stream(file):
                place = f"{file.name}, after {document[0]}"
                yield document
    except OutOfBounds as error:
        raise InputError(f"The JSON {error}.", where=place) from error
    except (OSError, EOFError) as error:
        raise InputError("The file is not gzip, or it is cut off.", where=place) from error
    except (ijson.JSONError, UnicodeDecodeError) as error:
        if first_bad_byte(file) is not None:
            raise not_utf8(file) from error
        raise InputError(f"The file is not JSON, or it is cut off{broken_at(_open(file))}.", where=place) from error


@contextlib.contextmanager
def _numbers_of_any_length() -> Iterator[None]:
    """Lift Python's limit on digits: ijson's parser does not handle the error and crashes the process."""
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
    except _RepeatedName:
        return True
    except (ValueError, OutOfBounds):
        return file.name.removesuffix(".gz").endswith(".jsonl")


def _lines(file: Path) -> Iterator[Document]:
    with _open(file) as stream:
        for number, line in _bounded_lines(stream):
            try:
                if line is None:
                    raise too_large()
                document = _loads(line) if line.strip() else None
            except OutOfBounds as error:
                yield number, None, (error.kind, str(error))
            except _RepeatedName:
                yield number, None, _REPEATED_NAME
            except UnicodeDecodeError as error:
                yield number, None, ("not_utf8", f"is not UTF-8: byte {error.start + 1} of the line; see --encoding")
            except ValueError:
                yield number, None, _NOT_JSON
            else:
                if line.strip():
                    yield from _unpacked(document, f"line {number}, " if number > 1 else "")


def _bounded_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines with their numbers; None for a line that is too long, which is never in memory whole."""
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
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_unique_names)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class _RepeatedName(ValueError):
    """An object has a name twice."""


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        raise _RepeatedName
    return unique


def _unpacked(document: Any, where: str) -> Iterator[Document]:
    """Yield the releases or records of a document that is already in memory."""
    if isinstance(document, dict):
        for part in ("releases", "records"):
            if isinstance(document.get(part), list) and "ocid" not in document:
                version = {"version": document["version"]} if document.get("version") and part == "records" else {}
                for i, item in enumerate(document[part]):
                    yield f"{where}/{part}/{i}", {**version, **item} if isinstance(item, dict) else item, None
                return
    yield f"{where}/", document, None


def _stream(file: Path) -> Iterator[Document]:
    """Yield from a file of one document, or of several documents one after the other."""
    prefix = _kind(file)
    part = prefix.partition(".")[0]
    with _open(file) as stream:
        for i, (item, once) in enumerate(_items(stream, prefix)):
            if prefix in {"", "item"}:
                where = f"/{i}" if prefix else f"document {i}, " if i else ""
                yield from _unpacked(item, where) if once else [(f"{where}/", None, _REPEATED_NAME)]
            else:
                yield f"/{part}/{i}", item if once else None, None if once else _REPEATED_NAME


def _items(stream: BinaryIO, prefix: str) -> Iterator[tuple[Any, bool]]:
    """Yield the items under a prefix, and whether all names in an item are unique in their object."""
    items: Callable[..., Iterator[Any]] = ijson.items
    seen_repeats: list[bool] = []

    class Names(_Names):
        repeats = seen_repeats

    for item in items(Bounded(stream, _AROUND[prefix]), prefix, multiple_values=True, map_type=Names):
        yield item, not (seen_repeats and _has_repeated_name(item))


class _Names(dict[str, Any]):
    """An object as ijson builds it; it records a repeated name, because raising would crash the parser.

    Attributes:
        said_twice: not empty once an object of the same file has a repeated name.
    """

    repeats: list[bool]
    has_repeat = False

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self:
            self.has_repeat = True
            self.repeats.append(True)
        super().__setitem__(name, value)


def _has_repeated_name(item: Any) -> bool:
    """Whether any object of an item has a repeated name."""
    waiting = [item]
    while waiting:
        value = waiting.pop()
        if isinstance(value, _Names):
            if value.has_repeat:
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


def _kind(file: Path) -> str:
    """Return ijson's prefix of the records of a file: those of a package, of an array, or whole documents."""
    with _open(file) as stream:
        for prefix, event, value in ijson.parse(Bounded(stream, None), multiple_values=True):
            if prefix == "" and event == "map_key" and value == "ocid":
                return ""
            if event == "start_array" and prefix in {"releases", "records"}:
                return f"{prefix}.item"
            if event == "start_array" and prefix == "":
                return "item"
    return ""
