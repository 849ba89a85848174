"""Columns from an outside file, joined to the cases; only values known before the case are visible.

A bank's bureau data, or any other file: it is not in the facts and the service does not compute it. A scorecard
with such columns can be trained and validated, not promoted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features.declarations.feature import FeatureColumn, Unit
from features.engines.digest import features_digest
from features.errors import InputError
from features.facts.store import Facts, sha256_of
from models.canonical_json import canonical, sha256
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.spec import Gate
from training.figures import Floats
from training.outside.declarations import AS_OF, FLAG, KEYS, Declarations, Declared, read_declarations
from training.outside.sheet import Sheet, instants, numbers, read_sheet

DAY = np.timedelta64(1, "D") / np.timedelta64(1, "us")


@dataclass(frozen=True)
class Joined:
    """One column's values at the cases.

    Attributes:
        values: NaN where nothing was known before the case.
        delays: days from the case's date to the date on which the value became known; None where it is `as_of`.
        hidden: values that became known on the case's date or later.
        undated: values without a date.
    """

    values: Floats
    delays: Floats | None
    hidden: int
    undated: int


@dataclass(frozen=True)
class External:
    """The outside columns of some cases, in the cases' order.

    Attributes:
        digest: of the file.
        ignored: columns of the file without a declaration.
        without_row: cases without a row in the file.
        without_case: rows of the file that belong to no case.
    """

    declared: Declarations
    joined: Mapping[str, Joined]
    digest: str
    ignored: tuple[str, ...]
    without_row: int
    without_case: int

    @property
    def columns(self) -> tuple[FeatureColumn, ...]:
        """The columns in the form that training uses."""
        return self.declared.feature_columns

    @property
    def delays(self) -> dict[str, Floats]:
        """By dated column, when its values became known, in days after the case's date."""
        return {name: j.delays for name, j in self.joined.items() if j.delays is not None}

    @property
    def catalogue(self) -> Catalogue:
        """The sentences of every code, including these columns'."""
        return self.declared.catalogue

    @property
    def gate(self) -> Gate:
        """The failed gate: the scorecard cannot be served."""
        names = ", ".join(c.name for c in self.declared.columns)
        text = f"The service does not compute its columns from outside: {names}."
        return Gate(False, text, "Train without --external to promote a scorecard.")

    def beside(self, profiles: pa.Table) -> pa.Table:
        """Profiles with these columns beside theirs, null for unknown."""
        known = np.zeros(profiles.num_rows, dtype=bool)
        for name, joined in self.joined.items():
            null = np.isnan(joined.values)
            known |= ~null
            profiles = profiles.append_column(name, pa.array(joined.values, pa.float64(), mask=null))
        return profiles.append_column(FLAG.name, pa.array(np.where(known, 0.0, 1.0), pa.float64()))

    def features_digest(self, names: Sequence[str]) -> str:
        """Digest of these declarations and those of the profile columns; it never equals that of the running code."""
        outside = {c.name for c in self.columns}
        ours = features_digest([name for name in names if name not in outside])
        return sha256(canonical({"columns": list(names), "features": ours, "external": self.declared.digest}))

    def to_json(self) -> dict[str, Any]:
        """The scorecard's record: the file, the spec, and for each column its meaning and when it was known."""
        columns = {c.name: _column_json(c, self.joined[c.name]) for c in self.declared.columns}
        counts = {"cases_without_a_row": self.without_row, "rows_without_a_case": self.without_case}
        return {"file": self.digest, "spec": self.declared.digest, **counts, "columns": columns}

    def notes(self) -> list[str]:
        """Notes about the join, in words."""
        lines = [f"outside columns: {self.without_row} cases have no row, {self.without_case} rows have no case"]
        if self.ignored:
            lines.append(f"outside columns: not declared and ignored: {', '.join(self.ignored)}")
        for name, j in self.joined.items():
            if j.hidden or j.undated:
                lines.append(
                    f"outside column {name}: {j.hidden} values not yet known on the case's date, {j.undated} undated"
                )
        return lines


def read_external(file: Path, spec: Path, cases: pa.Table, facts: Facts) -> External:
    """Read outside columns and join them to cases (`case_id`, `supplier_id`, `as_of`).

    A row belongs to the case of its `case_id`; in a file without that column, to every case of its `supplier_id`, and
    of its `as_of` where it has one. A value is visible if it was known before the case's date, a bare date being the
    end of its day in the facts' time zone.

    Raises:
        InputError: the spec or the file cannot be used.
    """
    declared, sheet = read_declarations(spec), read_sheet(file)
    key = _key(sheet, declared)
    row, used = _rows(sheet, key, cases, facts.tz)
    as_of = np.asarray(cases["as_of"].to_numpy(), dtype="datetime64[us]")
    joined = {c.name: _joined(c, sheet, row, as_of, facts.tz) for c in declared.columns}
    _refuse_unusable(joined, used, sheet)
    named = {*key, *(c.name for c in declared.columns), *(c.known for c in declared.columns)}
    return External(
        declared=declared,
        joined=joined,
        digest=f"sha256:{sha256_of(file)}",
        ignored=tuple(name for name in sheet.cells if name not in named),
        without_row=int((row < 0).sum()),
        without_case=sheet.rows - used,
    )


