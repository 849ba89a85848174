"""`supplier-credit rollback`: back to the champion before, by one person."""

from typing import Annotated

import typer

from cli.shared.terminal import out


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("rollback")(rollback)


def rollback(
    purpose: Annotated[str, typer.Argument(help="The purpose that is to be answered for as before: contract_loan.")],
    person: Annotated[str, typer.Option("--as", help="Who signs; one person suffices, two approved what comes back.")],
    reason: Annotated[str, typer.Option(help="Why, in one line; it stays in the ledger.")],
):
    """Bring back what answered for a purpose before; running services take it up within seconds.

    A second rollback goes further back, not forward again. What comes back must still be what was approved, byte for
    byte, and be fit for the running code: its features, its reasons, its golden cases.

    Example:

    \b
      supplier-credit rollback contract_loan --as ada --reason "It refuses every firm younger than a year."
    """
    from cli.shared.refusals import refusing
    from features.home import home
    from models.promotion.promote import rollback as sign

    with refusing():
        made = sign(home(), purpose, by=person, reason=reason)
    out.print(
        f"{made.name} version {made.version} answers for {purpose} again "
        f"(line {made.serial} of the promotion ledger, signed by {person})",
        markup=False,
    )
