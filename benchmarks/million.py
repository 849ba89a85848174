"""A million labelled profiles of 120 features: the time and memory of a fit, and whether its bytes depend on threads.

    make bench-training               # prints, and writes var/figures/million.json
    CHECK=1 make bench-training       # and exits 1 where a bar is missed

The profiles are drawn from those of a sandbox market, a row each, every value moved by a little noise, and labelled by
the market's own `pd_best`. Each fit runs in a process of its own, without tuning: the booster on all cases, then the
calibration by two more on half of the suppliers each. With one thread and with two: the same bytes. That the order of
the facts does not matter either is for a test to show, tests/training/test_reproducible.py.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

from markets import market  # noqa: E402
from stored_figures import store_figures  # noqa: E402

if TYPE_CHECKING:
    from training.learning.fit import Sample

CASES = int(os.environ.get("BENCH_CASES", "1000000"))
COLUMNS = 120
SUPPLIERS = 20_000
SECONDS_MAX, MIB_MAX = 240.0, 8e9 / 2**20
THREADS = (2, 1)


def main() -> int:
    """Draw the profiles, fit in each way, print, and fail if asked and a bar is missed."""
    if len(sys.argv) == 3:
        Path(sys.argv[2]).write_text(json.dumps(fit_one(Path(sys.argv[1]))), encoding="utf-8")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        draw(Path(scratch))
        return judged({threads: run(Path(scratch), threads) for threads in THREADS})


def draw(folder: Path) -> None:
    """Write the values, outcomes, days and suppliers as arrays."""
    import pyarrow.parquet as pq

    from features.facts.store import Facts
    from training.learning.training_data import gather

    made = market("plain", SUPPLIERS)
    data = gather(
        Facts.open(made.facts), "loan_default", unit="request", spine=None, out_of_time_from=None, progress=print
    )
    known = pq.read_table(made.truth / "financings.parquet", columns=["financing_id", "pd_best"]).to_pydict()
    best = dict(zip(known["financing_id"], known["pd_best"], strict=True))
    pd = np.array([best[case] for case in data.cases["case_id"].to_pylist()])
    rng = np.random.default_rng(0)
    rows = rng.integers(0, len(pd), CASES)
    fullest = np.sort(np.argsort(np.isnan(data.values).mean(axis=0), kind="stable")[:COLUMNS])
    values = data.values[np.ix_(rows, fullest)]
    for column in values.T:
        # Counts stay counts; other values take as many different values as in a province.
        if (column[~np.isnan(column)] % 1 != 0).any():
            column *= rng.normal(1, 0.01, CASES)
    np.save(folder / "values.npy", values)
    np.save(folder / "bad.npy", (rng.random(CASES) < pd[rows]).astype(np.float64))
    np.save(folder / "as_of.npy", data.as_of[rows])
    np.save(folder / "supplier.npy", rng.integers(0, CASES // 3, CASES))
    chosen = [data.columns[i] for i in fullest]
    (folder / "columns.json").write_text(json.dumps([[c.name, c.monotone] for c in chosen]), encoding="utf-8")


def run(folder: Path, threads: int) -> dict[str, Any]:
    """One fit in a process of its own."""
    output = folder / "figures.json"
    env = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, __file__, str(folder), str(output)], check=True, env=env)
    figures: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return figures


def fit_one(folder: Path) -> dict[str, Any]:
    """Fit and calibrate; what it took, and the digest of what came out."""
    from training.calibrate import platt
    from training.learning.contenders import contenders
    from training.learning.fit import SHAPES, slowed
    from training.learning.study import out_of_fold

    sample = sample_of(folder)
    learner = next(c for c in contenders(sample, slowed(SHAPES[0]), "loan") if c.name == "lightgbm")
    started = time.perf_counter()
    text = learner.learn(sample).text()
    fitted = time.perf_counter() - started
    calibration = platt(out_of_fold(sample, learner.learn), sample.bad, sample.weight)
    made = json.dumps([text, calibration.slope, calibration.intercept])
    return {
        "fit_s": fitted,
        "whole_s": time.perf_counter() - started,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "sha256": hashlib.sha256(made.encode()).hexdigest(),
        "trees": text.count("Tree="),
        "cases": len(sample.bad),
        "bad": int(sample.bad.sum()),
    }


def sample_of(folder: Path) -> "Sample":
    """What `draw` wrote."""
    from training.learning.fit import Sample

    columns = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    bad = np.load(folder / "bad.npy")
    return Sample(
        values=np.load(folder / "values.npy"),
        bad=bad,
        weight=np.ones(len(bad)),
        as_of=np.load(folder / "as_of.npy"),
        supplier=[str(s) for s in np.load(folder / "supplier.npy")],
        columns=[name for name, _ in columns],
        monotone=[way for _, way in columns],
    )


def judged(by_threads: dict[int, dict[str, Any]]) -> int:
    """Print the table, store_figures the figures, and return the exit code."""
    first = by_threads[THREADS[0]]
    print(f"\n{CASES:,} profiles × {COLUMNS} features, {first['bad']:,} bad, {first['trees']} trees")
    print(f"  {'threads':>8}{'fit s':>8}{'with calibration s':>20}{'peak MiB':>10}  sha256 of what came out")
    for threads, f in by_threads.items():
        print(f"  {threads:>8}{f['fit_s']:>8.0f}{f['whole_s']:>20.0f}{f['peak_mib']:>10,.0f}  {f['sha256'][:16]}")
    missed = []
    if first["whole_s"] > SECONDS_MAX:
        missed.append(f"took {first['whole_s']:.0f} s of {SECONDS_MAX:.0f} with {THREADS[0]} threads")
    if (most := max(f["peak_mib"] for f in by_threads.values())) > MIB_MAX:
        missed.append(f"held {most:,.0f} MiB of {MIB_MAX:,.0f}")
    if len({f["sha256"] for f in by_threads.values()}) > 1:
        missed.append("the bytes depend on the number of threads")
    store_figures("million", {str(threads): f for threads, f in by_threads.items()})
    print("; ".join(missed) if missed else "every bar is met")
    return int(os.environ.get("CHECK") == "1" and bool(missed))


if __name__ == "__main__":
    sys.exit(main())
