"""LightGBM under the declared monotone constraints: the same facts and code give the same bytes.

Shallow trees: on 120 features they rank as well as deep ones and are explained twelve times cheaper. `num_threads` is
never a parameter, because LightGBM writes it into the model text; OMP_NUM_THREADS sets it from outside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.figures import Floats, log_loss
from training.sample import supplier_folds

SEED = 20250701
TREES_MIN = 320  # a slower learning rate reaches them: smaller steps, smoother scores
TREES_TRIED_MAX = 600
PATIENCE = 40  # trees without a better loss before a trial stops
RATE_TRIED = 0.06
BADS_PER_LEAF = 2  # a leaf is expected to hold so many bads, or goods where they are fewer
CHOICE_FOLDS = 5
CHOICE_LATE_SHARE = 0.4  # of the training period, by time, on which trials are judged
OUT_OF_FOLD = 4


@dataclass(frozen=True)
class Shape:
    """A size of tree and how many at which learning rate."""

    depth: int
    leaves: int
    rate: float = RATE_TRIED
    trees: int = TREES_TRIED_MAX


SHAPES = (Shape(depth=3, leaves=8), Shape(depth=4, leaves=16))


@dataclass(frozen=True)
class Sample:
    """What is learned from, in the order of `case_id`; `monotone` has one sign a column."""

    values: Floats
    bad: Floats
    weight: Floats
    as_of: NDArray[np.datetime64]
    supplier: Sequence[str]
    columns: Sequence[str]
    monotone: Sequence[int]

    def rows(self, mask: NDArray[np.bool_]) -> "Sample":
        """The part of the sample that a mask selects."""
        return Sample(
            values=self.values[mask],
            bad=self.bad[mask],
            weight=self.weight[mask],
            as_of=self.as_of[mask],
            supplier=[s for s, kept in zip(self.supplier, mask, strict=True) if kept],
            columns=self.columns,
            monotone=self.monotone,
        )


def parameters(shape: Shape, sample: Sample) -> dict[str, Any]:
    """LightGBM's parameters for a shape; nothing in them depends on the machine."""
    rarer = min(sample.bad.mean(), 1 - sample.bad.mean())
    return {
        "objective": "binary",
        "metric": "None",
        "boosting": "gbdt",
        "learning_rate": shape.rate,
        "num_leaves": shape.leaves,
        "max_depth": shape.depth,
        "min_data_in_leaf": int(min(max(10, round(BADS_PER_LEAF / max(rarer, 1e-3))), max(10, len(sample.bad) // 10))),
        "lambda_l2": 10.0,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "max_bin": 127,
        "monotone_constraints": list(sample.monotone),
        "monotone_constraints_method": "basic",
        "deterministic": True,
        "force_row_wise": True,
        "seed": SEED,
        "verbosity": -1,
    }


def fit(sample: Sample, shape: Shape) -> lgb.Booster:
    """Fit a booster of `shape.trees` trees on the whole sample."""
    return lgb.train(parameters(shape, sample), _dataset(sample), num_boost_round=shape.trees)


def choose_shape(sample: Sample, progress: Callable[[str], None] = lambda _: None) -> Shape:
    """The shape with the least loss on later cases of other suppliers, slowed down to `TREES_MIN` trees."""
    tried = [_tried(sample, shape, progress) for shape in SHAPES]
    best, _ = min(tried, key=lambda t: (t[1], t[0].leaves))
    trees = max(TREES_MIN, best.trees)
    return replace(best, trees=trees, rate=float(f"{best.rate * best.trees / trees:.4g}"))


def out_of_fold(sample: Sample, shape: Shape) -> Floats:
    """Margins of every case from a booster that saw none of its supplier's cases."""
    fold = supplier_folds(sample.supplier, OUT_OF_FOLD)
    margins = np.full(len(sample.bad), np.nan)
    for k in np.unique(fold):
        seen = sample.rows(fold != k)
        if 0 < seen.bad.sum() < len(seen.bad):
            margins[fold == k] = margin(fit(seen, shape), sample.values[fold == k])
    return margins


def margin(booster: lgb.Booster, values: Floats) -> Floats:
    """Raw log-odds of bad, before calibration."""
    if not len(values):
        return np.empty(0)
    return np.asarray(booster.predict(values, raw_score=True), dtype=np.float64)


def _tried(sample: Sample, shape: Shape, progress: Callable[[str], None]) -> tuple[Shape, float]:
    """Early stopping on folds that lie later in time and share no supplier with what they are fitted on."""
    late = sample.as_of >= np.sort(sample.as_of)[int(len(sample.as_of) * (1 - CHOICE_LATE_SHARE))]
    fold = supplier_folds(sample.supplier, CHOICE_FOLDS)
    curves, sizes = [], []
    for k in range(CHOICE_FOLDS):
        fitted, judged = sample.rows((fold != k) & ~late), sample.rows((fold == k) & late)
        if len(judged.bad) and 0 < fitted.bad.sum() < len(fitted.bad):
            curves.append(_losses(fitted, judged, shape))
            sizes.append(len(judged.bad))
    if not curves:
        return replace(shape, trees=100), float("inf")
    length = max(map(len, curves))
    # A fold that stopped early had passed its best: its last loss stands for what would have come.
    padded = np.stack([np.concatenate([c, np.full(length - len(c), c[-1])]) for c in curves])
    mean = (padded * np.asarray(sizes, dtype=np.float64)[:, None]).sum(axis=0) / sum(sizes)
    trees = int(np.argmin(mean)) + 1
    progress(f"trees of {shape.leaves} leaves: {trees} at rate {shape.rate}, loss {mean[trees - 1]:.5f}")
    return replace(shape, trees=trees), float(mean[trees - 1])


def _losses(fitted: Sample, judged: Sample, shape: Shape) -> Floats:
    """Loss on the judged cases after each tree, summed by numpy: LightGBM's own metrics depend on the thread count."""
    losses: list[float] = []

    def loss(pd: Floats, _: lgb.Dataset) -> tuple[str, float, bool]:
        losses.append(log_loss(judged.bad, np.log(pd / (1 - pd))))
        return "loss", losses[-1], False

    def stop(env: Any) -> None:
        if len(losses) - 1 - int(np.argmin(losses)) >= PATIENCE:
            raise lgb.callback.EarlyStopException(int(np.argmin(losses)), [])

    training = _dataset(fitted)
    watched = lgb.Dataset(judged.values, judged.bad, reference=training, params={"verbosity": -1})
    lgb.train(parameters(shape, fitted), training, shape.trees, valid_sets=[watched], feval=loss, callbacks=[stop])
    return np.asarray(losses)


def _dataset(sample: Sample) -> lgb.Dataset:
    weight = None if (sample.weight == 1).all() else sample.weight
    return lgb.Dataset(
        sample.values, sample.bad, weight=weight, feature_name=list(sample.columns), params={"verbosity": -1}
    )
