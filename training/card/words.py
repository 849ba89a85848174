"""Words: the sentences of a card in both languages, from the tables in `words/`; figures as a report spells them."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from features.feature import Text
from training.report import numbers
from training.report.numbers import Lang

TABLES = Path(__file__).with_name("words")


@cache
def sentences() -> Mapping[str, Text]:
    """Every sentence by `<table>.<key>`."""
    return {
        f"{file.stem}.{key}": Text(**told)
        for file in sorted(TABLES.glob("*.toml"))
        for key, told in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }


@dataclass(frozen=True)
class Words:
    """Tells sentences and figures in one language."""

    lang: Lang

    def __call__(self, key: str, **figures: Any) -> str:
        """The sentence of a key, with its figures filled in; KeyError where nobody wrote it."""
        return str(getattr(sentences()[key], self.lang)).format(**figures)

    def known(self, table: str, name: str) -> str:
        """What a name of ours means; the name itself, as code, where nobody said."""
        key = f"{table}.{name}"
        return self(key) if key in sentences() else f"`{name}`"

    def figure(self, value: float | None, form: str) -> str:
        """A figure in one of the forms of `training.report.numbers`, words where there is none."""
        return numbers.figure(value, form, self.lang)

    def between(self, low: float | None, high: float | None, form: str) -> str:
        """The ends of an interval."""
        return numbers.between({"low": low, "high": high}, form, self.lang)

    def day(self, told: str) -> str:
        """A calendar day."""
        return numbers.day(told, self.lang)

    def value(self, value: float | None) -> str:
        """A column's value, short."""
        return numbers.large(value, self.lang)

    def listed(self, names: Iterable[str]) -> str:
        """Several names in a sentence."""
        return (", " if self.lang == "en" else "、").join(names)

    def heads(self, *keys: str) -> tuple[str, ...]:
        """The heads of a table."""
        return tuple(self(key) for key in keys)
