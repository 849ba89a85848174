"""Importing: read a source of facts, check it, and write immutable, dated tables."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from features.errors import InputError
from features.facts import ids
from features.facts.currencies import CURRENCIES
from features.facts.dated_columns import never_filled
from features.facts.misconduct import MisconductCatalogue, read_catalogue
from features.facts.source_register import REGISTER
from features.facts.sql import literal, quoted
from features.facts.tables import TABLES
from features.importing.apply_rules import RULED_TABLES, apply_rules
from features.importing.checks import check
from features.importing.clocks import local_day_of, set_clocks
from features.importing.derived_columns import AMOUNTS, MISCONDUCT, view_all_rows, view_stored_rows, write_tables
from features.importing.disk_full import disk_full_named
from features.importing.facts_writer import FactsWriter
from features.importing.open_ends import with_open_ends
from features.importing.quality import RULES, sources_of, sources_record, write_quality
from features.importing.reference_tables import write_reference_tables
from features.importing.severity import GradeCount, count_grades, list_types
from features.importing.summary import ImportRefused, ImportSummary, log_entry
from features.intake import quarantine, spellings
from features.intake.counts import TableCount
from features.intake.encoding import in_utf8
from features.intake.intake import DUPLICATE, ORDER, Intake
from features.quality.import_rules import ImportRules, read_rules
from features.sources.registry import SOURCES, Source, detect
from features.sources.report import SourceReport

Progress = Callable[[str, int, int], None]  # current step, steps done, number of steps


def import_facts(
    source: Path | str,
    into: Path | str,
    *,
    format: str | None = None,
    currency: str | None = None,
    tz: str | None = None,
    max_bad: float = 0.05,
    strict_ids: bool = False,
    rules: Path | str | None = None,
    pooled_financing: bool | None = None,
    known_at: str | date | datetime | None = None,
    now: datetime | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Merge the facts of `source` into the facts folder `into`, or raise and change nothing.

    Args:
        source: a folder or file; `into` is the facts folder, created where it does not exist.
        format: a name in `features.sources.registry.SOURCES`; detected where None.
        currency: the reporting currency, ISO 4217; the first import fixes it and `tz`, the deployment's time zone.
        max_bad: the largest share of rows that may be quarantined; beyond it the import is refused.
        pooled_financing: whether loans of all lenders enter every profile, unseen; None: as before, at first no.
        strict_ids: quarantine suppliers whose unified social credit code has a wrong check digit.
        rules: a file of rules on findings and of the register of sources; None for `<home>/import.toml`, if it exists.
        known_at: of a dump without clocks; changed rows become corrections known then. A date means the end of its day.
        now: the instant of the import (naive: UTC), after which no row can be known; the clock's where None.
        encoding: of the source's text files, one of `features.intake.encoding.ENCODINGS`; UTF-8 where None.
        progress: called with the current step, the steps done and the number of steps.

    Raises InputError where the source cannot be read or conflicts with the folder, ImportRefused for too many bad rows.
    """
    source, into, report_step = Path(source), Path(into), progress or (lambda *_: None)
    chosen, reader = _reader_of(source, format)
    catalogue, import_rules = read_catalogue(), read_rules(Path(rules) if rules is not None else None)
    with disk_full_named(into), FactsWriter.open(into) as writer:
        text = in_utf8(source, encoding, writer.scratch)
        settings = _settings(writer, text, reader, currency=currency, tz=tz, pooled=pooled_financing)
        with Intake.open(writer.scratch, settings.tz) as intake:
            report_step("reading", 0, _STEPS)
            set_clocks(intake, now, known_at)
            list_types(intake, catalogue.severities)
            report = _read(reader, text, intake, writer, import_rules)
            present, grown = _merge(intake, writer, strict_ids=strict_ids, report_step=report_step)
            summary = _within(max_bad, _summary(source.name, chosen, settings, intake, report), intake)
            report_step("writing", len(ORDER) + 1, _STEPS)
            done = _commit(summary, intake, writer, catalogue, import_rules, report, present=present, grown=grown)
        writer.log(log_entry(done, source, catalogue.digest, *_ruled(import_rules)))
    return done


def _read(reader: Source, source: Path, intake: Intake, writer: FactsWriter, rules: ImportRules) -> SourceReport:
    """Pass the rows of a source to the intake; InputError where they may not be stored here."""
    report = with_open_ends(reader.read(source, intake), intake)
    _check_key(writer, intake)
    assert intake.imported_at is not None
    rules.refuse_past(_source_names(intake), local_day_of(intake.imported_at, intake.tz))
    return report


