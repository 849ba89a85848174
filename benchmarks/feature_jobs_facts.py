"""The facts to measure on: a sandbox province, imported once and kept under <home>/bench-facts."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.facts.store import Facts
from features.fleet.write_fleet import default_as_of
from features.home import home
from features.importing.import_facts import import_facts
from features.profiles.spine import fleet_spine
from sandbox.make import make_sandbox

ROOT = Path(__file__).parents[1]
WORLD, SEED = "province", 7
PAIRS, YEARS = 80_000, 5  # of the training spine: dates of the last years


@dataclass(frozen=True)
class Measured:
    """What every way of computing profiles is given.

    Attributes:
        facts: an imported facts folder.
        fleet: Parquet of one case a supplier, all on one date.
        training: Parquet of `PAIRS` cases, each of a supplier and date drawn at random.
        rows: facts in the folder.
        suppliers: cases in `fleet`.
    """

    facts: Path
    fleet: Path
    training: Path
    rows: int
    suppliers: int


def measured(suppliers: int) -> Measured:
    """Make a market of so many suppliers and import it, unless it is there and of this code."""
    folder = home() / "bench-facts" / f"{suppliers}-{_code()[:12]}"
    if not (folder / "training.parquet").is_file():
        shutil.rmtree(folder.parent, ignore_errors=True)
        print(f"making a market of {suppliers:,} suppliers and importing it, once", flush=True)
        make_sandbox(folder / "market", WORLD, suppliers, SEED)
        import_facts(folder / "market" / "facts", folder / "facts")
        shutil.rmtree(folder / "market")
        _write_spines(folder)
    rows = sum(entry["rows"] for entry in Facts.open(folder / "facts").manifest["tables"].values())
    fleet = folder / "fleet.parquet"
    return Measured(folder / "facts", fleet, folder / "training.parquet", rows, pq.read_metadata(fleet).num_rows)


def _write_spines(folder: Path) -> None:
    facts = Facts.open(folder / "facts")
    as_of = default_as_of(facts)
    fleet = fleet_spine(facts, as_of)
    pq.write_table(fleet, folder / "fleet.parquet")
    pq.write_table(training_spine(fleet["supplier_id"], as_of), folder / "training.parquet")


def training_spine(suppliers: pa.ChunkedArray, as_of: datetime) -> pa.Table:
    """Cases of suppliers and dates drawn at random, 00:00 UTC of whole days before `as_of`."""
    rng = np.random.default_rng(SEED)
    ids = suppliers.take(pa.array(rng.integers(0, len(suppliers), PAIRS)))
    midnight = as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight - timedelta(days=int(d)) for d in rng.integers(0, YEARS * 365, PAIRS)]
    cases = {"case_id": [f"{n:06}" for n in range(PAIRS)], "supplier_id": ids}
    return pa.table({**cases, "as_of": pa.array(days, pa.timestamp("us"))})


def _code() -> str:
    """Digest of the code that the facts come from."""
    digest = hashlib.sha256()
    for file in sorted(
        [*ROOT.glob("sandbox/**/*.py"), *ROOT.glob("sandbox/world/worlds/*.toml"), *ROOT.glob("features/*.py")]
    ):
        digest.update(file.read_bytes())
    return digest.hexdigest()
