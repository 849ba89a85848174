"""Declarations of outside columns: a TOML file with one table per column.

An outside column is a feature that no code computes. It has a code, a direction and sentences like other features, and
instead of a formula it declares when each of its values was known.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.declarations.catalogue import COLUMNS, FAMILIES, FEATURES
from features.declarations.feature import Family, Feature, FeatureColumn, Risk, Text, Unit
from features.errors import InputError
from features.one_line import one_line
from models.canonical_json import canonical, sha256
from models.scorecard.reason_catalogue import Catalogue

AS_OF = "as_of"  # known on the date of the case, like the terms of a request
KEYS = ("case_id", "supplier_id", AS_OF)
REQUIRED = ("code", "label", "unit", "risk")
ALLOWED = (*REQUIRED, "adverse", "favourable", "known", "order")
LENGTH_MAX = 60

_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_CODE = re.compile(r"X\d{3}", re.ASCII)


def _no_formula(*_: Any) -> Any:
    raise AssertionError("A column from outside is read from its file.")


FAMILY = Family(
    letter="X",
    name="external",
    label=Text("外部数据", "Outside data"),
    tables=(),
    flag="no_external_history",
    null_code="X000",
    null_adverse=Text("没有外部数据,或部分外部数据当时尚不可知", "No outside data, or not all of it, was known"),
    null_favourable=Text("有可查的外部数据", "Outside data is on file"),
)
FLAG = Feature(
    name="no_external_history",
    code="X999",
    table="external",
    formula=_no_formula,
    unit=Unit.FLAG,
    risk=Risk.UNSIGNED,
    label=Text("无外部数据", "No outside data"),
    doc="1 where no outside value was known on the date of the case, else 0.",
)
"""Without it a monotone constraint would treat cases without outside data as safe."""


@dataclass(frozen=True)
class Declared:
    """One declared column.

    Attributes:
        known: the column of the file that dates each value, or `as_of`.
        levels: the number for each text, where the column is text.
    """

    feature: Feature
    known: str
    levels: Mapping[str, float] | None = None

    @property
    def name(self) -> str:
        """The column's name, in the file and in the scorecard."""
        return self.feature.name


@dataclass(frozen=True)
class Declarations:
    """All declared columns, in order, and the digest of the declarations."""

    columns: tuple[Declared, ...]
    digest: str

    @property
    def feature_columns(self) -> tuple[FeatureColumn, ...]:
        """The columns in the form that training uses, the family's flag last."""
        return tuple(column for feature in self._features for column in feature.columns)

    @property
    def catalogue(self) -> Catalogue:
        """The running code's sentences, and these columns'."""
        return Catalogue.declared((*FEATURES, *self._features), (*FAMILIES.values(), FAMILY))

    @property
    def _features(self) -> tuple[Feature, ...]:
        return (*(c.feature for c in self.columns), FLAG)


