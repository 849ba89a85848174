"""`supplier-credit templates`: an empty CSV file and a JSON Schema for each canonical table."""

from pathlib import Path
from typing import Annotated

import typer

from cli.shared.terminal import out


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("templates")(templates)


def templates(folder: Annotated[Path, typer.Argument(help="Folder to write into; made if absent.")]):
    """Write NAME.csv with the header, and NAME.schema.json with the rules of a row, for every table that is imported.

    Example:

    \b
      supplier-credit templates var/templates
    """
    from features.quality.templates import write_templates

    written = write_templates(folder)
    out.print(f"{folder}: {len(written)} files", markup=False)
