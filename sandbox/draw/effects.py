"""Drawing the visible drivers of the risk: which, over what window, in what form, how much, and which interact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.draw.ranges import drawn, significant
from sandbox.lending.risk import effect
from sandbox.world.world import Effect, Factor

CAP_AT = 0.99  # quantile above which a count or share counts no further
PAST_DUE = Factor(variable="own_worst_days_past_due_365d", cap=60.0, per=30.0)
PAST_DUE_SPREAD = 0.35  # of this factor, which is known only after fate has chosen
View = Callable[[str, int | None], NDArray]


@dataclass(frozen=True)
class Drawn:
    """The drawn effects; `wrong_sign` names the variable whose sign contradicts its declared direction."""

    effects: tuple[Effect, ...]
    wrong_sign: str | None


def draw_effects(
    rng: np.random.Generator, document: Mapping[str, Any], view: View, spread: float, *, wrong_sign: bool
) -> Drawn:
    """Effects whose sum has the standard deviation `spread` over the cases of `view`.

    Args:
        rng: the stream to draw from.
        document: the ranges.
        view: values of a variable in a window, by case; empty where they are not known yet.
        spread: wanted standard deviation.
        wrong_sign: whether one of those with a declared direction gets the opposite sign.
    """
    ranges, pool = document["risk"], document["variable"]
    wanted = drawn(rng, ranges["drivers"])
    singles: list[tuple[Effect, int]] = []
    for place in rng.permutation(len(pool)):
        one = _single(rng, ranges, pool[place], view)
        if one is not None and len(singles) < wanted:
            singles.append((one, pool[place]["sign"]))
    declared = [place for place, (_, sign) in enumerate(singles) if sign]
    wrong = declared[int(rng.integers(len(declared)))] if wrong_sign and declared else None
    effects = [replace(e, coefficient=-e.coefficient) if place == wrong else e for place, (e, _) in enumerate(singles)]
    right = [(e, sign) for place, (e, sign) in enumerate(singles) if place != wrong]
    effects += _products(rng, ranges, right, view)
    name = singles[wrong][0].factors[0].variable if wrong is not None else None
    return Drawn(_scaled(effects, view, spread), name)


def _single(
    rng: np.random.Generator, ranges: Mapping[str, Any], variable: Mapping[str, Any], view: View
) -> Effect | None:
    """One driver with a coefficient that gives it a drawn size; None where it is the same in all cases."""
    windows = variable["windows"]
    window = int(windows[rng.integers(len(windows))]) if windows else None
    size, threshold = drawn(rng, ranges["size"]), rng.random() < ranges["threshold_chance"]
    at, logged = drawn(rng, ranges["threshold_at"]), rng.random() < 0.5
    sign = variable["sign"] or (1 if rng.random() < 0.5 else -1)
    if variable["form"] == "days_past_due":
        return Effect(coefficient=size / PAST_DUE_SPREAD, factors=(PAST_DUE,))
    values = view(variable["name"], window)
    if threshold:
        factor = Factor(variable=variable["name"], window=window, above=significant(float(np.quantile(values, at))))
    else:
        log = variable["form"] == "money" or (variable["form"] == "count" and logged)
        cap = significant(float(np.quantile(values, CAP_AT)))
        factor = Factor(variable=variable["name"], window=window, log=log, cap=None if log or cap <= 0 else cap)
    one = Effect(coefficient=float(sign), factors=(factor,))
    sd = float(_values(one, view).std())
    return None if sd < 1e-3 else replace(one, coefficient=sign * size / sd)


def _products(
    rng: np.random.Generator, ranges: Mapping[str, Any], singles: Sequence[tuple[Effect, int]], view: View
) -> list[Effect]:
    """Interactions of two drivers, each on its risky side of a threshold, so that no direction is contradicted."""
    products = []
    known = [(e, sign) for e, sign in singles if e.factors[0].variable != PAST_DUE.variable]
    for _ in range(drawn(rng, ranges["interactions"])):
        pair, size = rng.permutation(len(known))[:2], drawn(rng, ranges["size"])
        quantiles = [drawn(rng, ranges["threshold_at"]) for _ in range(2)]
        factors = []
        for place, at in zip(pair, quantiles, strict=False):
            one, sign = known[place]
            rises = sign > 0 if sign else one.coefficient > 0
            values = view(one.factors[0].variable, one.factors[0].window)
            edge = significant(float(np.quantile(values, at if rises else 1 - at)))
            above, below = (edge, None) if rises else (None, edge)
            variable, window = one.factors[0].variable, one.factors[0].window
            factors.append(Factor(variable=variable, window=window, above=above, below=below))
        product = Effect(coefficient=1.0, factors=tuple(factors))
        sd = float(_values(product, view).std())
        if len(factors) == 2 and sd > 0.05:
            products.append(replace(product, coefficient=size / sd))
    return products


def _scaled(effects: Sequence[Effect], view: View, spread: float) -> tuple[Effect, ...]:
    known = [e for e in effects if e.factors[0].variable != PAST_DUE.variable]
    total = np.sum([_values(e, view) for e in known], axis=0)
    ratio = spread / max(float(np.std(total)), 1e-9)
    return tuple(replace(e, coefficient=significant(e.coefficient * ratio)) for e in effects)


def _values(one: Effect, view: View) -> NDArray:
    values = {f.key: view(f.variable, f.window) for f in one.factors}
    n = len(next(iter(values.values())))
    return effect(values, one, after=np.zeros(n, bool))