def _ruled(rules: ImportRules) -> list[str]:
    return [rules.digest] if rules.actions else []


def _within(max_bad: float, summary: ImportSummary, intake: Intake) -> ImportSummary:
    """Return the summary; ImportRefused where more than the share `max_bad` of the rows is quarantined."""
    if summary.quarantined > max_bad * summary.read:
        raise ImportRefused(summary, max_bad, quarantine.examples(intake))
    return summary


def _reader_of(source: Path, format: str | None) -> tuple[str, Source]:
    """Return the name of a source's format, and its reader."""
    if not source.exists():
        raise InputError("There is no such file or folder.", where=str(source))
    chosen = format or detect(source)
    if chosen not in SOURCES:
        raise InputError(f"Unknown format {chosen!r}.", fix=f"Formats: {', '.join(SOURCES)}.")
    return chosen, SOURCES[chosen]


@dataclass(frozen=True)
class _Settings:
    """The settings of a facts folder; the first import fixes all but `pooled_financing`."""

    currency: str
    tz: str
    synthetic: bool
    pooled_financing: bool = False


_STEPS = len(ORDER) + 2


def _settings(
    writer: FactsWriter, source: Path, reader: Source, *, currency: str | None, tz: str | None, pooled: bool | None
) -> _Settings:
    """Return currency, zone and synthetic flag: as stored, else as the caller asks, else as the source declares."""
    declared = reader.manifest(source) if hasattr(reader, "manifest") else {}
    synthetic = bool(declared.get("synthetic", False))
    requested = {"currency": currency, "tz": tz}
    defaults = {"currency": reader.CURRENCY, "tz": reader.TZ}
    if writer.manifest is None:
        chosen = {name: requested[name] or declared.get(name) or defaults[name] for name in defaults}
    else:
        chosen = {name: writer.manifest[name] for name in defaults}
        for name, wanted in requested.items():
            if wanted not in {None, chosen[name]}:
                fix = "The first import fixed them; import into another folder."
                raise InputError(f"These facts have {name} {chosen[name]}, not {wanted}.", where=name, fix=fix)
        if writer.manifest["synthetic"] != synthetic:
            kinds = ("real", "synthetic") if synthetic else ("synthetic", "real")
            fix = "Import into another folder."
            raise InputError(f"These facts are {kinds[0]}, the source's are {kinds[1]}.", where=source.name, fix=fix)
    if chosen["currency"] not in CURRENCIES:
        raise InputError(
            f"{chosen['currency']!r} is no ISO 4217 currency.", where="currency", fix="Give a code such as CNY."
        )
    try:
        ZoneInfo(chosen["tz"])
    except (ValueError, OSError, KeyError) as error:
        raise InputError(
            f"{chosen['tz']!r} is no time zone.", where="tz", fix="Give a name such as Asia/Shanghai."
        ) from error
    before = bool((writer.manifest or {}).get("pooled_financing", False))
    return _Settings(chosen["currency"], chosen["tz"], synthetic, before if pooled is None else pooled)


def _check_key(writer: FactsWriter, intake: Intake) -> None:
    before = (writer.manifest or {}).get("account_key")
    if before and intake.account_key and before != intake.account_key:
        raise InputError(
            "The stored account numbers were hashed with another deployment key, so they cannot be compared.",
            where=str(writer.path),
            fix="Restore deployment.key, or import everything into another folder.",
        )


def _merge(
    intake: Intake, writer: FactsWriter, *, strict_ids: bool, report_step: Progress
) -> tuple[set[str], set[str]]:
    """Check the new rows against each other and the stored rows; return tables with rows, and those with new rows."""
    arrived = {table.name for table in intake.arrived}
    present = arrived | set(writer.tables)
    if "suppliers" not in present:
        raise InputError("There are no suppliers.", fix="Every table but suppliers is optional.")
    grown = set()
    for step, name in enumerate(ORDER, start=1):
        if name not in present:
            continue
        report_step(name, step, _STEPS)
        table = TABLES[name]
        view_stored_rows(table, intake, writer.tables.get(name), writer)
        view_all_rows(table, intake, new=name in arrived)
        if name not in arrived:
            continue
        if name == "suppliers" and strict_ids:
            wrong_ids = f"SELECT n FROM good_suppliers WHERE {ids.check_digit_state('supplier_id')} = 'wrong'"
            reason = "is not a valid unified social credit code: its check digit is wrong"
            intake.drop(table, wrong_ids, column="supplier_id", kind="wrong_check_digit", reason=reason)
        check(table, intake, present)
        if intake.count(f"SELECT count(*) FROM good_{name}"):
            grown.add(name)
    spellings.note(intake)
    return present, grown


