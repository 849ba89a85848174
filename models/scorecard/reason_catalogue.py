"""The sentences that reasons speak, by code, as the running code declares them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from models.scorecard.spec import CATALOGUE, ColumnSpec


@dataclass(frozen=True)
class Sentences:
    """What a code says when it lowers points, and when it raises them: zh and en."""

    adverse: Mapping[str, str] | None
    favourable: Mapping[str, str] | None

    @property
    def complete(self) -> bool:
        """Whether both sentences are there in both languages."""
        return all(text and text.get("zh") and text.get("en") for text in (self.adverse, self.favourable))


@dataclass(frozen=True)
class Silence:
    """How a family speaks when it has nothing to say: under which code, and by which flags."""

    code: str
    flags: frozenset[str] = frozenset()  # columns that are 1 where history, or a whole table, is not there


@dataclass(frozen=True)
class Catalogue:
    """Every code's sentences, and every family's code for missing data."""

    sentences: Mapping[str, Sentences]
    silences: Mapping[str, Silence]  # by family letter
    version: str = CATALOGUE

    @classmethod
    def declared(cls, features: Iterable[Any], families: Iterable[Any]) -> Self:
        """Build the catalogue from `Feature` and `Family` declarations."""
        features, families = tuple(features), tuple(families)
        said = {f.code: Sentences(_text(f.adverse), _text(f.favourable)) for f in features}
        silences = {}
        for family in families:
            absent = {f.name for f in features if f.table == "quality" and f.family == family.letter}
            silences[family.letter] = Silence(family.null_code, frozenset(absent | {family.flag} - {None}))
            if family.null_code in said:
                raise ValueError(f"Code {family.null_code} is both a feature's and the one for missing data.")
        # After the loop: families may share one code for missing data, features may not use it.
        said |= {f.null_code: Sentences(_text(f.null_adverse), _text(f.null_favourable)) for f in families}
        return cls(said, silences)

    @classmethod
    @cache
    def running(cls) -> "Catalogue":
        """Return the catalogue of the running code's features."""
        from features.declarations.catalogue import FAMILIES, FEATURES

        return cls.declared(FEATURES, tuple(FAMILIES.values()))

    def uncovered(self, columns: Iterable[ColumnSpec]) -> list[str]:
        """Name the columns that have no sentence to speak through, with the code that is missing."""
        found = []
        for column in columns:
            silence = self.silences.get(column.family)
            codes = [silence.code if silence else None, column.code if column.risk != "unsigned" else None]
            needed = codes[:1] if column.risk == "unsigned" else codes
            for code in needed:
                said = self.sentences.get(code) if code else None
                if said is None or not said.complete:
                    found.append(f"{column.name} ({code or 'family ' + column.family})")
        return found


def _text(text: Any) -> dict[str, str] | None:
    return {"zh": text.zh, "en": text.en} if text is not None else None
