"""The quality report: one document beside the manifest, the same bytes for the same facts and the same import."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.facts import dated_columns
from features.intake.intake import Intake
from features.quality.findings import Finding, noted_findings, quarantined_findings, stored_findings
from features.sources.notes import PLACES_MAX, Action
from features.sources.report import SourceReport

FILE = "quality.json"
SCHEMA = "quality/1"
DEPTHS = ((0, 0), (1, 1), (2, 4), (5, 9), (10, 29), (30, None))
"""Numbers of contracts by which suppliers are counted: from, to; None for no end."""


def build_report(
    intake: Intake, report: SourceReport, tables: Mapping[str, Any], actions: Mapping[str, Action]
) -> dict[str, Any]:
    """Return the report of the facts after an import, without digest, rules and register.

    Args:
        intake: the import; `search` has run, and `current_<table>` exists for every stored table.
        report: what the source's reader noted.
        tables: the manifest's entry of each stored table.
        actions: by code, the action of the operator's rule.
    """
    findings = [
        *stored_findings(intake, actions),
        *never_filled(tables),
        *quarantined_findings(intake),
        *noted_findings(intake, report),
    ]
    return {"schema": SCHEMA, "findings": [finding.to_json() for finding in findings], "depth": depth(intake, tables)}


def never_filled(tables: Mapping[str, Any]) -> list[Finding]:
    """Return the dated columns that a source never fills, from the manifest's table entries."""
    findings = []
    for (table, source), names in dated_columns.never_filled(tables).items():
        entry = dated_columns.from_json(tables[table]["dated"])
        total = sum(next(iter(of_source.values())).rows for of_source in entry.values())
        for name in names:
            rows = entry[source][name].rows
            findings.append(
                Finding("NEVER_FILLED", table, name, rows, rows / total, None, Action.KEPT, source=source or None)
            )
    return findings


def depth(intake: Intake, tables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return how many suppliers have how many contracts, as counts and shares of all suppliers."""
    suppliers = intake.count("SELECT count(DISTINCT supplier_id) FROM current_suppliers")
    counts = "SELECT count(DISTINCT contract_id) AS n FROM current_contracts GROUP BY supplier_id"
    having = {}
    if "contracts" in tables:
        having = dict(intake.con.execute(f"SELECT n, count(*) FROM ({counts}) GROUP BY n").fetchall())
    having[0] = suppliers - sum(having.values())
    out = []
    for low, high in DEPTHS:
        number = sum(count for n, count in having.items() if n >= low and (high is None or n <= high))
        share = number / suppliers if suppliers else None
        out.append({"contracts_from": low, "contracts_to": high, "suppliers": number, "share": share})
    return out


def with_earlier_places(document: Mapping[str, Any], earlier: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the document with the places that earlier imports found; first by file and line, at most five.

    A place is only known to the import that reads the row. A repeated import finds the same places again.
    """
    places = {_key(finding): finding["places"] for finding in (earlier or {}).get("findings", ())}
    findings = []
    for finding in document["findings"]:
        every = list(finding["places"])
        if finding["of"] == "facts":
            every += [p for p in places.get(_key(finding), ()) if p not in every]
            every = sorted(every, key=_order)[:PLACES_MAX]
        findings.append({**finding, "places": every})
    return {**document, "findings": findings}


def read_report(folder: Path) -> dict[str, Any] | None:
    """Return the report of a facts folder, None where it has none; InputError where it cannot be read."""
    file = folder / FILE
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise InputError("The quality report is not JSON.", where=str(file), fix="Import again.") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError("The quality report is of another version.", where=str(file), fix="Import again.")
    return document


def as_text(document: Mapping[str, Any]) -> str:
    """Return the document as it is written."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _key(finding: Mapping[str, Any]) -> Sequence[Any]:
    return tuple(finding.get(name) for name in ("code", "table", "column", "of", "source"))


def _order(place: Mapping[str, Any]) -> tuple[str, int, str]:
    return place["file"], place.get("line") or place.get("row") or 0, place.get("pointer", "")
