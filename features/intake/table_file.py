"""Reading one file of a canonical table: its header, its encoding, its rows and the place of each row."""

import csv
import gzip
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import InputError
from features.facts.sql import literal, quoted
from features.facts.tables import CLOCKS, Table
from features.intake.encoding import not_utf8
from features.intake.intake import Intake

_CHUNK_BYTES = 1 << 22
_ROW_LENGTH_MAX = 500_000  # characters; DuckDB takes lines of 2 MiB
_TOO_LONG = f"is longer than {_ROW_LENGTH_MAX} characters"

_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}

_NOWHERE = "CAST(NULL AS VARCHAR) AS _pointer, CAST(NULL AS VARCHAR) AS _bad"


def read_table(file: Path, table: Table, intake: Intake) -> list[str]:
    """Read `NAME.parquet`, `NAME.csv` or `NAME.csv.gz` into the intake; return the file's columns."""
    return (_read_parquet if file.suffix == ".parquet" else _read_csv)(file, table, intake)


def check_header(names: Sequence[str], table: Table, where: str) -> None:
    """Refuse a header with unknown, repeated or missing columns."""
    known = [c.name for c in (*table.columns, *CLOCKS)]
    unknown = [n for n in names if n not in known]
    if delimiter := _other_delimiter(names, known):
        fix = "Export it with commas between the cells."
        raise InputError(f"The cells are separated by {delimiter}, not by commas.", where=where, fix=fix)
    if unknown:
        fix = f"Columns of {table.name}: {', '.join(known)}."
        raise InputError(f"Unknown column {unknown[0]!r} in the header.", where=where, fix=fix)
    repeated = {n for n in names if list(names).count(n) > 1}
    if repeated:
        raise InputError(f"Column {sorted(repeated)[0]!r} appears twice in the header.", where=where)
    missing = [c.name for c in table.columns if c.required and c.name not in names]
    if missing:
        raise InputError(f"Column {missing[0]!r} is missing from the header.", where=where, fix="It is required.")


def _other_delimiter(names: Sequence[str], known: Sequence[str]) -> str | None:
    """Return the name of the delimiter that splits a header of one cell into known columns; None if there is none."""
    for sign, called in _DELIMITERS.items():
        if len(names) == 1 and {part.strip(' "') for part in names[0].split(sign)} & set(known) and sign in names[0]:
            return called
    return None


def _read_parquet(file: Path, table: Table, intake: Intake) -> list[str]:
    try:
        names = pq.read_schema(file).names
        relation = f"read_parquet({literal(str(file))})"
        described = intake.con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    except (pa.ArrowInvalid, duckdb.Error) as error:
        raise InputError("The file is not Parquet.", where=file.name) from error
    check_header(names, table, file.name)
    types = {row[0]: "VARCHAR" if row[1].startswith("ENUM") else row[1] for row in described}
    nested = [name for name, kind in types.items() if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "BLOB"))]
    if nested:
        raise InputError(f"Column {nested[0]!r} has type {types[nested[0]]}, not single values.", where=file.name)
    number = intake.file(file.name, shift=1, unit="row")
    try:
        intake.add(table, types, relation, carried=f"{number} AS _file, CAST(NULL AS BIGINT) AS _line, {_NOWHERE}")
    except duckdb.Error as error:
        raise InputError("The file is damaged: it cannot be read to its end.", where=file.name) from error
    return list(names)


def _read_csv(file: Path, table: Table, intake: Intake) -> list[str]:
    plain, newlines, ends_open = _plain(file, intake.scratch)
    header = next(_records(plain, file.name), (1, []))[1]
    if isinstance(header, str):
        raise InputError(f"The header {header}.", where=file.name)
    names = [name.strip() for name in header]
    check_header(names, table, file.name)
    number = intake.file(file.name, shift=2)
    carried = f"{number} AS _file, CAST(NULL AS BIGINT) AS _line, {_NOWHERE}"
    types = dict.fromkeys(names, "VARCHAR")
    try:
        intake.add(table, types, _csv_relation(plain, names), carried=carried)
        if intake.count(f"SELECT count(*) FROM new_{table.name}") + 1 == newlines + ends_open:
            return names  # every row is one line: row n is line n + 2
    except duckdb.InvalidInputException:
        pass  # a row with too few or too many fields, or bad quotes: reading row by row shows which
    intake.con.execute(f"DELETE FROM dropped WHERE tbl = {literal(table.name)}")
    intake.con.execute(f"DROP VIEW IF EXISTS good_{table.name}; DROP TABLE IF EXISTS new_{table.name}")
    del intake.shifts[number]
    sound = _copy_sound_records(plain, file.name, len(names), table, number, intake)
    carried = f"{number} AS _file, CAST(_line AS BIGINT) AS _line, {_NOWHERE}"
    intake.add(table, types, _csv_relation(sound, ["_line", *names]), carried=carried)
    return names


def _csv_relation(file: Path, names: Sequence[str]) -> str:
    typed = ", ".join(f"{quoted(n)}: 'VARCHAR'" for n in names)
    return (
        f"read_csv({literal(str(file))}, columns = {{{typed}}}, header = true, auto_detect = false, delim = ',',"
        " quote = '\"', escape = '\"', strict_mode = true, null_padding = false, nullstr = '')"
    )


def _plain(file: Path, scratch: Path) -> tuple[Path, int, bool]:
    """Return an uncompressed copy (or the file itself), its number of newlines, and whether the last line lacks one."""
    plain = file
    if file.suffix == ".gz":
        plain = scratch / file.stem
        try:
            with gzip.open(file, "rb") as packed, plain.open("wb") as out:
                shutil.copyfileobj(packed, out, _CHUNK_BYTES)
        except (OSError, EOFError) as error:
            raise InputError("The file is not gzip, or it is cut off.", where=file.name) from error
    newlines, last = 0, b"\n"
    with plain.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            newlines, last = newlines + chunk.count(b"\n"), chunk[-1:]
    return plain, newlines, last != b"\n"


def _records(plain: Path, name: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the line in which each record starts, with its fields, or with the error in its quotes."""
    csv.field_size_limit(_CHUNK_BYTES)
    with plain.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except UnicodeDecodeError as error:
                raise not_utf8(plain, name) from error
            except csv.Error as error:
                if "unexpected end" in str(error):
                    raise InputError(f"A quote opened in line {line} is never closed.", where=name) from error
                too_long = "field limit" in str(error)
                yield line, _TOO_LONG if too_long else f"cannot be split into fields: {error}"
            else:
                if fields:
                    yield line, fields


def _copy_sound_records(plain: Path, name: str, width: int, table: Table, number: int, intake: Intake) -> Path:
    """Copy the records that have `width` fields, each with its line number; quarantine the others."""
    sound = intake.scratch / f"{table.name}.sound.csv"
    records = _records(plain, name)
    with sound.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
        _, header = next(records)
        out.writerow(["_line", *header])
        for line, fields in records:
            if isinstance(fields, str):
                kind, reason = "too_long" if fields == _TOO_LONG else "bad_quotes", fields
            elif len(fields) != width:
                kind, reason = "field_count", f"has {len(fields)} fields, the header {width}"
            elif sum(map(len, fields)) > _ROW_LENGTH_MAX:
                kind, reason = "too_long", _TOO_LONG
            else:
                out.writerow([line, *fields])
                continue
            intake.reject(table.name, number, line, kind=kind, reason=reason)
    return sound
