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
    world: Annotated[
        Path | None, typer.Option(help="TOML file of coefficients, or the name of a shipped world.")
    ] = None,
    draw: Annotated[
        int | None, typer.Option(min=0, metavar="SEED", help="Draw the world itself, from the ranges of draw.toml.")
    ] = None,
    suppliers: Annotated[int, typer.Option(min=1, help="How many suppliers.")] = 2000,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Same seed, same bytes (default: the draw's seed, else 1).")
    ] = None,
):
    """Make a synthetic procurement market: facts to score, and apart from them the truth behind each loan.

    OUT/facts holds the tables of FACTS. Its manifest says synthetic = true, and so does every scorecard trained on it.
    Four worlds ship with the project: plain, interactions, shifted, and province (1.1 million suppliers with few facts
    each, 100 million facts in all, for tests of size). To make another world, copy one and change it.

    --draw draws everything: what drives defaults, over which windows and how strongly, who is financed, what is hidden,
    and how messy the tables are. The ranges stand in sandbox/draw.toml, the drawn world in OUT/truth/world.toml.

    Example:

    \b
      supplier-credit sandbox market --world plain --suppliers 2000 --seed 7
      supplier-credit sandbox market --draw 7 --suppliers 2000
    """
    from features.errors import InputError

    require(SANDBOX, "sandbox")
    if (world is None) == (draw is None):
        raise InputError("A market has one world: a file, a shipped or a drawn one.", fix="Give --world or --draw.")
    seed = seed if seed is not None else draw if draw is not None else 1
    facts = make(folder, world=world, suppliers=suppliers, seed=seed, draw=draw)
    out.print(f"{facts}: synthetic facts. Next: supplier-credit import {facts} --into var/facts", markup=False)
