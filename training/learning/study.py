"""The study: every contender is fitted, judged on the same cases and tested after the split; one is proposed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.calibrate import AS_IT_IS, Platt, platt
from training.cases.split import supplier_folds
from training.figures import Floats
from training.learning.comparison import Comparison, compare
from training.learning.contenders import Contender, Fitted, contenders
from training.learning.fit import OUT_OF_FOLD, Sample, used
from training.learning.folds import few
from training.learning.level import Latest, latest
from training.learning.proposal import Proposal, propose
from training.learning.tendency import Tendency
from training.learning.training_data import Progress, TrainingData
from training.learning.tuning import Budget, Tuned, tune

MANY = 200_000  # cases; above it two folds calibrate as well as four, in half the time
_FOLDS_OF_MANY = 2


@dataclass(frozen=True)
class Learned:
    """One contender, fitted on all training cases.

    Attributes:
        platt: its calibration, by the margins of the comparison; none of the constant, which is the training's rate.
        seconds: of the fit.
    """

    contender: Contender
    fitted: Fitted
    platt: Platt
    seconds: float

    def pd(self, values: Floats) -> Floats:
        """Calibrated probabilities; empty for no cases, which some rivals cannot predict."""
        if not len(values):
            return np.empty(0)
        return self.platt.pd(self.fitted.margin(values))


@dataclass(frozen=True)
class Study:
    """The fitted contenders, one of which is written as a scorecard.

    Attributes:
        sample: the training cases.
        latest: the level of the latest training cases, and how far the probabilities follow it.
        learned: every contender by name, the simplest first.
        proposal: which contender is proposed, and which is written.
        tendency: the bad rate of the served probabilities, where it is not the sample's.
        platt: calibration of the written scorecard at the sample's bad rate, from the out-of-fold margins of all
            training cases.
        out_of_fold: margins of the training cases.
    """

    data: TrainingData
    sample: Sample
    latest: Latest
    tendency: Tendency | None
    tuned: Tuned
    comparison: Comparison
    learned: Mapping[str, Learned]
    proposal: Proposal
    platt: Platt
    out_of_fold: Floats

    @property
    def written(self) -> Learned:
        """The contender whose scorecard is written."""
        return self.learned[self.proposal.written]

    @cached_property
    def text(self) -> str:
        """The written scorecard as a booster's text."""
        assert self.written.fitted.text is not None, "what is proposed can be served"
        return self.written.fitted.text()

    @cached_property
    def used(self) -> list[int]:
        """Positions of the columns that the written scorecard uses; the others have no effect on a score."""
        return used(self.text)

    @cached_property
    def margin(self) -> Floats:
        """Its margins of all cases, before calibration."""
        return self.written.fitted.margin(self.data.served_values)

    @property
    def rate(self) -> float:
        """The bad rate of its calibration."""
        rate = float(np.average(self.sample.bad, weights=self.sample.weight))
        return self.latest.level if self.latest.taken else rate

    @property
    def served(self) -> Platt:
        """The calibration that is written: at the central tendency where one is given."""
        return self.platt if self.tendency is None else self.tendency.set(self.platt, self.rate)

    @property
    def pd(self) -> Floats:
        """Its calibrated probabilities of all cases, at the sample's bad rate."""
        return self.platt.pd(self.margin)

    @property
    def pd_served(self) -> Floats:
        """The probabilities that the service would give for all cases."""
        return self.served.pd(self.margin)

    @property
    def tested_margin(self) -> Floats:
        """Its margins of the cases that it is tested on: out of fold where there is no time to split by."""
        return self.out_of_fold if self.data.split.grouped else self.margin[self.data.split.test]

    @property
    def tested_pd(self) -> Floats:
        """Its calibrated probabilities of the cases that it is tested on, at the sample's bad rate."""
        return self.platt.pd(self.tested_margin)

    @property
    def pd_before(self) -> Floats:
        """Its calibrated probabilities of the training cases, out of fold."""
        return self.platt.pd(self.out_of_fold)


def study(
    data: TrainingData, *, budget: Budget, tendency: Tendency | None = None, progress: Progress = lambda _: None
) -> Study:
    """Choose the tree shape, judge every contender, fit on all training cases, propose, calibrate."""
    sample = data.sample(data.split.training)
    progress(f"choosing the trees on {len(sample.bad)} cases of {len(sample.columns)} columns")
    tuned = tune(sample, budget, progress)
    pool = contenders(sample, tuned.shape, data.outcome.kind, declared_weights=data.declared_weights)
    comparison = compare(sample, pool, progress)
    proposal = propose(comparison)
    learned = {c.name: _learned(sample, c, comparison, progress) for c in pool}
    progress("calibrating out of fold")
    margins = _margins(sample, learned[proposal.written].contender, comparison)
    judged = np.isfinite(margins)
    part = sample.rows(judged)
    calibrated = platt(margins[judged], part.bad, part.weight, part.supplier)
    calibrated, level = latest(calibrated, margins[judged], part.bad, part.as_of, part.weight, part.supplier)
    return Study(data, sample, level, tendency, tuned, comparison, learned, proposal, calibrated, margins)


def _margins(sample: Sample, contender: Contender, comparison: Comparison) -> Floats:
    """Margins of every training case out of fold: the comparison's, where it judged all cases on the same folds."""
    if few(sample) and comparison.sample is sample:
        return comparison.judged[contender.name].margins[0]
    return out_of_fold(sample, contender.learn)


def out_of_fold(sample: Sample, learn: Callable[[Sample], Fitted]) -> Floats:
    """Margins of every case from a fit without the cases of its supplier."""
    fold = supplier_folds(sample.supplier, _FOLDS_OF_MANY if len(sample.bad) > MANY else OUT_OF_FOLD)
    margins = np.full(len(sample.bad), np.nan)
    for k in np.unique(fold):
        others = sample.rows(fold != k)
        if 0 < others.bad.sum() < len(others.bad):
            margins[fold == k] = learn(others).margin(sample.values[fold == k])
    return margins


def _learned(sample: Sample, contender: Contender, comparison: Comparison, progress: Progress) -> Learned:
    progress(f"learning {contender.label.en} on all {len(sample.bad)} cases")
    started = time.perf_counter()
    fitted = contender.learn(sample)
    calibrated = comparison.judged[contender.name].platt if contender.calibrated else AS_IT_IS
    return Learned(contender, fitted, calibrated, time.perf_counter() - started)
