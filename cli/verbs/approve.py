"""`supplier-credit approve`: another person makes a proposal the champion."""

from typing import Annotated

import typer

from cli.shared.terminal import out


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("approve")(approve)


def approve(
    serial: Annotated[int, typer.Argument(min=1, help="The proposal's number, as `propose` printed it.")],
    person: Annotated[str, typer.Option("--as", help="Who signs: not the proposer.")],
):
    """Make a proposal the champion of its purposes; running services use it within seconds.

    Refused (exit code 3) if the person is the proposer, also under another name or key; if the proposal does not exist
    or is no longer open; if a byte of it changed; or if a gate fails now. The validation's verdict, its high findings
    and the report's place are printed.

    Example:

    \b
      supplier-credit approve 1 --as grace
    """
    from cli.shared.refusals import refusing
    from cli.shared.verdict_printing import show_verdict
    from features.home import home
    from models.promotion.promote import approve as sign

    with refusing():
        made = sign(home(), serial, by=person)
    show_verdict(home(), made.folder, made.digest)
    out.print(
        f"{made.name} version {made.version} now answers for {', '.join(made.purposes)} "
        f"(line {made.serial} of the promotion ledger, signed by {person})",
        markup=False,
    )
