"""`supplier-credit expert`: a scorecard of declared weights, for before any outcome is known."""

from pathlib import Path
from typing import Annotated

import typer

from cli.shared import train_options as options
from cli.shared.terminal import out, working
from cli.shared.training_room import TRAINING, require


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("expert")(expert)


def expert(
    facts: Annotated[Path, typer.Argument(help="An imported facts folder; it needs no outcome.")],
    outcome: Annotated[str, typer.Option(help="The declared outcome whose probability it gives.")] = "loan_default",
    unit: options.Unit = options.UnitKind.SUPPLIER,
    spine: Annotated[
        Path | None, typer.Option(help="Cases with the terms of requests; required for unit request.")
    ] = None,
    purpose: options.Purpose = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Day of the population, at most 92 days later [default: the day after the last fact]."),
    ] = None,
    central_tendency: Annotated[
        str | None, typer.Option(help="RATE=REASON: the bad rate to set it to [default: the card's assumption].")
    ] = None,
    out_dir: options.OutDir = None,
):
    """Write a scorecard of declared weights as a candidate, for use before any outcome is known.

    Nothing is estimated: each weight is declared with a reason, and the facts give the population that points are
    compared with. Every answer says `"basis": "expert"`. Two people promote it like any other scorecard.

    Example:

    \b
      supplier-credit expert var/facts --central-tendency "0.025=average of the region's banks, 2015 to 2024"
    """
    require(TRAINING, "expert")
    with working("Setting up the declared weights"):
        from features.facts.store import Facts
        from training.cold_start import cold_start
        from training.learning.tendency import Tendency
        from training.train import PURPOSES

        opened = Facts.open(facts)
        made = cold_start(
            opened,
            outcome,
            unit=unit.value,
            purposes=tuple(purpose or PURPOSES[unit.value]),
            spine=spine,
            as_of=opened.instant(as_of) if as_of else None,
            tendency=Tendency.parse(central_tendency) if central_tendency is not None else None,
            out=out_dir,
        )
    for name, gate in made.gates.items():
        out.print(f"  {'passed' if gate.passed else 'FAILED'}  {name}: {gate.text}", markup=False)
    out.print(str(made.folder), markup=False)
