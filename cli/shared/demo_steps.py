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


def champions_of(
    facts: Path, home: Path, *, units: tuple[UnitName, ...] = ("request", "supplier"), spine: Path | None = None
) -> list[Path]:
    """Train one scorecard a unit, promote each as the demonstration's two people, and return the candidates.

    Where there are too few outcomes to learn from, the scorecards have declared weights; one for requests then needs
    `spine`, a file of cases with terms.
    """
    from cli.shared.training_run import fit

    if enough_outcomes(facts):
        folders = [fit(facts, OUTCOME, unit=unit).folder for unit in units]
    else:
        folders = declared_weights(facts, units=units, spine=spine)
    promote(home, folders)
    return folders


def enough_outcomes(facts: Path) -> bool:
    """Whether there are good and bad cases enough to learn from; prints the counts where there are not."""
    from features.facts.store import Facts
    from training.cases import outcomes
    from training.cases.enough import BADS_MIN

    counts = outcomes.counts(outcomes.cases(Facts.open(facts), outcomes.outcome(OUTCOME)))
    good, bad = counts.get("good", 0), counts.get("bad", 0)
    if min(good, bad) >= BADS_MIN:
        return True
    out.print(
        f"Too few outcomes to learn from: {good:,} good and {bad:,} bad of {OUTCOME}, {BADS_MIN} of each are needed."
        " The scorecards have declared weights; every answer says basis expert.",
        markup=False,
    )
    return False


def declared_weights(facts: Path, *, units: tuple[UnitName, ...], spine: Path | None) -> list[Path]:
    """Write one scorecard of declared weights a unit; one for requests needs a spine with their terms."""
    from features.facts.store import Facts
    from training.cold_start import cold_start
    from training.train import PURPOSES

    opened, folders = Facts.open(facts), []
    for unit in units:
        if unit == "request" and spine is None:
            out.print("No scorecard for requests with terms: the folder has no spine.csv.", markup=False)
            continue
        terms = spine if unit == "request" else None
        made = cold_start(opened, OUTCOME, unit=unit, purposes=tuple(PURPOSES[unit]), spine=terms)
        folders.append(made.folder)
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
