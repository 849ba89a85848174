"""Promotions: an append-only, hash-chained ledger, each line signed by the person who answers for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Champion:
    """The scorecard that serves a purpose, as the ledger's last word on it."""

    purpose: str
    folder: Path
    name: str
    version: str
    digest: str
    approval_id: str  # pl_…
    serial: int


def promote(
    home: Path, candidate: Path, *, by: str, running_digest: Callable[[Sequence[str]], str] | None = None
) -> Champion:
    """Make a candidate champion for its purposes, or raise `PromotionError` naming the gate that fails.

    `running_digest` gives the running code's features_digest of columns; default `features.digest.features_digest`.
    """
    raise NotImplementedError


def champion(home: Path, purpose: str) -> Champion | None:
    """Return the champion of a purpose, or None; cheap to call every second."""
    raise NotImplementedError


def champions(home: Path) -> dict[str, Champion]:
    """Return every purpose's champion."""
    raise NotImplementedError
