"""Reading an imported facts folder: its manifest, its tables, its time zone."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from features.errors import InputError
from features.facts import dated_columns
from features.facts.dated_columns import DatedColumn
from features.facts.tables import TABLES

FORMAT = 4
EARLIER = frozenset({1, 2, 3})
"""Formats that an import upgrades.

1 had no `conduct.stated_severity`, 2 no counts of dated columns, and 3 no versions restated where a part changed.
"""
MANIFEST = "manifest.json"
RESTORE = "Restore this file from a back-up, or import all sources again into an empty folder."

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Facts:
    """The facts of one import: immutable files, listed in one manifest.

    Attributes:
        tables: the Parquet file of each table that has been imported.
        digest: `sha256:...` over the tables' own digests; the same facts give the same digest.
        manifest: the manifest as read, for values that have no attribute here.
        reference: the Parquet file of each reference table: the peers, and the kinds of registry events.
    """

    path: Path
    currency: str
    tz: str
    synthetic: bool
    digest: str
    tables: Mapping[str, Path]
    manifest: Mapping[str, Any]
    reference: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path | str) -> "Facts":
        """Open the facts folder at `path`; InputError if there is none, or a file is not what was imported."""
        folder = Path(path)
        manifest = read_manifest(folder)
        if manifest is None:
            raise InputError(
                "There are no imported facts here.", where=str(folder), fix="Run `supplier-credit import` first."
            )
        tables = {name: folder / entry["file"] for name, entry in manifest["tables"].items()}
        reference = {name: folder / entry["file"] for name, entry in manifest.get("reference", {}).items()}
        check_tables(folder, manifest)
        return cls(
            path=folder,
            currency=manifest["currency"],
            tz=manifest["tz"],
            synthetic=manifest["synthetic"],
            digest=manifest["digest"],
            tables=tables,
            reference=reference,
            manifest=manifest,
        )

    def instant(self, value: str | date | datetime) -> datetime:
        """Return `value` as a naive UTC instant; a bare date D is D 00:00 in the facts' time zone.

        Text without an offset is local time; a naive `datetime` is UTC, as stored.
        """
        return instant(value, self.tz)

    @property
    def data_cutoffs(self) -> dict[str, str]:
        """Latest `known_at` of each table, as ISO 8601 in UTC; a table without rows is left out."""
        entries = self.manifest["tables"].items()
        return {name: entry["known_at_max"] for name, entry in entries if entry["known_at_max"]}

    @property
    def misconduct(self) -> str:
        """Digest of the catalogue of misconduct that `conduct` was graded by."""
        return str(self.manifest["misconduct"]["digest"])

    @property
    def pooled_financing(self) -> bool:
        """Whether the operator lets all lenders' loans enter every profile, as columns whose values no answer shows."""
        return bool(self.manifest.get("pooled_financing", False))

    @property
    def event_kinds(self) -> str | None:
        """Digest of the kinds of registry events that the last import stored; None where it stored none."""
        entry = self.manifest.get("reference", {}).get("event_kinds")
        return None if entry is None else str(entry["sha256"])

    @property
    def missing_tables(self) -> list[str]:
        """Canonical tables that were never imported (their features are null, never zero)."""
        return [
            name
            for name in TABLES
            if name not in self.tables and name not in {"calendar", "outcomes", "rates", "spine"}
        ]

    def dated_columns(self, table: str) -> dict[str, dict[str, DatedColumn]]:
        """How often each source of a table fills each of its dated columns: by source, then by column.

        Rows without a source are those of source ""; a table that was never imported has no source.
        """
        entry = self.manifest["tables"].get(table)
        return dated_columns.from_json(entry["dated"]) if entry else {}

    def filled_since(self, table: str, column: str) -> dict[str, datetime | None]:
        """By source of a table: the first instant (naive UTC) at which it was known to fill a dated column, or None.

        A profile of `as_of` may rest on the column for a row of that source only where the instant lies before it.
        """
        return {source: columns[column].since for source, columns in self.dated_columns(table).items()}

    def verify(self) -> None:
        """Raise InputError if a table's bytes are no longer those of the manifest."""
        check_tables(self.path, self.manifest)


def check_tables(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Compare every table's bytes with the digest in the manifest; InputError names the first that differs."""
    for name, entry in {**manifest["tables"], **manifest.get("reference", {})}.items():
        file = folder / entry["file"]
        if not file.is_file():
            raise InputError(f"The file of table {name!r} is missing.", where=str(file), fix=RESTORE)
        if sha256_of(file) != entry["sha256"]:
            what = f"The file of table {name!r} is not what was imported: it was damaged, or changed after its import."
            raise InputError(what, where=str(file), fix=RESTORE)


def read_manifest(folder: Path, *, earlier: bool = False) -> dict[str, Any] | None:
    """Return the manifest of a facts folder, or None where nothing has been imported into it.

    Args:
        earlier: accept the manifest of an earlier version too; an import does, and upgrades the folder.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise InputError("The manifest is not JSON.", where=str(folder / MANIFEST), fix="Import again.") from error
    written = manifest.get("format") if isinstance(manifest, dict) else None
    if written in EARLIER and not earlier:
        fix = "Import their source again: that upgrades them."
        raise InputError("These facts were imported by an earlier version.", where=str(folder / MANIFEST), fix=fix)
    if written not in {FORMAT, *EARLIER} or "digest" not in manifest:
        raise InputError(
            "This is not the manifest of imported facts.", where=str(folder / MANIFEST), fix="Import the folder first."
        )
    return manifest


def facts_digest(manifest: Mapping[str, Any]) -> str:
    """Return `sha256:...` over the tables' digests and the settings (currency, time zone, synthetic)."""
    entries = {**manifest["tables"], **manifest.get("reference", {})}
    named = {name: entry["sha256"] for name, entry in sorted(entries.items())}
    meaning = {"currency": manifest["currency"], "tz": manifest["tz"], "synthetic": manifest["synthetic"]}
    if manifest.get("pooled_financing"):
        meaning["pooled_financing"] = True
    text = json.dumps({"tables": named, **meaning}, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def sha256_of(file: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def instant(value: str | date | datetime, tz: str) -> datetime:
    """Return `value` as a naive UTC instant in a deployment that lives in `tz`."""
    if isinstance(value, str):
        value = _parse(value)
        if isinstance(value, datetime) and value.tzinfo is None:
            value = value.replace(tzinfo=ZoneInfo(tz))
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), tzinfo=ZoneInfo(tz))
    if value.tzinfo is None:
        return value
    try:
        return value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise InputError("The date lies outside the calendar.", fix="Write it as 2025-07-01.") from error


def local_day(moment: datetime, tz: str) -> date:
    """Return the calendar day of a naive UTC instant in a deployment that lives in `tz`."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(tz)).date()


def _parse(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no date.", fix="Write it as 2025-07-01 or 2025-07-01T00:00:00+08:00.") from error
