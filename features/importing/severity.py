"""How severe an entry of `conduct` counts: as it states, else as the catalogue of misconduct says of its type.

It is settled when facts are stored, and anew for every row when the catalogue has changed: so a profile reads one
column, and the digest of the facts tells two catalogues apart wherever they grade a row differently.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from features.intake.intake import Intake

_KNOWN = "t.type_code = c.type_code AND t.party_role = c.party_role"


@dataclass(frozen=True)
class GradeCount:
    """Rows of `conduct` that an import loaded, but for retractions.

    Attributes:
        stated: those that state their severity.
        listed: those that take it from the catalogue.
        unlisted: those of types that the catalogue does not list for their party, by role and type; what such a row
            does not state stays unknown.
    """

    stated: int = 0
    listed: int = 0
    unlisted: Counter[str] = field(default_factory=Counter)


def list_types(intake: Intake, severities: Mapping[str, Mapping[str, int]]) -> None:
    """Make `misconduct_types` from a catalogue's severities, by party role and type code."""
    intake.con.execute(
        "CREATE OR REPLACE TEMP TABLE misconduct_types (type_code VARCHAR, party_role VARCHAR, severity BIGINT)"
    )
    rows = [(code, role, severity) for role, types in severities.items() for code, severity in types.items()]
    if rows:  # Facts that were stored before there was a catalogue name none.
        intake.con.executemany("INSERT INTO misconduct_types VALUES (?, ?, ?)", rows)


def with_severity(relation: str) -> str:
    """Return SQL of conduct with `severity` filled in, and `stated_severity` as the source gave it."""
    return (
        "SELECT c.* REPLACE (coalesce(c.severity, t.severity) AS severity), c.severity AS stated_severity"
        f" FROM {relation} c LEFT JOIN misconduct_types t ON {_KNOWN}"
    )


def as_stated(relation: str) -> str:
    """Return SQL of stored conduct as its sources gave it."""
    return f"SELECT * REPLACE (stated_severity AS severity) FROM {relation}"


def grades(intake: Intake) -> GradeCount:
    """Count how the new rows of conduct come by their severity."""
    found = intake.con.execute(
        "SELECT c.party_role || ' ' || c.type_code, t.severity IS NOT NULL AS listed, count(c.severity), count(*)"
        f" FROM good_conduct c LEFT JOIN misconduct_types t ON {_KNOWN} WHERE NOT c.retracted GROUP BY ALL ORDER BY 1"
    ).fetchall()
    return GradeCount(
        stated=sum(stated for _, _, stated, _ in found),
        listed=sum(rows - stated for _, listed, stated, rows in found if listed),
        unlisted=Counter({kind: rows for kind, listed, _, rows in found if not listed}),
    )
