"""Own cases: a bank's file of scores and their outcomes, to validate a scorecard with its own data.

Neither facts nor the scorecard are needed, because the file has the scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features.errors import InputError
from models.scorecard.scale import SCALE, Scale
from training.evidence.study_cases import local
from training.figures import Floats
from training.outside.sheet import Sheet, instants, numbers, read_sheet
from training.validation.measures.evidence import Evidence


@dataclass(frozen=True)
class OwnCases:
    """The content of a file: the cases with a known outcome, and how many have none yet."""

    evidence: Evidence
    without_outcome: int


def read_own_cases(
    file: Path, *, tz: str = "Asia/Shanghai", scale: Scale = SCALE, segments: Sequence[str] = ()
) -> OwnCases:
    """Read CSV or Parquet with `supplier_id`, `as_of`, `bad` (blank: unknown yet), and `pd` or `points`.

    Args:
        tz: of bare dates.
        scale: what the points are on, where the file has points and no probabilities.
        segments: further columns of the file to judge parts of the cases by; a column `amount` is the exposure.

    Raises:
        InputError: names the file, the line and the column that cannot be used.
    """
    sheet = read_sheet(file)
    bad = numbers(sheet, "bad", None, flag=True)
    known = ~np.isnan(bad)
    if not known.any():
        raise InputError("No case has an outcome.", where=f"{sheet.name}, column bad", fix="Write 1 for bad, else 0.")
    log_odds = _log_odds(sheet, scale)
    supplier = np.array(sheet.column("supplier_id").to_pylist(), dtype=object)
    as_of = instants(sheet, "as_of", tz, starts_day=True)
    empty = {
        "supplier_id": np.array([name is None for name in supplier], dtype=bool),
        "as_of": np.isnat(as_of),
        "pd or points": np.isnan(log_odds),
    }
    for name, missing in empty.items():
        if len(rows := np.flatnonzero(missing & known)):
            raise InputError("The case has an outcome but no such value.", where=sheet.at(int(rows[0]), name))
    every = Evidence(
        bad=bad[known],
        pd=1 / (1 + np.exp(-log_odds[known])),
        margin=log_odds[known],
        points=scale.points(log_odds[known]),
        supplier=supplier[known].astype(str),
        as_of=local(as_of[known], tz),
        segments={name: np.array(sheet.column(name).to_pylist(), dtype=object)[known] for name in segments},
        exposure=_exposure(sheet, known),
    )
    return OwnCases(every, int((~known).sum()))


def _log_odds(sheet: Sheet, scale: Scale) -> Floats:
    """Calibrated log-odds of bad, from probabilities where the file has them, else from points."""
    if "pd" not in sheet.cells:
        return np.asarray(scale.log_odds_bad(numbers(sheet, "points", None, flag=False)), dtype=np.float64)
    pd = numbers(sheet, "pd", None, flag=False)
    outside = np.flatnonzero((pd <= 0) | (pd >= 1))
    if len(outside):
        at, fix = sheet.at(int(outside[0]), "pd"), "Give it as it was answered, such as 0.0312."
        raise InputError("A probability lies between 0 and 1.", where=at, fix=fix)
    return np.log(pd / (1 - pd))


def _exposure(sheet: Sheet, known: np.ndarray) -> Floats | None:
    if "amount" not in sheet.cells:
        return None
    amount = numbers(sheet, "amount", None, flag=False)[known]
    return None if np.isnan(amount).all() else np.where(amount > 0, amount, np.nan)
