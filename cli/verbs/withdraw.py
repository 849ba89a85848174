"""`supplier-credit withdraw`: a purpose is served no more, by one person."""

from typing import Annotated

import typer

from cli.shared.terminal import out


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("withdraw")(withdraw)


def withdraw(
    purpose: Annotated[str, typer.Argument(help="The purpose that is to be served no more, such as contract_loan.")],
    person: Annotated[str, typer.Option("--as", help="Who signs; one person is enough here.")],
    reason: Annotated[str, typer.Option(help="Why, in one line; it stays in the ledger.")],
):
    """End the service of a purpose, also of its first champion; running services follow within seconds.

    Requests for the purpose are then refused as `purpose-not-served`. It is served again when a proposal for it is
    approved by two people.

    Example:

    \b
      supplier-credit withdraw contract_loan --as ada --reason "Its sample holds another product."
    """
    from cli.shared.refusals import refusing
    from features.home import home
    from models.promotion.promote import withdraw as sign

    with refusing():
        made = sign(home(), purpose, by=person, reason=reason)
    out.print(
        f"{made.name} version {made.version} answers for {purpose} no more "
        f"(line {made.serial} of the promotion ledger, signed by {person})",
        markup=False,
    )
