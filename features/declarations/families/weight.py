"""Weights of rows: equal, or smaller with age."""

import math
from typing import Any

import ibis

from features.declarations.exact import DAY_US, exact_sum, ratio, real


def decay(m: Any, *, half_life_days: int) -> Any:
    """Weight of a row by its age: 1 today, one half after `half_life_days`."""
    per_microsecond = ibis.literal(-math.log(2) / (half_life_days * DAY_US), "float64")
    return (real(m.age_us) * per_microsecond).exp()


def decayed_share(m: Any, condition: Any, *, half_life_days: int) -> Any:
    """Share of the rows that meet a condition, recent rows counting more."""
    weight = decay(m, half_life_days=half_life_days)
    met = ibis.ifelse(condition, weight, ibis.literal(0.0, "float64"))
    return ratio(exact_sum(met), exact_sum(weight))
