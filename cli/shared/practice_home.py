"""Practice: synthetic markets under a home of their own, made and imported once, and a scorecard to try on them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.facts.store import Facts
    from models.scorecard.scorecard import Scorecard

FOLDER = "practice"


def practice(world: str = "plain", *, suppliers: int = 1_500, seed: int = 7, draw: int | None = None) -> "Facts":
    """Return the imported facts of a market of a world, or of the one drawn from `draw`; made where it is absent.

    From here on this process's home is `practice` in the home that it had, so that nothing that is trained or promoted
    on a synthetic market stands beside what serves.
    """
    from cli.shared.demo_steps import Start, facts_of
    from features.facts.store import Facts
    from features.home import home

    ground = home() if home().name == FOLDER else home() / FOLDER
    os.environ["SUPPLIER_CREDIT_HOME"] = str(ground.resolve())
    if draw is not None:
        world, seed = f"drawn-{draw}", draw
    folder = home() / "markets" / f"{world}-{suppliers}-{seed}"
    if not (folder / "facts" / "manifest.json").is_file():
        facts_of(Start(world=Path(world), suppliers=suppliers, seed=seed, draw=draw), folder)
    return Facts.open(folder / "facts")


def shipped() -> "Scorecard":
    """Open the small scorecard that ships with the code; it was trained on another synthetic market than these."""
    import models
    from models.scorecard.scorecard import Scorecard

    return Scorecard.open(Path(models.__file__).parent / "releases" / "sandbox-history-loan")
