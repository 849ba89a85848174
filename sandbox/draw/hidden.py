"""Drawing the hidden levels, what shows them, and the industries."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sandbox.draw.ranges import drawn, significant
from sandbox.world.hidden import INDUSTRIES, SIGNAL_EVENTS, Hidden, Industries

SIGNALS = ("private_sales", "void", "slow_stage", "events")
SIGNALS_MIN = 2


def draw_hidden(rng: np.random.Generator, ranges: Mapping[str, Any], spread: float) -> Hidden:
    """Levels whose risk has the standard deviation `spread` across suppliers, and the signals that show them."""
    levels = drawn(rng, ranges["levels"])
    part = ranges["share_min"] + (1 - levels * ranges["share_min"]) * rng.dirichlet(np.full(levels, 2.0))
    shares = np.round(part, 4)
    shares[-1] = 1 - shares[:-1].sum()
    steps = np.concatenate([[0.0], np.cumsum(rng.uniform(0.5, 1.5, levels - 1))])
    risk = steps - (shares * steps).sum()
    risk = risk * spread / np.sqrt((shares * risk**2).sum())
    place = steps / steps[-1]  # from 0, the best level, to 1, the worst
    shows = rng.random(len(SIGNALS)) < ranges["signal_chance"]
    shows[rng.permutation(len(SIGNALS))[:SIGNALS_MIN]] = True
    turned = rng.random() < 0.5
    ends = {
        "private_sales": _ratio(rng, ranges, "private_sales", lambda ratio: 1 / ratio),
        "void": (drawn(rng, ranges["void"]), drawn(rng, ranges["void_worst"])),
        "slow_stage": (drawn(rng, ranges["slow_stage"]), drawn(rng, ranges["slow_stage_worst"])),
        "events": _ratio(rng, ranges, "events", lambda ratio: ratio),
    }
    by_level = {}
    for name, is_shown in zip(SIGNALS, shows, strict=True):
        best, worst = ends[name][::-1] if name == "events" and turned else ends[name]
        values = best * (worst / best) ** (place if is_shown else np.zeros(levels))
        by_level[name] = tuple(map(significant, values))
    return Hidden(
        shares=tuple(float(round(s, 4)) for s in shares),
        stays=drawn(rng, ranges["stays"]),
        risk=tuple(map(significant, risk)),
        event=SIGNAL_EVENTS[rng.integers(len(SIGNAL_EVENTS))],
        **by_level,
    )


def _ratio(rng: np.random.Generator, ranges: Mapping[str, Any], name: str, of: Any) -> tuple[float, float]:
    best = drawn(rng, ranges[name])
    return best, best * of(drawn(rng, ranges[f"{name}_ratio"]))


def draw_industries(rng: np.random.Generator, ranges: Mapping[str, Any], spread: float) -> Industries:
    """Industries whose risk has the standard deviation `spread`; riskier ones deliver later."""
    common = rng.standard_normal(INDUSTRIES)
    own = 0.7 * common + np.sqrt(1 - 0.7**2) * rng.standard_normal(INDUSTRIES)
    amount = rng.standard_normal(INDUSTRIES)

    def scaled(values: np.ndarray, sd: float) -> tuple[float, ...]:
        values = values - values.mean()
        return tuple(significant(v) for v in values / values.std() * sd)

    return Industries(
        risk=scaled(common, spread),
        late_delivery=scaled(own, drawn(rng, ranges["late_delivery"])),
        amount=scaled(amount, drawn(rng, ranges["amount"])),
    )
