"""Words: sentences in both languages from tables of TOML, and figures spelled in the language of their sentence."""

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

SHARED = Path(__file__).with_name("words")  # what several tell: gates, cases, severities, directions, units


@cache
def sentences(tables: Path) -> Mapping[str, Text]:
    """Every sentence of a folder's tables and of the shared ones, by `<table>.<key>`."""
    return {
        f"{file.stem}.{key}": Text(**told)
        for file in sorted((*SHARED.glob("*.toml"), *tables.glob("*.toml")))
        for key, told in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }


@dataclass(frozen=True)
class Words:
    """Tells sentences and figures in one language; whoever tells them says where their tables are."""

    lang: Lang
    tables: ClassVar[Path]

    def __call__(self, key: str, **figures: Any) -> str:
        """The sentence of a key, with its figures filled in; KeyError where nobody wrote it."""
        return self.of(sentences(self.tables)[key]).format(**figures)

    def of(self, told: Text | Mapping[str, str]) -> str:
        """The side of a text that is in this language."""
        return told[self.lang] if isinstance(told, Mapping) else str(getattr(told, self.lang))

    def said(self, told: Mapping[str, str]) -> str:
        """A sentence that the validation wrote."""
        return numbers.tidied(self.of(told))

    def known(self, table: str, name: str) -> str:
        """What a name of ours means, such as a state's or a part's; the name itself where nobody said."""
        key = f"{table}.{name}"
        return self(key) if key in sentences(self.tables) else self.unknown(name)

    def unknown(self, name: str) -> str:
        """A name that nobody told the meaning of."""
        return name.replace("_", " ")

    def figure(self, value: Any, form: str) -> str:
        """A figure; see `numbers.FORMS`."""
        return numbers.figure(value, form, self.lang)

    def between(self, found: Mapping[str, Any], form: str) -> str:
        """The ends of an interval, `low` and `high`."""
        return numbers.between(found, form, self.lang)

    def day(self, value: date | str) -> str:
        """A calendar day."""
        return numbers.day(value, self.lang)

    def large(self, value: float | None) -> str:
        """A column's value, short."""
        return numbers.large(value, self.lang)

    def joined(self, *told: str) -> str:
        """Sentences one after the other; empty ones are left out."""
        return (" " if self.lang == "en" else "").join(one for one in told if one)

    def listed(self, names: Iterable[str]) -> str:
        """Several names in a sentence."""
        return (", " if self.lang == "en" else "、").join(names)
