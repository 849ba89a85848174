"""`supplier-credit rollback`: back to the champion before, by one person."""

from typing import Annotated

import typer

from cli.shared.terminal import out


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("rollback")(rollback)


def rollback(
    purpose: Annotated[
        str, typer.Argument(help="The purpose whose previous champion is restored, such as contract_loan.")
    ],
    person: Annotated[str, typer.Option("--as", help="Who signs; one person is enough here.")],
    reason: Annotated[str, typer.Option(help="Why, in one line; it stays in the ledger.")],
):
    """Restore the previous champion of a purpose; running services use it within seconds.

    A second rollback goes one champion further back, not forward again. The restored scorecard must be unchanged, byte
    for byte, since its approval, and the running code must be able to serve it: its features, its reasons, its golden
    cases.

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
