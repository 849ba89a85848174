"""Comparison of the contenders on the same folds, out of fold, with slope and level set in the same way."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.calibrate import Platt, platt
from training.cases.split import Mask
from training.figures import Floats, supplier_codes
from training.learning.contenders import Contender
from training.learning.fit import Sample
from training.learning.folds import FOLDS, Fold, compared, judging
from training.learning.level import level_only


@dataclass(frozen=True)
class Judged:
    """One contender's result on cases that it was not fitted on.

    Attributes:
        margins: repeats × cases, NaN where a case was not judged; each repeat is a result of its own, because an
            average of several fits is better than the one fit that is served.
        platt: the calibration of these margins; of the constant only its level.
        seconds: of a fit on a fold, on average.
    """

    contender: Contender
    margins: Floats
    platt: Platt
    seconds: float

    @property
    def judged(self) -> Mask:
        """Cases that were judged at least once."""
        return np.asarray(~np.isnan(self.margins).all(axis=0))

    def pd(self, rows: Mask) -> Floats:
        """Calibrated probabilities of some cases, by the first repeat that judged each."""
        first = np.argmax(~np.isnan(self.margins), axis=0)
        return self.platt.pd(np.take_along_axis(self.margins, first[None, :], axis=0)[0][rows])

    def loss(self, bad: Floats, rows: Mask) -> Floats:
        """Cross-entropy of each of some cases, the mean over the repeats."""
        log_odds = self.platt.log_odds(self.margins[:, rows])
        return np.asarray(np.nanmean(np.logaddexp(0.0, log_odds) - bad[rows] * log_odds, axis=0), dtype=np.float64)


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

    def loss(self, name: str) -> float:
        """Mean cross-entropy of a contender, by the cases' weights."""
        return float(np.average(self.losses(name), weights=self.sample.weight[self.rows]))

    def behind(self, name: str, other: str) -> tuple[float, float]:
        """By how much a contender's mean loss is above another's, and the standard error of that, by supplier."""
        difference, weight = self.losses(name) - self.losses(other), self.sample.weight[self.rows]
        mean = float(np.average(difference, weights=weight))
        codes = supplier_codes(np.asarray(self.sample.supplier, dtype=object)[self.rows])
        by_supplier = np.bincount(codes, weights=weight * (difference - mean))
        return mean, float(np.sqrt((by_supplier**2).sum()) / weight.sum())


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
    rows = np.all([j.judged for j in judged.values()], axis=0)
    return Comparison(part, rows, judged)


def _judged(sample: Sample, folds: Sequence[Fold], contender: Contender) -> Judged:
    margins = np.full((max(f.repeat for f in folds) + 1, len(sample.bad)), np.nan)
    started = time.perf_counter()
    for fold in folds:
        fitted = contender.learn(sample.rows(fold.learned))
        margins[fold.repeat, fold.judged] = fitted.margin(sample.values[fold.judged])
    seconds = (time.perf_counter() - started) / len(folds)
    repeat, case = np.nonzero(~np.isnan(margins))
    supplier, weight = np.asarray(sample.supplier, dtype=object)[case], sample.weight[case]
    flat, bad = margins[repeat, case], sample.bad[case]
    calibrated = platt(flat, bad, weight, supplier) if contender.calibrated else level_only(flat, bad, weight)
    return Judged(contender, margins, calibrated, seconds)
