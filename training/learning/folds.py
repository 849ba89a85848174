"""Folds on which contenders are judged: cases and suppliers that were not fitted on.

Where there are enough bads, the judged cases are also later in time, as in use. Where there are few, every case is
judged several times: the loss of the time order is the price of a more certain result.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from training.cases.split import Mask, supplier_folds
from training.learning.fit import Sample

FEW = 200  # of bads, or of goods where they are fewer: every case is judged
FOLDS = 4
LATE_SHARE = 0.4  # of the training period, by time, that is judged on
REPEATS = 3  # where bads are few
CASES_MAX = 60_000  # compared on; more would not change the decision


@dataclass(frozen=True)
class Fold:
    """The cases of a sample to fit on, and those to judge on."""

    learned: Mask
    judged: Mask


def few(sample: Sample, *, below: int = FEW) -> bool:
    """Whether there are fewer bads, or goods, than that."""
    return bool(min(sample.bad.sum(), len(sample.bad) - sample.bad.sum()) < below)


def judging(sample: Sample) -> list[Fold]:
    """The folds to judge on; a fold whose training part has only one class is left out."""
    later = [] if few(sample) else _able(sample, _later(sample))
    return later or _able(sample, _repeated(sample))


def compared(sample: Sample) -> Sample:
    """The sample, or a part of it that is large enough to compare on: whole suppliers, the same in every run."""
    parts = len(sample.bad) // CASES_MAX + 1
    return sample if parts == 1 else sample.rows(supplier_folds(sample.supplier, parts, salt="compared") == 0)


def _later(sample: Sample) -> Iterator[Fold]:
    late = sample.as_of >= np.sort(sample.as_of)[int(len(sample.as_of) * (1 - LATE_SHARE))]
    fold = supplier_folds(sample.supplier, FOLDS)
    for k in range(FOLDS):
        yield Fold((fold != k) & ~late, (fold == k) & late)


def _repeated(sample: Sample) -> Iterator[Fold]:
    for repeat in range(REPEATS):
        fold = supplier_folds(sample.supplier, FOLDS, salt=f"{repeat} " if repeat else "")
        for k in range(FOLDS):
            yield Fold(fold != k, fold == k)


def _able(sample: Sample, folds: Iterable[Fold]) -> list[Fold]:
    return [f for f in folds if 0 < sample.bad[f.learned].sum() < f.learned.sum() and f.judged.any()]
