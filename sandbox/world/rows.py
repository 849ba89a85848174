"""Rows of one table while the market is made: named numpy columns of one length.

Days are int32 with `NEVER` for null, money is int64 fen and shares int64 of 1e-8 with `NONE` for null, enums are
int8 positions in FACTS' list with -1 for null, ids are int64 numbers with -1 for null.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sandbox.world.clock import NEVER

Rows = dict[str, NDArray]

NONE = np.iinfo(np.int64).min


def length(rows: Mapping[str, NDArray]) -> int:
    """Number of rows."""
    return len(next(iter(rows.values())))


def take(rows: Mapping[str, NDArray], which: NDArray) -> Rows:
    """Rows chosen by a mask or by positions."""
    return {name: column[which] for name, column in rows.items()}


def stack(*parts: Mapping[str, NDArray]) -> Rows:
    """Rows of all parts, one after the other; the parts have the same columns."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def runs(counts: NDArray) -> tuple[NDArray, NDArray]:
    """For counts per parent: each child's parent and its position among its siblings."""
    parent = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return parent, np.arange(len(parent)) - first


def fen(yuan: NDArray, *, to: int = 1) -> NDArray:
    """Money in fen, rounded to `to` fen."""
    return (np.round(yuan * 100.0 / to) * to).astype(np.int64)


def logistic(x: NDArray) -> NDArray:
    """The inverse of the log-odds."""
    return 1.0 / (1.0 + np.exp(-x))


def known(rows: Rows, at: NDArray | np.int32, *, stated: NDArray | bool = False) -> Rows:
    """Add the second clock: the day from which a row is known, and whether the source states it."""
    n = length(rows)
    rows["known_day"] = np.broadcast_to(at, n).astype(np.int32)
    rows["known_stated"] = np.broadcast_to(stated, n).copy()
    rows["retracted"] = np.zeros(n, bool)
    return rows


def late_known(rows: Rows, rng: np.random.Generator, *, rate: float, days: int) -> Rows:
    """Let a share of rows be known only up to `days` days after they happened."""
    late = rng.random(length(rows)) < rate
    lag = rng.integers(1, days + 1, length(rows))
    rows["known_day"] = np.where(late, rows["known_day"] + lag, rows["known_day"]).astype(np.int32)
    rows["known_stated"] = rows["known_stated"] | late
    return rows


def correction(rows: Rows, which: NDArray, at: NDArray, **changes: NDArray) -> Rows:
    """Further rows with the same keys as `rows[which]`, known on `at`, with some columns changed."""
    further = take(rows, which)
    further.update(changes)
    further["known_day"] = at.astype(np.int32)
    further["known_stated"] = np.ones(length(further), bool)
    return further


def not_yet(days: NDArray, last: int) -> NDArray:
    """Days with what lies after the last day taken back to `NEVER`."""
    return np.where(days > last, NEVER, days).astype(np.int32)
