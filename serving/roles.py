"""Roles of service keys, and which of them may do what."""

from typing import Final

Roles = frozenset[str]
SCORING: Final[Roles] = frozenset({"bank", "risk_officer"})
READING_SCORES: Final[Roles] = frozenset({"bank", "risk_officer", "auditor"})
READING_PROFILES: Final[Roles] = frozenset({"bank", "risk_officer", "data_scientist", "validator"})
ANY_ROLE: Final[Roles] = SCORING | READING_SCORES | READING_PROFILES | {"operator", "supplier"}
