from dataclasses import replace

import numpy as np
import pytest

from features.declarations.feature import Feature, FeatureColumn, Risk, Text, Unit
from models.scorecard.grades import GRADES
from models.scorecard.spec import Calibration, ColumnSpec, Spec


def late(window=365, evidence=("deliveries",)):
    said = Text("逾期", "Late")
    made = Feature(
        *("late_delivery_rate", "D101", "milestones", len, Unit.RATIO, Risk.RISES, said, "Share of late deliveries."),
        adverse=said,
        favourable=said,
        on="due_on",
        window=(window,),
        evidence=evidence,
    )
    return FeatureColumn(made.columns[0].name, made, window)


def test_a_column_is_described_by_values_that_occurred():
    values = [0.0, 0.0, 1.0, 4.0, np.nan]
    described = ColumnSpec.of(late(), values)
    assert (described.name, described.code, described.family) == ("late_delivery_rate_365d", "D101", "D")
    assert (described.unit, described.risk, described.monotone, described.window_days) == ("ratio", "rises", 1, 365)
    assert (described.low, described.median, described.high, described.nullable) == (0.0, 0.0, 4.0, True)


def test_one_in_a_thousand_on_either_side_lies_outside_the_range():
    described = ColumnSpec.of(late(), np.arange(10_000.0))
    assert (described.low, described.high, described.nullable) == (9.0, 9989.0, False)


def test_a_column_that_was_never_known_has_no_range():
    described = ColumnSpec.of(late(), [np.nan, np.nan])
    assert (described.low, described.median, described.high) == (None, None, None)


def test_evidence_is_that_of_the_columns_own_window_before_the_lifetime():
    assert ColumnSpec.of(late(), [1.0], profile={"deliveries", "deliveries_365d"}).evidence == ("deliveries_365d",)
    assert ColumnSpec.of(late(), [1.0], profile={"deliveries", "deliveries_180d"}).evidence == ("deliveries",)
    assert ColumnSpec.of(late(), [1.0]).evidence == ()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../x"},
        {"unit": "loan"},
        {"basis": "guess"},
        {"purposes": ()},
        {"columns": ()},
        {"calibration": Calibration(float("nan"), 0.0)},
        {"grades": GRADES[1:]},
        {"grades": GRADES[::-1]},
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(made, change):
    with pytest.raises(ValueError, match="not a scorecard"):
        replace(made.spec, **change)


def test_a_column_named_twice_is_refused(made):
    with pytest.raises(ValueError, match="repeat"):
        replace(made.spec, columns=made.spec.columns[:1] * 2)


def test_a_key_that_nobody_knows_is_refused(made):
    with pytest.raises(ValueError, match="surprise"):
        Spec.from_json({**made.spec.to_json(), "surprise": 1})
