"""`supplier-credit export`: facts in a form that others read."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.shared.terminal import out, working


class Form(StrEnum):
    """What facts can be exported as."""

    OCDS = "ocds"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("export")(export)


def export(
    facts: Annotated[Path, typer.Argument(help="An imported facts folder.")],
    out_file: Annotated[Path, typer.Option("--out", help="File to write, one release a line.")],
    form: Annotated[Form, typer.Option("--format", help="What to export as.")] = Form.OCDS,
):
    """Export facts as OCDS 1.1 JSON Lines, and list what OCDS cannot hold.

    Each line is a release: what became known about one process at one instant. Importing the file gives the same facts,
    with both clocks, corrections and retractions; docs/ocds.md lists the fields.

    Example:

    \b
      supplier-credit export var/facts --format ocds --out facts.jsonl
    """
    from features.facts.store import Facts
    from features.sinks.ocds import export as write

    with working(f"Exporting {facts} as {form.value}"):
        done = write(Facts.open(facts), out_file)
    out.print(f"{out_file}: {done.releases:,} releases of {done.rows.total():,} rows", markup=False)
    for name, count in done.left_out.items():
        what = (
            "account numbers, sealed under this deployment's key"
            if "." in name
            else "rows, for which OCDS has no place"
        )
        out.print(f"left out: {name}, {count:,} {what}", markup=False)
