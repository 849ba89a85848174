"""Formulas to grouped SQL: window masks go into every reduction, arguments and masks are projected once.

A window is not part of a formula. It is applied by rewriting: every reduction of the expression gets the window's mask
as its `where`. Then each distinct argument and mask becomes a column of one projection, each distinct reduction a
column of one grouped scan, and the rest of each expression a column of one last projection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.operations as ops


@dataclass(frozen=True)
class Stage:
    """A named relation of the plan: later stages read it by name."""

    name: str
    expr: Any
    shared: bool = False

    @cached_property
    def sql(self) -> str:
        """The relation's SQL for DuckDB, on one line."""
        return str(ibis.to_sql(self.expr, dialect="duckdb", pretty=False))


def masked(expr: Any, mask: Any | None) -> Any:
    """Add the mask to every reduction of `expr`; a mean becomes exact sum ÷ count."""

    def rewrite(node: Any, kwargs: dict[str, Any] | None) -> Any:
        node = node.__recreate__(kwargs) if kwargs else node
        if not isinstance(node, ops.Reduction):
            return node
        where = _conjunction(node.where, mask)
        if isinstance(node, ops.Mean):
            return _exact_mean(node.arg, where)
        return node.copy(where=where)

    return expr.op().replace(rewrite, filter=ops.Value).to_expr()


def reduced(view: Any, exprs: Mapping[str, Any], *, keys: Sequence[str], name: str) -> list[Stage]:
    """Stages that group `view` by `keys` and compute `exprs`; the last is called `name`.

    Args:
        view: an unbound table.
        exprs: column name → scalar expression over reductions of the view.
        keys: grouping columns of the view, `case_no` first; rows with a null among the others are left out.
    """
    reductions: dict[Any, str] = {}
    for expr in exprs.values():
        for node in expr.op().find(ops.Reduction, filter=ops.Value):
            reductions.setdefault(node, f"r{len(reductions)}")
    hoisted = _Hoist()
    over_columns = {r: hoisted.reduction(node) for node, r in reductions.items()}
    projection = view.select(*keys, **hoisted.columns())
    arguments = ibis.table(projection.schema(), name=f"{name}_arguments")
    key_conditions = [arguments[key].notnull() for key in keys if key != "case_no"]
    rows = arguments.filter(key_conditions) if key_conditions else arguments
    grouped = rows.group_by(list(keys)).aggregate(**{r: make(rows) for r, make in over_columns.items()})
    sums = ibis.table(grouped.schema(), name=f"{name}_reduced")
    fields = {node: ops.Field(sums, r) for node, r in reductions.items()}
    outer = {column: _with_fields(expr, fields) for column, expr in exprs.items()}
    return [
        Stage(arguments.get_name(), projection),
        Stage(sums.get_name(), grouped),
        Stage(name, sums.select(*keys, **outer)),
    ]


class _Hoist:
    """Distinct arguments and masks, each named once."""

    def __init__(self) -> None:
        self._names: dict[Any, str] = {}

    def columns(self) -> dict[str, Any]:
        return {name: node.to_expr() for node, name in self._names.items()}

    def _name(self, node: Any) -> str:
        return self._names.setdefault(node, f"x{len(self._names)}")

    def reduction(self, node: Any) -> Any:
        """Return the function that builds the reduction over the projected columns."""
        mask = self._name(node.where) if node.where is not None else None
        if isinstance(node, ops.CountStar):
            return lambda t: t[mask].ifelse(1, ibis.null("int8")).count() if mask else t.count()
        values = {k: v for k, v in zip(node.__argnames__, node.__args__, strict=True) if _is_column(k, v)}
        names = {k: self._name(v) for k, v in values.items()}

        def build(t: Any) -> Any:
            args = {k: _under(t, mask, t[n]).op() for k, n in names.items()}
            return node.copy(where=None, **args).to_expr()

        return build


def _is_column(argument: str, value: Any) -> bool:
    return argument != "where" and isinstance(value, ops.Value) and value.shape.is_columnar()


def _under(table: Any, mask: str | None, value: Any) -> Any:
    return ibis.ifelse(table[mask], value, ibis.null(value.type())) if mask else value


def _with_fields(expr: Any, fields: Mapping[Any, Any]) -> Any:
    def rewrite(node: Any, kwargs: dict[str, Any] | None) -> Any:
        if node in fields:
            return fields[node]
        return node.__recreate__(kwargs) if kwargs else node

    return expr.op().replace(rewrite, filter=lambda n: isinstance(n, ops.Value)).to_expr()


def _conjunction(a: Any, b: Any | None) -> Any:
    if b is None:
        return a
    return b.op() if a is None else (a.to_expr() & b).op()


def _exact_mean(arg: Any, where: Any) -> Any:
    column = arg.to_expr()
    mask = where.to_expr() if where is not None else None
    total = column.cast("int64") if column.type().is_boolean() else column
    return (total.sum(where=mask).cast("float64") / column.count(where=mask).cast("float64").nullif(0.0)).op()
