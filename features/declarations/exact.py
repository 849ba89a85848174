"""Reductions whose bits do not depend on row order, threads or engine.

Reductions read only integers, decimals, booleans, dates and strings; floats appear only after them.
"""

from decimal import Decimal
from functools import reduce
from typing import Any

import ibis
import ibis.expr.operations as ops

DAY_US = 86_400_000_000
_FORBIDDEN = (ops.First, ops.Last, ops.Mode, ops.Arbitrary, ops.ApproxMedian, ops.ApproxCountDistinct, ops.ArrayCollect)
_EXACT_ONLY = (ops.Sum, ops.Mean, ops.StandardDev, ops.Variance, ops.Covariance, ops.Correlation)


def real(x: Any) -> Any:
    """Cast to float64: after this step arithmetic is no longer exact."""
    return x.cast("float64")


def ratio(a: Any, b: Any) -> Any:
    """a / b as float64, null where b is zero or null."""
    return real(a) / real(b).nullif(0.0)


def days(later: Any, earlier: Any) -> Any:
    """Microseconds from `earlier` to `later`, an integer; divide the reduced value by `DAY_US` for days."""
    return later.delta(earlier, unit="microsecond").cast("int64")


def in_days(us: Any) -> Any:
    """A reduced number of microseconds as days, float64."""
    return real(us) / ibis.literal(float(DAY_US), "float64")


def exact_sum(x: Any, *, scale: int = 6) -> Any:
    """Sum of a real-valued term, each rounded to `scale` decimals of fixed point first; float64."""
    k = ibis.literal(float(10**scale), "float64")
    return real((real(x) * k).round().cast("int64").cast("decimal(19,0)").sum()) / k


def square_sum(x: Any) -> Any:
    """Exact Σx² of an integer column, or of a money column in cents²; float64."""
    if not x.type().is_decimal():
        whole = x.cast("decimal(19,0)")
        return real((whole * whole).cast("decimal(38,0)").sum())
    # Money is squared at its own scale and converted to cents once, after the sum: rescaling 128 bits in every row
    # takes longer than everything else.
    money = x.cast("decimal(19,2)")
    squares = (money * money).cast("decimal(38,4)").sum()
    cents = (squares * ibis.literal(10_000, "int64")).cast("decimal(38,0)")
    # Above that limit the product would exceed 38 digits.
    return ibis.ifelse(squares < ibis.literal(Decimal(10**29), "decimal(38,0)"), real(cents), real(squares) * 10_000.0)


def exact_std(x: Any) -> Any:
    """Sample standard deviation from exact n, Σx and Σx², in the units of `x` (whole numbers, or money)."""
    n, s, q = real(x.count()), _whole_sum(x), square_sum(x)
    variance = (q - s * s / n.nullif(0.0)) / (n - 1.0).nullif(0.0)
    # A rounding error below zero is zero; one row has no deviation, and greatest() would make its null a zero.
    return ibis.ifelse(variance < 0.0, 0.0, variance).sqrt() / _unit(x)


def herfindahl(x: Any) -> Any:
    """Σx² / (Σx)² over the rows: 1 when one row has everything."""
    total = _whole_sum(x)
    return square_sum(x) / (total * total).nullif(0.0)


def within(table: Any, newest: int, oldest: int) -> Any:
    """Rows whose window date lies `newest` to `oldest` days before `as_of`, for formulas with `window=OWN`."""
    return (table.age_us > newest * DAY_US) & (table.age_us <= oldest * DAY_US)


def _whole_sum(x: Any) -> Any:
    """Σx of an integer column, or of a money column in cents; float64."""
    if not x.type().is_decimal():
        return real(x.cast("decimal(19,0)").sum())
    return real((x.sum() * ibis.literal(100, "int64")).cast("decimal(38,0)"))


def _unit(x: Any) -> Any:
    return ibis.literal(100.0 if x.type().is_decimal() else 1.0, "float64")


def inexact(expr: Any) -> list[str]:
    """Parts of an expression that could make its value depend on row order, threads, engine or clock; empty if none."""
    faults = []
    for node in expr.op().find(ops.Node):
        name = type(node).__name__
        if isinstance(node, _FORBIDDEN):
            faults.append(f"{name} depends on row order; use argmax over a unique key")
        if isinstance(node, ops.Median):
            faults.append("median() rounds decimals on DuckDB; use quantile(0.5) on a float64 cast")
        if isinstance(node, ops.Quantile | ops.MultiQuantile) and node.arg.dtype.is_decimal():
            faults.append(f"{name} of a decimal is cut to its scale on DuckDB; cast it to float64 first")
        if isinstance(node, _EXACT_ONLY) and any(a.dtype.is_floating() for a in _arguments(node)):
            faults.append(f"{name} of a float is not exact; use exact_sum or integers")
        if isinstance(node, ops.TimestampNow | ops.DateNow):
            faults.append("a formula may not read the clock")
    return faults


def _arguments(node: Any) -> list[Any]:
    return [a for a in node.__args__ if isinstance(a, ops.Value)]


def all_of(masks: list[Any]) -> Any:
    """Conjunction of boolean columns; None for an empty list."""
    return reduce(lambda a, b: a & b, masks) if masks else None
