"""Comparison of the contenders on the same folds, out of fold, with the same calibration."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.calibrate import AS_IT_IS, Platt, platt
from training.cases.split import Mask
from training.figures import Floats
from training.learning.contenders import Contender
from training.learning.fit import Sample
from training.learning.folds import FOLDS, Fold, compared, judging


@dataclass(frozen=True)
class Judged:
    """One contender's result on cases that it was not fitted on.

    Attributes:
        margin: of each case of the comparison, averaged where it was judged several times, NaN where never.
        platt: the calibration of these margins.
        seconds: of a fit on a fold, on average.
    """

    contender: Contender
    margin: Floats
    platt: Platt
    seconds: float

    def pd(self, rows: Mask) -> Floats:
        """Calibrated probabilities of some cases."""
        return self.platt.pd(self.margin[rows])

    def loss(self, bad: Floats, rows: Mask) -> Floats:
        """Cross-entropy of each of some cases."""
        log_odds = self.platt.log_odds(self.margin[rows])
        return np.asarray(np.logaddexp(0.0, log_odds) - bad[rows] * log_odds, dtype=np.float64)


@dataclass(frozen=True)
class Comparison:
    """Every contender on the same cases.

    Attributes:
        sample: the cases compared on, all of the training's or a part of whole suppliers.
        rows: those that were judged.
        judged: by contender's name, the simplest first.
    """

    sample: Sample
    rows: Mask
    judged: Mapping[str, Judged]

    @property
    def bad(self) -> Floats:
        """Outcomes of the judged cases."""
        return self.sample.bad[self.rows]

    def losses(self, name: str) -> Floats:
        """Cross-entropy of a contender, a judged case each."""
        return self.judged[name].loss(self.sample.bad, self.rows)

    def behind(self, name: str, other: str) -> tuple[float, float]:
        """By how much a contender's mean loss is above another's, and the standard error of that, by supplier."""
        difference = self.losses(name) - self.losses(other)
        codes = np.unique(np.asarray(self.sample.supplier, dtype=object)[self.rows], return_inverse=True)[1]
        by_supplier = np.bincount(codes, weights=difference - difference.mean())
        return float(difference.mean()), float(np.sqrt((by_supplier**2).sum()) / len(difference))


def compare(
    sample: Sample, contenders: Sequence[Contender], progress: Callable[[str], None] = lambda _: None
) -> Comparison:
    """Judge every contender on the folds."""
    part = compared(sample)
    folds = judging(part)
    judged = {}
    for contender in contenders:
        progress(f"judging {contender.label.en}")
        # Once is enough for rivals, which may be slow.
        judged[contender.name] = _judged(part, folds if contender.serves else folds[:FOLDS], contender)
    rows = np.all([~np.isnan(j.margin) for j in judged.values()], axis=0)
    return Comparison(part, rows, judged)


def _judged(sample: Sample, folds: Sequence[Fold], contender: Contender) -> Judged:
    total, times = np.zeros(len(sample.bad)), np.zeros(len(sample.bad))
    started = time.perf_counter()
    for fold in folds:
        fitted = contender.learn(sample.rows(fold.learned))
        total[fold.judged] += fitted.margin(sample.values[fold.judged])
        times[fold.judged] += 1
    seconds = (time.perf_counter() - started) / len(folds)
    margin = np.divide(total, times, out=np.full(len(total), np.nan), where=times > 0)
    was_judged = times > 0
    calibrated = (
        platt(margin[was_judged], sample.bad[was_judged], sample.weight[was_judged])
        if contender.calibrated
        else AS_IT_IS
    )
    return Judged(contender, margin, calibrated, seconds)
