"""Proposals: releases that wait for the approval of a second person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import PromotionError
from models.promotion.champions import release_folder
from models.promotion.record import Line
from models.promotion.state import PromotionState

if TYPE_CHECKING:
    from models.scorecard.scorecard import Scorecard


@dataclass(frozen=True)
class Proposal:
    """A release that waits for the approval of a second person; it does not serve before.

    Attributes:
        withdrawn: the open proposal that it replaced.
    """

    serial: int  # by which it is approved
    id: str  # pl_…
    folder: Path
    name: str
    version: str
    digest: str
    purposes: tuple[str, ...]
    before: Mapping[str, str | None]  # digest of each purpose's champion
    withdrawn: Line | None = None


def proposal_of(home: Path, line: Line, *, withdrawn: Line | None = None) -> Proposal:
    """Return the proposal of a ledger line."""
    record = line.record
    return Proposal(
        serial=line.serial,
        id=line.id,
        folder=release_folder(home, record),
        name=record["name"],
        version=record["version"],
        digest=record["digest"],
        purposes=tuple(record["purposes"]),
        before=record["from"],
        withdrawn=withdrawn,
    )


def proposal_line(lines: Sequence[Line], serial: int) -> Line:
    """Return the ledger line of a proposal, open or not.

    Raises:
        PromotionError: no proposal has that number.
    """
    proposal = PromotionState.of(lines).proposals.get(serial)
    if proposal is None:
        raise PromotionError(f"There is no proposal {serial}. `supplier-credit promotions` lists the ledger.")
    return proposal


def place_for(home: Path, lines: Sequence[Line], scorecard: "Scorecard") -> Path:
    """Return a scorecard's release folder: of the release with the same bytes, else of the next free version."""
    releases = home / "releases" / scorecard.name
    named = [line.record for line in lines if line.record["name"] == scorecard.name]
    for record in named:
        if record["digest"] == scorecard.digest:
            return releases / str(record["version"])
    following = 1 + max((int(record["version"]) for record in named), default=0)
    return next(place for number in count(following) if not (place := releases / str(number)).exists())
