"""The interval of a mean is Student's."""

import duckdb
import ibis
import numpy as np
import pytest
from scipy import stats

from features.buyers.interval import mean_interval, t_quantile
from features.declarations.exact import real

ROWS = ibis.table({"x": "int64"}, name="rows")


def value(expr, xs):
    connection = duckdb.connect()
    connection.execute("CREATE TABLE rows AS SELECT unnest($xs)::BIGINT AS x", {"xs": xs})
    return connection.execute(str(ibis.to_sql(ROWS.aggregate(v=expr), dialect="duckdb"))).fetchone()[0]


@pytest.mark.parametrize("freedom", [4, 5, 6, 8, 10, 20, 50, 200, 10_000])
def test_the_quantile_is_students(freedom):
    assert value(t_quantile(real(ROWS.x.max())), [freedom]) == pytest.approx(stats.t.ppf(0.975, freedom), abs=0.0015)


def test_the_bounds_are_those_of_the_textbook():
    xs = np.random.default_rng(1).integers(0, 91, 40)
    expected = stats.t.interval(0.95, len(xs) - 1, loc=xs.mean(), scale=stats.sem(xs))
    low, high = mean_interval(ROWS.x)
    assert (value(low, xs.tolist()), value(high, xs.tolist())) == pytest.approx(expected, abs=1e-6)


def test_equal_values_leave_no_doubt_and_four_give_no_interval():
    low, high = mean_interval(ROWS.x)
    assert (value(low, [30] * 5), value(high, [30] * 5)) == (30.0, 30.0)
    assert (value(low, [30] * 4), value(high, [30] * 4)) == (None, None)


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    days = np.minimum(rng.exponential(30, (2_000, 30)).astype(int), 90)
    connection = duckdb.connect()
    connection.register("drawn", {"k": np.repeat(np.arange(2_000), 30), "x": days.ravel()})
    keyed = ibis.table({"k": "int64", "x": "int64"}, name="drawn")
    low, high = mean_interval(keyed.x)
    asked = keyed.group_by("k").aggregate(low=low, high=high)
    bounds = connection.execute(str(ibis.to_sql(asked, dialect="duckdb"))).fetchnumpy()
    true_mean = np.minimum(np.random.default_rng(3).exponential(30, 2_000_000).astype(int), 90).mean()
    covered = ((bounds["low"] <= true_mean) & (true_mean <= bounds["high"])).mean()
    assert 0.92 < covered < 0.97
