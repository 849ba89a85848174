"""A publisher's CSV file, record by record."""

import csv
import gzip
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TextIO

from features.errors import InputError
from features.intake.encoding import not_utf8

Record = tuple[int, dict[str, str]]
"""The line in which a record ends, and its cells by column, without surrounding blanks."""


def records(file: Path, columns: Collection[str]) -> Iterator[Record]:
    """Yield the records of a CSV file in UTF-8, plain or gzipped; the missing cells of a short record are empty.

    Raises:
        InputError: the file is missing, not gzip, not UTF-8 or not CSV, or lacks one of `columns`.
    """
    try:
        packed = file.suffix == ".gz"
        with (gzip.open if packed else open)(file, "rt", encoding="utf-8-sig", newline="") as stream:
            yield from records_of(stream, file.name, columns)
    except (FileNotFoundError, NotADirectoryError) as error:
        fix = "Name the folder or file of this publisher."
        raise InputError(f"{file.name} is not here.", where=str(file.parent), fix=fix) from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise InputError("The file is not gzip, or it is cut off.", where=file.name) from error
    except UnicodeDecodeError as error:
        raise not_utf8(file) from error


def records_of(stream: TextIO, name: str, columns: Collection[str]) -> Iterator[Record]:
    """Yield the records of an open CSV file called `name`, as `records` does."""
    reader = csv.DictReader(stream, restval="")
    try:
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise InputError(f"Column {sorted(missing)[0]!r} is missing from the header.", where=name)
        for record in reader:
            yield reader.line_num, {column: (cell or "").strip() for column, cell in record.items() if column}
    except csv.Error as error:
        raise InputError(f"The file is not CSV: {error}.", where=f"{name}, line {reader.line_num}") from error
