"""Reasons: a profile's contributions, summed by reason code, with sentences that are true of its values.

Contributions of a code's non-null columns are summed. A null column counts under its family's code for missing data,
and so do flags and other columns without a direction. Sums whose sentence would be false, that are too small, or that
come after the fourth, are in `other_points`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.spec import ColumnSpec

REASONS_MAX = 4  # of each direction
POINTS_MIN = 0.5  # half of the unit that points are rounded to: less cannot move what is shown
REFERENCE = "development sample"

ROUNDING = "rounding"  # in place of a family: what the rounding to tenths leaves

Side = Literal["adverse", "favourable"]


class Reasons:
    """Builds the reasons of one scorecard's columns; what does not depend on the profile is prepared once."""

    def __init__(self, columns: Sequence[ColumnSpec], catalogue: Catalogue) -> None:
        self._columns = tuple(columns)
        self._index = {column.name: j for j, column in enumerate(columns)}
        self._not_shown = _without_evidence()
        self._version = catalogue.version
        missing_data = [catalogue.missing_data.get(c.family) for c in columns]
        null_codes = [s.code if s else f"{c.family}-uncovered" for c, s in zip(columns, missing_data, strict=True)]
        self._flags = frozenset(
            j for j, (c, s) in enumerate(zip(columns, missing_data, strict=True)) if s and c.name in s.flags
        )
        own_codes = [t if c.risk == "unsigned" else c.code for c, t in zip(columns, null_codes, strict=True)]
        self._codes = sorted({*own_codes, *null_codes})
        place = {code: g for g, code in enumerate(self._codes)}
        self._own_codes = np.array([place[code] for code in own_codes], dtype=np.intp)
        self._null_codes = np.array([place[code] for code in null_codes], dtype=np.intp)
        self._columns_by_code = [
            [j for j, codes in enumerate(zip(own_codes, null_codes, strict=True)) if code in codes]
            for code in self._codes
        ]
        self._missing_data_codes = frozenset(place[code] for code in null_codes)
        sentences = [catalogue.sentences.get(code) for code in self._codes]
        self._texts: dict[Side, list[Mapping[str, str] | None]] = {
            "adverse": [s.adverse if s else None for s in sentences],
            "favourable": [s.favourable if s else None for s in sentences],
        }
        self._medians = [None if c.median is None else shown(c.median) for c in columns]
        self._families = sorted({column.family for column in columns})
        self._family = np.array([self._families.index(column.family) for column in columns], dtype=np.intp)
        self._labels = _family_labels()
        best = [c.low if c.risk == "rises" else c.high for c in columns]
        self._median_is_best = [b is not None and shown(b) == m for b, m in zip(best, self._medians, strict=True)]

    def block(
        self,
        *,
        points: int,
        base: float,
        contributions: list[float],
        values: np.ndarray,
        evidence: Mapping[str, float | None],
    ) -> dict[str, Any]:
        """Return the `reasons` block; the points that it shows add up to `points` exactly, in tenths."""
        null = np.isnan(values)
        group = np.where(null, self._null_codes, self._own_codes)
        sums = np.bincount(group, weights=contributions, minlength=len(self._codes)).tolist()
        # Codes are sorted and the sort is stable, so ties are in the order of the codes.
        order = sorted([g for g, s in enumerate(sums) if abs(s) >= POINTS_MIN], key=lambda g: -abs(sums[g]))
        case = _Case(group.tolist(), contributions, values.tolist(), evidence)
        tenths = round(points * 10) - round(base * 10)
        given: list[int] = []
        reasons: dict[Side, list[dict[str, Any]]] = {"adverse": [], "favourable": []}
        for g in order:
            side: Side = "adverse" if sums[g] < 0 else "favourable"
            if len(reasons[side]) == REASONS_MAX:
                continue
            proof = self._evidence(g, side, case)
            if proof is not None:
                share = round(sums[g] * 10)
                tenths -= share
                given.append(g)
                reasons[side].append(
                    {"code": self._codes[g], "points": share / 10, "text": self._texts[side][g], "evidence": proof}
                )
        return {
            "base_points": round(base * 10) / 10,
            "adverse": reasons["adverse"],
            "favourable": reasons["favourable"],
            "other_points": tenths / 10,
            "other": self._other(tenths, ~np.isin(group, given), contributions),
            "reference": REFERENCE,
            "catalogue": self._version,
        }

    def _other(self, tenths: int, rest: np.ndarray, contributions: list[float]) -> list[dict[str, Any]]:
        """Return the points that no reason shows, by family, largest first; they add up to `tenths` exactly."""
        sums = np.bincount(self._family, weights=np.where(rest, contributions, 0.0), minlength=len(self._families))
        shares = {letter: round(value * 10) for letter, value in zip(self._families, sums.tolist(), strict=True)}
        shares[ROUNDING] = tenths - sum(shares.values())
        ordered = sorted((item for item in shares.items() if item[1]), key=lambda item: (-abs(item[1]), item[0]))
        return [
            {"family": letter, "label": self._labels.get(letter, {"zh": letter, "en": letter}), "points": share / 10}
            for letter, share in ordered
        ]

    @property
    def codes(self) -> Sequence[str]:
        """Every code under which a column can be gathered, sorted."""
        return self._codes

    def by_code(self, contributions: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return contributions summed by code, (profiles, codes); a null column counts under its family's code."""
        group = np.where(np.isnan(values), self._null_codes, self._own_codes)
        sums = np.zeros((len(values), len(self._codes)))
        np.add.at(sums, (np.arange(len(values))[:, np.newaxis], group), contributions)
        return sums

    def _evidence(self, g: int, side: Side, case: "_Case") -> dict[str, float] | None:
        """Return the values that make a code's sentence true, or None if the sentence would be false."""
        if self._texts[side][g] is None:
            return None
        members = [j for j in self._columns_by_code[g] if case.group[j] == g]
        sign = -1.0 if side == "adverse" else 1.0
        j = max(members, key=lambda k: sign * case.contributions[k])
        if g in self._missing_data_codes:
            return self._missing_data_evidence(j, members, side, case)
        seen, column = shown(case.values[j]), self._columns[j]
        if not self._on_its_side(j, seen, side):
            return None
        evidence = {} if column.name in self._not_shown else {column.name: seen}
        for name in column.evidence:
            if name in self._not_shown:
                continue
            place = self._index.get(name)
            further = case.evidence.get(name) if place is None else case.values[place]
            if further is not None and further == further:
                evidence[name] = shown(float(further))
        return evidence

    def _missing_data_evidence(self, j: int, members: list[int], side: Side, case: "_Case") -> dict[str, float] | None:
        """Return the evidence of a missing-data code: adverse if data is missing, favourable if its flag is 0."""
        value = case.values[j]
        if side == "adverse" and (value != value or (j in self._flags and value > 0)):
            return {
                self._columns[k].name: shown(case.values[k]) for k in members if k in self._flags and case.values[k] > 0
            }
        if side == "favourable" and j in self._flags and value == 0:
            return {self._columns[j].name: shown(value)}
        return None

    def _on_its_side(self, j: int, seen: float, side: Side) -> bool:
        """Return whether a value, rounded as shown, lies on the side of the development median that `side` claims.

        A value equal to the median is favourable only if no value of the development range is safer: no misconduct
        at all is favourable, although most suppliers have none.
        """
        median = self._medians[j]
        if median is None:
            return False
        if seen == median:
            return side == "favourable" and self._median_is_best[j]
        risky = (seen > median) == (self._columns[j].risk == "rises")
        return risky == (side == "adverse")


class _Case:
    """One profile's numbers as plain lists: single look-ups are faster there than in arrays."""

    __slots__ = ("contributions", "evidence", "group", "values")

    def __init__(
        self,
        group: list[int],
        contributions: list[float],
        values: list[float],
        evidence: Mapping[str, float | None],
    ) -> None:
        self.group, self.contributions, self.values, self.evidence = group, contributions, values, evidence


def _without_evidence() -> frozenset[str]:
    from features.declarations.catalogue import WITHOUT_EVIDENCE

    return WITHOUT_EVIDENCE


def _family_labels() -> dict[str, dict[str, str]]:
    from features.declarations.catalogue import FAMILIES

    labels = {letter: {"zh": family.label.zh, "en": family.label.en} for letter, family in FAMILIES.items()}
    return labels | {ROUNDING: {"zh": "舍入", "en": "Rounding"}}


def shown(value: float) -> float:
    """Return a value rounded for evidence: whole numbers whole, others to four decimals or four digits."""
    whole = int(value)
    if whole == value:
        return whole
    return round(value, 4) if abs(value) >= 0.1 else float(f"{value:.4g}")