def _refuse_unusable(joined: Mapping[str, "Joined"], used: int, sheet: Sheet) -> None:
    """Refuse a file without a value for any case. A single column without values is left out later."""
    if not used:
        raise InputError(
            f"None of the {sheet.rows} rows belongs to a case.",
            where=sheet.name,
            fix="Write case_id, or supplier_id and as_of, as the outcome's cases have them.",
        )
    if all(np.isnan(column.values).all() for column in joined.values()):
        hidden, undated = (max(getattr(column, why) for column in joined.values()) for why in ("hidden", "undated"))
        raise InputError(
            f"No value was known before the case it belongs to: of the {sheet.rows} rows {hidden} were known on its "
            f"date or later, {undated} have a value without a day.",
            where=sheet.name,
            fix="Give values that were known when the case was decided.",
        )


def _key(sheet: Sheet, declared: Declarations) -> tuple[str, ...]:
    key = KEYS[:1] if KEYS[0] in sheet.cells else tuple(name for name in KEYS[1:] if name in sheet.cells)
    if not key or key == (AS_OF,):
        fix = "Give it a column case_id, or supplier_id, with as_of where a supplier has several cases."
        raise InputError("The file has no column that identifies the case of a row.", where=sheet.name, fix=fix)
    undated = [c.name for c in declared.columns if c.known == AS_OF]
    if key == ("supplier_id",) and undated:
        raise InputError(
            f"Column {undated[0]!r} is declared known on the date of the case, but the file has one row for all the "
            "cases of a supplier.",
            where=sheet.name,
            fix="Add as_of or case_id to the file, or name a column that dates each value.",
        )
    return key


def _rows(sheet: Sheet, key: Sequence[str], cases: pa.Table, tz: str) -> tuple[np.ndarray, int]:
    """The row of each case, -1 where there is none, and how many rows have a case."""
    theirs = _keys(
        [instants(sheet, k, tz, starts_day=True) if k == AS_OF else sheet.column(k).to_pylist() for k in key]
    )
    place: dict[Any, int] = {}
    for i, one in enumerate(theirs):
        if None in one:
            raise InputError("The row has no case.", where=sheet.at(i, key[one.index(None)]))
        if one in place:
            key_text = " and ".join(f"{k} {v!r}" for k, v in zip(key, one, strict=True))
            raise InputError(
                f"{key_text} appears twice, first in {sheet.unit} {sheet.lines[place[one]]}.", where=sheet.at(i, key[0])
            )
        place[one] = i
    ours = _keys([cases[k].to_numpy() if k == AS_OF else cases[k].to_pylist() for k in key])
    row = np.array([place.get(one, -1) for one in ours], dtype=np.int64)
    return row, len(set(row.tolist()) - {-1})


def _keys(columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    plain = [c.astype("datetime64[us]").astype(object).tolist() if isinstance(c, np.ndarray) else c for c in columns]
    return list(zip(*plain, strict=True))


def _joined(column: Declared, sheet: Sheet, row: np.ndarray, as_of: np.ndarray, tz: str) -> Joined:
    file_values = numbers(sheet, column.name, column.levels, flag=column.feature.unit is Unit.FLAG)
    values = np.append(file_values, np.nan)[row]  # a case without a row takes the last
    if column.known == AS_OF:
        return Joined(values, None, 0, 0)
    when = np.append(instants(sheet, column.known, tz), np.datetime64("NaT"))[row]
    dated, visible = ~np.isnat(when), when < as_of
    hidden, undated = ~np.isnan(values) & dated & ~visible, ~np.isnan(values) & ~dated
    delays = np.where(dated, (when - as_of).astype(np.int64) / DAY, np.nan)
    return Joined(np.where(visible, values, np.nan), delays, int(hidden.sum()), int(undated.sum()))


def _column_json(column: Declared, joined: Joined) -> dict[str, Any]:
    feature = column.feature
    sentences = {k: asdict(s) for k, s in (("adverse", feature.adverse), ("favourable", feature.favourable)) if s}
    order = {"order": sorted(column.levels, key=column.levels.__getitem__)} if column.levels else {}
    counts = {"known_values": int((~np.isnan(joined.values)).sum()), "hidden": joined.hidden, "undated": joined.undated}
    identity = {"code": feature.code, "known": column.known, "label": asdict(feature.label)}
    return {**identity, **sentences, **order, **counts}
