"""Request features: row formulas of the requested terms and of columns of the same profile.

They are declared as Ibis expressions like every other feature, and read from that one declaration by a small
interpreter over float64 arrays, so that training, a stored profile and a single case give the same bits: + − × ÷ and
comparisons of IEEE doubles are the same everywhere.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.operations as ops
import numpy as np

from features.declarations.feature import Feature, FeatureColumn

TERMS: Mapping[str, str] = {
    "amount": "float64",
    "days": "float64",
    "bidders": "float64",
    "category": "string",
    "method": "string",
    "contract_asked": "float64",
}
"""The terms a formula may read; `amount` is in the reporting currency; `contract_asked` is 1 where they name one."""

ROW_TABLES = ("request", "profile")
"""Tables of row formulas: of the terms and the profile, or of the profile alone; those exist in every profile."""

OF_REQUEST = ("request", "asked_buyer")
"""Tables of which a profile without a request has no values."""

Array = np.ndarray
Step = Callable[[Mapping[str, Any]], Any]


class Request:
    """The inputs of a request formula: the terms, and every other column of the profile by name."""

    def __init__(self, profile_columns: Iterable[str]) -> None:
        self._table = ibis.table(dict.fromkeys(profile_columns, "float64") | dict(TERMS), name="request")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def expression(feature: Feature, profile_columns: Sequence[str]) -> Any:
    """The formula of a request feature over the unbound table `request`."""
    return feature.formula(Request(profile_columns))


def request_values(
    columns: Sequence[FeatureColumn], terms: Mapping[str, Any], profile: Mapping[str, Array], rows: int
) -> dict[str, Array]:
    """Evaluate request columns.

    Args:
        columns: the request columns wanted.
        terms: term → array of `rows` values: float64 with NaN for null, or object with None for null (enums).
        profile: profile column → float64 array of `rows`, NaN for null.

    Returns:
        column → float64 array of `rows`, NaN for null.
    """
    inputs = {name: np.full(rows, np.nan) for name in TERMS} | dict(profile) | dict(terms)
    steps = compiled(tuple(columns), tuple(profile))
    with np.errstate(all="ignore"):
        return {name: _filled(step(inputs), rows) for name, step in steps.items()}


def row_values(columns: Sequence[FeatureColumn], figures: Mapping[str, Array], rows: int) -> dict[str, Array]:
    """Evaluate formulas over named arrays of `rows` values each, NaN for null."""
    steps = compiled(tuple(columns), tuple(figures))
    with np.errstate(all="ignore"):
        return {name: _filled(step(figures), rows) for name, step in steps.items()}


@lru_cache(maxsize=64)
def compiled(columns: tuple[FeatureColumn, ...], profile_columns: tuple[str, ...]) -> dict[str, Step]:
    """Interpreters of the request columns, in order."""
    return {c.name: _step(expression(c.feature, profile_columns).op()) for c in columns}


def reads(feature: Feature, profile_columns: Sequence[str]) -> frozenset[str]:
    """Names of the terms and profile columns a request feature reads."""
    return frozenset(n.name for n in expression(feature, profile_columns).op().find(ops.Field))


def _filled(value: Any, rows: int) -> Array:
    return np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), (rows,)))


def _step(node: Any) -> Step:
    if isinstance(node, ops.Field):
        name = node.name
        return lambda row: row[name]
    if isinstance(node, ops.Literal):
        value = np.nan if node.value is None else node.value
        return lambda row: value
    try:
        operate = _OPERATIONS[type(node)]
    except KeyError:
        raise ValueError(f"A request feature may not use {type(node).__name__}.") from None
    children = [_step(a) for a in _operands(node)]
    return lambda row: operate(*(child(row) for child in children))


def _operands(node: Any) -> list[Any]:
    flat: list[Any] = []
    for a in node.__args__:
        flat.extend(a if isinstance(a, tuple) else [a])
    return [a for a in flat if isinstance(a, ops.Value)]


def _null(x: Any) -> Any:
    """True where a value is unknown: NaN for numbers, None for text."""
    values = np.asarray(x)
    if values.dtype.kind in "OU":
        return np.array([v is None for v in values.ravel()], dtype=bool).reshape(values.shape)
    return np.isnan(values)


def _three_valued(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A comparison as 1.0, 0.0 or NaN, as SQL has it."""

    def compared(a: Any, b: Any) -> Any:
        unknown = _null(a) | _null(b)
        return np.where(unknown, np.nan, np.asarray(compare(a, b), dtype=np.float64))

    return compared


def _equal(a: Any, b: Any) -> Any:
    return np.asarray(np.asarray(a) == np.asarray(b))


def _and(a: Any, b: Any) -> Any:
    no = (np.asarray(a) == 0.0) | (np.asarray(b) == 0.0)
    return np.where(no, 0.0, np.where(np.isnan(a) | np.isnan(b), np.nan, 1.0))


def _or(a: Any, b: Any) -> Any:
    yes = (np.asarray(a) == 1.0) | (np.asarray(b) == 1.0)
    return np.where(yes, 1.0, np.where(np.isnan(a) | np.isnan(b), np.nan, 0.0))


def _nullif(a: Any, b: Any) -> Any:
    return np.where(np.asarray(a) == np.asarray(b), np.nan, a)


def _coalesce(*values: Any) -> Any:
    out = np.asarray(values[-1], dtype=np.float64)
    for v in reversed(values[:-1]):
        out = np.where(_null(v), out, v)
    return out


_OPERATIONS: Mapping[type, Callable[..., Any]] = {
    ops.Add: lambda a, b: np.asarray(a) + b,
    ops.Subtract: lambda a, b: np.asarray(a) - b,
    ops.Multiply: lambda a, b: np.asarray(a) * b,
    ops.Divide: lambda a, b: np.asarray(a) / b,
    ops.Negate: lambda a: -np.asarray(a),
    ops.Cast: lambda a: np.asarray(a, dtype=np.float64),
    ops.NullIf: _nullif,
    ops.Coalesce: _coalesce,
    ops.IsNull: lambda a: np.asarray(_null(a)).astype(np.float64),
    ops.NotNull: lambda a: (~np.asarray(_null(a))).astype(np.float64),
    ops.Not: lambda a: 1.0 - np.asarray(a),
    ops.And: _and,
    ops.Or: _or,
    ops.IfElse: lambda test, yes, no: np.where(np.asarray(test) == 1.0, yes, no),
    ops.Equals: _three_valued(_equal),
    ops.NotEquals: _three_valued(lambda a, b: ~_equal(a, b)),
    ops.Greater: _three_valued(operator.gt),
    ops.GreaterEqual: _three_valued(operator.ge),
    ops.Less: _three_valued(operator.lt),
    ops.LessEqual: _three_valued(operator.le),
}
