"""Folds on which contenders are judged: cases and suppliers that were not fitted on.

Where there are enough bads, the latest cases are judged, because the next ones resemble them most. They are judged by
fits on all cases of other suppliers, as the final fit learns from all: a fit that stops before them would be judged on
a gap in time that the final fit does not have. Where there are few bads, every case is judged several times.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from training.cases.split import Mask, supplier_folds
from training.figures import effective_count
from training.learning.fit import Sample

FEW = 200  # effective bads, or goods where they are fewer: with fewer every case is judged
FOLDS = 4
LATE_SHARE = 0.4  # of the training period, by time, that is judged on
REPEATS = 2  # where bads are few
CASES_MAX = 60_000  # compared on; more would not change the decision
RARE_SHARE = 2 / 3  # of these, at most, of suppliers with a case of the rarer class


@dataclass(frozen=True)
class Fold:
    """The cases of a sample to fit on, and those to judge on; `repeat` counts how often all cases were divided."""

    learned: Mask
    judged: Mask
    repeat: int = 0


def few(sample: Sample, *, below: int = FEW) -> bool:
    """Whether there are fewer effective bads, or goods, than that: bads of one supplier count as about one."""
    return min(effective_count(flag, sample.supplier, sample.weight) for flag in (sample.bad, 1 - sample.bad)) < below


def judging(sample: Sample) -> list[Fold]:
    """The folds to judge on; a fold whose training part has only one class is left out."""
    latest = [] if few(sample) else _able(sample, _latest(sample))
    return latest or _able(sample, _repeated(sample))


def compared(sample: Sample) -> Sample:
    """The sample, or a part of it that is large enough to compare on: whole suppliers, the same in every run.

    Every supplier with a case of the rarer class stays, as long as those are not most of the part; the others are
    drawn, and their weights grow so that the part stands for the whole.
    """
    if len(sample.bad) <= CASES_MAX:
        return sample
    supplier = np.asarray(sample.supplier, dtype=object)
    rare = 1.0 if sample.bad.sum() <= len(sample.bad) / 2 else 0.0
    with_rare = np.isin(supplier.astype(str), np.unique(supplier[sample.bad == rare].astype(str)))
    n = int(with_rare.sum())
    rare_share = min(1.0, RARE_SHARE * CASES_MAX / n) if n else 1.0
    others = min(1.0, (CASES_MAX - rare_share * n) / max(1, len(with_rare) - n))
    share = np.where(with_rare, rare_share, others)
    drawn = supplier_folds(sample.supplier, _PARTS, salt="compared") < share * _PARTS
    return replace(sample, weight=sample.weight / share).rows(drawn)


_PARTS = 2**20  # of which a share is drawn


def _latest(sample: Sample) -> Iterator[Fold]:
    late = sample.as_of >= np.sort(sample.as_of)[int(len(sample.as_of) * (1 - LATE_SHARE))]
    fold = supplier_folds(sample.supplier, FOLDS)
    for k in range(FOLDS):
        yield Fold(fold != k, (fold == k) & late)


def _repeated(sample: Sample) -> Iterator[Fold]:
    for repeat in range(REPEATS):
        fold = supplier_folds(sample.supplier, FOLDS, salt=f"{repeat} " if repeat else "")
        for k in range(FOLDS):
            yield Fold(fold != k, fold == k, repeat)


def _able(sample: Sample, folds: Iterable[Fold]) -> list[Fold]:
    return [f for f in folds if 0 < sample.bad[f.learned].sum() < f.learned.sum() and f.judged.any()]
