"""Contenders: the scorecards that could be proposed, the simplest first, and rivals that only serve as a comparison.

Each is fitted on a sample and gives margins. One that can be served also gives a booster text, so that every proposed
scorecard is verified, served and explained in the same way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from features.declarations.feature import Text
from training.calibrate import platt
from training.figures import Floats, sigmoid
from training.learning import expert, fit, length
from training.learning.additive import blended, booster_text
from training.learning.fit import Sample, Shape
from training.learning.folds import few
from training.learning.woe import woe

BLEND: Final = Shape(depth=2, leaves=4, rate=0.03, trees=80, bads_per_leaf=4.0, l2=20.0, columns=0.5)
"""Trees added to the declared weights: few, small, strongly regularised: a correction, not a replacement."""


@dataclass(frozen=True)
class Fitted:
    """A fitted contender: its margins, its booster text where it can be served, and its chosen columns or settings."""

    margin: Callable[[Floats], Floats]
    text: Callable[[], str] | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Contender:
    """One way to fit a scorecard.

    Attributes:
        serves: whether what it learns can be served.
        calibrated: whether its margins are calibrated; those of the constant are the bad rate itself.
    """

    name: str
    label: Text
    learn: Callable[[Sample], Fitted]
    serves: bool = True
    calibrated: bool = True


def contenders(sample: Sample, shape: Shape, kind: str, *, declared_weights: bool = True) -> tuple[Contender, ...]:
    """Those that could be proposed for an outcome of a kind, the simplest first, then the rivals.

    Where bads are few, LightGBM chooses its number of trees anew on whatever it learns from: else it would be judged on
    the cases that its size was chosen by.
    """
    nested = few(sample)
    pool = [
        Contender("constant", Text("常数", "Constant"), _constant, calibrated=False),
        Contender("one_feature", Text("单一最佳特征", "One best feature"), _one_feature),
        Contender("woe", Text("WOE 逻辑评分卡", "WoE logistic scorecard"), _woe),
    ]
    card = expert.declared_weights(kind)
    if declared_weights and expert.expert(sample, card) is not None:
        declared = Contender("expert", Text("专家评分卡", "Expert scorecard"), _expert(card))
        blend = Contender("blend", Text("专家评分卡与提升树混合", "Trees grown on the expert scorecard"), _blend(card))
        pool = [pool[0], declared, *pool[1:], blend]
    pool.append(
        Contender("lightgbm", Text("LightGBM（单调约束）", "LightGBM, monotone"), _lightgbm(shape, nested=nested))
    )
    return (*pool, *rivals(shape))


def rivals(shape: Shape) -> tuple[Contender, ...]:
    """Models that cannot be served; they show what the constraints and the form of a scorecard cost."""
    free = Contender(
        "unconstrained", Text("LightGBM（无约束）", "LightGBM, unconstrained"), _unconstrained(shape), False
    )
    boosting = Contender("histogram_boosting", Text("直方图提升", "Histogram boosting"), _histogram_boosting, False)
    ebm = Contender("ebm", Text("可解释提升机", "Explainable boosting machine"), _ebm, False)
    return (free, boosting, *([ebm] if find_spec("interpret") else []))


def serving(names: Sequence[Contender]) -> tuple[Contender, ...]:
    """The contenders whose scorecards can be served."""
    return tuple(c for c in names if c.serves)


def _constant(sample: Sample) -> Fitted:
    level = _level(sample)

    def text() -> str:
        return booster_text(sample.columns, sample.monotone, sample.values, [], level)

    return Fitted(lambda values: np.full(len(values), level), text, {"rate": float(sigmoid(level))})


def _level(sample: Sample) -> float:
    """The log-odds of the bad rate."""
    return fit.booster_level(sample)


def _one_feature(sample: Sample) -> Fitted:
    fitted = woe(sample, columns_max=1)
    named = [sample.columns[b.column] for b in fitted.bins]
    return Fitted(fitted.margin, lambda: fitted.text(sample), {"columns": named})


def _woe(sample: Sample) -> Fitted:
    fitted = woe(sample)
    used_columns = [sample.columns[b.column] for b, c in zip(fitted.bins, fitted.coefficients, strict=True) if c > 0]
    return Fitted(fitted.margin, lambda: fitted.text(sample), {"columns": used_columns})


def _expert(card: expert.DeclaredWeights) -> Callable[[Sample], Fitted]:
    def learn(sample: Sample) -> Fitted:
        declared = expert.expert(sample, card)
        assert declared is not None, "it is a contender only where it has columns"
        columns = list(sample.columns)
        choices = {"card": card.id, "columns": [s.column for s in declared.steps]}
        return Fitted(lambda values: declared.margin(values, columns), lambda: declared.text(sample), choices)

    return learn


def _blend(card: expert.DeclaredWeights) -> Callable[[Sample], Fitted]:
    """Trees added to the declared weights, after their level and slope are fitted to the sample.

    Where the outcomes contradict the declared weights, the slope is set to 0 and the trees start from the bad rate: a
    negative slope would reverse every declared direction.
    """

    def learn(sample: Sample) -> Fitted:
        declared = expert.expert(sample, card)
        assert declared is not None, "it is a contender only where it has columns"
        columns = list(sample.columns)
        level = platt(declared.margin(sample.values, columns), sample.bad, sample.weight, sample.supplier)
        if level.slope < 0:
            level = replace(level, slope=0.0, intercept=_level(sample))

        def start(values: Floats) -> Floats:
            return level.log_odds(declared.margin(values, columns))

        booster = fit.fit(sample, BLEND, start=start(sample.values))

        def text() -> str:
            return blended([(booster.model_to_string(), 1.0), (declared.text(sample), level.slope)], level.intercept)

        choices = {"card": card.id, "slope": level.slope, "trees": booster.num_trees()}
        return Fitted(lambda values: start(values) + fit.margin(booster, values), text, choices)

    return learn


def _lightgbm(shape: Shape, *, nested: bool) -> Callable[[Sample], Fitted]:
    def learn(sample: Sample) -> Fitted:
        size = fit.slowed(length.grown(sample, shape).shape) if nested else shape
        booster = fit.fit(sample, size)
        return Fitted(lambda values: fit.margin(booster, values), booster.model_to_string, vars(size))

    return learn


def _unconstrained(shape: Shape) -> Callable[[Sample], Fitted]:
    def learn(sample: Sample) -> Fitted:
        booster = fit.fit(sample, shape, constrained=False)
        return Fitted(lambda values: fit.margin(booster, values))

    return learn


def _histogram_boosting(sample: Sample) -> Fitted:
    from sklearn.ensemble import HistGradientBoostingClassifier

    size: dict[str, Any] = {"learning_rate": 0.08, "max_iter": 100, "max_leaf_nodes": 15}
    model = HistGradientBoostingClassifier(**size, l2_regularization=10.0, early_stopping=False, random_state=0)
    weight = None if (sample.weight == 1).all() else sample.weight  # with weights, binning takes ten times as long
    with threadpool_limits(1):
        model.fit(sample.values, sample.bad, sample_weight=weight)
    return Fitted(lambda values: np.asarray(model.decision_function(values), dtype=np.float64))


def _ebm(sample: Sample) -> Fitted:
    from interpret.glassbox import ExplainableBoostingClassifier

    model = ExplainableBoostingClassifier(interactions=0, n_jobs=1, random_state=0)
    model.fit(sample.values, sample.bad, sample_weight=sample.weight)
    return Fitted(lambda values: np.asarray(model.decision_function(values), dtype=np.float64))
