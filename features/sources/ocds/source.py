"""Open Contracting Data Standard: release and record packages, versions 1.0, 1.1 and 1.2.

A part of a release that cannot be read is quarantined, and the other parts are read. A record gives its compiled
release, or else its embedded releases, merged one after the other; linked releases are refused, because the import
downloads nothing.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.intake.counts import RecordCount
from features.intake.intake import Intake
from features.sources.notes import NoteCount, Notes, sentences
from features.sources.ocds.fields import KEY
from features.sources.ocds.files import documents, is_file_name, version_of
from features.sources.ocds.notes import KINDS
from features.sources.ocds.own import deployment_of, is_own, rows_of_own
from features.sources.ocds.reading import Fault, Row
from features.sources.ocds.record import rows_of_record
from features.sources.ocds.release import BadRelease, ReleaseRows
from features.sources.report import SourceReport
from features.sources.rows import Rows

CURRENCY = "CNY"
TZ = "Asia/Shanghai"

MEMORY_LIMIT = "192MB"  # with Python, the parser and a batch, an import of any size stays below 512 MiB

# What to do about releases that cannot be read, by kind.
_FIXES = {
    "missing_value": "A release must have an `ocid` and a `date`; a package has `releases` or `records`.",
    "bad_shape": "OCDS release and record packages hold an array of objects.",
    "same_id_twice": "Ask the publisher which of them holds, and leave out the other.",
    "linked_release": "Download the releases, and embed them in the record.",
    "not_json": "Write the file again as JSON in UTF-8.",
    "too_large": "Split the release or record.",
    "name_twice": "Keep one of the values.",
    "bad_date": "Write dates as 2025-06-30 or 2025-06-30T09:00:00Z.",
    "cannot_merge": "Give every field one type in all releases of a process.",
}
_KINDS_SHOWN = 4

_LINK = "links to a release; the import downloads nothing, so provide the release itself"


def recognises(source: Path) -> bool:
    """Whether a file, or one in the folder, has a name of JSON files."""
    return any(is_file_name(p.name) for p in (source.iterdir() if source.is_dir() else [source]))


def read(source: Path, intake: Intake) -> SourceReport:
    """Read one file, or every OCDS file of a folder."""
    files = _files(source)
    if not files:
        raise InputError("There is no .json or .jsonl file here.", where=str(source))
    intake.limit_memory(MEMORY_LIMIT)
    reader = _Reader(intake, Rows(intake), bool(manifest(source).get("synthetic")))
    for file in files:
        number = intake.file(file.name)
        for at, item, trouble in documents(file):
            if trouble:
                reader.refuse(number, at, *trouble)
            else:
                reader.add_document(item, number, str(at), file)
    count = reader.count()
    if not count.used:
        raise _nothing_read(source, reader)
    reader.rows.finish()
    ignored = () if source.is_file() else tuple(sorted(p.name for p in source.iterdir() if p not in files))
    return SourceReport(
        {"releases": count}, sentences(reader.counts_by_code, KINDS), ignored, reader.counts_by_code, KINDS
    )


def _nothing_read(source: Path, reader: "_Reader") -> InputError:
    """Return the error for a source without a readable release: the reasons by kind, each with its first place."""
    if not reader.reasons:
        fix = "OCDS release and record packages have `releases` or `records`."
        return InputError("There is no release here.", where=str(source), fix=fix)
    kinds = sorted(reader.reasons.items(), key=lambda k: (-k[1].count, k[0]))[:_KINDS_SHOWN]
    reasons = "; ".join(f"{n.count:,} {kind.replace('_', ' ')}, first {n.place}: {n.reason}" for kind, n in kinds)
    fix = _FIXES.get(kinds[0][0], "OCDS release and record packages have `releases` or `records`.")
    return InputError(f"There is no release here that could be read. {reasons}.", where=str(source), fix=fix)


def manifest(source: Path) -> dict[str, Any]:
    """Return `synthetic`, `currency` and `tz` of the deployment that exported the first release."""
    for file in _files(source)[:1]:
        for _, item, _ in documents(file):
            return deployment_of(item) if is_own(item) else {}
    return {}


def _files(source: Path) -> list[Path]:
    return [source] if source.is_file() else sorted(p for p in source.iterdir() if is_file_name(p.name))


@dataclass
class _Reason:
    """How many releases were refused for one kind of error, with the place and reason of the first."""

    place: str
    reason: str
    count: int = 0


@dataclass
class _Reader:
    """Turns releases and records into rows, and counts them."""

    intake: Intake
    rows: Rows
    synthetic: bool
    counts_by_code: dict[str, NoteCount] = field(default_factory=dict)
    used: int = 0
    refused: int = 0
    reasons: dict[str, _Reason] = field(default_factory=dict)
    versions: dict[Path, str | None] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)

    def add_document(self, item: Any, file: int, at: str, path: Path) -> None:
        """Add a release or a record."""
        at = at.rstrip("/")
        if not isinstance(item, dict):
            self.refuse(file, at, "bad_shape", "is not an object")
        elif isinstance(item.get("compiledRelease"), dict):
            embedded = item.get("releases")
            self.excluded["contained in a compiled release"] += len(embedded) if isinstance(embedded, list) else 0
            self._release(item["compiledRelease"], file, f"{at}/compiledRelease")
        elif isinstance(item.get("releases"), list):
            self._record(item["releases"], file, at, item.get("version") or self._version(path))
        else:
            self._release(item, file, at)

    def _version(self, path: Path) -> str | None:
        if path not in self.versions:
            self.versions[path] = version_of(path)
        return self.versions[path]

    def refuse(self, file: int, at: int | str, kind: str, reason: str) -> None:
        """Quarantine a release."""
        self.refused += 1
        place = f"{self.intake.files[file]} {f'line {at}' if isinstance(at, int) else at}"
        self.reasons.setdefault(kind, _Reason(place, reason)).count += 1
        self.intake.reject("releases", file, at, kind=kind, reason=reason)

    def count(self) -> RecordCount:
        """Return the counts of all releases."""
        read = self.used + self.refused + self.excluded.total()
        return RecordCount(read, self.used, +self.excluded, self.refused)

    def _record(self, embedded: list[Any], file: int, at: str, version: object) -> None:
        """Add the releases of one process that are not compiled."""
        releases = []
        for i, release in enumerate(embedded):
            pointer = f"{at}/releases/{i}"
            if _is_link(release):
                self.refuse(file, pointer, "linked_release", _LINK)
            else:
                releases.append((pointer, release))
        try:
            record = rows_of_record(releases, at, self.intake.tz, version)
        except BadRelease as bad:
            self._refuse_record([pointer for pointer, _ in releases], bad, file)
            return
        self.used += record.used
        self.excluded["given twice in its record"] += len(releases) - record.used
        self._add(record.rows, record.faults, record.notes, file)

    def _refuse_record(self, pointers: list[str], bad: BadRelease, file: int) -> None:
        """Quarantine all releases of a record: the bad one with its error, the others because of it."""
        culprit = next((p for p in pointers if f"{bad.pointer}/".startswith(f"{p}/")), pointers[0])
        for pointer in pointers:
            if pointer == culprit:
                self.refuse(file, bad.pointer, bad.kind, bad.reason)
            else:
                self.refuse(file, pointer, "bad_record", "cannot be merged: another release of its record is bad")

    def _release(self, release: Any, file: int, at: str) -> None:
        if _is_link(release):
            return self.refuse(file, at, "linked_release", _LINK)
        try:
            parsed = self._own(release, at) if is_own(release) else ReleaseRows.of(release, at, self.intake.tz)
        except BadRelease as bad:
            return self.refuse(file, bad.pointer, bad.kind, bad.reason)
        self.used += 1
        return self._add(parsed.rows, parsed.faults, parsed.notes, file)

    def _own(self, release: Any, at: str) -> ReleaseRows:
        if deployment_of(release).get("synthetic", False) != self.synthetic:
            raise BadRelease(f"{at}/{KEY}", "synthetic", "differs from the first release: synthetic or real facts")
        return rows_of_own(release, at)

    def _add(self, rows: list[Row], faults: list[Fault], notes: Notes, file: int) -> None:
        for code, pointers in notes.items():
            self.counts_by_code.setdefault(code, NoteCount()).add(
                len(pointers), [(file, pointer) for pointer in pointers]
            )
        for fault in faults:
            self.rows.add(fault.table, {}, file=file, at=fault.pointer, bad=("", fault.kind, fault.reason))
        for table, values, pointer, wrong in rows:
            self.rows.add(table, values, file=file, at=pointer, bad=wrong)


def _is_link(release: Any) -> bool:
    return isinstance(release, dict) and "ocid" not in release and isinstance(release.get("url"), str)
