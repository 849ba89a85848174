"""The summary of an import, as text for a person."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.facts.store import sha256_of
from features.importing.severity import GradeCount
from features.intake.counts import RecordCount, TableCount
from features.quality.printing import short_lines


@dataclass(frozen=True)
class ImportSummary:
    """The counts and results of one import.

    Attributes:
        tables: rows by canonical table.
        records: records by kind, where the records of a source are not rows of a table.
        notes: how often the import chose a substitute (for example a date taken from another field), by sentence.
        ids: distinct supplier ids by check digit state: `valid`, `wrong`, `other`.
        grades: where the severity of the rows of `conduct` comes from.
        ignored: files of the source that the import does not read.
        pooled_financing: whether loans of all lenders enter every profile.
        quarantine: the file with the quarantined rows, or None.
        changed: whether the facts differ from those before the import.
        quality: the quality report of the facts after the import.
        never_filled: by table and source of all stored facts, the dated columns that the source never fills.
    """

    source: str
    format: str
    currency: str
    tz: str
    synthetic: bool
    tables: Mapping[str, TableCount]
    records: Mapping[str, RecordCount]
    notes: Counter[str]
    ids: Counter[str]
    ignored: tuple[str, ...]
    grades: GradeCount = field(default_factory=GradeCount)
    pooled_financing: bool = False
    quarantine: Path | None = None
    digest: str = ""
    changed: bool = False
    never_filled: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    quality: Mapping[str, Any] | None = None

    @property
    def read(self) -> int:
        """Rows read, and records that could not become rows."""
        return sum(t.read for t in self.tables.values()) + sum(r.quarantined for r in self.records.values())

    @property
    def loaded(self) -> int:
        """Rows loaded."""
        return sum(t.loaded for t in self.tables.values())

    @property
    def duplicates(self) -> int:
        """Rows dropped because an identical row exists."""
        return sum(t.duplicates for t in self.tables.values())

    @property
    def quarantined(self) -> int:
        """Rows and records quarantined."""
        return sum(t.quarantined.total() for t in self.tables.values()) + sum(
            r.quarantined for r in self.records.values()
        )

    @property
    def by_kind(self) -> Counter[str]:
        """Quarantined rows by kind of error."""
        by_kind: Counter[str] = Counter()
        for table in self.tables.values():
            by_kind += table.quarantined
        unread = sum(r.quarantined for r in self.records.values())
        return by_kind + Counter(unread_record=unread) if unread else by_kind

    def lines(self) -> list[str]:
        """Return the summary as lines of plain text; no line names a supplier."""
        kind = "synthetic " if self.synthetic else ""
        out = [f"{kind}{self.format} from {self.source}, in {self.currency}, days of {self.tz}", "", _row(*_HEAD)]
        for name, t in self.tables.items():
            out.append(_row(name, t.read, t.loaded, t.duplicates, t.quarantined.total(), t.stored))
        out += [_row("rows", *self._totals(), sum(t.stored for t in self.tables.values())), ""]
        out.append(
            f"read {self.read:,} = loaded {self.loaded:,} + duplicates {self.duplicates:,}"
            f" + quarantined {self.quarantined:,}"
        )
        for name, r in self.records.items():
            out.append(
                f"{name}: read {r.read:,} = used {r.used:,} + excluded {r.excluded.total():,}"
                f" + quarantined {r.quarantined:,}"
            )
            out += [f"  excluded {n:,}: {why}" for why, n in sorted(r.excluded.items())]
        out += self._findings()
        return out

    def _totals(self) -> tuple[int, int, int, int]:
        tables = self.tables.values()
        unread = sum(r.quarantined for r in self.records.values())
        return self.read - unread, self.loaded, self.duplicates, sum(t.quarantined.total() for t in tables)

    def _findings(self) -> list[str]:
        out = []
        for name, t in self.tables.items():
            out += [f"quarantined {n:,} {name}: {kind.replace('_', ' ')}" for kind, n in sorted(t.quarantined.items())]
        for name, t in self.tables.items():
            if t.unconverted:
                out.append(f"no rate into {self.currency} for {t.unconverted:,} amounts of {name}: they stay unknown")
        for (name, source_name), unfilled in self.never_filled.items():
            whose = f"source {source_name}" if source_name else "rows without a source"
            out.append(f"never filled in {name} by {whose}: {', '.join(unfilled)} (unknown, never late or open)")
        out += short_lines(self.quality) if self.quality else []
        out += [f"{n:,} times: {note}" for note, n in sorted(self.notes.items())]
        if self.ids:
            out.append(
                f"supplier ids: {self.ids['valid']:,} with a valid check digit, {self.ids['wrong']:,} with a wrong one,"
                f" {self.ids['other']:,} that are no unified social credit code"
            )
        out += self._conduct()
        out += [f"ignored {name}" for name in self.ignored]
        if self.quarantine:
            out.append(f"quarantined rows, with their places and reasons: {self.quarantine}")
        if self.digest:
            out.append(f"facts {self.digest[:19]} ({'changed' if self.changed else 'unchanged'})")
        return out

    def _conduct(self) -> list[str]:
        """Return lines on where severities come from, and which types the catalogue does not list."""
        grades, out = self.grades, []
        if grades.listed:
            out.append(f"severity of {grades.listed:,} rows of conduct taken from the catalogue of misconduct")
        if grades.unlisted:
            named = ", ".join(repr(kind) for kind, _ in grades.unlisted.most_common(_UNLISTED_SHOWN))
            more = ", …" if len(grades.unlisted) > _UNLISTED_SHOWN else ""
            out.append(
                f"{grades.unlisted.total():,} rows of conduct are of {len(grades.unlisted):,} types that the catalogue"
                f" of misconduct does not list: {named}{more}"
            )
        return out


class ImportRefused(InputError):
    """The import has too many bad rows; nothing was changed."""

    def __init__(self, summary: ImportSummary, max_bad: float, examples: list[str]) -> None:
        self.summary = summary
        self.examples = examples
        share = summary.quarantined / max(summary.read, 1)
        kinds = ", ".join(f"{n:,} {kind}" for kind, n in summary.by_kind.most_common())
        super().__init__(
            f"{summary.quarantined:,} of {summary.read:,} rows are bad ({share:.1%}, at most {max_bad:.1%} may be):"
            f" {kinds}. First: {'; '.join(examples)}.",
            where=summary.source,
            fix="Nothing was changed. Correct the source, or allow more with --max-bad.",
        )


_UNLISTED_SHOWN = 5  # the log lists more

_HEAD = ("table", "read", "loaded", "duplicates", "quarantined", "stored")


def _row(name: str, *cells: object) -> str:
    return f"{name:<12}" + "".join(f"{cell:>13,}" if isinstance(cell, int) else f"{cell:>13}" for cell in cells)


def log_entry(summary: ImportSummary, source: Path, catalogue: str, *others: str) -> dict[str, Any]:
    """Return the log entry of an import; `catalogue` is the digest of the misconduct catalogue, `others` other ones."""
    files = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
    file_digests = [[str(p.relative_to(source)) if source.is_dir() else p.name, sha256_of(p)] for p in files]
    identity = json.dumps(
        [summary.format, summary.currency, summary.tz, file_digests, catalogue, *others], ensure_ascii=False
    )
    return {
        "import": hashlib.sha256(identity.encode()).hexdigest(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": summary.source,
        "format": summary.format,
        "digest": summary.digest,
        "read": summary.read,
        "loaded": summary.loaded,
        "duplicates": summary.duplicates,
        "quarantined": dict(summary.by_kind),
        "misconduct": {"digest": catalogue, "unlisted": dict(summary.grades.unlisted.most_common(100))},
        "quarantine": summary.quarantine.name if summary.quarantine else None,
    }
