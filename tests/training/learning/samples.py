"""Random samples to fit on."""

import numpy as np

from training import figures
from training.learning import fit


def drawn(n=1200, columns=8, seed=7, level=-2.0, effect=1.0):
    """A sample in which the first three columns separate good from bad, with `effect` times the usual weights."""
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=(n, columns)), 2)
    values[rng.random((n, columns)) < 0.1] = np.nan
    known = np.nan_to_num(values)
    log_odds = level + effect * (0.9 * known[:, 0] - 0.7 * known[:, 1] + 0.6 * (known[:, 2] > 0.5))
    return fit.Sample(
        values=values,
        bad=(rng.random(n) < figures.sigmoid(log_odds)).astype(float),
        weight=np.ones(n),
        as_of=np.datetime64("2022-01-01", "us") + rng.integers(0, 700, n) * np.timedelta64(1, "D"),
        supplier=[f"s{k}" for k in rng.integers(0, n // 4, n)],
        columns=[f"c{k}" for k in range(columns)],
        monotone=[1, -1] + [0] * (columns - 2),
    )
