"""Every source by the name of its format. docs/write-a-source.md shows how to add one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from features.errors import InputError
from features.intake.intake import Intake
from features.sources import canonical, cn_invoices, dpwh, usaid
from features.sources.fpds import source as fpds
from features.sources.ocds import source as ocds
from features.sources.report import SourceReport


class Source(Protocol):
    """What the module of a source provides.

    It may also have `manifest(source)`: what the source says itself of `currency`, `tz` and `synthetic`.
    """

    CURRENCY: str  # of the publisher: the reporting currency and the time zone where the first import is told no other
    TZ: str

    def recognises(self, source: Path) -> bool:
        """Whether a file or folder looks like the publisher's, by names and headers."""

    def read(self, source: Path, intake: Intake) -> SourceReport:
        """Give the intake the rows of every table that the source has."""


# The order in which each source is asked whether a folder is its own: the more particular first.
SOURCES: Mapping[str, Source] = {
    "dpwh": dpwh,
    "usaid": usaid,
    "fpds": fpds,
    "cn_invoices": cn_invoices,
    "tables": canonical,
    "ocds": ocds,
}


def detect(source: Path) -> str:
    """Return the format that a source is in, by its files; InputError where none fits."""
    found = next((name for name, module in SOURCES.items() if module.recognises(source)), None)
    if found is None:
        fix = f"Name the format: {', '.join(SOURCES)}."
        raise InputError("Nothing here looks like a known format.", where=str(source), fix=fix)
    return found
