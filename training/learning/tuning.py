"""The shape of the trees: a search by Optuna within a budget, judged on cases of other suppliers."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.figures import supplier_codes
from training.learning.fit import RATE_TRIED, SEED, SHAPES, Sample, Shape, slowed
from training.learning.folds import compared
from training.learning.length import Grown, grown

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


def tune(sample: Sample, budget: Budget, progress: Callable[[str], None] = lambda _: None) -> Tuned:
    """The shallowest shape whose loss is within one standard error of the best one's, slowed to enough trees."""
    part = compared(sample)
    tried, stopped = _search(part, budget, progress)
    best = min(tried, key=lambda t: t.loss)
    near = [t for t in tried if t is best or t.loss - best.loss <= _noise(part, t, best)]
    chosen = min(near, key=lambda t: (t.shape.leaves, t.shape.depth, t.loss))
    return Tuned(slowed(chosen.shape), len(tried), stopped, chosen.loss, best.loss)


def _search(sample: Sample, budget: Budget, progress: Callable[[str], None]) -> tuple[list[Grown], bool]:
    """Try the default shapes first, then Optuna's, until the budget is used up."""
    started = time.monotonic()
    tried: list[Grown] = []
    for shape in SHAPES[: max(1, budget.trials)]:
        tried.append(grown(sample, shape))
        progress(_summary(tried[-1]))
    if budget.trials <= len(tried):
        return tried, False
    study = _study(tried)
    while len(tried) < budget.trials:
        if time.monotonic() - started > budget.seconds:
            return tried, True
        trial = study.ask()
        tried.append(grown(sample, _drawn(trial)))
        study.tell(trial, tried[-1].loss)
        progress(f"trial {len(tried)}: {_summary(tried[-1])}")
    return tried, False


def _study(tried: Sequence[Grown]) -> "optuna.Study":
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


def _noise(sample: Sample, one: Grown, other: Grown) -> float:
    """Standard error of the difference of two mean losses, by supplier."""
    both = one.rows & other.rows
    weight = sample.weight[both]
    difference = one.losses[both[one.rows]] - other.losses[both[other.rows]]
    codes = supplier_codes(np.asarray(sample.supplier, dtype=object)[both])
    sums = np.bincount(codes, weights=weight * (difference - np.average(difference, weights=weight)))
    return float(np.sqrt((sums * sums).sum()) / weight.sum())


def _summary(tried: Grown) -> str:
    s = tried.shape
    return f"trees of {s.leaves} leaves: {s.trees} at rate {s.rate:.3g}, loss {tried.loss:.5f}"
