"""Evidence drawn from a known truth."""

import numpy as np
import pytest

from models.scorecard.scale import SCALE
from training.figures import sigmoid
from training.validation.measures.evidence import Evidence

DAY = np.timedelta64(1, "D")


@pytest.fixture(scope="session")
def draw():
    """Draw n cases of n / `each` suppliers over `days` days; `off` is an effect that the scorecard does not know."""

    def drawn(n, *, seed=1, each=2, days=360, centre=-2.5, spread=1.0, off=0.0, digits=3, **more):
        rng = np.random.default_rng(seed)
        margin = np.round(rng.normal(centre, spread, n), digits)
        bad = (rng.random(n) < sigmoid(margin + off)).astype(float)
        supplier = np.array([f"s{i:05d}" for i in rng.integers(max(1, n // each), size=n)], dtype=object)
        as_of = np.datetime64("2024-01-01", "us") + rng.integers(0, days, n) * DAY
        return Evidence(bad, sigmoid(margin), margin, SCALE.points(margin), supplier, as_of, **more)

    return drawn


@pytest.fixture(scope="session")
def evidence_of():
    """Evidence of outcomes and margins as given, each case of another supplier on one day."""

    def evidence(bad, margin, **more):
        bad, margin = np.asarray(bad, dtype=float), np.asarray(margin, dtype=float)
        n = len(bad)
        more = {
            "supplier": np.array([f"t{i}" for i in range(n)], dtype=object),
            "as_of": np.full(n, np.datetime64("2024-05-01", "us")),
            **more,
        }
        return Evidence(bad, sigmoid(margin), margin, SCALE.points(margin), **more)

    return evidence
