"""`supplier-credit quality`: what looks wrong in imported facts, as text, and as a page in both languages."""

from pathlib import Path
from typing import Annotated

import typer

from cli.shared.terminal import out
from cli.verbs.score import Lang


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("quality")(quality)


def quality(
    facts: Annotated[Path, typer.Argument(help="An imported facts folder.")],
    html: Annotated[
        Path | None, typer.Option(help="Folder to write quality.en.html and quality.zh.html into; made if absent.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the lines printed.")] = Lang.EN,
):
    """Print the quality report that the last import wrote, and write it as a page in English and Chinese.

    For each finding: code, table, column, rows, share, suppliers, the first five places, and what was done: kept,
    repaired or excluded. A rule of import.toml may change what is done; the original values stay in the facts.

    Examples:

    \b
      supplier-credit quality var/facts
      supplier-credit quality var/facts --html var/quality --lang zh
    """
    from features.errors import InputError
    from features.facts.store import Facts
    from features.quality.printing import lines, page
    from features.quality.report import read_report

    opened = Facts.open(facts)
    document = read_report(facts)
    if document is None or document["facts"] != opened.digest:
        what = "There is no quality report of these facts." if document is None else "The report is of other facts."
        raise InputError(what, where=str(facts), fix="Import their source again: that writes it.")
    for line in lines(document, lang=lang.value):
        out.print(line, markup=False)
    if html is not None:
        html.mkdir(parents=True, exist_ok=True)
        for language in ("en", "zh"):
            file = html / f"quality.{language}.html"
            file.write_text(page(document, lang=language), encoding="utf-8")
            out.print(str(file), markup=False)
