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
    """Whether a folder holds a file that is called as a canonical table is."""
    return source.is_dir() and bool(files(source))


def read(source: Path, intake: Intake) -> SourceReport:
    """Read every canonical table of the folder; files with other names are ignored, and said to be."""
    if not source.is_dir():
        raise InputError("Canonical tables lie in a folder.", where=str(source), fix="Name the folder.")
    found = files(source)
    if not found:
        raise InputError("There is no canonical table here.", where=str(source), fix=f"Tables: {', '.join(TABLES)}.")
    for name in ORDER:
        if name in found:
            read_table(found[name], TABLES[name], intake)
    known = {*found.values(), source / _MANIFEST}
    return SourceReport(ignored=tuple(sorted(p.name for p in source.iterdir() if p not in known)))


def files(source: Path) -> dict[str, Path]:
    """Return the file of each canonical table; InputError where a table has two."""
    found: dict[str, Path] = {}
    for file in sorted(source.iterdir()):
        name, form = re.fullmatch(r"([^.]*)(.*)", file.name, re.DOTALL).groups()  # type: ignore[union-attr]
        if name not in TABLES or form not in _FORMS or not file.is_file():
            continue
        if name in found:
            raise InputError(f"Table {name!r} is there twice.", where=str(source), fix=f"Keep one of {file.name!r} …")
        found[name] = file
    return found


def manifest(source: Path) -> dict[str, Any]:
    """Return what a folder's own `manifest.json` says about its facts: `synthetic`, `currency`, `tz`."""
    file = source / _MANIFEST
    if not file.is_file():
        return {}
    try:
        said = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError("The manifest is not JSON.", where=str(file)) from error
    right = {"synthetic": bool, "currency": str, "tz": str}
    if not isinstance(said, dict) or any(not isinstance(said.get(k, kind()), kind) for k, kind in right.items()):
        raise InputError("The manifest must hold synthetic (true or false), currency and tz.", where=str(file))
    return {name: said[name] for name in right if name in said}
