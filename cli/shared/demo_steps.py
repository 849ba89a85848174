"""The steps from a folder of facts to champions and a key, used by `demo` and the benchmarks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.shared.terminal import out, working
from cli.shared.training_run import UnitName

WORLD = Path("plain")
SEED = 1
PROPOSER, APPROVER = "demo-scientist", "demo-officer"  # invented, with keys of the home that they are used in
OUTCOME = "loan_default"


@dataclass(frozen=True)
class Start:
    """The input of the steps: a folder of facts, or the size of a market to make, of a world or a drawn one."""

    data: Path | None = None
    suppliers: int = 20_000
    world: Path = WORLD
    seed: int = SEED
    draw: int | None = None


def facts_of(start: Start, home: Path) -> Path:
    """Return an imported facts folder, made from a sandbox market or from the folder that was given."""
    from cli.shared.import_run import bring_in
    from cli.shared.market_run import make

    facts = home / "facts"
    if start.data is None:
        world = start.world if start.draw is None else None
        market = make(home / "market", world=world, suppliers=start.suppliers, seed=start.seed, draw=start.draw)
        bring_in(market, facts)
    elif (start.data / "manifest.json").is_file() and (start.data / "data").is_dir():
        return start.data
    else:
        bring_in(start.data, facts)
    return facts


def champions_of(facts: Path, home: Path, *, units: tuple[UnitName, ...] = ("request", "supplier")) -> list[Path]:
    """Train one scorecard a unit, promote each as the demonstration's two people, and return the candidates."""
    from cli.shared.training_run import fit

    folders = [fit(facts, OUTCOME, unit=unit).folder for unit in units]
    promote(home, folders)
    return folders


def promote(home: Path, folders: Sequence[Path]) -> None:
    """Promote candidates as two invented people, and say so: one proposes them, the other approves them."""
    from cli.shared.refusals import refusing
    from models.promotion.people import add_person, people
    from models.promotion.promote import approve, propose

    with refusing(), working(f"Promoting, proposed by {PROPOSER} and approved by {APPROVER}"):
        for name in sorted({PROPOSER, APPROVER} - {person.name for person in people(home)}):
            add_person(home, name)
        for folder in folders:
            approve(home, propose(home, folder, by=PROPOSER).serial, by=APPROVER)
    out.print(
        f"Promoted {len(folders)} scorecards, proposed by {PROPOSER} and approved by {APPROVER}: "
        "two invented people with keys of this home."
    )


def key_of(home: Path, profiles: dict) -> tuple[str, str]:
    """Make a key for a bank, and return it with the bank: one that has lent, where the facts name any."""
    from ledger.keys import create_key

    tenant = min(profiles["tenants"], default="demo-bank")
    return tenant, create_key(home, tenant=tenant, role="bank").secret
