"""Two people promote a candidate: what the tests of every room need before they can serve."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.champions import Champion
from models.errors import PromotionError
from models.golden import read_golden
from models.people import add_person, people
from models.promotions import approve, propose
from models.scorecard import Scorecard, write_scorecard

PROPOSER, APPROVER = "scientist", "officer"


def promote(home: Path, candidate: Path) -> Champion:
    """Propose a candidate as one person and approve it as another, both with keys of this home."""
    for name in {PROPOSER, APPROVER} - {person.name for person in people(home)}:
        add_person(home, name)
    return approve(home, propose(home, candidate, by=PROPOSER).serial, by=APPROVER)


def refusal(act: Callable[..., Any], *told: Any, **how: Any) -> str:
    """Do what is refused, and return why."""
    with pytest.raises(PromotionError) as error:
        act(*told, **how)
    return str(error.value)


def variant(
    candidate: Path,
    folder: Path,
    *,
    slope: float = 0.97,
    validation: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    **changes: Any,
) -> Path:
    """Write a candidate that differs from another in its calibration, and in what else is said."""
    card = Scorecard.open(candidate)
    calibration = replace(card.spec.calibration, slope=card.spec.calibration.slope * slope)
    write_scorecard(
        folder,
        replace(card.spec, calibration=calibration, **changes),
        booster_text=(candidate / "booster.txt").read_text("ascii"),
        golden_rows=read_golden((candidate / "golden.jsonl").read_bytes()),
        validation=validation(card.validation),
        card_md=(candidate / "card.md").read_text("utf-8"),
        provenance={"run_id": f"variant of {card.digest}"},
    )
    return folder
