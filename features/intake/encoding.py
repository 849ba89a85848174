"""The encoding of text files: UTF-8, or the encoding that the caller of an import declares."""

import codecs
import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from features.errors import InputError

ENCODINGS = ("utf-8", "iso-8859-1", "windows-1252", "gb18030")
"""Encodings that an import reads; GBK and GB 2312 are parts of GB 18030."""

_TEXT_ENDINGS = (".csv", ".json", ".jsonl", ".csv.gz", ".json.gz", ".jsonl.gz")
_CHUNK_BYTES = 1 << 20


def not_utf8(file: Path, name: str | None = None) -> InputError:
    """Return the error of a text file, plain or gzipped, that is not UTF-8: it names the first bad byte.

    `name` is the source's name of the file, where the file is a copy.
    """
    at = first_bad_byte(file)
    what = f"Byte {at:,} is not UTF-8." if at is not None else "The file is not UTF-8."
    fix = f"Save it as UTF-8, or declare its encoding: --encoding {ENCODINGS[1]} (or {', '.join(ENCODINGS[2:])})."
    return InputError(what, where=name or file.name, fix=fix)


def first_bad_byte(file: Path) -> int | None:
    """Return the number of the first byte that is not UTF-8, from 1, in the uncompressed file; else None."""
    decoder, read, incomplete = codecs.getincrementaldecoder("utf-8")(), 0, 0
    with _open(file) as stream:
        for chunk in _chunks(stream):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return read - incomplete + error.start + 1
            read, incomplete = read + len(chunk), len(decoder.getstate()[0])
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return read - incomplete + 1
    return None


def in_utf8(source: Path, encoding: str | None, scratch: Path) -> Path:
    """Return a copy of a source's text files in UTF-8, under the same names; the source itself where it is UTF-8.

    Raises:
        InputError: the encoding is not one of `ENCODINGS`, or a file is not in it.
    """
    if encoding is None:
        return source
    name = encoding.lower()
    if name not in ENCODINGS:
        fix = f"Encodings: {', '.join(ENCODINGS)}."
        raise InputError(f"Unknown encoding {encoding!r}.", where="--encoding", fix=fix)
    if name == ENCODINGS[0]:
        return source
    copy = scratch / "utf-8" / source.name
    for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
        to = copy / file.relative_to(source) if source.is_dir() else copy
        if file.is_dir():
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        if file.name.endswith(_TEXT_ENDINGS):
            _convert(file, to, name)
        else:
            shutil.copyfile(file, to)
    return copy


def _convert(file: Path, to: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    with _open(file) as stream, gzip.open(to, "wb") if to.suffix == ".gz" else to.open("wb") as out:
        try:
            for chunk in _chunks(stream):
                out.write(decoder.decode(chunk).encode())
            out.write(decoder.decode(b"", final=True).encode())
        except UnicodeDecodeError as error:
            raise InputError(f"The file is not {encoding}.", where=file.name, fix="Name its encoding.") from error


def _open(file: Path) -> BinaryIO:
    return gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk
