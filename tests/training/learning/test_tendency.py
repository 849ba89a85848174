"""The central tendency: a bad rate with a reason."""

import numpy as np
import pytest

from features.errors import InputError
from training.calibrate import platt
from training.learning.tendency import Tendency


def test_it_is_read_with_its_reason():
    assert Tendency.parse("0.025=average of 2015 to 2024, all banks") == Tendency(
        0.025, "average of 2015 to 2024, all banks"
    )


@pytest.mark.parametrize(
    "text", ["0.025", "0.025=", "0.025=  ", "x=because", "0=because", "1=because", "-1=b", "nan=b"]
)
def test_a_rate_without_a_reason_or_out_of_bounds_is_refused(text):
    with pytest.raises(InputError) as refused:
        Tendency.parse(text)
    assert refused.value.where == "--central-tendency"


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("as agreed\n# Approved", "holds the character '\\n'"),
        ("as \x1b[8magreed", "holds the character '\\x1b'"),
        ("a" * 501, "is 501 characters long"),
        ("", "is blank"),
    ],
)
def test_a_reason_is_one_line_as_in_the_ledger(reason, problem):
    with pytest.raises(InputError) as refused:
        Tendency.parse(f"0.025={reason}")
    assert refused.value.what == f"The reason of the central tendency {problem}."
    assert refused.value.fix == "Give one line of text, 500 characters at most."


def test_all_bads_and_few_goods_are_set_to_the_rate_of_the_population_they_came_from():
    rng = np.random.default_rng(1)
    margin = rng.normal(size=200_000)
    bad = (rng.random(len(margin)) < 1 / (1 + np.exp(4 - margin))).astype(float)
    sent = (bad == 1) | (rng.random(len(margin)) < 0.1)
    before = platt(margin[sent], bad[sent])
    after = Tendency(float(bad.mean()), "population").set(before, float(bad[sent].mean()))
    assert before.pd(margin).mean() > 4 * bad.mean()
    assert after.pd(margin).mean() == pytest.approx(bad.mean(), rel=0.01)
    assert after.slope == before.slope


def test_the_rate_that_the_sample_has_changes_nothing():
    before = platt(np.array([-1.0, 0.0, 0.5, 1.0] * 50), np.array([0.0, 0.0, 1.0, 1.0] * 50))
    assert Tendency(0.5, "the same").set(before, 0.5).intercept == pytest.approx(before.intercept, rel=1e-9)
