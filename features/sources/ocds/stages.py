"""The disclosed stages that the sections of a release stand for.

Budget, demand, intention and plan lie in OCDS's planning, process in its tender, result in its awards; those of a
contract (contract, acceptance, payment) are added with it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from features.sources.ocds.context import Release
from features.sources.ocds.shapes import day, listed, named, texts, within

PLANNED: Mapping[str, str] = MappingProxyType(
    {"needsAssessment": "demand", "plannedProcurementNotice": "intention", "procurementPlan": "plan"}
)
"""OCDS's types of planning documents, and the stage that each discloses."""


def add(made: Release) -> None:
    """Add the stages of a release that belong to no contract."""
    planning = within(made.json, "planning", made.at)
    if planning:
        _add_planned(made, f"{made.at}/planning")
        if within(planning, "budget", f"{made.at}/planning"):
            _add(made, "budget", "budget", made.since)
    if made.tender:
        _add(made, "process", "process", day(texts(made.period, "startDate", made.at)) or made.since)
    for pointer, award in made.awards:
        date = day(texts(award, "date", pointer)) or made.since
        _add(made, f"result/{texts(award, 'id', pointer)}", "result", date)


def _add_planned(made: Release, at: str) -> None:
    """Add a stage for each planning document that discloses one; planning without a plan's document has a plan."""
    documents = listed(made.json["planning"], "documents", at)
    disclosed = [(p, d, PLANNED[str(kind)]) for p, d in documents if (kind := named(d, "documentType")) in PLANNED]
    if all(stage != "plan" for _, _, stage in disclosed):
        _add(made, "plan", "plan", made.since)
    for i, (pointer, document, stage) in enumerate(disclosed):
        date = day(texts(document, "datePublished", pointer)) or made.since
        name = f"{stage}/{texts(document, 'id', pointer) or i}"
        _add(made, name, stage, date, document=texts(document, "url", pointer))


def _add(made: Release, name: str, stage: str, date: str, document: str | None = None) -> None:
    row = {"stage_id": f"{made.ocid}/{name}", "tender_id": made.tender_id, "contract_id": None, "stage": stage}
    made.add("stages", {**row, "document": document, "occurred_at": date}, made.at)
