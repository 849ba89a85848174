"""Writing a report: two pages, their plots, and PDFs where they can be printed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.home import home
from training.numbers import LANGS
from training.report.blocks import Multiples, Part, Plot, Plots
from training.report.page import page
from training.report.parts import parts
from training.report.pdf import browser, print_pdf
from training.report.report_input import Told
from training.report.words import Words

NO_BROWSER = "No PDF: there is no Chromium here (looked for $CHROMIUM, chromium, chromium-browser, google-chrome)."


@dataclass(frozen=True)
class Written:
    """A written report.

    Attributes:
        pages: HTML, English first.
        pdfs: as many, or none.
        note: why there is no PDF; empty where there is one.
    """

    folder: Path
    pages: tuple[Path, ...]
    pdfs: tuple[Path, ...]
    note: str


def folder_of(told: Told) -> Path:
    """Where a candidate's report is written unless somebody says otherwise."""
    return home() / "reports" / told.name


def write_report(told: Told, folder: Path | None = None, *, pdf: bool = True) -> Written:
    """Write the report in both languages, in place of an earlier one; the same study gives the same HTML bytes.

    Args:
        told: what it is written from.
        folder: for `report.<lang>.html`, `report.<lang>.pdf` and `plots/` (default: `<home>/reports/<candidate>`).
        pdf: whether to print PDFs, which takes a few seconds and a Chromium.
    """
    folder = folder or folder_of(told)
    (folder / "plots").mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("report.*.pdf"):
        stale.unlink(missing_ok=True)
    pages, drawn = [], set()
    for lang in LANGS:
        words = Words(lang)
        told_parts = parts(told, words)
        for plot in plots_of(told_parts):
            drawn.add(f"{plot.name}.{lang}.svg")
            (folder / "plots" / f"{plot.name}.{lang}.svg").write_text(plot.svg, encoding="utf-8")
        pages.append(folder / f"report.{lang}.html")
        pages[-1].write_text(page(told, told_parts, words), encoding="utf-8")
    # Only now, and file by file: the same training may be writing the same report beside this one.
    for stale in (folder / "plots").iterdir():
        if stale.name not in drawn:
            stale.unlink(missing_ok=True)
    pdfs, note = _printed(pages) if pdf else ((), "No PDF was asked for.")
    return Written(folder, tuple(pages), pdfs, note)


def plots_of(told: Sequence[Part]) -> Iterator[Plot]:
    """Every plot of a report."""
    for part in told:
        for block in part.blocks:
            if isinstance(block, Plots | Multiples):
                yield from block.plots


def _printed(pages: Sequence[Path]) -> tuple[tuple[Path, ...], str]:
    chromium = browser()
    if chromium is None:
        return (), NO_BROWSER
    pdfs = [page.with_suffix(".pdf") for page in pages]
    for html, made in zip(pages, pdfs, strict=True):
        if trouble := print_pdf(html, made, chromium=chromium):
            return (), f"No PDF: {trouble}"
    return tuple(pdfs), ""
