"""How far training is from the truth in worlds that nobody chose: drawn, with hidden quality and messy tables.

    python benchmarks/worlds.py                              # worlds of the seeds 1 to 20, 50,000 suppliers each
    python benchmarks/worlds.py 3 8-12 --suppliers 8000      # other seeds, another size
    CHECK=1 python benchmarks/worlds.py                      # and exits 1 when a bar is missed

One line a world, as it is done. What is done is kept under var/bench-worlds and not done again while the code stays the
same (FRESH=1: anew), so that a run that was stopped goes on; KEEP=1 keeps the facts of each world too. Out of time and
without label noise: `pd_best` stands for what happened to happen. The bars are those of the approach without declared
weights; the same figures with them stand beside it.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

from stored_figures import store_figures  # noqa: E402
from worlds_bars import bars, head, line, summary  # noqa: E402

KEPT = ROOT / "var" / "bench-worlds"
SEEDS = "1-20"
SUPPLIERS = 50_000


def main() -> int:
    """Measure world by world, print, and judge if asked."""
    options = _options()
    if options.one:
        _store(options.suppliers, options.seeds[0], measured(options.seeds[0], options.suppliers))
        return 0
    print(head(options.suppliers), flush=True)
    results = {}
    for seed in options.seeds:
        results[seed] = _result(seed, options.suppliers)
        print(line(seed, results[seed]), flush=True)
    print(summary(results), flush=True)
    missed = bars(results)
    for text in missed.values():
        print(text)
    store_figures("worlds", {str(seed): result for seed, result in results.items()})
    return int(os.environ.get("CHECK") == "1" and any(text.startswith("missed") for text in missed.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="*", default=[SEEDS], help="seeds, or ranges of them such as 1-20")
    parser.add_argument("--suppliers", type=int, default=int(os.environ.get("BENCH_SUPPLIERS", SUPPLIERS)))
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    ranges = [text.partition("-") for text in options.seeds]
    options.seeds = [seed for low, _, high in ranges for seed in range(int(low), int(high or low) + 1)]
    return options


def _file(seed: int, suppliers: int) -> Path:
    return KEPT / f"{suppliers}" / f"{seed}.json"


def _store(suppliers: int, seed: int, result: dict[str, Any]) -> None:
    file = _file(seed, suppliers)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    partial.replace(file)


def _result(seed: int, suppliers: int) -> dict[str, Any]:
    """The stored result of a world; measured in a process of its own where there is none."""
    file = _file(seed, suppliers)
    stored = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if os.environ.get("FRESH") == "1" or stored.get("code") != code():
        command = [sys.executable, __file__, str(seed), "--suppliers", str(suppliers), "--one"]
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
            return {"failed": last[0]}
    return dict(json.loads(file.read_text(encoding="utf-8")))


def code() -> str:
    """Digest of the code and declarations that a result depends on."""
    digest = hashlib.sha256()
    for room in ("features", "models", "sandbox", "training"):
        for file in sorted((ROOT / room).rglob("*")):
            if file.suffix in {".py", ".toml"}:
                digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def measured(seed: int, suppliers: int) -> dict[str, Any]:
    """Draw a world, make and import its market, train without and with declared weights, compare with the truth."""
    import shutil

    import pyarrow.parquet as pq
    from worlds_measure import measure

    from sandbox.world.world_file import read_world

    home = KEPT / f"{suppliers}" / f"{seed}"
    started = time.perf_counter()
    facts = _imported(home, seed, suppliers)
    made = time.perf_counter() - started
    truth = pq.read_table(home / "market" / "truth" / "financings.parquet")
    result = measure(facts, truth)
    world, _ = read_world(home / "market" / "truth" / "world.toml")
    assert world.drawn is not None
    origin = world.drawn.origin
    result |= {"redrawn": origin.redrawn, "wrong_sign": origin.wrong_sign, "base_rate": world.risk.bad_rate}
    result["code"] = code()
    result |= {"seconds_made": round(made, 1), "seconds": round(time.perf_counter() - started, 1)}
    if os.environ.get("KEEP") != "1":
        shutil.rmtree(home)
    return result


def _imported(home: Path, seed: int, suppliers: int) -> Path:
    from cli.shared.demo_steps import Start, facts_of

    os.environ["SUPPLIER_CREDIT_HOME"] = str(home)
    if not (home / "facts" / "manifest.json").is_file():
        facts_of(Start(suppliers=suppliers, seed=seed, draw=seed), home)
    return home / "facts"


if __name__ == "__main__":
    sys.exit(main())
