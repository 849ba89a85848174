"""`supplier-credit reject`: a proposal is answered with no."""

from typing import Annotated

import typer

from cli.shared.terminal import out


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("reject")(reject)


def reject(
    serial: Annotated[int, typer.Argument(min=1, help="The proposal's number, as `propose` printed it.")],
    person: Annotated[str, typer.Option("--as", help="Who signs; the proposer may do so too.")],
    reason: Annotated[str, typer.Option(help="Why, in one line; it stays in the ledger.")],
):
    """Reject a proposal: it cannot be approved any more.

    Example:

    \b
      supplier-credit reject 1 --as grace --reason "The sample ends before the last rule change."
    """
    from cli.shared.refusals import refusing
    from features.home import home
    from models.promotion.promote import reject as sign

    with refusing():
        made = sign(home(), serial, by=person, reason=reason)
    out.print(f"Proposal {serial}, {made.name} version {made.version}, is rejected.", markup=False)
