"""Write a report: two HTML pages, their plots, and PDFs where Chromium is installed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.home import home
from training.numbers import LANGS
from training.report.blocks import Multiples, Part, Plot, Plots
from training.report.page import page
from training.report.parts import parts
from training.report.pdf import browser, print_pdf
from training.report.report_input import ReportInput
from training.report.words import Words

NO_BROWSER = "No PDF: there is no Chromium here (looked for $CHROMIUM, chromium, chromium-browser, google-chrome)."


@dataclass(frozen=True)
class Written:
    """A written report.

    Attributes:
        pages: HTML, English first.
        pdfs: as many, or none.
        note: the reason why there is no PDF; empty if there is one.
    """

    folder: Path
    pages: tuple[Path, ...]
    pdfs: tuple[Path, ...]
    note: str


def folder_of(report: ReportInput) -> Path:
    """The default folder of a candidate's report."""
    return home() / "reports" / report.name


def write_report(report: ReportInput, folder: Path | None = None, *, pdf: bool = True) -> Written:
    """Write the report in both languages and replace an earlier one; the same study gives the same HTML bytes.

    Args:
        report: the input.
        folder: for `report.<lang>.html`, `report.<lang>.pdf` and `plots/` (default: `<home>/reports/<candidate>`).
        pdf: whether to print PDFs; this needs Chromium and takes a few seconds.
    """
    folder = folder or folder_of(report)
    (folder / "plots").mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("report.*.pdf"):
        stale.unlink(missing_ok=True)
    pages, drawn = [], set()
    for lang in LANGS:
        words = Words(lang)
        report_parts = parts(report, words)
        for plot in plots_of(report_parts):
            drawn.add(f"{plot.name}.{lang}.svg")
            (folder / "plots" / f"{plot.name}.{lang}.svg").write_text(plot.svg, encoding="utf-8")
        pages.append(folder / f"report.{lang}.html")
        pages[-1].write_text(page(report, report_parts, words), encoding="utf-8")
    # At the end, and file by file: another process may write the same report at the same time.
    for stale in (folder / "plots").iterdir():
        if stale.name not in drawn:
            stale.unlink(missing_ok=True)
    pdfs, note = _printed(pages) if pdf else ((), "No PDF was requested.")
    return Written(folder, tuple(pages), pdfs, note)


def plots_of(report_parts: Sequence[Part]) -> Iterator[Plot]:
    """Every plot of a report."""
    for part in report_parts:
        for block in part.blocks:
            if isinstance(block, Plots | Multiples):
                yield from block.plots


def _printed(pages: Sequence[Path]) -> tuple[tuple[Path, ...], str]:
    chromium = browser()
    if chromium is None:
        return (), NO_BROWSER
    pdfs = [page.with_suffix(".pdf") for page in pages]
    for html, pdf in zip(pages, pdfs, strict=True):
        if trouble := print_pdf(html, pdf, chromium=chromium):
            return (), f"No PDF: {trouble}"
    return tuple(pdfs), ""
