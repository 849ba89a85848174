"""`supplier-credit import`: a folder of facts, checked row by row, into the facts that everything reads."""

from pathlib import Path
from typing import Annotated

import typer

from cli.shared.import_run import bring_in


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("import")(import_)


def import_(
    source: Annotated[Path, typer.Argument(help="A folder, or one file, in the format named.")],
    into: Annotated[Path, typer.Option(help="The facts folder to import into; made where it is absent.")],
    source_format: Annotated[
        str | None, typer.Option("--format", help="What the source is; a wrong name lists them [default: detected].")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Reporting currency, at first import [default: CNY].")] = None,
    tz: Annotated[str | None, typer.Option(help="Time zone, at the first import [default: Asia/Shanghai].")] = None,
    max_bad: Annotated[float, typer.Option(min=0, max=1, help="Largest share of bad rows that is accepted.")] = 0.05,
    strict_ids: Annotated[bool, typer.Option("--strict-ids", help="Refuse ids whose check digit is wrong.")] = False,
    rules: Annotated[
        Path | None, typer.Option(help="Rules on findings, register of sources [default: import.toml of the home].")
    ] = None,
    pooled_financing: Annotated[
        bool | None,
        typer.Option(
            "--pooled-financing/--own-financing",
            help="Whether loans of all lenders enter every profile, their values unseen [default: as before].",
        ),
    ] = None,
    known_at: Annotated[str | None, typer.Option(help="Day of a dump without clocks: changes are known then.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of text files, as iso-8859-1 [default: utf-8].")] = None,
):
    """Import facts: every row is loaded, a duplicate, or quarantined with its place and reason.

    A bad row is quarantined. A bad header, an unknown column or too many bad rows stop the import, and nothing changes.
    Importing the same rows again changes nothing. A row that says it was known after the import is quarantined.

    Examples:

    \b
      supplier-credit import market/facts --into var/facts
      supplier-credit import dump/2025-07-01 --into var/facts --known-at 2025-07-01
      supplier-credit import releases.json --into var/mx --format ocds --currency MXN --tz America/Mexico_City
    """
    bring_in(
        source,
        into,
        source_format=source_format,
        currency=currency,
        tz=tz,
        max_bad=max_bad,
        strict_ids=strict_ids,
        rules=rules,
        pooled_financing=pooled_financing,
        known_at=known_at,
        encoding=encoding,
    )
