"""Two people promote a candidate: what the tests of every room need before they can serve."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.canonical_json import canonical, sha256
from models.errors import PromotionError
from models.promotion.champions import Champion
from models.promotion.people import add_person, people
from models.promotion.promote import approve, propose
from models.scorecard.golden import read_golden
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.scorecard import Scorecard
from models.scorecard.writing import write_scorecard

PROPOSER, APPROVER = "scientist", "officer"


def promote(home: Path, candidate: Path) -> Champion:
    """Propose a candidate as one person and approve it as another, both with keys of this home."""
    for name in {PROPOSER, APPROVER} - {person.name for person in people(home)}:
        add_person(home, name)
    return approve(home, propose(home, candidate, by=PROPOSER).serial, by=APPROVER)


def refusal(act: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """Do what is refused, and return why."""
    with pytest.raises(PromotionError) as error:
        act(*arguments, **options)
    return str(error.value)


def variant(
    candidate: Path,
    folder: Path,
    *,
    slope: float = 0.97,
    validation: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    catalogue: Catalogue | None = None,
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
        card=lambda _: (candidate / "card.md").read_text("utf-8"),
        provenance={"run_id": f"variant of {card.digest}"},
        catalogue=catalogue,
    )
    return folder


def damaged(
    candidate: Path,
    folder: Path,
    *,
    scorecard: Callable[[dict[str, Any]], Any] = lambda document: None,
    **texts: Callable[[str], str],
) -> Path:
    """Copy a candidate, alter files of it, and give it the digests it should have: only its content betrays it."""
    shutil.copytree(candidate, folder)
    for name, change in texts.items():
        path = next(folder.glob(f"{name}.*"))
        path.write_text(change(path.read_text("utf-8")), "utf-8")
    document = json.loads((folder / "scorecard.json").read_bytes())
    scorecard(document)
    document["files"] = {name: sha256((folder / name).read_bytes()) for name in document["files"]}
    (folder / "scorecard.json").write_bytes(canonical(document))
    source = json.loads((folder / "provenance.json").read_bytes())
    source["scorecard"] = sha256((folder / "scorecard.json").read_bytes())
    (folder / "provenance.json").write_bytes(canonical(source))
    return folder
