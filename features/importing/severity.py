"""Severity of an entry of `conduct`: as the row states it, else as the misconduct catalogue grades its type.

The import computes it, and computes it again for every row when the catalogue has changed. So a profile reads one
column, and the facts digest differs between two catalogues wherever they grade a row differently.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from features.intake.intake import Intake

_SAME_TYPE = "t.type_code = c.type_code AND t.party_role = c.party_role"


@dataclass(frozen=True)
class GradeCount:
    """Rows of `conduct` that an import loaded, without retractions.

    Attributes:
        stated: rows that state their severity.
        listed: rows that take it from the catalogue.
        unlisted: rows of types that the catalogue does not list for their party role, by role and type; their severity
            is unknown unless the row states it.
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
    if rows:  # Facts stored before the catalogue existed have no severities.
        columns = [list(values) for values in zip(*rows, strict=True)]
        intake.con.execute("INSERT INTO misconduct_types SELECT unnest(?), unnest(?), unnest(?)", columns)


def with_severity(relation: str) -> str:
    """Return SQL of conduct with `severity` filled in, and `stated_severity` as the source gave it."""
    return (
        "SELECT c.* REPLACE (coalesce(c.severity, t.severity) AS severity), c.severity AS stated_severity"
        f" FROM {relation} c LEFT JOIN misconduct_types t ON {_SAME_TYPE}"
    )


def as_stated(relation: str) -> str:
    """Return SQL of stored conduct as its sources gave it."""
    return f"SELECT * REPLACE (stated_severity AS severity) FROM {relation}"


def count_grades(intake: Intake) -> GradeCount:
    """Count where the severity of the new rows of conduct comes from."""
    counts = intake.con.execute(
        "SELECT c.party_role || ' ' || c.type_code, t.severity IS NOT NULL AS listed, count(c.severity), count(*)"
        f" FROM good_conduct c LEFT JOIN misconduct_types t ON {_SAME_TYPE}"
        " WHERE NOT c.retracted GROUP BY ALL ORDER BY 1"
    ).fetchall()
    return GradeCount(
        stated=sum(stated for _, _, stated, _ in counts),
        listed=sum(rows - stated for _, listed, stated, rows in counts if listed),
        unlisted=Counter({kind: rows for kind, listed, _, rows in counts if not listed}),
    )
