"""Words: the sentences of a report, each told in both languages, from the tables in `words/`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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
    found = {}
    for file in sorted(TABLES.glob("*.toml")):
        for key, told in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found[f"{file.stem}.{key}"] = Text(**told)
    return found


@dataclass(frozen=True)
class Words:
    """Tells sentences and figures in one language."""

    lang: Lang

    def __call__(self, key: str, **figures: str) -> str:
        """The sentence of a key, with its figures filled in."""
        return self.of(sentences()[key]).format(**figures)

    def of(self, told: Text | Mapping[str, str]) -> str:
        """The side of a text that is in this language."""
        return told[self.lang] if isinstance(told, Mapping) else str(getattr(told, self.lang))

    def said(self, told: Mapping[str, str]) -> str:
        """A sentence that the validation wrote."""
        return numbers.tidied(self.of(told))

    def known(self, table: str, name: str) -> str:
        """What a name of ours means, such as a state's or a part's; the name itself where nobody said."""
        key = f"{table}.{name}"
        return self(key) if key in sentences() else name.replace("_", " ")

    def figure(self, value: Any, form: str) -> str:
        """A figure; see `numbers.FORMS`."""
        return numbers.figure(value, form, self.lang)

    def between(self, found: Mapping[str, Any], form: str) -> str:
        """The ends of an interval."""
        return numbers.between(found, form, self.lang)

    def day(self, value: date | str) -> str:
        """A calendar day."""
        return numbers.day(value, self.lang)

    def large(self, value: float | None) -> str:
        """A column's value, short."""
        return numbers.large(value, self.lang)

    def joined(self, *sentences: str) -> str:
        """Sentences one after the other; empty ones are left out."""
        return (" " if self.lang == "en" else "").join(one for one in sentences if one)

    def listed(self, names: Any) -> str:
        """Several names in a sentence."""
        return (", " if self.lang == "en" else "、").join(names)
