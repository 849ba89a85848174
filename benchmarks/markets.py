"""Markets to measure on: made and imported once under var/bench-markets, and kept."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "var" / "bench-markets"


@dataclass(frozen=True)
class Market:
    """A market that the sandbox made.

    Attributes:
        facts: as imported.
        truth: what only the sandbox knows, such as `pd_best`.
    """

    facts: Path
    truth: Path


def market(world: str, suppliers: int, *, seed: int = 1) -> Market:
    """The market of a world by name, or by its TOML file; made where it is absent."""
    from cli.shared.demo_steps import Start, facts_of

    home = KEPT / f"{Path(world).stem}-{suppliers}-{seed}"
    made = Market(home / "facts", home / "market" / "truth")
    if not (made.facts / "manifest.json").is_file():
        os.environ["SUPPLIER_CREDIT_HOME"] = str(home)
        facts_of(Start(suppliers=suppliers, world=Path(world), seed=seed), home)
    return made
