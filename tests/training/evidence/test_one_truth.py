"""One truth: figures, gates and verdicts agree on what can be evaluated; the cases of one supplier are one event."""

import numpy as np
import pytest

from training.calibrate import platt
from training.evidence import figures_and_gates
from training.figures import sigmoid
from training.validation.measures.evidence import Evidence
from training.validation.parts.all_parts import validation_parts
from training.validation.parts.calibration import portfolio
from training.validation.parts.discrimination import discrimination
from training.validation.parts.record_groups import group


def evidence(bad, pd, supplier):
    log_odds = np.log(pd / (1 - pd))
    days = np.datetime64("2023-03-01", "us") + np.arange(len(bad)) * np.timedelta64(1, "h")
    return Evidence(bad, pd, log_odds, 600 - 30 * log_odds, np.asarray(supplier), days)


@pytest.fixture
def concentrated():
    """66 bads of 800 cases, 47 of them of one supplier, and PDs that rank them well."""
    rng = np.random.default_rng(17)
    bad = np.zeros(800)
    bad[:66] = 1
    supplier = np.array(["big"] * 47 + [f"s{i}" for i in range(19)] + [f"s{i}" for i in rng.integers(0, 300, 734)])
    pd = sigmoid(rng.normal(-2.5, 0.5, 800) + 1.2 * bad)
    return bad, pd * 66 / pd.sum(), supplier


def test_bads_of_one_supplier_cannot_be_evaluated_however_many(concentrated):
    judged = evidence(*concentrated)
    assert discrimination(judged, None, draws=40)["verdict"] == "not evaluable"
    assert portfolio(judged, draws=40)["verdict"] == "not evaluable"


def test_effective_bads_stand_in_the_validation_and_its_sentence(concentrated):
    parts = validation_parts(evidence(*concentrated), draws=40)
    rule = next(r for r in parts["verdict"]["rules"] if r["rule"] == "D1")
    assert parts["verdict"]["overall"] == "not evaluable"
    assert "effective bads" in rule["text"]["en"]
    assert "有效样本" in rule["text"]["zh"]
    assert parts["discrimination"]["effective"]["bads"] == pytest.approx(66**2 / (47**2 + 19), rel=0.05)


def test_the_interval_of_a_ratio_is_that_of_suppliers_not_of_cases():
    """Forty copies of each of 30 suppliers' cases say no more about a group than 30 cases do."""
    bad, pd = np.repeat([1.0] * 6 + [0.0] * 24, 40), np.full(1200, 0.15)
    supplier = np.repeat(np.arange(30), 40)
    figures = group(evidence(bad, pd, supplier), np.ones(1200, dtype=bool))
    assert figures["ratio"]["low"] < 1 < figures["ratio"]["high"]
    assert not figures["sure"]


def test_the_interval_of_the_slope_is_that_of_suppliers():
    """Each case stands here nine times: the slope is as unsure as on one copy."""
    rng = np.random.default_rng(23)
    margin = rng.normal(-1.5, 1, 300)
    bad = (rng.random(300) < sigmoid(0.35 * margin - 1)).astype(float)
    once = platt(margin, bad, None, np.arange(300))
    often = platt(np.repeat(margin, 9), np.repeat(bad, 9), None, np.repeat(np.arange(300), 9))
    width, width_often = (one.free_high - one.free_low for one in (once, often))
    assert width_often == pytest.approx(width, rel=0.1)


def test_figures_leave_out_an_auc_that_the_report_cannot_evaluate():
    bad = np.zeros(60)
    bad[:4] = 1
    figures = figures_and_gates.figures(bad, np.linspace(0.3, 0.01, 60))
    assert figures["auc"] is None
    assert figures["ks"] is None
