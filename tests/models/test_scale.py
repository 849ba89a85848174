import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scorecard.scale import SCALE, Scale


def log_odds(pd):
    return math.log(pd / (1 - pd))


@given(st.floats(-12, 12), st.integers(1, 5))
def test_every_pdo_points_double_the_odds_of_good(log_odds_bad, times):
    safer = SCALE.points(log_odds_bad) + times * SCALE.pdo
    assert math.exp(log_odds_bad - SCALE.log_odds_bad(safer)) == pytest.approx(2**times, rel=1e-9)


def test_fifty_good_to_one_bad_are_600_points():
    assert SCALE.points(log_odds(1 / 51)) == pytest.approx(600, abs=1e-9)


@pytest.mark.parametrize(
    ("pd", "points"),
    [(0.0003, 721), (0.001, 686), (0.005, 640), (0.01, 620), (0.02, 599), (0.05, 572), (0.1, 551), (0.2, 527)],
)
def test_probabilities_stand_where_the_published_table_says(pd, points):
    assert round(SCALE.points(log_odds(pd))) == points


def test_points_and_log_odds_are_each_others_inverse():
    assert SCALE.log_odds_bad(SCALE.points(-3.21)) == pytest.approx(-3.21, abs=1e-12)


def test_the_scale_is_named_after_its_figures():
    assert re.findall(r"\d+", Scale().id) == ["600", "50", "20", "1"]
