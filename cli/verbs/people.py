"""`supplier-credit people`: who may sign promotions."""

from typing import Annotated

import typer

from cli.shared.terminal import out

app = typer.Typer(help="People who may sign promotions, and their keys.", no_args_is_help=True, rich_markup_mode=None)


@app.command("add")
def add(name: Annotated[str, typer.Argument(help="The person's name, as it will stand in the promotion ledger.")]):
    """Make an Ed25519 signing key for a person.

    The private key stays under <home>/people, readable by its owner alone; the public key is what serving trusts.
    Whoever can read two people's keys can promote alone: where that matters, NAME.key is a link to a medium that its
    owner takes along.

    Example:

    \b
      supplier-credit people add ada
    """
    from cli.shared.refusals import refusing
    from features.home import home
    from models.promotion.people import add_person

    with refusing():
        person = add_person(home(), name)
    out.print(f"{person.name} can sign now; public key {person.key}", markup=False)


@app.command("list")
def list_people():
    """List everyone whose signature counts.

    Example:

    \b
      supplier-credit people list
    """
    from features.home import home
    from models.promotion.people import people

    for person in people(home()):
        out.print(f"{person.name}  {person.key}", markup=False)
