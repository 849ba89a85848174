"""The central tendency: a bad rate with a reason."""

import numpy as np
import pytest

from features.errors import InputError
from training.calibrate import platt
from training.tendency import Tendency


def test_it_is_read_with_its_reason():
    assert Tendency.parse("0.025=average of 2015 to 2024, all banks") == Tendency(
        0.025, "average of 2015 to 2024, all banks"
    )


@pytest.mark.parametrize(
    "told", ["0.025", "0.025=", "0.025=  ", "x=because", "0=because", "1=because", "-1=b", "nan=b"]
)
def test_a_rate_without_a_reason_or_out_of_bounds_is_refused(told):
    with pytest.raises(InputError) as refused:
        Tendency.parse(told)
    assert refused.value.where == "--central-tendency"


def test_the_mean_probability_becomes_the_rate_and_the_order_stays():
    rng = np.random.default_rng(1)
    margin = rng.normal(size=2000)
    bad = (rng.random(2000) < 1 / (1 + np.exp(-margin))).astype(float)
    before = platt(margin, bad)
    after = Tendency(0.03, "population").set(before, margin)
    assert after.pd(margin).mean() == pytest.approx(0.03, rel=1e-8)
    assert after.slope == before.slope
