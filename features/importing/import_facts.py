"""Importing: a source of facts becomes immutable, dated, checked tables."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from features.errors import InputError
from features.facts import ids
from features.facts.currencies import CURRENCIES
from features.facts.misconduct import MisconductCatalogue, read_catalogue
from features.facts.sql import literal, quoted
from features.facts.store import sha256_of
from features.facts.tables import TABLES
from features.importing.checking import check
from features.importing.currency import AMOUNTS
from features.importing.derived_columns import MISCONDUCT, view_all_rows, view_stored_rows, write_tables
from features.importing.facts_writer import FactsWriter
from features.importing.severity import GradeCount, grades, list_types
from features.importing.summary import ImportRefused, ImportSummary
from features.intake import quarantine
from features.intake.counts import TableCount
from features.intake.intake import DUPLICATE, ORDER, Intake
from features.sources.registry import SOURCES, Source, detect
from features.sources.report import SourceReport

Progress = Callable[[str, int, int], None]  # what is being done, steps done, steps in all


def import_facts(
    source: Path | str,
    into: Path | str,
    *,
    format: str | None = None,
    currency: str | None = None,
    tz: str | None = None,
    max_bad: float = 0.05,
    strict_ids: bool = False,
    progress: Progress | None = None,
) -> ImportSummary:
    """Merge the facts of `source` into the facts folder `into`, or refuse and change nothing.

    Args:
        source: a folder or file.
        into: the facts folder; made where it does not exist.
        format: a name in `features.sources.registry.SOURCES`; found out where it is None.
        currency: the reporting currency, ISO 4217, kept from the first import on.
        tz: the deployment's time zone, kept from the first import on.
        max_bad: the largest share of rows that may be quarantined; beyond it the import is refused.
        strict_ids: quarantine suppliers whose unified social credit code has a wrong check digit.
        progress: called with what is being done, and how far it is.
    """
    source, into = Path(source), Path(into)
    if not source.exists():
        raise InputError("There is no such file or folder.", where=str(source))
    chosen = format or detect(source)
    if chosen not in SOURCES:
        raise InputError(f"Unknown format {chosen!r}.", fix=f"Formats: {', '.join(SOURCES)}.")
    reader = SOURCES[chosen]
    tell = progress or (lambda *_: None)
    catalogue = read_catalogue()
    with FactsWriter.open(into) as store:
        setting = _settle(store, source, reader, currency=currency, tz=tz)
        with Intake.open(store.scratch, setting.tz) as intake:
            tell("reading", 0, _STEPS)
            report = reader.read(source, intake)
            _check_key(store, intake)
            list_types(intake, catalogue.severities)
            present, grown = _merge(intake, store, strict_ids=strict_ids, tell=tell)
            summary = _summary(f"{source.name}", chosen, setting, intake, report)
            if summary.quarantined > max_bad * summary.read:
                raise ImportRefused(summary, max_bad, quarantine.examples(intake))
            tell("writing", len(ORDER) + 1, _STEPS)
            return _commit(summary, source, intake, store, catalogue, present=present, grown=grown)


@dataclass(frozen=True)
class _Setting:
    """What a facts folder keeps from its first import on."""

    currency: str
    tz: str
    synthetic: bool


_STEPS = len(ORDER) + 2


def _settle(store: FactsWriter, source: Path, reader: Source, *, currency: str | None, tz: str | None) -> _Setting:
    """Settle currency, zone and whether facts are synthetic: as stored, else as asked, else as the source says."""
    said = reader.manifest(source) if hasattr(reader, "manifest") else {}
    synthetic = bool(said.get("synthetic", False))
    asked = {"currency": currency, "tz": tz}
    usual = {"currency": reader.CURRENCY, "tz": reader.TZ}
    if store.manifest is None:
        chosen = {name: asked[name] or said.get(name) or usual[name] for name in usual}
    else:
        chosen = {name: store.manifest[name] for name in usual}
        for name, wanted in asked.items():
            if wanted not in {None, chosen[name]}:
                fix = "They stay as the first import set them; import into another folder."
                raise InputError(f"These facts have {name} {chosen[name]}, not {wanted}.", where=name, fix=fix)
        if store.manifest["synthetic"] != synthetic:
            kinds = ("real", "synthetic") if synthetic else ("synthetic", "real")
            fix = "Import into another folder."
            raise InputError(f"These facts are {kinds[0]}, the source's are {kinds[1]}.", where=source.name, fix=fix)
    if chosen["currency"] not in CURRENCIES:
        raise InputError(f"{chosen['currency']!r} is no ISO 4217 currency.", where="currency", fix="Say CNY, say.")
    try:
        ZoneInfo(chosen["tz"])
    except (ValueError, OSError, KeyError) as error:
        raise InputError(f"{chosen['tz']!r} is no time zone.", where="tz", fix="Say Asia/Shanghai, say.") from error
    return _Setting(chosen["currency"], chosen["tz"], synthetic)


def _check_key(store: FactsWriter, intake: Intake) -> None:
    before = (store.manifest or {}).get("account_key")
    if before and intake.account_key and before != intake.account_key:
        raise InputError(
            "The stored account numbers were sealed under another deployment key, so the two could not be compared.",
            where=str(store.path),
            fix="Restore deployment.key, or import everything into another folder.",
        )


def _merge(intake: Intake, store: FactsWriter, *, strict_ids: bool, tell: Progress) -> tuple[set[str], set[str]]:
    """Check the new rows against each other and the stored ones; return the tables there are, and those that grew."""
    arrived = {table.name for table in intake.arrived}
    present = arrived | set(store.tables)
    if "suppliers" not in present:
        raise InputError("There are no suppliers.", fix="Every table but suppliers is optional.")
    grown = set()
    for step, name in enumerate(ORDER, start=1):
        if name not in present:
            continue
        tell(name, step, _STEPS)
        table = TABLES[name]
        view_stored_rows(table, intake, store.tables.get(name), store)
        view_all_rows(table, intake, new=name in arrived)
        if name not in arrived:
            continue
        if name == "suppliers" and strict_ids:
            wrong = f"SELECT n FROM good_suppliers WHERE {ids.check_digit_state('supplier_id')} = 'wrong'"
            reason = "is no valid unified social credit code: its check digit is wrong"
            intake.drop(table, wrong, column="supplier_id", kind="wrong_check_digit", reason=reason)
        check(table, intake, present)
        if intake.count(f"SELECT count(*) FROM good_{name}"):
            grown.add(name)
    return present, grown


def _summary(source: str, chosen: str, setting: _Setting, intake: Intake, report: SourceReport) -> ImportSummary:
    dropped = quarantine.counts(intake)
    found = {}
    for table in intake.arrived:
        kinds = dropped.get(table.name, Counter())
        duplicates = kinds.pop(DUPLICATE, 0)
        rows = intake.count(f"SELECT count(*) FROM new_{table.name}")
        loaded = intake.count(f"SELECT count(*) FROM good_{table.name}")
        found[table.name] = TableCount(rows + intake.unread[table.name], loaded, duplicates, kinds)
    id_standings: Counter[str] = Counter()
    if "suppliers" in found:
        standing = ids.check_digit_state("supplier_id")
        named = f"SELECT DISTINCT supplier_id, {standing} AS standing FROM new_suppliers WHERE supplier_id IS NOT NULL"
        id_standings.update(dict(intake.con.execute(f"SELECT standing, count(*) FROM ({named}) GROUP BY 1").fetchall()))
    return ImportSummary(
        source=source,
        format=chosen,
        currency=setting.currency,
        tz=setting.tz,
        synthetic=setting.synthetic,
        tables=found,
        records=report.records,
        notes=report.notes,
        ids=id_standings,
        grades=grades(intake) if "conduct" in found else GradeCount(),
        ignored=report.ignored,
    )


def _commit(
    summary: ImportSummary,
    source: Path,
    intake: Intake,
    store: FactsWriter,
    catalogue: MisconductCatalogue,
    *,
    present: set[str],
    grown: set[str],
) -> ImportSummary:
    """Write files, quarantine and manifest, in this order: a reader sees the old state or the new one."""
    if (store.manifest or {}).get(MISCONDUCT, {}).get("digest") != catalogue.digest:
        grown = grown | {MISCONDUCT}
    entries = write_tables(intake, store, currency=summary.currency, present=present, grown=grown)
    key = intake.account_key or (store.manifest or {}).get("account_key")
    held = store.write_quarantine(quarantine.lines(intake))
    state = {"currency": summary.currency, "tz": summary.tz, "synthetic": summary.synthetic, "tables": entries}
    state[MISCONDUCT] = catalogue.record
    manifest = store.swap({**state, "account_key": key} if key else state)
    counted = {}
    for name, count in summary.tables.items():
        entry = entries[name]
        lost = 0
        if name in AMOUNTS:
            amount = quoted(AMOUNTS[name].amount)
            rows = f"read_parquet({literal(str(store.path / entry['file']))})"
            lost = intake.count(f"SELECT count(*) FROM {rows} WHERE {amount} IS NOT NULL AND value IS NULL")
        counted[name] = replace(count, stored=entry["rows"], unconverted=lost)
    changed = store.manifest is None or store.manifest["digest"] != manifest["digest"]
    done = replace(summary, tables=counted, quarantine=held, digest=manifest["digest"], changed=changed)
    store.log(_entry(done, source, catalogue))
    return done


def _entry(summary: ImportSummary, source: Path, catalogue: MisconductCatalogue) -> dict[str, Any]:
    """Return the line that the log keeps of an import."""
    files = sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
    told = [[str(p.relative_to(source)) if source.is_dir() else p.name, sha256_of(p)] for p in files]
    named = json.dumps([summary.format, summary.currency, summary.tz, told, catalogue.digest], ensure_ascii=False)
    return {
        "import": hashlib.sha256(named.encode()).hexdigest(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": summary.source,
        "format": summary.format,
        "digest": summary.digest,
        "read": summary.read,
        "loaded": summary.loaded,
        "duplicates": summary.duplicates,
        "quarantined": dict(summary.by_kind),
        MISCONDUCT: {"digest": catalogue.digest, "unlisted": dict(summary.grades.unlisted.most_common(100))},
        "quarantine": summary.quarantine.name if summary.quarantine else None,
    }
