"""Time and memory of the feature jobs on 10 million facts, beside pandas and DuckDB SQL written by hand.

    make bench-features                  # prints the figures and writes <home>/figures/feature_jobs.json
    CHECK=1 make bench-features          # and exits 1 below the bars

Every way reads the same Parquet facts for the same fleet on the same date, in a process of its own, three times: the
best of the three counts, warm alike, and the most memory the process ever held. The answers must be the same: counts
and money exactly, all else within 1e-9 relative. The plain subset holds counts, sums and rates over windows, the hard
one distinct counts, a quantile and concentration.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from feature_jobs_facts import Measured, measured  # noqa: E402
from feature_jobs_one import SUBSETS  # noqa: E402

SUPPLIERS = int(os.environ.get("BENCH_SUPPLIERS", "110000"))
WAYS = ("ours", "sql", "pandas")
TOLERANCE = 1e-9  # relative, where a value is neither a count nor money


@dataclass(frozen=True)
class Bars:
    """What must hold for `CHECK=1` to pass."""

    to_sql_max: float = 1.3
    to_pandas_plain_max: float = 1.5
    to_pandas_hard_max: float = 1.15  # docs/decisions/2026-11-29-pandas-written-well-is-as-fast.md
    pandas_memory_plain_max: float = 0.6
    pandas_memory_hard_max: float = 0.7
    peak_mib_max: float = 6e9 / 2**20
    training_s_max: float = 60.0


BARS = Bars()


def main() -> int:
    """Measure everything, compare the answers, print, and judge if asked."""
    given = measured(SUPPLIERS)
    with tempfile.TemporaryDirectory() as scratch:
        figures = {
            "all": one("ours", "all", given.facts, given.fleet, Path(scratch)),
            "training": one("ours", "all", given.facts, given.training, Path(scratch)),
        }
        for subset in SUBSETS:
            by_way = {way: one(way, subset, given.facts, given.fleet, Path(scratch)) for way in WAYS}
            figures[subset] = by_way
            for way in WAYS[1:]:
                compare(answers(Path(scratch), "ours", subset), answers(Path(scratch), way, subset), way)
    show(given, figures)
    from features.home import home

    kept = home() / "figures" / "feature_jobs.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"facts": given.rows, "suppliers": given.suppliers, "figures": figures}, indent=1))
    return judge(figures) if os.environ.get("CHECK") == "1" else 0


def one(way: str, subset: str, facts: Path, spine: Path, scratch: Path) -> dict[str, Any]:
    """Run one way in a fresh process; `best_s` is its best run."""
    script = Path(__file__).with_name("feature_jobs_one.py")
    command = [sys.executable, str(script), way, subset, str(facts), str(spine), str(file_of(scratch, way, subset))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    measured = json.loads(done.stdout)
    return measured | {"best_s": min(measured["seconds"])}


def file_of(scratch: Path, way: str, subset: str) -> Path:
    """Where a way's answer is kept."""
    return scratch / f"{subset}-{way}.npz"


def answers(scratch: Path, way: str, subset: str) -> dict[str, np.ndarray]:
    """A way's columns, by name."""
    with np.load(file_of(scratch, way, subset)) as kept:
        return {name: kept[name] for name in kept.files}


def compare(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray], way: str) -> None:
    """Refuse to compare the speed of different answers."""
    from features.declarations.catalogue import column
    from features.declarations.feature import Unit

    if set(ours) != set(theirs):
        raise SystemExit(f"{way} answers other columns: {sorted(set(ours) ^ set(theirs))}")
    for name, mine in ours.items():
        exact = column(name).feature.unit in {Unit.COUNT, Unit.MONEY}
        limit = 0.0 if exact else TOLERANCE * np.abs(mine)
        same = (np.abs(mine - theirs[name]) <= limit) | (np.isnan(mine) & np.isnan(theirs[name]))
        if not same.all():
            at = int(np.flatnonzero(~same)[0])
            raise SystemExit(f"{name}: {way} says {theirs[name][at]!r}, ours {mine[at]!r}, in {(~same).sum()} rows")


def show(given: Measured, figures: dict[str, Any]) -> None:
    """Print the figures as tables."""
    print(f"\n{given.rows:,} facts, {given.suppliers:,} suppliers with history, {os.cpu_count()} cores, best of three")
    for name, job in (("fleet, all columns", figures["all"]), ("training spine, all columns", figures["training"])):
        size = f"{job['rows']:,} cases × {job['columns']} columns"
        print(f"{name:28} {job['best_s']:7.2f} s {job['peak_mib']:8,.0f} MiB   {size}")
    for subset in SUBSETS:
        by_way = figures[subset]
        print(f"\n{subset} subset, {by_way['ours']['columns']} columns{'':6}best s  first s  peak MiB  time to ours")
        for way in WAYS:
            f = by_way[way]
            ratio = f["best_s"] / by_way["ours"]["best_s"]
            print(f"  {way:22}{f['best_s']:15.2f}{f['seconds'][0]:9.2f}{f['peak_mib']:10,.0f}{ratio:14.2f}")


def judge(figures: dict[str, Any]) -> int:
    """Say which bars are missed; 1 if any is."""
    missed = []

    def at_most(what: str, value: float, bar: float) -> None:
        if value > bar:
            missed.append(f"{what}: {value:.2f}, bar {bar:.2f}")

    for subset in SUBSETS:
        ours, sql, pandas = (figures[subset][way] for way in WAYS)
        at_most(f"{subset}: time to hand-written SQL", ours["best_s"] / sql["best_s"], BARS.to_sql_max)
        longest = {"plain": BARS.to_pandas_plain_max, "hard": BARS.to_pandas_hard_max}[subset]
        most = {"plain": BARS.pandas_memory_plain_max, "hard": BARS.pandas_memory_hard_max}[subset]
        at_most(f"{subset}: time to pandas", ours["best_s"] / pandas["best_s"], longest)
        at_most(f"{subset}: memory to pandas", ours["peak_mib"] / pandas["peak_mib"], most)
    for name in ("all", "training"):
        at_most(f"{name}: peak MiB", figures[name]["peak_mib"], BARS.peak_mib_max)
    at_most("training spine: seconds", figures["training"]["best_s"], BARS.training_s_max)
    print("\n".join(f"BELOW THE BAR  {line}" for line in missed) or "every bar is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
