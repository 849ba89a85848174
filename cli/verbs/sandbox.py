"""`supplier-credit sandbox`: a synthetic market whose true probabilities are known."""

from pathlib import Path
from typing import Annotated

import typer

from cli.shared.market_run import make
from cli.shared.terminal import out
from cli.shared.training_room import SANDBOX, require


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("sandbox")(sandbox)


def sandbox(
    folder: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="Folder to make; only an earlier sandbox is replaced."),
    ],
    world: Annotated[Path, typer.Option(help="TOML file of coefficients, or the name of a shipped world.")],
    suppliers: Annotated[int, typer.Option(min=1, help="How many suppliers.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 1,
):
    """Make a synthetic procurement market: facts to score, and apart from them the truth behind each loan.

    OUT/facts holds the tables of FACTS. Its manifest says synthetic = true, and so does every scorecard trained on it.
    Four worlds ship with the project: plain, interactions, shifted, and province (1.1 million suppliers with few facts
    each, 100 million facts in all, for tests of size). To make another world, copy one and change it.

    Example:

    \b
      supplier-credit sandbox market --world plain --suppliers 2000 --seed 7
    """
    require(SANDBOX, "sandbox")
    facts = make(folder, world=world, suppliers=suppliers, seed=seed)
    out.print(f"{facts}: synthetic facts. Next: supplier-credit import {facts} --into var/facts", markup=False)
