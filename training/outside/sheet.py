"""An outside file, CSV or Parquet: its cells as text, and their conversion to numbers and instants."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import InputError
from features.facts.store import instant
from training.figures import Floats

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
SIZE_BELOW = 1e12  # as in the facts: larger values are typing errors
BLANKS = " \t\r\n\u00a0\u3000"
MICROSECOND = timedelta(microseconds=1)

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_MIDNIGHT = re.compile(r".{10}[T ]00:00(:00(\.0+)?)?")  # without an offset it means the date


@dataclass(frozen=True)
class Sheet:
    """A file's cells: trimmed text, null where a cell is empty.

    Attributes:
        lines: the line in which each row begins, or its row number in a Parquet file.
    """

    name: str
    cells: Mapping[str, pa.Array]
    lines: Sequence[int]
    unit: str

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.lines)

    def column(self, name: str) -> pa.Array:
        """The cells of one column; InputError where the file has none of that name."""
        if name not in self.cells:
            fix = f"It has {', '.join(self.cells)}."
            raise InputError(f"The file has no column {name!r}.", where=self.name, fix=fix)
        return self.cells[name]

    def at(self, row: int, column: str) -> str:
        """The place of a cell: file, line or row, and column."""
        return f"{self.name} {self.unit} {self.lines[row]}, column {column}"


def read_sheet(file: Path) -> Sheet:
    """Read a `.csv`, `.csv.gz` or `.parquet` file.

    Raises:
        InputError: it is none of these, or damaged.
    """
    if not file.is_file():
        raise InputError("The file does not exist.", where=str(file), fix="Give CSV or Parquet.")
    if file.suffix == ".parquet":
        return _parquet(file)
    if not file.name.endswith((".csv", ".csv.gz")):
        raise InputError(
            "The file is neither CSV nor Parquet.", where=file.name, fix="Name it .csv, .csv.gz or .parquet."
        )
    return _csv(file)


def numbers(sheet: Sheet, name: str, levels: Mapping[str, float] | None, *, flag: bool) -> Floats:
    """The values of a column, NaN for null.

    Raises:
        InputError: a cell is not a number, or a text is not in `levels`.
    """
    cells = sheet.column(name)
    if levels is not None:
        places = [np.nan if text is None else levels.get(text, np.inf) for text in cells.to_pylist()]
        values = np.array(places, dtype=np.float64)
        _refuse(sheet, name, np.isinf(values), f"is none of {', '.join(levels)}", fix="Add it to `order`, or blank it.")
        return values
    if flag:
        cells = pc.replace_substring_regex(pc.utf8_lower(cells), "^true$", "1")
        cells = pc.replace_substring_regex(cells, "^false$", "0")
    sound = pc.match_substring_regex(cells, NUMBER)
    fix = 'Write plain numbers, such as 1234.5; for text say order = ["A", "B"] in the spec.'
    _refuse(sheet, name, _mask(pc.invert(sound)), "is not a number", fix=fix)
    values = np.array(pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    _refuse(sheet, name, np.abs(values) >= SIZE_BELOW, f"is not below {SIZE_BELOW:.0e} in size")
    if flag:
        _refuse(sheet, name, ~np.isnan(values) & (values != 0) & (values != 1), "is neither 0 nor 1")
    return values


def instants(sheet: Sheet, name: str, tz: str, *, starts_day: bool = False) -> np.ndarray:
    """The instants of a column of dates in UTC, NaT for null; a bare date is the end of its day, or its start."""
    texts = sheet.column(name).to_pylist()
    known = {text: _instant(text, tz, starts_day) for text in set(texts) - {None}}
    bad = np.array([text is not None and known[text] is None for text in texts], dtype=bool)
    _refuse(sheet, name, bad, "is not a date", fix="Write it as 2025-07-01 or 2025-07-01T00:00:00+08:00.")
    return np.array([None if text is None else known[text] for text in texts], dtype="datetime64[us]")


def _instant(text: str, tz: str, starts_day: bool) -> datetime | None:
    if not _INSTANT.fullmatch(text):
        return None
    try:
        if len(text) > 10 and not _MIDNIGHT.fullmatch(text):
            return instant(text, tz)
        day = date.fromisoformat(text[:10])
        return instant(day, tz) if starts_day else instant(day + timedelta(days=1), tz) - MICROSECOND
    except (InputError, ValueError, OverflowError):
        return None


def _refuse(sheet: Sheet, name: str, bad: np.ndarray, why: str, *, fix: str | None = None) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        more = f" {len(rows) - 1} more like it." if len(rows) > 1 else ""
        value = sheet.cells[name][int(rows[0])].as_py()
        raise InputError(f"{value!r} {why}.{more}", where=sheet.at(int(rows[0]), name), fix=fix)


def _mask(flags: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(flags, False).to_numpy(zero_copy_only=False), dtype=bool)


def _csv(file: Path) -> Sheet:
    records = list(_records(file))
    if not records:
        raise InputError("The file is empty.", where=file.name)
    (_, header), *rows = records
    names = [name.strip(BLANKS) for name in header]
    _refuse_header(names, file.name)
    for line, row in rows:
        if len(row) != len(names):
            raise InputError(f"It has {len(row)} fields, the header {len(names)}.", where=f"{file.name} line {line}")
    columns = zip(*(row for _, row in rows), strict=True) if rows else ([] for _ in names)
    cells = {name: _trimmed(pa.array(column, pa.string())) for name, column in zip(names, columns, strict=True)}
    return Sheet(file.name, cells, [line for line, _ in rows], "line")


def _records(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it begins in."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            line = 1
            for record in reader:
                if record:
                    yield line, record
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise InputError("The file is not UTF-8.", where=file.name, fix="Save it as UTF-8.") from error
    except csv.Error as error:
        raise InputError(f"It cannot be split into fields: {error}.", where=f"{file.name} line {line}") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError("The file is not gzip, or it is incomplete.", where=file.name) from error


def _parquet(file: Path) -> Sheet:
    try:
        table = pq.read_table(file)
        cells = {name: _as_text(table[name].combine_chunks()) for name in table.column_names}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise InputError(f"The file cannot be read as Parquet: {error}.", where=file.name) from error
    _refuse_header(table.column_names, file.name)
    return Sheet(file.name, cells, range(1, table.num_rows + 1), "row")


def _as_text(cells: pa.Array) -> pa.Array:
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_nan(cells), None, cells)
    return _trimmed(pc.cast(cells, pa.string()))


def _trimmed(cells: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim(cells, BLANKS)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _refuse_header(names: Sequence[str], where: str) -> None:
    if repeated := [name for name in names if list(names).count(name) > 1]:
        raise InputError(f"Column {repeated[0]!r} appears twice in the header.", where=where)
