"""The shape of the trees: a search by Optuna within a budget, judged on later cases of other suppliers."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from training.figures import Floats
from training.learning.fit import RATE_TRIED, SEED, SHAPES, Sample, Shape, margin, slowed, watched
from training.learning.folds import Fold, compared, judging

if TYPE_CHECKING:
    import optuna

SIZES = ((3, 8), (4, 12), (4, 16), (5, 16))  # depth and leaves, the shallowest first
START_UP = 8  # random trials before Optuna uses the results


@dataclass(frozen=True)
class Budget:
    """The limit of the search for a shape.

    The same number of trials gives the same bytes on any machine; a clock does not, so a stop by the clock is recorded.
    """

    trials: int = len(SHAPES)
    seconds: float = float("inf")


DEFAULT_BUDGET = Budget()
"""Only the default shapes."""


@dataclass(frozen=True)
class Tuned:
    """The chosen shape, and the search.

    Attributes:
        trials: trials that were finished.
        stopped: whether the clock ended the search.
        loss: mean loss of the chosen shape on the judged cases.
        best: that of the best, of which the chosen one is the shallowest within its noise.
    """

    shape: Shape
    trials: int
    stopped: bool
    loss: float | None
    best: float | None


@dataclass(frozen=True)
class _Tried:
    shape: Shape
    losses: Floats  # of each judged case

    @property
    def loss(self) -> float:
        return float(self.losses.mean())


def tune(sample: Sample, budget: Budget, progress: Callable[[str], None] = lambda _: None) -> Tuned:
    """The shallowest shape whose loss is within one standard error of the best one's, slowed to enough trees."""
    part = compared(sample)
    folds = judging(part)
    tried, stopped = _search(part, folds, budget, progress)
    best = min(tried, key=lambda t: t.loss)
    near = [t for t in tried if t.loss - best.loss <= _noise(t.losses - best.losses)]
    chosen = min(near, key=lambda t: (t.shape.leaves, t.shape.depth, t.loss))
    return Tuned(slowed(chosen.shape), len(tried), stopped, chosen.loss, best.loss)


def _search(
    sample: Sample, folds: Sequence[Fold], budget: Budget, progress: Callable[[str], None]
) -> tuple[list[_Tried], bool]:
    """Try the default shapes first, then Optuna's, until the budget is used up."""
    started = time.monotonic()
    tried: list[_Tried] = []
    for shape in SHAPES[: max(1, budget.trials)]:
        tried.append(_tried(sample, folds, shape))
        progress(_summary(tried[-1]))
    if budget.trials <= len(tried):
        return tried, False
    study = _study(tried)
    while len(tried) < budget.trials:
        if time.monotonic() - started > budget.seconds:
            return tried, True
        trial = study.ask()
        tried.append(_tried(sample, folds, _drawn(trial)))
        study.tell(trial, tried[-1].loss)
        progress(f"trial {len(tried)}: {_summary(tried[-1])}")
    return tried, False


def _study(tried: Sequence[_Tried]) -> "optuna.Study":
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(sampler=optuna.samplers.TPESampler(seed=SEED, n_startup_trials=START_UP))


def _drawn(trial: "optuna.Trial") -> Shape:
    depth, leaves = SIZES[trial.suggest_int("size", 0, len(SIZES) - 1)]
    return Shape(
        depth=depth,
        leaves=leaves,
        bads_per_leaf=trial.suggest_float("bads_per_leaf", 1.0, 16.0, log=True),
        l2=trial.suggest_float("l2", 1.0, 100.0, log=True),
        columns=trial.suggest_float("columns", 0.2, 1.0),
        rows=trial.suggest_float("rows", 0.4, 0.9),
        rate=trial.suggest_float("rate", RATE_TRIED / 2, RATE_TRIED, log=True),
    )


def _tried(sample: Sample, folds: Sequence[Fold], shape: Shape) -> _Tried:
    """Fit on every fold, and take the number of trees that is best over all of them."""
    parts = [(sample.rows(f.learned), sample.rows(f.judged)) for f in folds]
    boosters, curves = zip(*(watched(learned, judged, shape) for learned, judged in parts), strict=True)
    length = max(map(len, curves))
    # A fold that stopped early is past its best; its last loss replaces the missing ones.
    padded = np.stack([np.concatenate([c, np.full(length - len(c), c[-1])]) for c in curves])
    sizes = np.array([len(judged.bad) for _, judged in parts], dtype=np.float64)
    trees = int(np.argmin((padded * sizes[:, None]).sum(axis=0))) + 1
    losses = []
    for booster, (_, judged) in zip(boosters, parts, strict=True):
        m = margin(booster, judged.values, trees=trees)
        losses.append(np.logaddexp(0.0, m) - judged.bad * m)
    return _Tried(replace(shape, trees=trees), np.concatenate(losses))


def _noise(difference: Floats) -> float:
    """Standard error of a mean difference."""
    return float(difference.std() / np.sqrt(len(difference)))


def _summary(tried: _Tried) -> str:
    s = tried.shape
    return f"trees of {s.leaves} leaves: {s.trees} at rate {s.rate:.3g}, loss {tried.loss:.5f}"
