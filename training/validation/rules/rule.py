"""A rule by which a part of the validation is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from features.declarations.feature import Text

Severity = Literal["high", "medium", "low"]
MILDER: Mapping[Severity, Severity] = {"high": "medium", "medium": "low", "low": "low"}


@dataclass(frozen=True)
class Rule:
    """One written rule.

    Attributes:
        number: how the report refers to it: a letter for the part, then a digit.
        part: the key of `validation.json` that it judges.
        severity: of a finding when the verdict is bad; a watch is one step milder.
        limits: its thresholds by name.
        about: what it judges.
        reason: why the limits are what they are.
        mend: what to do where the verdict is watch or bad.
    """

    number: str
    part: str
    severity: Severity
    limits: Mapping[str, float]
    about: Text
    reason: Text
    mend: Text

    def __getitem__(self, name: str) -> float:
        """A limit by name."""
        return self.limits[name]
