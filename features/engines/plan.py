"""The declared features compiled once: an ordered list of named stages, and their SQL.

`spine → <table>_visible → arguments → grouped → out`, one sequence of stages per table. One last stage puts the results
of all sequences below each other, the values of a row in one array: joined side by side, a single case took twice as
long. The SQL reads unbound tables named like the canonical facts, and a table `spine`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args

import ibis
import ibis.expr.operations as ops

from features.declarations.exact import DAY_US, all_of, days
from features.declarations.feature import Among, Feature, FeatureColumn, Window
from features.declarations.filled import PREFIX, optional_dates
from features.declarations.prepared import inputs, prepare, prepared_columns
from features.declarations.reduction import Stage, masked, reduced
from features.facts.history import known_parent, parent_keys, view_name, visible_rows
from features.facts.tables import IBIS_TYPE, TABLES


@dataclass(frozen=True)
class Plan:
    """Named stages, and the columns of the last one's result.

    Attributes:
        stages: each after the stages that it reads; the last has `case_no`, `part` and `cells`, the values of
            that part's columns as float64.
        parts: the columns of each part; a case without a row in a part has no visible row in its table.
    """

    stages: tuple[Stage, ...]
    parts: tuple[tuple[FeatureColumn, ...], ...]


class Rows:
    """The rows that a formula reads: a table's visible rows, with `age_us` counted on the feature's own `on` column."""

    def __init__(self, view: Any, on: str | None) -> None:
        self._view, self._on = view, on

    def __getattr__(self, name: str) -> Any:
        if name == "age_us" and self._on:
            return self._view[f"age_us_{self._on}"]
        return getattr(self._view, name)

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def count(self, where: Any | None = None) -> Any:
        """Number of rows."""
        return self._view.count(where=where)


def view_of(table: str, among: str = "own") -> Any:
    """The unbound visible rows of a table with every prepared and age column."""
    schema = {"case_no": "int64", "as_of": "timestamp(6)", "known_at": "timestamp(6)"}
    schema |= {c.name: IBIS_TYPE[c.kind] for c in TABLES[table].fact_columns}
    schema |= dict(prepared_columns(table))
    ages = [c for c, kind in schema.items() if kind.startswith("timestamp") and c != "as_of"]
    return ibis.table(schema | {f"age_us_{c}": "int64" for c in ages}, name=f"{view_name(table, among)}_visible")


def mask_of(feature: Feature, rows: Rows, window: Window) -> Any | None:
    """The window and the `where` of a feature as one boolean column."""
    masks = []
    if feature.on:
        if feature.on != TABLES[feature.table].event:  # the event date of a visible row lies in the past
            masks.append(rows.age_us > 0)
        if isinstance(window, int):
            masks.append(rows.age_us <= window * DAY_US)
    if feature.where:
        masks.append(feature.where(rows))
    if filling := fills(feature, rows):
        masks.append(all_of(filling))
    return all_of(masks)


def fills(feature: Feature, rows: Rows) -> list[Any]:
    """Whether a row's source fills each dated column whose absence means something to the feature."""
    optional = optional_dates(feature.table)
    columns = dict.fromkeys([*([feature.on] if feature.on in optional else []), *feature.rests_on])
    return [rows[f"{PREFIX}{column}"] for column in columns]


def _known(value: Any, rows_that_fill: Any) -> Any:
    """The value, null where no row of the case comes from a source that fills what the feature rests on."""
    return ibis.ifelse(rows_that_fill > 0, value, ibis.null(value.type()))


@lru_cache(maxsize=64)
def compile_plan(columns: tuple[FeatureColumn, ...]) -> Plan:
    """Compile the columns that are computed from facts (all but the request's)."""
    by_table: dict[tuple[str, str, str | None], list[FeatureColumn]] = defaultdict(list)
    for column in columns:
        if column.feature.table in TABLES:
            by_table[column.feature.table, column.feature.among, column.feature.by].append(column)
    sequences = [_stages_of_group(*group, tuple(members)) for group, members in by_table.items()]
    parts = tuple(tuple(members) for members in by_table.values())
    stages = [stage for sequence in sequences for stage in sequence]
    views = _views({(table, among) for table, among, _ in by_table}, stages)
    return Plan((*views, *stages, Stage("parts", _end_to_end(parts, [sequence[-1] for sequence in sequences]))), parts)


@lru_cache(maxsize=64)
def plan_sql(columns: tuple[FeatureColumn, ...]) -> str:
    """The plan as one statement for DuckDB, a CTE a stage."""
    return statement(compile_plan(columns).stages)