def read_declarations(file: Path) -> Declarations:
    """Read a spec of outside columns.

    Raises:
        InputError: the file is not TOML, or a declaration is incomplete or wrong, for example without `known`.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"The spec is not TOML: {error}.", where=file.name) from error
    if not tables:
        raise InputError("The spec declares no column.", where=file.name, fix="Write one table a column.")
    columns = tuple(_declared(name, table, where=f"{file.name}, [{name}]") for name, table in tables.items())
    codes = [c.feature.code for c in columns]
    if repeated := [code for code in codes if codes.count(code) > 1]:
        fix = f"{_free(codes)} is free. Never give a code to another column later: old reasons would change."
        raise InputError(f"Code {repeated[0]} is declared twice.", where=file.name, fix=fix)
    return Declarations(columns, sha256(canonical(tables)))


def _declared(name: str, table: Any, *, where: str) -> Declared:
    if not isinstance(table, dict):
        raise InputError(
            f"{name!r} is not a table.", where=where, fix=f"Write [{name}], and below it {_list(ALLOWED)}."
        )
    _refuse_name(name, where)
    if unknown_keys := [key for key in table if key not in ALLOWED]:
        raise InputError(f"Unknown key {unknown_keys[0]!r}.", where=where, fix=f"Known: {_list(ALLOWED)}.")
    if "known" not in table:
        raise InputError(
            f"Column {name!r} does not say when its values were known.",
            where=where,
            fix='Add known = "COLUMN", a column of the file that dates each value, or known = "as_of" for what was '
            "certainly known on the date of the case. A value without a date may be from after the outcome.",
        )
    if missing_keys := [key for key in REQUIRED if key not in table]:
        raise InputError(
            f"Column {name!r} lacks {missing_keys[0]!r}.", where=where, fix=f"Required: {_list(REQUIRED)}, known."
        )
    if not isinstance(table["known"], str) or not table["known"]:
        raise InputError("`known` names a column of the file, or as_of.", where=where)
    risk = _one_of(Risk, table["risk"], "risk", where)
    adverse, favourable = (_text(table[k], k, where) if k in table else None for k in ("adverse", "favourable"))
    if risk is not Risk.UNSIGNED and not (adverse and favourable):
        fix = "Add adverse and favourable, each { zh = …, en = … }, or declare it unsigned."
        raise InputError(f"Column {name!r} has a direction but lacks a sentence.", where=where, fix=fix)
    feature = Feature(
        name=name,
        code=_code(table["code"], where),
        table="external",
        formula=_no_formula,
        unit=_one_of(Unit, table["unit"], "unit", where),
        risk=risk,
        label=_text(table["label"], "label", where),
        doc="Read from the outside file.",
        adverse=adverse,
        favourable=favourable,
    )
    return Declared(feature, table["known"], _levels(table["order"], where) if "order" in table else None)


def _refuse_name(name: str, where: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > LENGTH_MAX:
        fix = f"Use lower-case letters, digits and _, at most {LENGTH_MAX}, and name the file's column so."
        raise InputError(f"{name!r} cannot be a column's name.", where=where, fix=fix)
    if name in KEYS or name == FLAG.name or name in {c.name for c in COLUMNS}:
        problem = "identifies a case" if name in KEYS else "is a column of the profile"
        raise InputError(f"{name!r} {problem}.", where=where, fix="Give the column another name.")


def _code(code: Any, where: str) -> str:
    if not isinstance(code, str) or not _CODE.fullmatch(code) or code in (FAMILY.null_code, FLAG.code):
        fix = f"Use X001 to X998; {FAMILY.null_code} and {FLAG.code} are for missing data."
        raise InputError(f"{code!r} is not a code of an outside column.", where=where, fix=fix)
    return code


def _one_of(kind: Any, value: Any, key: str, where: str) -> Any:
    try:
        return kind(value)
    except ValueError as error:
        raise InputError(f"{key} {value!r} is none of {_list([k.value for k in kind])}.", where=where) from error


def _text(value: Any, key: str, where: str) -> Text:
    texts = value if isinstance(value, dict) else {}
    if set(texts) != {"zh", "en"} or not all(isinstance(t, str) and t.strip() for t in texts.values()):
        raise InputError(
            f"{key} must be given in both languages.", where=where, fix=f'{key} = {{ zh = "…", en = "…" }}'
        )
    return Text(**{lang: one_line(texts[lang], what=f"{key}, {lang},", where=where) for lang in ("zh", "en")})


def _levels(order: Any, where: str) -> dict[str, float]:
    """The rank of each text; an entry is one text, or several with the same meaning."""
    groups = [[entry] if isinstance(entry, str) else entry for entry in order] if isinstance(order, list) else []
    texts = [text for group in groups if isinstance(group, list) for text in group]
    sound = all(isinstance(group, list) and group for group in groups) and all(isinstance(t, str) for t in texts)
    if not sound or len(groups) < 2 or len(set(texts)) < len(texts):
        fix = 'order = ["A", "B", ["C", "D"]]: two or more places, each text once; texts of equal rank in brackets.'
        raise InputError("`order` is not an order of texts.", where=where, fix=fix)
    return {text.strip(): float(place) for place, group in enumerate(groups) for text in group}


def _free(codes: Sequence[str]) -> str:
    return next(code for n in range(1, 999) if (code := f"X{n:03}") not in codes)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
