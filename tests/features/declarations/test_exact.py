"""What may stand inside a reduction, and what the exact helpers compute."""

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pytest

from features.declarations.exact import exact_std, exact_sum, herfindahl, inexact, ratio

ROWS = ibis.table(
    {"n": "int64", "x": "float64", "money": "decimal(18,2)", "on": "timestamp(6)", "word": "string"}, name="rows"
)


def value(expr):
    rows = pa.table(  # noqa: F841 (DuckDB reads it by name)
        {
            "n": pa.array([1, 2, 4], pa.int64()),
            "x": [0.1, 0.2, 0.3],
            "money": pa.array(["1.50", "2.50", "4.00"]).cast(pa.decimal128(18, 2)),
            "on": pa.array([0, 1, 2], pa.timestamp("us")),
            "word": ["a", "b", "c"],
        }
    )
    return duckdb.sql(str(ibis.to_sql(ROWS.aggregate(v=expr), dialect="duckdb"))).fetchall()[0][0]


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        (ROWS.x.sum(), "Sum of a float"),
        (ROWS.x.mean(), "Mean of a float"),
        (ROWS.x.std(), "StandardDev of a float"),
        (ROWS.x.corr(ROWS.x), "Correlation of a float"),
        (ROWS.n.median(), "median() rounds"),
        (ROWS.money.quantile(0.25), "Quantile of a decimal"),
        (ROWS.money.quantile([0.25, 0.75]), "Quantile of a decimal"),
        (ROWS.word.first(), "First depends"),
        (ROWS.word.mode(), "Mode depends"),
        (ROWS.word.arbitrary(), "Arbitrary depends"),
        (ROWS.n.approx_nunique(), "ApproxCountDistinct depends"),
        (ROWS.word.collect(), "ArrayCollect depends"),
        (ROWS.n.sum() + ibis.now().second(), "may not read the clock"),
    ],
)
def test_a_reduction_that_depends_on_order_or_clock_is_named(expression, complaint):
    (fault,) = inexact(expression)
    assert complaint in fault


@pytest.mark.parametrize(
    "expression", [ROWS.n.sum(), ROWS.money.sum(), ROWS.n.mean(), exact_sum(ROWS.x), ROWS.x.max(), ROWS.count()]
)
def test_integers_decimals_and_fixed_point_pass(expression):
    assert inexact(expression) == []


def test_a_fixed_point_sum_rounds_each_term():
    assert value(exact_sum(ROWS.x, scale=6)) == 0.6


def test_a_standard_deviation_of_money_is_in_its_own_units():
    assert value(exact_std(ROWS.money)) == pytest.approx(np.std([1.5, 2.5, 4.0], ddof=1), rel=1e-12)
    assert value(exact_std(ROWS.n)) == pytest.approx(np.std([1, 2, 4], ddof=1), rel=1e-12)


def test_herfindahl_of_one_half_one_quarter_one_quarter():
    assert value(herfindahl(ROWS.n)) == (1 + 4 + 16) / 49


def test_a_ratio_over_zero_is_unknown():
    assert value(ratio(ROWS.n.sum(), ROWS.n.sum() - ROWS.n.sum())) is None
