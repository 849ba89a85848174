"""The reason catalogue: the sentences of every code, in both languages, under a version of their own.

A release carries its catalogue in `reasons.json`. A sentence can be corrected here without any effect on releases that
are in service: they keep the words that two people signed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from models.canonical_json import canonical, sha256
from models.scorecard.spec import CATALOGUE, ColumnSpec

Text = Mapping[str, str]  # language (zh, en) → sentence


@dataclass(frozen=True)
class Sentences:
    """The sentence of a code when it lowers the points, and when it raises them."""

    adverse: Text | None
    favourable: Text | None

    @property
    def complete(self) -> bool:
        """Whether both sentences are there in both languages."""
        return all(text and text.get("zh") and text.get("en") for text in (self.adverse, self.favourable))


@dataclass(frozen=True)
class MissingDataCode:
    """The code of a family for missing data.

    Attributes:
        code: such as `Q200`.
        flags: columns that are 1 where the history, or a whole table, is missing.
    """

    code: str
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Catalogue:
    """The sentences of every code, and the code of every family for missing data.

    Attributes:
        sentences: by code.
        missing_data: by family letter.
        version: such as `rc-2`; `catalogue_versions.toml` holds the digest of each version.
    """

    sentences: Mapping[str, Sentences]
    missing_data: Mapping[str, MissingDataCode]
    version: str = CATALOGUE

    @classmethod
    def declared(cls, features: Iterable[Any], families: Iterable[Any]) -> Self:
        """Build the catalogue from `Feature` and `Family` declarations."""
        features, families = tuple(features), tuple(families)
        sentences = {f.code: Sentences(_text(f.adverse), _text(f.favourable)) for f in features}
        missing_data = {}
        for family in families:
            absent = {
                f.name for f in features if f.family == family.letter and (f.table == "quality" or f.absent is not None)
            }
            missing_data[family.letter] = MissingDataCode(family.null_code, frozenset(absent | {family.flag} - {None}))
            if family.null_code in sentences:
                raise ValueError(f"Code {family.null_code} is both a feature's and the one for missing data.")
        # After the loop: families may share one code for missing data, features may not use it.
        sentences |= {f.null_code: Sentences(_text(f.null_adverse), _text(f.null_favourable)) for f in families}
        return cls(sentences, missing_data)

    @classmethod
    @cache
    def of_this_code(cls) -> "Catalogue":
        """Return the catalogue of the features that this code declares."""
        from features.declarations.catalogue import FAMILIES, FEATURES

        return cls.declared(FEATURES, tuple(FAMILIES.values()))

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Read what `to_json` wrote; ValueError, KeyError or TypeError where it is something else."""
        if set(document) != {"version", "sentences", "missing_data"}:
            raise ValueError("a reason catalogue has version, sentences and missing_data")
        return cls(
            {code: Sentences(texts["adverse"], texts["favourable"]) for code, texts in document["sentences"].items()},
            {
                letter: MissingDataCode(entry["code"], frozenset(entry["flags"]))
                for letter, entry in document["missing_data"].items()
            },
            document["version"],
        )

    def to_json(self) -> dict[str, Any]:
        """Return the catalogue as plain JSON values."""
        return {
            "version": self.version,
            "sentences": {
                code: {"adverse": texts.adverse, "favourable": texts.favourable}
                for code, texts in self.sentences.items()
            },
            "missing_data": {
                letter: {"code": entry.code, "flags": sorted(entry.flags)}
                for letter, entry in self.missing_data.items()
            },
        }

    @property
    def digest(self) -> str:
        """sha256 of the words and codes, without the version."""
        document = self.to_json()
        del document["version"]
        return sha256(canonical(document))

    def of_columns(self, columns: Iterable[ColumnSpec]) -> "Catalogue":
        """Return the part of the catalogue that a scorecard of these columns can use."""
        columns = tuple(columns)
        missing_data = {c.family: self.missing_data[c.family] for c in columns if c.family in self.missing_data}
        codes = {c.code for c in columns} | {entry.code for entry in missing_data.values()}
        sentences = {code: texts for code, texts in self.sentences.items() if code in codes}
        return Catalogue(sentences, missing_data, self.version)

    def differing(self, other: "Catalogue") -> list[str]:
        """Name the codes and families of this catalogue that `other` lacks or words otherwise, sorted."""
        codes = [code for code, texts in self.sentences.items() if other.sentences.get(code) != texts]
        families = [
            f"family {letter}" for letter, entry in self.missing_data.items() if other.missing_data.get(letter) != entry
        ]
        return sorted(codes) + sorted(families)

    def uncovered(self, columns: Iterable[ColumnSpec]) -> list[str]:
        """Name the columns that lack a sentence, each with the code that is missing."""
        uncovered = []
        for column in columns:
            missing = self.missing_data.get(column.family)
            codes = [missing.code if missing else None, column.code if column.risk != "unsigned" else None]
            needed = codes[:1] if column.risk == "unsigned" else codes
            for code in needed:
                sentences = self.sentences.get(code) if code else None
                if sentences is None or not sentences.complete:
                    uncovered.append(f"{column.name} ({code or 'family ' + column.family})")
        return uncovered


def _text(text: Any) -> dict[str, str] | None:
    return {"zh": text.zh, "en": text.en} if text is not None else None
