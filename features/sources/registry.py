"""The sources there are; a new one is its file and its name in `_MODULES`. docs/write-a-source.md teaches it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from features.errors import InputError
from features.intake import Intake
from features.sources import cn_invoices, dpwh, fpds, ocds, tables, usaid
from features.sources.report import SourceReport


class Source(Protocol):
    """What a source's module holds; its name is the format's.

    It may also have `manifest(source)`: what the source says itself of `currency`, `tz` and `synthetic`.
    """

    __name__: str
    CURRENCY: str  # of the publisher: the reporting currency and the time zone where the first import is told no other
    TZ: str

    def recognises(self, source: Path) -> bool:
        """Whether a file or folder looks like the publisher's, by names and headers."""

    def read(self, source: Path, intake: Intake) -> SourceReport:
        """Give the intake the rows of every table that the source has."""


# In the order in which they are asked whether a source is theirs: the more particular first.
_MODULES: tuple[Source, ...] = (dpwh, usaid, fpds, cn_invoices, tables, ocds)

SOURCES: Mapping[str, Source] = {module.__name__.rpartition(".")[2]: module for module in _MODULES}


def detect(source: Path) -> str:
    """Return the format that a source is in, by its files; InputError where none fits."""
    found = next((name for name, module in SOURCES.items() if module.recognises(source)), None)
    if found is None:
        mend = f"Name the format: {', '.join(SOURCES)}."
        raise InputError("Nothing here looks like a known format.", where=str(source), mend=mend)
    return found
