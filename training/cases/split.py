"""The split of the cases into training and test by time, and folds by supplier."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.errors import InputError
from features.facts.store import Facts

TEST_SHARE = 0.25
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """Cases of the training period and of the test period.

    Attributes:
        at: the instant of the split; the test is every case on or after it.
        training: cases before it whose outcome was known before it.
        waiting: cases before it whose outcome was not yet known: in neither part.
        test: cases on or after it.
        unseen: the part of the test whose supplier has no case in training.
        grouped: whether there is no time to split by: every case is learned from, and tested by a fit without its
            supplier (grouped cross-validation).
    """

    at: datetime
    training: Mask
    waiting: Mask
    test: Mask
    unseen: Mask
    grouped: bool = False

    def under(self, mask: Mask) -> "Split":
        """The split of the cases under a mask, none of which waits."""
        nobody = np.zeros(int(mask.sum()), dtype=bool)
        return replace(
            self, training=self.training[mask], waiting=nobody, test=self.test[mask], unseen=self.unseen[mask]
        )


def split(cases: pa.Table, *, at: datetime) -> Split:
    """Split matured cases at an instant; a training case's outcome must have been known before it."""
    as_of, matured, known = (_instants(cases, name) for name in ("as_of", "matured_on", "known_on"))
    instant = np.datetime64(at, "us")
    before = as_of < instant
    training = before & (matured < instant) & (known < instant)
    supplier = np.asarray(cases["supplier_id"].to_pylist(), dtype=object)
    learned_from = set(supplier[training])
    test = ~before
    unseen = test & np.fromiter((s not in learned_from for s in supplier), dtype=bool, count=len(supplier))
    return Split(at, training, before & ~training, test, unseen)


def timeless(cases: pa.Table) -> bool:
    """Whether no outcome was known before the last case began, so that no test out of time is possible."""
    if not cases.num_rows:
        return False
    as_of, known = _instants(cases, "as_of"), np.maximum(_instants(cases, "known_on"), _instants(cases, "matured_on"))
    return bool(known.min() >= as_of.max())


def grouped(cases: pa.Table) -> Split:
    """Every case in both parts, each to be tested by a fit without its supplier."""
    every = np.ones(cases.num_rows, dtype=bool)
    last: datetime = _instants(cases, "as_of").max().astype(datetime)
    return Split(last, every, ~every, every, every, grouped=True)


def default_split(cases: pa.Table, facts: Facts) -> datetime:
    """The local midnight that leaves the last quarter of the matured cases, by `as_of`, for the test."""
    as_of = np.sort(_instants(cases, "as_of"))
    if not len(as_of):
        raise InputError("There are no matured cases to split.", fix="Import later facts, or choose another outcome.")
    last: datetime = as_of[int(len(as_of) * (1 - TEST_SHARE))].astype("datetime64[us]").astype(datetime)
    midnight = facts.instant(local_day(last, facts))
    # Cases of one day stay together: the day on the boundary goes to the test.
    return midnight if midnight <= last else facts.instant(local_day(last, facts) - timedelta(days=1))


def local_day(instant: datetime, facts: Facts) -> date:
    """The calendar day of a naive UTC instant in the facts' time zone."""
    from datetime import UTC
    from zoneinfo import ZoneInfo

    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(facts.tz)).date()


def supplier_folds(suppliers: Sequence[str], folds: int, *, salt: str = "") -> NDArray[np.int64]:
    """A fold for each case, the same for all cases of a supplier and independent of the other cases."""
    fold = {s: int.from_bytes(hashlib.sha256((salt + s).encode()).digest()[:8], "big") % folds for s in set(suppliers)}
    return np.fromiter((fold[s] for s in suppliers), dtype=np.int64, count=len(suppliers))


def _instants(cases: pa.Table, name: str) -> NDArray[np.datetime64]:
    return np.asarray(cases[name].to_numpy(), dtype="datetime64[us]")