def _summary(source: str, chosen: str, settings: _Settings, intake: Intake, report: SourceReport) -> ImportSummary:
    dropped = quarantine.counts(intake)
    tables = {}
    for table in intake.arrived:
        kinds = dropped.get(table.name, Counter())
        duplicates = kinds.pop(DUPLICATE, 0)
        rows = intake.count(f"SELECT count(*) FROM new_{table.name}")
        loaded = intake.count(f"SELECT count(*) FROM good_{table.name}")
        tables[table.name] = TableCount(rows + intake.unread[table.name], loaded, duplicates, kinds)
    id_states: Counter[str] = Counter()
    if "suppliers" in tables:
        state = ids.check_digit_state("supplier_id")
        named = f"SELECT DISTINCT supplier_id, {state} AS state FROM new_suppliers WHERE supplier_id IS NOT NULL"
        id_states.update(dict(intake.con.execute(f"SELECT state, count(*) FROM ({named}) GROUP BY 1").fetchall()))
    return ImportSummary(
        source=source,
        format=chosen,
        currency=settings.currency,
        tz=settings.tz,
        synthetic=settings.synthetic,
        pooled_financing=settings.pooled_financing,
        tables=tables,
        records=report.records,
        notes=report.notes + intake.notes,
        ids=id_states,
        grades=count_grades(intake) if "conduct" in tables else GradeCount(),
        ignored=report.ignored,
    )


def _source_names(intake: Intake) -> set[str]:
    """Return the sources that the rows read name; empty for rows without one."""
    queries = [f"SELECT DISTINCT coalesce(source, '') FROM new_{table.name}" for table in intake.arrived]
    return {row[0] for row in intake.con.execute(" UNION ".join(queries)).fetchall()} if queries else set()


def _commit(
    summary: ImportSummary,
    intake: Intake,
    writer: FactsWriter,
    catalogue: MisconductCatalogue,
    rules: ImportRules,
    report: SourceReport,
    *,
    present: set[str],
    grown: set[str],
) -> ImportSummary:
    """Write files, quarantine, report and manifest, in this order: a reader sees the old state or the new state."""
    before = writer.manifest or {}
    if before.get(MISCONDUCT, {}).get("digest") != catalogue.digest:
        grown = grown | {MISCONDUCT}
    if before.get(RULES, ImportRules().digest) != rules.digest:
        grown = grown | RULED_TABLES
    entries = write_tables(intake, writer, currency=summary.currency, present=present, grown=grown)
    entries = apply_rules(intake, writer, entries, rules.actions)
    key = intake.account_key or before.get("account_key")
    quarantine_file = writer.write_lines("quarantine", quarantine.lines(intake))
    writer.write_lines("spellings", spellings.lines(intake))
    state = {"currency": summary.currency, "tz": summary.tz, "synthetic": summary.synthetic, "tables": entries}
    state |= {MISCONDUCT: catalogue.record, RULES: rules.digest}
    if registered := sources_record(rules.sources or sources_of(before), entries):
        state[REGISTER] = registered
    state["reference"] = write_reference_tables(writer, entries, summary.tz)
    if summary.pooled_financing:
        state["pooled_financing"] = True
    quality = write_quality(intake, writer, report, rules, state)
    manifest = writer.replace_manifest({**state, "account_key": key} if key else state)
    counted = {}
    for name, count in summary.tables.items():
        entry = entries[name]
        unconverted = 0
        if name in AMOUNTS:
            amount = quoted(AMOUNTS[name].amount)
            rows = f"read_parquet({literal(str(writer.path / entry['file']))})"
            known = f"{amount} >= 0" if name == "contracts" else f"{amount} IS NOT NULL"
            unconverted = intake.count(f"SELECT count(*) FROM {rows} WHERE {known} AND value IS NULL")
        counted[name] = replace(count, stored=entry["rows"], unconverted=unconverted)
    return replace(
        summary,
        tables=counted,
        quarantine=quarantine_file,
        digest=manifest["digest"],
        changed=writer.manifest is None or writer.manifest["digest"] != manifest["digest"],
        never_filled=never_filled(entries),
        quality=quality,
    )
