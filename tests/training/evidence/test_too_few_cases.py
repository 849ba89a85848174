"""Warnings about few cases: from which count on, and with the right width."""

import numpy as np
import pytest

from training.calibrate import LEVEL
from training.evidence import figures_and_gates
from training.evidence.too_few_cases import TEST_MIN, cannot_conclude
from training.figures import auc_interval, sigmoid
from training.learning.folds import FEW


@pytest.mark.parametrize(("bads", "goods"), [(FEW - 1, 5000), (5000, FEW - 1)])
def test_one_case_too_few_of_either_class_is_said(bads, goods):
    sentences = cannot_conclude(bads, goods, TEST_MIN, TEST_MIN)
    assert len(sentences) == 1
    assert f"There are {FEW - 1} {'bads' if bads < goods else 'goods'}" in sentences[0]["en"]
    assert ("坏样本" in sentences[0]["zh"]) == (bads < goods)
    assert cannot_conclude(FEW, FEW, TEST_MIN, TEST_MIN) == []


@pytest.mark.parametrize(("bads", "goods"), [(TEST_MIN - 1, 5000), (5000, TEST_MIN - 1), (0, 500), (500, 0)])
def test_too_few_of_either_class_after_the_split_is_said_and_none_of_them_all_the_more(bads, goods):
    sentences = cannot_conclude(FEW, FEW, bads, goods)
    assert len(sentences) == 1
    assert f"There are {min(bads, goods)} cases of the rarer class after the split" in sentences[0]["en"]


def test_of_a_test_without_any_case_nothing_is_said():
    assert cannot_conclude(FEW, FEW, 0, 0) == []


@pytest.mark.parametrize("bads", [12, 27, 80, 190])
def test_the_width_in_the_text_is_that_of_the_interval_or_more(bads):
    """At 27 bads of 93 goods, as in the smallest market that was looked at, an AUC is known to about ±0.16."""
    widths = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        bad = np.repeat([1.0, 0.0], [bads, 4 * bads])
        interval = auc_interval(bad, sigmoid(rng.normal(size=5 * bads) + 0.7 * bad), level=LEVEL)
        widths.append((interval.high - interval.low) / 2)
    width_in_text = float(cannot_conclude(bads, 4 * bads, 0, 0)[0]["en"].split("±")[1].split(" ")[0])
    assert max(widths) < width_in_text + 0.005  # the text has two digits
    assert np.mean(widths) > width_in_text / 2


def test_fewer_bads_make_wider_intervals_and_wider_texts():
    rng = np.random.default_rng(3)
    bad = np.repeat([1.0, 0.0], [400, 3600])
    pd = sigmoid(rng.normal(-2, 1, 4000) + 0.8 * bad)
    width = {}
    for bads in (25, 100, 400):
        rows = np.r_[0:bads, 400 : 400 + 9 * bads]
        figures = figures_and_gates.figures(bad[rows], pd[rows])
        width[bads] = figures["auc_high"] - figures["auc_low"]
    assert width[25] > 1.5 * width[100] > 2 * width[400]
    sentences = [cannot_conclude(n, 9 * n, 0, 0)[0]["en"] for n in (25, 100)]
    assert "±0.16" in sentences[0]
    assert "±0.08" in sentences[1]
