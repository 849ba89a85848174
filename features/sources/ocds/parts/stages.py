"""The disclosed stages in the sections of a release.

Budget, demand, intention and plan are in OCDS's planning, process in its tender, result in its awards; the stages of a
contract (contract, acceptance, payment) are added with the contract.
"""

from collections.abc import Mapping
from types import MappingProxyType

from features.sources.ocds.context import Release
from features.sources.ocds.shapes import Json, day, named, texts, within

PLANNED: Mapping[str, str] = MappingProxyType(
    {"needsAssessment": "demand", "plannedProcurementNotice": "intention", "procurementPlan": "plan"}
)
"""OCDS's types of planning documents, and the stage that each discloses."""


def add(release: Release) -> None:
    """Add the stages of a release that belong to no contract."""
    planning = release.within(release.json, "planning", release.at, "stages")
    if planning:
        at = f"{release.at}/planning"
        _add_planned(release, planning, at)
        with release.part("stages", f"{at}/budget"):
            if within(planning, "budget", at):
                _add(release, "budget", "budget", release.since)
    if release.tender:
        with release.part("stages", f"{release.at}/tender/tenderPeriod/startDate"):
            _add(release, "process", "process", day(texts(release.period, "startDate", release.at)) or release.since)
    for pointer, award in release.awards:
        date = day(texts(award, "date", pointer)) or release.since
        _add(release, f"result/{texts(award, 'id', pointer)}", "result", date)


def _add_planned(release: Release, planning: Json, at: str) -> None:
    """Add a stage for each planning document that discloses one; planning without a plan's document has a plan."""
    documents = release.listed(planning, "documents", at, "stages")
    disclosed = [(p, d, PLANNED[str(kind)]) for p, d in documents if (kind := named(d, "documentType")) in PLANNED]
    if all(stage != "plan" for _, _, stage in disclosed):
        _add(release, "plan", "plan", release.since)
    for i, (pointer, document, stage) in enumerate(disclosed):
        with release.part("stages", pointer):
            date = day(texts(document, "datePublished", pointer)) or release.since
            name = f"{stage}/{texts(document, 'id', pointer) or i}"
            _add(release, name, stage, date, document=texts(document, "url", pointer))


def _add(release: Release, name: str, stage: str, date: str, document: str | None = None) -> None:
    row = {"stage_id": f"{release.ocid}/{name}", "tender_id": release.tender_id, "contract_id": None, "stage": stage}
    release.add("stages", {**row, "document": document, "occurred_at": date}, release.at)
