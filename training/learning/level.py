"""The level of the probabilities: that of the latest matured cases, as far as their number can show it.

One mechanism for every scorecard. The calibration on all training cases gives slope and first level. The latest
quarter of the cases then says by how much the log-odds must move to give their bad rate. Of that move as much is made
as chance does not explain: none where the move is within noise, nearly all where many bads show it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from training.calibrate import Platt
from training.figures import Floats, effective_count, sigmoid

LATEST_SHARE = 0.25  # of the training cases, by their date
NOISE = 2.0  # squared standard errors of the move that count as chance (James and Stein 1961, positive part)
_LOG_ODDS_MAX = 30.0


@dataclass(frozen=True)
class Latest:
    """The level of the latest cases beside that of all.

    Attributes:
        observed: bad rate of the latest cases, by weight.
        expected: mean probability that the calibration on all cases gave them.
        shift: what is added to the log-odds of every case.
        z: the move that would give them their bad rate, in standard errors; the bads of one supplier count as one.
        taken: whether the level moves.
        level: mean probability of the latest cases after the shift.
    """

    observed: float
    expected: float
    z: float
    taken: bool
    shift: float = 0.0
    level: float = 0.0


def level(log_odds: Floats, rate: float, weight: Floats | None = None) -> float:
    """The intercept at which the mean probability of log-odds is a rate."""
    w = np.ones(len(log_odds)) if weight is None else weight

    def above(b: float) -> float:
        return float(np.average(sigmoid(log_odds + b), weights=w)) - rate

    return float(f"{brentq(above, -_LOG_ODDS_MAX, _LOG_ODDS_MAX, xtol=1e-13):.10g}")


def level_only(margin: Floats, bad: Floats, weight: Floats) -> Platt:
    """The calibration of margins that are log-odds already: their slope stays 1, their level is set."""
    rate = float(np.average(bad, weights=weight))
    return Platt(1.0, level(margin, rate, weight), 0.0, 0.0, 0.0)


def latest(
    platt: Platt,
    margin: Floats,
    bad: Floats,
    as_of: NDArray[np.datetime64],
    weight: Floats | None = None,
    supplier: Sequence[str] | None = None,
) -> tuple[Platt, Latest]:
    """The calibration at the level of the latest cases.

    Args:
        margin: of the training cases, out of fold.
        weight: of each case; 1 where not given.
        supplier: of each case, whose cases are one event; without it every case is one of its own.
    """
    late = as_of >= np.sort(as_of)[int(len(as_of) * (1 - LATEST_SHARE))]
    m, y = margin[late], bad[late]
    w = np.ones(len(y)) if weight is None else np.asarray(weight)[late]
    codes = np.arange(len(y)) if supplier is None else np.asarray(supplier, dtype=object)[late]
    pd = platt.pd(m)
    observed, expected = (float(np.average(x, weights=w)) for x in (y, pd))
    if not 0 < observed < 1:
        return platt, Latest(observed, expected, 0.0, False, 0.0, expected)
    moved = level(platt.log_odds(m), observed, w)
    p = sigmoid(platt.log_odds(m) + moved)
    alone = float(np.sqrt((w * w * p * (1 - p)).sum()) / (w * p * (1 - p)).sum())
    se = alone * float(np.sqrt(effective_count(y, np.arange(len(y)), w) / effective_count(y, codes, w)))
    share = max(0.0, 1 - NOISE * (se / moved) ** 2) if moved else 0.0
    shift = float(f"{share * moved:.10g}")
    z = moved / se if se > 0 else 0.0
    shifted = replace(platt, intercept=platt.intercept + shift)
    return shifted, Latest(observed, expected, z, bool(shift), shift, float(np.average(shifted.pd(m), weights=w)))
