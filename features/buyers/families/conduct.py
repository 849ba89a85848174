"""G4: misconduct on record in the role of a buyer."""

from functools import partial
from typing import Any

from features.declarations.families.integrity import SEVERE, active
from features.declarations.feature import Example, Feature, Risk, Text, Unit, all_declared, feature

recorded = partial(feature, table="conduct", on="effective_on", risk=Risk.UNSIGNED)

_FOUR = {
    "party_id": "B",
    "party_role": "buyer",
    "effective_on": ["2025-01-01", "2024-09-01", "2024-01-01", "2025-06-20"],
    "expires_on": ["2026-01-01", "2025-03-01", "2026-01-01", None],
    "repaired_on": [None, None, "2024-06-01", None],
    "severity": [2, 5, 3, 4],
}


@recorded(
    code="G401",
    where=active,
    unit=Unit.COUNT,
    label=Text("采购人有效失信记录数", "Misconduct in force"),
    example=Example(rows=_FOUR, value=2),
)
def buyer_misconduct_in_force(m: Any) -> Any:
    """Entries of misconduct as a buyer that are neither expired nor repaired."""
    return m.count()


@recorded(
    code="G402",
    where=active,
    unit=Unit.NUMBER,
    label=Text("采购人有效失信最高等级", "Worst misconduct in force"),
    example=Example(rows=_FOUR, value=4),
)
def buyer_worst_misconduct(m: Any) -> Any:
    """Highest severity (1 to 5) of the buyer's entries in force; 0 where none is, or none states its severity."""
    return m.severity.max().fill_null(0)


@recorded(
    code="G403",
    window=(730,),
    unit=Unit.COUNT,
    label=Text("采购人严重失信记录数", "Severe misconduct"),
    example=Example(rows=_FOUR, value=2),
)
def buyer_severe_misconduct(m: Any) -> Any:
    """Entries of severity 4 or 5 as a buyer that took effect in the window, in force or not."""
    return m.count(where=m.severity >= SEVERE)


@recorded(
    code="G404",
    unit=Unit.COUNT,
    label=Text("采购人失信记录数", "Misconduct entries"),
    example=Example(rows=_FOUR, value=4),
)
def buyer_misconduct_entries(m: Any) -> Any:
    """Entries of misconduct as a buyer, in force or not."""
    return m.count()


BUYER_CONDUCT: tuple[Feature, ...] = all_declared(
    __name__,
    buyer_misconduct_in_force,
    buyer_worst_misconduct,
    buyer_severe_misconduct,
    buyer_misconduct_entries,
)
