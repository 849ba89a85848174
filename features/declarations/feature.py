"""A feature: a formula over one table's visible rows, declared once with its words, unit, direction and example."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

OWN: Literal["own"] = "own"
"""Window marker: the formula names its own windows with `within`; only `where` and `on < as_of` are added."""

Window = int | None | Literal["own"]

Among = Literal["own", "asked_contract", "pooled"]
"""The rows that a formula reads: the supplier's own (of loans: with the asking tenant), those of the open contract that
the request names alone, or the loans with all tenants."""


class Unit(StrEnum):
    """The unit of a value."""

    COUNT = "count"
    RATIO = "ratio"
    MONEY = "money"  # reporting currency
    DAYS = "days"
    NUMBER = "number"
    FLAG = "flag"


class Risk(StrEnum):
    """The direction of the probability of bad as the value rises; becomes LightGBM's monotone constraint."""

    RISES = "rises"
    FALLS = "falls"
    UNSIGNED = "unsigned"

    @property
    def monotone(self) -> int:
        """+1, -1 or 0 on the log-odds of bad."""
        return {"rises": 1, "falls": -1, "unsigned": 0}[self.value]


@dataclass(frozen=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Example:
    """A worked example, run as a test.

    Attributes:
        rows: column name → values of the feature's own table (dates as ISO text, money as decimal text); columns not
            given take plausible defaults. For a request feature: term or profile column → value.
        value: what the declared formula must give, or None.
        as_of: the instant of the profile, a date.
        window: the declared window that the example uses (default: the longest).
    """

    rows: Mapping[str, Any]
    value: float | None
    as_of: str = "2025-07-01"
    window: Window | Literal["longest"] = "longest"
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)  # compared by identity: a declaration has mappings as attributes
class Feature:
    """One declaration; every column, constraint, reason, page and test derives from it.

    Attributes:
        code: reason code, a family letter and three digits, never reused.
        table: the canonical table whose visible rows the formula reads (`request`: the terms and the profile).
        formula: takes the table, returns one Ibis reduction (or, with `by`, named reductions per key).
        on: the date column that windows are counted on, or None where the table has one row a supplier.
        where: rows that count, as part of every mask.
        window: days back from `as_of`, None for a lifetime, or `OWN`.
        by: column whose keys form the first of two stages.
        over: second stage: takes the named parts as columns, returns one reduction across keys.
        evidence: further profile columns shown with the reason.
        absent: the value where the supplier has no visible row in the table at all. None is the rule (unknown); a
            `no_<subject>_history` flag declares `m.count() == 0` over its table with `absent=1.0`.
        among: the rows that the formula reads.
        rests_on: dated columns of the table whose absence the formula reads (an open delivery, an unpaid invoice). Only
            rows of sources that fill them count, and without any such row the value is null. An `on` that a row may
            leave empty is one of them without being named.
        needs: further tables without which the value is unknown: it is null where one of them was never imported.
    """

    name: str
    code: str
    table: str
    formula: Callable[..., Any]
    unit: Unit
    risk: Risk
    label: Text
    doc: str
    adverse: Text | None = None
    favourable: Text | None = None
    on: str | None = None
    where: Callable[[Any], Any] | None = None
    window: tuple[Window, ...] = (None,)
    by: str | None = None
    over: Callable[..., Any] | None = None
    example: Example | None = None
    evidence: tuple[str, ...] = ()
    absent: float | None = None
    rests_on: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    among: Among = "own"

    @property
    def family(self) -> str:
        """The family letter."""
        return self.code[0]

    @property
    def columns(self) -> tuple["FeatureColumn", ...]:
        """One column a window, named by it; a lifetime or own window adds no suffix."""
        return tuple(FeatureColumn(column_name(self.name, w), self, w) for w in self.window)


@dataclass(frozen=True)
class FeatureColumn:
    """One column of a profile: a feature in one of its windows."""

    name: str
    feature: Feature
    window: Window

    @property
    def window_days(self) -> int | None:
        """Length of the window in days, None for a lifetime or the feature's own windows."""
        return self.window if isinstance(self.window, int) else None

    @property
    def monotone(self) -> int:
        """LightGBM's monotone constraint of the column."""
        return self.feature.risk.monotone

    @property
    def code(self) -> str:
        """The reason code of the column."""
        return self.feature.code


@dataclass(frozen=True)
class Family:
    """A group of features that reads the same tables.

    Attributes:
        tables: tables the family needs; the first decides `no_<family>_history`.
        flag: name of the family's first unconstrained flag, 1 where the supplier has nothing of the first table that
            the family's formulas count.
        null_code: reason code of null columns and of the family's flags.
    """

    letter: str
    name: str
    label: Text
    tables: tuple[str, ...]
    flag: str | None
    null_code: str
    null_adverse: Text
    null_favourable: Text


def column_name(name: str, window: Window) -> str:
    """`late_delivery_rate` + 180 → `late_delivery_rate_180d`; a lifetime or own window keeps the bare name."""
    return f"{name}_{window}d" if isinstance(window, int) else name


def feature(**declared: Any) -> Callable[[Callable[..., Any]], Feature]:
    """Declare the decorated formula as a feature; its name and docstring become the feature's.

    Raises:
        ValueError: the declaration is incomplete or contradicts itself.
    """

    def declare(formula: Callable[..., Any]) -> Feature:
        made = Feature(name=formula.__name__, formula=formula, doc=(formula.__doc__ or "").strip(), **declared)
        _check(made)
        _DECLARED.setdefault(formula.__module__, {})[made.name] = made
        return made

    return declare


_DECLARED: dict[str, dict[str, Feature]] = {}  # by module, then by name


def declared_in(package: str) -> list[Feature]:
    """The features that the imported modules of a package declare."""
    return [f for module, made in _DECLARED.items() if module.startswith(f"{package}.") for f in made.values()]


def all_declared(module: str, *listed: Feature) -> tuple[Feature, ...]:
    """The features of a family as a tuple.

    Raises:
        ValueError: the module declares a feature that is not listed; every command would ignore it.
    """
    for made in _DECLARED.get(module, {}).values():
        if made not in listed:
            raise ValueError(f"Feature {made.name!r} is declared in {module}, but its family does not list it.")
    return listed


def _check(made: Feature) -> None:
    signed = made.risk is not Risk.UNSIGNED
    complaints = [
        (not made.doc, "has no docstring"),
        (len(made.code) != 4 or not made.code[1:].isdigit(), f"has the malformed code {made.code!r}"),
        (signed and not (made.adverse and made.favourable), "has a direction but lacks a sentence"),
        ((made.by is None) != (made.over is None), "needs both `by` and `over`, or neither"),
        (any(isinstance(w, int) for w in made.window) and made.on is None, "has a window but no `on`"),
        (made.table == "request" and made.window != (None,), "is a request feature with a window"),
    ]
    for wrong, complaint in complaints:
        if wrong:
            raise ValueError(f"Feature {made.name!r} {complaint}.")
