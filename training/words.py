"""Words: sentences in both languages from TOML tables, and figures in the format of the sentence's language."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from features.declarations.feature import Text
from training import numbers
from training.numbers import Lang

SHARED = Path(__file__).with_name("words")  # of cards and reports: gates, cases, severities, directions, units


@cache
def sentences(tables: Path) -> Mapping[str, Text]:
    """Every sentence of a folder's tables and of the shared tables, by `<table>.<key>`."""
    return {
        f"{file.stem}.{key}": Text(**sides)
        for file in sorted((*SHARED.glob("*.toml"), *tables.glob("*.toml")))
        for key, sides in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }


@dataclass(frozen=True)
class Words:
    """Sentences and figures in one language; a subclass names the folder of its tables."""

    lang: Lang
    tables: ClassVar[Path]

    def __call__(self, key: str, **figures: Any) -> str:
        """The sentence of a key with its figures filled in; KeyError if there is no such sentence."""
        return self.of(sentences(self.tables)[key]).format(**figures)

    def of(self, text: Text | Mapping[str, str]) -> str:
        """A text in this language."""
        return text[self.lang] if isinstance(text, Mapping) else str(getattr(text, self.lang))

    def tidied(self, text: Mapping[str, str]) -> str:
        """A sentence from the validation, in the report's typography."""
        return numbers.tidied(self.of(text))

    def meaning(self, table: str, name: str) -> str:
        """The meaning of a code name, such as a state or a part; `unknown(name)` if the tables have none."""
        key = f"{table}.{name}"
        return self(key) if key in sentences(self.tables) else self.unknown(name)

    def unknown(self, name: str) -> str:
        """A name without an entry in the tables, with spaces for underscores."""
        return name.replace("_", " ")

    def figure(self, value: Any, form: str) -> str:
        """A figure in a form of `numbers.FORMS`."""
        return numbers.figure(value, form, self.lang)

    def between(self, interval: Mapping[str, Any], form: str) -> str:
        """The ends of an interval, `low` and `high`."""
        return numbers.between(interval, form, self.lang)

    def day(self, value: date | str) -> str:
        """A calendar day."""
        return numbers.day(value, self.lang)

    def large(self, value: float | None) -> str:
        """A column's value, short."""
        return numbers.large(value, self.lang)

    def joined(self, *parts: str) -> str:
        """Sentences joined into a paragraph; empty ones are left out."""
        return (" " if self.lang == "en" else "").join(one for one in parts if one)

    def listed(self, names: Iterable[str]) -> str:
        """Several names as a list in a sentence."""
        return (", " if self.lang == "en" else "、").join(names)
