"""A candidate and the champion of its purpose on the same cases, which neither was fitted on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features.errors import InputError
from features.facts.store import Facts
from models.promotion.champions import champion
from models.scorecard.scorecard import Scorecard
from training.cases.copies import copies
from training.cases.outcome import Outcome, outcome
from training.evidence.challenge import Challenge, challenge
from training.evidence.score_cases import score_cases
from training.learning.fit import comparable


@dataclass(frozen=True)
class Compared:
    """The comparison, the scorecards' names, and the first day of its cases."""

    challenge: Challenge
    candidate: str
    champion: str
    purpose: str
    since: str


def compare_with_champion(home: Path, facts: Facts, folder: Path, *, purpose: str | None = None) -> Compared:
    """Judge a candidate and the champion on the matured cases after both were trained.

    Args:
        purpose: whose champion (default: the candidate's first purpose).

    Raises:
        InputError: there is no champion, the two score different things, or no case is left to judge them on.
    """
    candidate = Scorecard.open(folder)
    purpose = purpose or candidate.spec.purposes[0]
    reigning = champion(home, purpose)
    if reigning is None:
        raise InputError(f"The purpose {purpose!r} has no champion.", where=str(home), fix="Promote a scorecard first.")
    served = Scorecard.open(reigning.folder, digest=reigning.digest)
    _refuse_unlike(candidate, served, str(folder))
    since = max(str(card.spec.data.get("out_of_time_from", "")) for card in (candidate, served)) or None
    judged = score_cases(facts, _outcome(candidate), candidate, since=since)
    before = score_cases(facts, _outcome(candidate), served, since=since)
    if not 0 < judged.bad.sum() < len(judged.bad):
        raise InputError(
            f"There are {len(judged.bad)} matured cases since {since}, {int(judged.bad.sum())} of them bad.",
            where=str(facts.path),
            fix="Import later outcomes: the comparison needs good and bad cases that neither scorecard was fitted on.",
        )
    weight = comparable(np.asarray(judged.cases["weight"].to_numpy(), dtype=np.float64), judged.bad)
    rows = copies(np.arange(len(judged.bad)), weight, judged.cases["case_id"].to_pylist())
    result = challenge(judged.bad[rows], judged.supplier[rows], champion=before.pd[rows], challenger=judged.pd[rows])
    return Compared(result, str(folder), f"{reigning.name} {reigning.version}", purpose, since or "the first case")


def _outcome(card: Scorecard) -> Outcome:
    """The outcome that a scorecard predicts, with the parameters that it changed."""
    name, _, changed = card.spec.outcome.partition("?")
    changes = dict(pair.split("=", 1) for pair in changed.split("&") if pair)
    return outcome(name.partition("/")[0], changes=changes)


def _refuse_unlike(candidate: Scorecard, served: Scorecard, where: str) -> None:
    from features.declarations.catalogue import COLUMNS

    if candidate.spec.unit != served.spec.unit or candidate.spec.outcome != served.spec.outcome:
        raise InputError(
            f"The candidate gives {candidate.spec.outcome} of a {candidate.spec.unit}, the champion"
            f" {served.spec.outcome} of a {served.spec.unit}.",
            where=where,
            fix="Compare scorecards of the same outcome and unit.",
        )
    known = {c.name for c in COLUMNS}
    if outside := sorted({*candidate.columns, *served.columns} - known):
        raise InputError(
            f"Column {outside[0]!r} does not come from the facts.",
            where=where,
            fix="Compare scorecards without columns from outside.",
        )
