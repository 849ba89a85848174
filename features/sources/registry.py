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
    """The interface of a source's module.

    It may also have `manifest(source)`: the source's own `currency`, `tz` and `synthetic`.
    """

    CURRENCY: str  # the publisher's: defaults of the first import for reporting currency and time zone
    TZ: str

    def recognises(self, source: Path) -> bool:
        """Whether a file or folder looks like the publisher's, by names and headers."""

    def read(self, source: Path, intake: Intake) -> SourceReport:
        """Pass the rows of every table of the source to the intake."""


# Detection tries the formats in this order: the more specific first.
SOURCES: Mapping[str, Source] = {
    "dpwh": dpwh,
    "usaid": usaid,
    "fpds": fpds,
    "cn_invoices": cn_invoices,
    "tables": canonical,
    "ocds": ocds,
}


def detect(source: Path) -> str:
    """Return the format of a source, by its files; InputError where none fits."""
    format_name = next((name for name, module in SOURCES.items() if module.recognises(source)), None)
    if format_name is None:
        fix = f"Name the format: {', '.join(SOURCES)}."
        raise InputError("Nothing here looks like a known format.", where=str(source), fix=fix)
    return format_name
