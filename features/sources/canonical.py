"""A folder of canonical tables: `NAME.parquet`, `NAME.csv` or `NAME.csv.gz` (FACTS lists the names)."""

import json
import re
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.facts.tables import TABLES
from features.intake.intake import ORDER, Intake
from features.intake.table_file import read_table
from features.sources.report import SourceReport

CURRENCY = "CNY"
TZ = "Asia/Shanghai"

_FORMS = (".parquet", ".csv", ".csv.gz")
_MANIFEST = "manifest.json"


def recognises(source: Path) -> bool:
    """Whether a folder has a file named like a canonical table."""
    return source.is_dir() and bool(files(source))


def read(source: Path, intake: Intake) -> SourceReport:
    """Read every canonical table of the folder; the report lists files with other names as ignored."""
    if not source.is_dir():
        raise InputError("Canonical tables must be in a folder.", where=str(source), fix="Name the folder.")
    table_files = files(source)
    if not table_files:
        raise InputError("There is no canonical table here.", where=str(source), fix=f"Tables: {', '.join(TABLES)}.")
    for name in ORDER:
        if name in table_files:
            read_table(table_files[name], TABLES[name], intake)
    files_read = {*table_files.values(), source / _MANIFEST}
    return SourceReport(ignored=tuple(sorted(p.name for p in source.iterdir() if p not in files_read)))


def files(source: Path) -> dict[str, Path]:
    """Return the file of each canonical table; InputError where a table has two."""
    table_files: dict[str, Path] = {}
    for file in sorted(source.iterdir()):
        name, ending = re.fullmatch(r"([^.]*)(.*)", file.name, re.DOTALL).groups()  # type: ignore[union-attr]
        if name not in TABLES or ending not in _FORMS or not file.is_file():
            continue
        if name in table_files:
            raise InputError(f"Table {name!r} is there twice.", where=str(source), fix=f"Keep one of {file.name!r} …")
        table_files[name] = file
    return table_files


def manifest(source: Path) -> dict[str, Any]:
    """Return `synthetic`, `currency` and `tz` from a folder's `manifest.json`, as far as it has them."""
    file = source / _MANIFEST
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError("The manifest is not JSON.", where=str(file)) from error
    types = {"synthetic": bool, "currency": str, "tz": str}
    if not isinstance(content, dict) or any(not isinstance(content.get(k, kind()), kind) for k, kind in types.items()):
        raise InputError("The manifest must have synthetic (true or false), currency and tz.", where=str(file))
    return {name: content[name] for name in types if name in content}
