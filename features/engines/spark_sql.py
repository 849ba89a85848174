"""Declared expressions as Spark SQL, with DuckDB's arithmetic where Spark's would differ."""

from typing import Any

import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import SQLGlotCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

# DuckDB sums whole numbers in 128 bits and converts the sum to a double by halves, which is not always the nearest
# double. Values of 64 bits, or with cents, are simply cast. Ibis does not know the type (it gives every sum two
# decimals); `typeof` does, and Spark evaluates it when it plans the query.
_WIDE = "18446744073709551616"
_LOW = f"pmod(v, {_WIDE})"
_REAL_OF_WHOLE = sg.parse_one(
    f"""CASE
        WHEN typeof(v) NOT LIKE 'decimal%,0)' OR v BETWEEN 0 AND {_WIDE} - 1 THEN CAST(v AS DOUBLE)
        WHEN v BETWEEN -{_WIDE} AND -1 THEN -CAST(-v - 1 AS DOUBLE) - 1
        WHEN v IS NOT NULL
        THEN CAST({_LOW} AS DOUBLE) + CAST((v - {_LOW}) DIV {_WIDE} AS DOUBLE) * CAST({_WIDE} AS DOUBLE)
    END""",
    dialect="spark",
)


class SparkSql(PySparkCompiler):
    """Ibis' compiler for Spark with DuckDB's arithmetic."""

    __slots__ = ()

    def visit_Field(self, op: Any, *, rel: Any, name: str) -> Any:
        """A column, unchanged; Ibis would read an option that only a live connection has."""
        return SQLGlotCompiler.visit_Field(self, op, rel=rel, name=name)

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:
        """A float as a double: bare, Spark reads it as a decimal."""
        if dtype.is_floating():
            return self.cast(sge.convert(repr(float(value))), dtype)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        """A whole number as a double, with the bits of DuckDB."""
        if to.is_float64() and (op.arg.dtype.is_int64() or op.arg.dtype.is_decimal()):
            return _REAL_OF_WHOLE.transform(lambda n: sge.paren(arg) if isinstance(n, sge.Column) else n)
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_Sum(self, op: Any, *, arg: Any, where: Any) -> Any:
        """A sum of integers that cannot overflow 64 bits."""
        if op.arg.dtype.is_integer():
            arg = sge.Cast(this=arg, to=sge.DataType.build("DECIMAL(38, 0)"))
        return super().visit_Sum(op, arg=arg, where=where)


_COMPILER = SparkSql()


def spark_sql(expr: Any) -> str:
    """The SQL of an expression over unbound tables, for Spark."""
    return str(_COMPILER.to_sqlglot(expr).sql(dialect=_COMPILER.dialect))
