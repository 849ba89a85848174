"""The road from a folder of facts to champions and a key, as `demo` and the benchmarks walk it, verb by verb."""

from dataclasses import dataclass
from pathlib import Path

from cli.console import out, working
from cli.train import UnitName

WORLD = Path("plain")
SEED = 1
OFFICER = "demo-officer"
OUTCOME = "loan_default"


@dataclass(frozen=True)
class Start:
    """What the road starts from: a folder of one's own, or a market to make."""

    data: Path | None = None
    suppliers: int = 20_000
    world: Path = WORLD
    seed: int = SEED


def facts_of(start: Start, home: Path) -> Path:
    """Return an imported facts folder, made from a sandbox market or from the folder that was given."""
    from cli.importing import bring_in
    from cli.sandbox import make

    facts = home / "facts"
    if start.data is None:
        market = make(home / "market", world=start.world, suppliers=start.suppliers, seed=start.seed)
        bring_in(market, facts)
    elif (start.data / "manifest.json").is_file() and (start.data / "data").is_dir():
        return start.data
    else:
        bring_in(start.data, facts)
    return facts


def champions_of(facts: Path, home: Path, *, units: tuple[UnitName, ...] = ("request", "supplier")) -> list[Path]:
    """Train one scorecard a unit, sign each as the demonstration officer, and return their candidate folders."""
    from cli.refusals import refusing
    from cli.train import fit
    from models.people import add_person, people
    from models.promotions import promote

    folders = [fit(facts, OUTCOME, unit=unit).folder for unit in units]
    with refusing(), working(f"Promoting, signed by {OFFICER}"):
        if OFFICER not in {person.name for person in people(home)}:
            add_person(home, OFFICER)
        for folder in folders:
            promote(home, folder, by=OFFICER)
    out.print(f"Promoted {len(folders)} scorecards, signed by {OFFICER}: an invented person with a key of this home.")
    return folders


def key_of(home: Path, profiles: dict) -> tuple[str, str]:
    """Make a key for a bank, and return it with the bank: one that has lent, where the facts name any."""
    from serving.ledger.keys import create_key

    tenant = min(profiles["tenants"], default="demo-bank")
    return tenant, create_key(home, tenant=tenant, role="bank").secret