def statement(stages: Sequence[Stage], *, given: Mapping[str, str] | None = None) -> str:
    """Stages as one statement for DuckDB; `given` has the SQL of relations that they read and that are not tables."""
    parts = [f"{name} AS MATERIALIZED ({sql})" for name, sql in (given or {}).items()]
    parts += [f"{stage.name} AS {'MATERIALIZED ' if stage.shared else ''}(\n{stage.sql}\n)" for stage in stages[:-1]]
    return "WITH " + ",\n".join(parts) + "\n" + stages[-1].sql


# A process compiles several plans that share most of their stages: one for profiles, one for cases, one for a digest.
@lru_cache(maxsize=256)
def _stages_of_group(table: str, among: str, by: str | None, members: tuple[FeatureColumn, ...]) -> tuple[Stage, ...]:
    view, name = view_of(table, among), view_name(table, among)
    if by is None:
        exprs = {c.name: _formula(c, view) for c in members}
        return tuple(reduced(view, exprs, keys=["case_no"], name=f"{name}_out"))
    parts: dict[str, Any] = {}
    for column in members:
        rows = Rows(view, column.feature.on)
        mask = mask_of(column.feature, rows, column.window)
        named = column.feature.formula(rows)
        parts |= {f"{column.name}__{part}": masked(expr, mask) for part, expr in named.items()}
        parts[f"{column.name}__rows"] = masked(view.count(), mask)
        if filling := fills(column.feature, rows):
            parts[f"{column.name}__filling"] = view.count(where=all_of(filling))
    first = reduced(view, parts, keys=["case_no", by], name=f"{name}_by_{by}")
    keyed = ibis.table(first[-1].expr.schema(), name=first[-1].name)
    exprs = {}
    for column in members:
        named = {p.removeprefix(f"{column.name}__"): keyed[p] for p in parts if p.startswith(f"{column.name}__")}
        present, filling = named.pop("rows") > 0, named.pop("filling", None)
        assert column.feature.over is not None
        value = masked(column.feature.over(**named), present)
        exprs[column.name] = value if filling is None else _known(value, filling.sum())
    return (*first, *reduced(keyed, exprs, keys=["case_no"], name=f"{name}_over_{by}"))


def _formula(column: FeatureColumn, view: Any) -> Any:
    rows = Rows(view, column.feature.on)
    value = masked(column.feature.formula(rows), mask_of(column.feature, rows, column.window))
    filling = fills(column.feature, rows)
    # A flag says that there is nothing to count: it is 1 there, not unknown.
    judged = bool(filling) and column.feature.absent is None
    return _known(value, view.count(where=all_of(filling))) if judged else value


def _views(tables: set[tuple[str, str]], sequences: Iterable[Stage]) -> list[Stage]:
    """Parents' keys and the visible rows of each table, with only the columns that the sequences read.

    Args:
        tables: the tables, each with the rows that are read (`Feature.among`).
        sequences: the stages that read them.
    """
    read: dict[str, set[str]] = defaultdict(set)
    for stage in sequences:
        for node in stage.expr.op().find(ops.Field):
            if isinstance(node.rel, ops.UnboundTable) and node.rel.name.endswith("_visible"):
                read[node.rel.name.removesuffix("_visible")].add(node.name)
    parents = {(p, among) for t, among in tables if (p := TABLES[t].parent)}
    keys = [Stage(known_parent(*p).get_name(), parent_keys(*p), shared=True) for p in sorted(parents)]
    ordered = [(t, among) for t in TABLES for among in get_args(Among) if (t, among) in tables]
    names = {place: view_name(*place) for place in ordered}
    return [*keys, *(_visible(*place, frozenset(read[name])) for place, name in names.items())]


@lru_cache(maxsize=256)
def _visible(table: str, among: str, wanted: frozenset[str]) -> Stage:
    ages = {c: c.removeprefix("age_us_") for c in wanted if c.startswith("age_us_")}
    columns = wanted | frozenset(ages.values())
    rows = prepare(table, visible_rows(table, columns | inputs(table, columns), among), columns)
    rows = rows.mutate(**{age: days(rows.as_of, rows[on]) for age, on in sorted(ages.items())})
    return Stage(f"{view_name(table, among)}_visible", rows.select("case_no", *sorted(wanted - {"case_no"})))


def _end_to_end(parts: Iterable[Sequence[FeatureColumn]], outs: Iterable[Stage]) -> Any:
    rows = []
    for number, (columns, stage) in enumerate(zip(parts, outs, strict=True)):
        out = ibis.table(stage.expr.schema(), name=stage.name)
        cells = ibis.array([_value(out[c.name], c.feature.absent) for c in columns])
        rows.append(out.select("case_no", part=ibis.literal(number, "int8"), cells=cells))
    return ibis.union(*rows) if len(rows) > 1 else rows[0]


def _value(column: Any, absent: float | None) -> Any:
    real = column.cast("float64")
    return real if absent is None else real.fill_null(absent)
