"""`supplier-credit promote`: a candidate becomes champion."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import out


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("promote")(promote)


def promote(
    candidate: Annotated[Path, typer.Argument(help="A candidate folder, as `train` wrote it.")],
    person: Annotated[str, typer.Option("--as", help="Who signs; `people add` makes the key.")],
):
    """Make a candidate the champion of its purposes.

    The gates the candidate carries must hold: every feature has its reason, contributions add up to the points, and
    it beats the constant out of time in Brier and in AUC. A failed gate ends with exit code 3 and changes nothing.

    Example:

    \b
      supplier-credit promote var/runs/contract-loan-3fa9c2 --as ada
    """
    from cli.refusals import refusing
    from features.errors import InputError
    from features.home import home
    from models.promotions import promote as sign

    if not (candidate / "scorecard.json").is_file():
        raise InputError(
            "This is no candidate.", where=str(candidate), mend="Name the folder that `supplier-credit train` printed."
        )
    with refusing():
        champion = sign(home(), candidate, by=person)
    out.print(
        f"{champion.name} version {champion.version} now answers for {champion.purpose} "
        f"(line {champion.serial} of the promotion ledger, signed by {person})",
        markup=False,
    )
