"""LightGBM under the declared monotone constraints: the same facts and code give the same bytes.

Shallow trees: on 120 features they rank as well as deep ones and are explained twelve times cheaper. `num_threads` is
never a parameter, because LightGBM writes it into the model text; OMP_NUM_THREADS sets it from outside.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.figures import Floats, effective_count, log_loss

SEED = 20250701
_SPLITS = re.compile(r"^split_feature=(.*)$", re.MULTILINE)
TREES_MIN = 320  # reached with a lower learning rate: smaller steps, smoother scores
TREES_TRIED_MAX = 600
PATIENCE = 60  # trees without a better loss before a trial stops
RATE_TRIED = 0.06
OUT_OF_FOLD = 4


@dataclass(frozen=True)
class Shape:
    """The size of the trees, how many at which learning rate, and their regularisation.

    Attributes:
        bads_per_leaf: a leaf is expected to hold so many bads, or goods where they are fewer.
        l2: LightGBM's `lambda_l2`, in units of Σ p(1 - p).
        columns: share of the columns that a tree may use.
        rows: share of the cases that a tree is grown on.
    """

    depth: int
    leaves: int
    rate: float = RATE_TRIED
    trees: int = TREES_TRIED_MAX
    bads_per_leaf: float = 2.0
    l2: float = 10.0
    columns: float = 0.8
    rows: float = 0.7


SHAPES = (Shape(depth=3, leaves=8), Shape(depth=4, leaves=16))


@dataclass(frozen=True)
class Sample:
    """The cases to fit on, in the order of `case_id`; `monotone` has one sign a column.

    Attributes:
        weight: how many cases each stands for, in units in which the rarer class counts as many as it informs about.
    """

    values: Floats
    bad: Floats
    weight: Floats
    as_of: NDArray[np.datetime64]
    supplier: Sequence[str]
    columns: Sequence[str]
    monotone: Sequence[int]

    def rows(self, mask: NDArray[np.bool_] | NDArray[np.intp]) -> "Sample":
        """The part of the sample that a mask, or places, select."""
        return Sample(
            values=self.values[mask],
            bad=self.bad[mask],
            weight=self.weight[mask],
            as_of=self.as_of[mask],
            supplier=np.asarray(self.supplier, dtype=object)[mask].tolist(),
            columns=self.columns,
            monotone=self.monotone,
        )


def comparable(weight: Floats, bad: Floats) -> Floats:
    """Weights in units that do not depend on their scale.

    The weights of the rarer class add up to what its cases are worth (Kish 1965), so that priors, smoothing and
    standard errors see as many cases as there are. Equal weights become 1.
    """
    sums = [float(weight[bad == k].sum()) for k in (0, 1)]
    rarer = weight[bad == (1 if sums[1] <= sums[0] else 0)]
    if not len(rarer) or not rarer.sum() > 0:
        return weight
    worth = effective_count(rarer, np.arange(len(rarer)))
    return np.asarray(weight * (worth / rarer.sum()), dtype=np.float64)


def parameters(shape: Shape, sample: Sample, *, constrained: bool = True) -> dict[str, Any]:
    """LightGBM's parameters for a shape; nothing in them depends on the machine."""
    rarer = min(sample.bad.mean(), 1 - sample.bad.mean())
    least = round(shape.bads_per_leaf / max(rarer, 1e-3))
    return {
        "objective": "binary",
        "metric": "None",
        "boosting": "gbdt",
        "learning_rate": shape.rate,
        "num_leaves": shape.leaves,
        "max_depth": shape.depth,
        "min_data_in_leaf": int(min(max(10, least), max(10, len(sample.bad) // 10))),
        "lambda_l2": shape.l2,
        "feature_fraction": shape.columns,
        "bagging_fraction": shape.rows,
        "bagging_freq": 1,
        "max_bin": 127,
        "monotone_constraints": list(sample.monotone) if constrained else None,
        "monotone_constraints_method": "basic",
        "deterministic": True,
        "force_row_wise": True,
        "seed": SEED,
        "verbosity": -1,
    }


def fit(sample: Sample, shape: Shape, *, start: Floats | None = None, constrained: bool = True) -> lgb.Booster:
    """Fit a booster of `shape.trees` trees on the whole sample, starting from the log-odds `start` if given."""
    options = parameters(shape, sample, constrained=constrained)
    return lgb.train(options, _dataset(sample, options, start), num_boost_round=shape.trees)


def slowed(shape: Shape) -> Shape:
    """The shape with at least `TREES_MIN` trees, each as much smaller."""
    trees = max(TREES_MIN, shape.trees)
    return replace(shape, trees=trees, rate=float(f"{shape.rate * shape.trees / trees:.4g}"))


def margin(booster: lgb.Booster, values: Floats, *, trees: int | None = None) -> Floats:
    """Raw log-odds of bad, before calibration, of all trees or the first so many."""
    if not len(values):
        return np.empty(0)
    return np.asarray(booster.predict(values, raw_score=True, num_iteration=trees), dtype=np.float64)


def shares(text: str, values: Floats) -> Floats:
    """Each column's contribution to the margin, by TreeSHAP, the expected margin last: cases × (columns + 1)."""
    booster = lgb.Booster(model_str=text)
    return np.asarray(booster.predict(values, pred_contrib=True), dtype=np.float64)


def used(text: str) -> list[int]:
    """Positions of the columns that any tree of a booster's text splits on, in order."""
    return sorted({int(at) for line in _SPLITS.findall(text) for at in line.split()})


def staged(learned: Sample, judged: Sample, shape: Shape, *, stages: Sequence[int], patience: int = PATIENCE) -> Floats:
    """Margins of the judged cases after each stage (a number of trees): stages × cases.

    Growing stops when the loss on the judged cases has not fallen for so many trees; later stages repeat the last.
    The losses are summed by numpy: LightGBM's own metrics depend on the thread count.
    """
    options = parameters(shape, learned)
    booster = lgb.Booster(params=options, train_set=_dataset(learned, options))
    margins = np.empty((len(stages), len(judged.bad)))
    total, summed, best, best_at = np.full(len(judged.bad), booster_level(learned)), 0, np.inf, 0
    for place, stage in enumerate(stages):
        if stage - best_at <= patience:
            while booster.num_trees() < stage and not booster.update():
                pass
            if count := booster.num_trees() - summed:
                part = booster.predict(judged.values, raw_score=True, start_iteration=summed, num_iteration=count)
                total = np.asarray(part, dtype=np.float64) + (total if summed else 0.0)
                summed += count
            loss = log_loss(judged.bad, total, judged.weight)
            best, best_at = (loss, stage) if loss < best else (best, best_at)
        margins[place] = total
    return margins


def booster_level(sample: Sample) -> float:
    """The log-odds of a sample's bad rate, where every booster starts."""
    rate = float(np.average(sample.bad, weights=sample.weight))
    return float(np.log(rate / (1 - rate)))


def _dataset(sample: Sample, options: Mapping[str, Any], start: Floats | None = None) -> lgb.Dataset:
    """The sample as LightGBM bins it; `lgb.Booster` leaves the binning in its own parameters aside, `lgb.train` not."""
    weight = None if (sample.weight == 1).all() else sample.weight
    return lgb.Dataset(
        sample.values,
        sample.bad,
        weight=weight,
        init_score=start,
        feature_name=list(sample.columns),
        params={name: options[name] for name in ("max_bin", "verbosity")},
    )
