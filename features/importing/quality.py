"""The quality report and the register of sources, written with the facts of an import."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from features.errors import InputError
from features.facts.source_register import REGISTER
from features.facts.store import facts_digest
from features.importing.facts_writer import FactsWriter
from features.intake.intake import Intake
from features.quality import report as quality_report
from features.quality.findings import search, view_current_rows
from features.quality.import_rules import ImportRules, RegisteredSource
from features.sources.report import SourceReport

RULES = "import_rules"
"""Name in the manifest of the digest of the rules that the stored rows follow."""


def write_quality(
    intake: Intake, writer: FactsWriter, report: SourceReport, rules: ImportRules, state: Mapping[str, Any]
) -> dict[str, Any]:
    """Write `quality.json` for the facts that the manifest `state` will name, and return its content."""
    entries = state["tables"]
    view_current_rows(intake, {name: writer.path / entry["file"] for name, entry in entries.items()})
    search(intake, entries)
    document = quality_report.build_report(intake, report, entries, rules.actions)
    document = quality_report.with_earlier_places(document, _earlier(writer))
    document["facts"] = facts_digest(state)
    document["rules"] = [
        {"code": rule.code, "action": rule.action.value, "reason": rule.reason} for rule in rules.rules
    ]
    document["sources"] = list(state.get(REGISTER, ()))
    writer.write_beside(quality_report.FILE, quality_report.as_text(document))
    return document


def sources_of(manifest: Mapping[str, Any]) -> tuple[RegisteredSource, ...]:
    """Return the register that a manifest holds."""
    return tuple(
        RegisteredSource(
            entry["name"],
            entry["publisher"],
            entry["authorisation"],
            date.fromisoformat(entry["authorised_from"]),
            date.fromisoformat(entry["authorised_until"]) if entry["authorised_until"] else None,
            entry["freshness_days"],
        )
        for entry in manifest.get(REGISTER, ())
    )


def sources_record(sources: Sequence[RegisteredSource], entries: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the register as the manifest holds it: each source with the instant of its newest fact."""
    latest: dict[str, str] = {}
    for entry in entries.values():
        for name, of_source in entry["dated"].items():
            latest[name] = max(latest.get(name, ""), of_source["latest_known_at"])
    return [{**source.to_json(), "latest_known_at": latest.get(source.name)} for source in sources]


def _earlier(writer: FactsWriter) -> dict[str, Any] | None:
    """Return the report of the stored facts; None for one that a killed import left, or that cannot be read."""
    try:
        document = quality_report.read_report(writer.path)
    except InputError:
        return None
    stored = writer.manifest["digest"] if writer.manifest else None
    return document if document is not None and document["facts"] == stored else None
