"""Reasons: a profile's contributions, gathered by code, told as sentences that are true of its values.

Contributions of a code's non-null columns are summed. A null column speaks through its family's code for missing
data, and so do flags and other columns without a direction. What cannot be told truthfully, or is too small, or
comes after the fourth, is `other_points`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.spec import ColumnSpec

REASONS_MAX = 4  # of each direction
POINTS_MIN = 0.5  # half of the unit that points are rounded to: less cannot move what is shown
REFERENCE = "development sample"

Side = Literal["adverse", "favourable"]


class Reasons:
    """Tells reasons for one scorecard's columns; all that can be prepared is prepared once."""

    def __init__(self, columns: Sequence[ColumnSpec], catalogue: Catalogue) -> None:
        self._columns = tuple(columns)
        self._index = {column.name: j for j, column in enumerate(columns)}
        self._version = catalogue.version
        silent = [catalogue.missing_data.get(c.family) for c in columns]
        through = [s.code if s else f"{c.family}-uncovered" for c, s in zip(columns, silent, strict=True)]
        self._flags = frozenset(
            j for j, (c, s) in enumerate(zip(columns, silent, strict=True)) if s and c.name in s.flags
        )
        own = [t if c.risk == "unsigned" else c.code for c, t in zip(columns, through, strict=True)]
        self._codes = sorted({*own, *through})
        place = {code: g for g, code in enumerate(self._codes)}
        self._own = np.array([place[code] for code in own], dtype=np.intp)
        self._through = np.array([place[code] for code in through], dtype=np.intp)
        self._spoken_by = [
            [j for j, pair in enumerate(zip(own, through, strict=True)) if code in pair] for code in self._codes
        ]
        self._silence = frozenset(place[code] for code in through)
        said = [catalogue.sentences.get(code) for code in self._codes]
        self._texts: dict[Side, list[Mapping[str, str] | None]] = {
            "adverse": [s.adverse if s else None for s in said],
            "favourable": [s.favourable if s else None for s in said],
        }
        self._medians = [None if c.median is None else shown(c.median) for c in columns]
        best = [c.low if c.risk == "rises" else c.high for c in columns]
        self._median_is_best = [b is not None and shown(b) == m for b, m in zip(best, self._medians, strict=True)]

    def tell(
        self,
        *,
        points: int,
        base: float,
        contributions: list[float],
        values: np.ndarray,
        evidence: Mapping[str, float | None],
    ) -> dict[str, Any]:
        """Return the `reasons` block; what it shows adds up to `points` exactly, in tenths."""
        null = np.isnan(values)
        group = np.where(null, self._through, self._own)
        sums = np.bincount(group, weights=contributions, minlength=len(self._codes)).tolist()
        # Codes are sorted, and sorting is stable: ties go by code.
        order = sorted([g for g, s in enumerate(sums) if abs(s) >= POINTS_MIN], key=lambda g: -abs(sums[g]))
        case = _Case(group.tolist(), contributions, values.tolist(), evidence)
        tenths = round(points * 10) - round(base * 10)
        told: dict[Side, list[dict[str, Any]]] = {"adverse": [], "favourable": []}
        for g in order:
            side: Side = "adverse" if sums[g] < 0 else "favourable"
            if len(told[side]) == REASONS_MAX:
                continue
            proof = self._proof(g, side, case)
            if proof is not None:
                share = round(sums[g] * 10)
                tenths -= share
                told[side].append(
                    {"code": self._codes[g], "points": share / 10, "text": self._texts[side][g], "evidence": proof}
                )
        return {
            "base_points": round(base * 10) / 10,
            "adverse": told["adverse"],
            "favourable": told["favourable"],
            "other_points": tenths / 10,
            "reference": REFERENCE,
            "catalogue": self._version,
        }

    @property
    def codes(self) -> Sequence[str]:
        """Every code that a column can speak through, sorted."""
        return self._codes

    def by_code(self, contributions: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Contributions gathered by code, a null column's under its family's: a row a profile, a column a code."""
        group = np.where(np.isnan(values), self._through, self._own)
        found = np.zeros((len(values), len(self._codes)))
        np.add.at(found, (np.arange(len(values))[:, np.newaxis], group), contributions)
        return found

    def _proof(self, g: int, side: Side, case: "_Case") -> dict[str, float] | None:
        """Return the values that make a sentence true, or None where it would not be."""
        if self._texts[side][g] is None:
            return None
        spoken = [j for j in self._spoken_by[g] if case.group[j] == g]
        sign = -1.0 if side == "adverse" else 1.0
        j = max(spoken, key=lambda k: sign * case.contributions[k])
        if g in self._silence:
            return self._proof_of_silence(j, spoken, side, case)
        seen, column = shown(case.values[j]), self._columns[j]
        if not self._on_its_side(j, seen, side):
            return None
        proof = {column.name: seen}
        for name in column.evidence:
            place = self._index.get(name)
            further = case.evidence.get(name) if place is None else case.values[place]
            if further is not None and further == further:
                proof[name] = shown(float(further))
        return proof

    def _proof_of_silence(self, j: int, spoken: list[int], side: Side, case: "_Case") -> dict[str, float] | None:
        """Missing data is adverse where data is missing, and favourable where the flag says that it is there."""
        value = case.values[j]
        if side == "adverse" and (value != value or (j in self._flags and value > 0)):
            return {
                self._columns[k].name: shown(case.values[k]) for k in spoken if k in self._flags and case.values[k] > 0
            }
        if side == "favourable" and j in self._flags and value == 0:
            return {self._columns[j].name: shown(value)}
        return None

    def _on_its_side(self, j: int, seen: float, side: Side) -> bool:
        """Whether a value, as shown, lies on the risky (safe) side of the development median.

        A value at the median itself is safe only where no value of the development range is safer: no misconduct at
        all is good news, though most have none.
        """
        median = self._medians[j]
        if median is None:
            return False
        if seen == median:
            return side == "favourable" and self._median_is_best[j]
        risky = (seen > median) == (self._columns[j].risk == "rises")
        return risky == (side == "adverse")


class _Case:
    """One profile's numbers as plain lists: a few look-ups are faster there than in arrays."""

    __slots__ = ("contributions", "evidence", "group", "values")

    def __init__(
        self,
        group: list[int],
        contributions: list[float],
        values: list[float],
        evidence: Mapping[str, float | None],
    ) -> None:
        self.group, self.contributions, self.values, self.evidence = group, contributions, values, evidence


def shown(value: float) -> float:
    """Return a value as evidence shows it: whole numbers whole, others to four decimals or four digits."""
    whole = int(value)
    if whole == value:
        return whole
    return round(value, 4) if abs(value) >= 0.1 else float(f"{value:.4g}")
