"""The true risk: g of the view and the terms, the fresh disturbance u, and the best possible PD."""

import numpy as np
from numpy.typing import NDArray

from sandbox.world.clock import Days, Reals, day
from sandbox.world.rows import logistic
from sandbox.world.world import Effect, Factor, World

NODES = 40  # Gauss-Hermite: exact to about 1e-9 for the disturbances a world may have


def factor(values: Reals, rule: Factor) -> Reals:
    """One variable as an effect uses it."""
    if rule.above is not None:
        return (values > rule.above).astype(float)
    if rule.below is not None:
        return (values < rule.below).astype(float)
    capped = values if rule.cap is None else np.minimum(values, rule.cap)
    return (np.log1p(capped) if rule.log else capped) / rule.per


def effect(view: dict[str, Reals], rule: Effect, *, after: NDArray) -> Reals:
    """One term of g; `after` says which cases lie on or after the day of the shift."""
    product = np.ones(len(after))
    for one in rule.factors:
        product = product * factor(view[one.key], one)
    later = rule.coefficient if rule.coefficient_after is None else rule.coefficient_after
    return np.where(after, later, rule.coefficient) * product


def g(world: World, view: dict[str, Reals], days: Days) -> Reals:
    """Log-odds of default without the intercept of the market and without u."""
    after = days >= day(world.shift.on) if world.shift else np.zeros(len(days), bool)
    total = np.where(after, world.shift.intercept if world.shift else 0.0, 0.0)
    for rule in world.risk.effects:
        total = total + effect(view, rule, after=after)
    return total


def best_pd(logit: Reals, noise: float) -> Reals:
    """P(bad) given the view and the terms: the integral of the logistic of (logit + u) over u ~ N(0, noise²)."""
    nodes, weights = np.polynomial.hermite.hermgauss(NODES)
    total = np.zeros(len(logit))
    for node, weight in zip(nodes, weights, strict=True):
        total += weight / np.sqrt(np.pi) * logistic(logit + np.sqrt(2.0) * noise * node)
    return total
