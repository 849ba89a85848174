"""Whether this code gives the numbers of another commit, on the same facts.

git worktree add ../before COMMIT
python benchmarks/same_numbers.py ../before [--suppliers 2000] [--world plain] [--seed 5]

Both commits import one sandbox market, profile its fleet, profile every loan with its terms, and train a scorecard of
each unit, each in processes of its own. Compared are the bytes of the stored profiles and boosters, every cell of the
profiles, and for every profile the points, PD, grade and coded reasons (without the sentences). Exit code 1 where
anything differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
UNITS = ("request", "supplier")
VERB = "from cli.main import run; run()"
# What a commit says of every profile. The class moved once: the older place is tried where the newer one is missing.
SCORES = """
import json, sys
import numpy as np, pyarrow.parquet as pq
try:
    from models.scorecard.scorecard import Scorecard
except ImportError:
    from models.scorecard import Scorecard
scorecard = Scorecard.open(sys.argv[1])
for row in pq.read_table(sys.argv[2]).to_pylist():
    block = scorecard.answer({name: row.get(name) for name in row if isinstance(row[name], (int, float, type(None)))})
    print(json.dumps(block))
"""


def main() -> None:
    """Run both commits, compare, print one line for each thing compared."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("before", type=Path, help="worktree of the other commit")
    options.add_argument("--suppliers", type=int, default=2000)
    options.add_argument("--world", default="plain")
    options.add_argument("--seed", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        market = Path(scratch) / "market"
        size = ["--suppliers", str(chosen.suppliers), "--seed", str(chosen.seed)]
        run_verb(ROOT, Path(scratch), "sandbox", str(market), "--world", chosen.world, *size)
        spine = Path(scratch) / "spine.csv"
        write_spine(market / "facts" / "financings.parquet", spine)
        homes = {}
        for name, tree in (("before", chosen.before.resolve()), ("after", ROOT)):
            homes[name] = Path(scratch) / name
            walk(tree, homes[name], market / "facts", spine)
        lines = compare(homes["before"], homes["after"])
    print("\n".join(lines))
    sys.exit(any(line.startswith("DIFFER") for line in lines))


def write_spine(financings: Path, out: Path) -> None:
    """Write every loan of a market as a case with its terms."""
    table = pq.read_table(financings).to_pandas().drop_duplicates("financing_id")
    table = table.rename(columns={"financing_id": "case_id", "starts_on": "as_of"})
    days = (table["ends_on"].astype("datetime64[ns]") - table["as_of"].astype("datetime64[ns]")).dt.days
    columns = ["case_id", "supplier_id", "as_of", "tenant_id", "amount", "currency"]
    table[columns].assign(days=days).to_csv(out, index=False)


def run_verb(tree: Path, home: Path, *words: str) -> None:
    """Run one verb of a commit's command line."""
    run_code(tree, home, VERB, *words)


def run_code(tree: Path, home: Path, code: str, *words: str) -> str:
    """Run code in a commit's tree and return its output; the interpreter is this one."""
    env = {**os.environ, "PYTHONPATH": str(tree), "SUPPLIER_CREDIT_HOME": str(home), "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=tree, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{tree}: {' '.join(words)[:200]}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def walk(tree: Path, home: Path, market: Path, spine: Path) -> None:
    """Import, profile, train and score with one commit."""
    home.mkdir()
    facts = home / "facts"
    run_verb(tree, home, "import", str(market), "--into", str(facts))
    run_verb(tree, home, "profile", str(facts), "--fleet")
    run_verb(tree, home, "profile", str(facts), "--spine", str(spine), "--out", str(home / "profiles.parquet"))
    for unit in UNITS:
        candidate = home / f"candidate-{unit}"
        words = ["--outcome", "loan_default", "--unit", unit, "--out", str(candidate), "--no-report"]
        run_verb(tree, home, "train", str(facts), *words)
        scores = run_code(tree, home, SCORES, str(candidate), str(home / "profiles.parquet"))
        (home / f"scores-{unit}.jsonl").write_text(scores)


def compare(before: Path, after: Path) -> list[str]:
    """Return one line for each thing compared; DIFFER where it is not the same."""
    lines = []
    old, new = (pq.read_table(home / "profiles.parquet") for home in (before, after))
    numbers = [f.name for f in new.schema if str(f.type) in ("double", "int64", "int8")]
    same = sum(_same_cells(old[name].to_numpy(), new[name].to_numpy()) for name in numbers)
    cells = len(numbers) * new.num_rows
    lines.append(verdict(f"cells of {new.num_rows:,} profiles × {len(numbers)} columns", same, cells))
    arrays_before, arrays_after = (stored_arrays(home / "profiles") for home in (before, after))
    unchanged = sum(arrays_before.get(name) == content for name, content in arrays_after.items())
    lines.append(verdict("arrays of the stored profiles", unchanged, len(arrays_before | arrays_after)))
    for unit in UNITS:
        files = [(home / f"candidate-{unit}" / "booster.txt").read_bytes() for home in (before, after)]
        lines.append(verdict(f"booster.txt of the {unit} scorecard", int(files[0] == files[1]), 1))
        pairs = list(zip(*(_scores(home / f"scores-{unit}.jsonl") for home in (before, after)), strict=True))
        lines.append(verdict(f"answers of the {unit} scorecard", sum(a == b for a, b in pairs), len(pairs)))
    return lines


def verdict(what: str, same: int, of: int) -> str:
    """One line of the comparison."""
    return f"{'same' if same == of and of else 'DIFFER'}  {what}: {same:,} of {of:,}"


def _same_cells(old: np.ndarray, new: np.ndarray) -> int:
    old, new = old.astype(np.float64), new.astype(np.float64)
    return int((old.view(np.int64) == new.view(np.int64)).sum())


def stored_arrays(folder: Path) -> dict[str, bytes]:
    """The bytes of every array of the one fleet run below a folder, by file name."""
    return {file.name: file.read_bytes() for file in folder.rglob("*.npy")}


def _scores(file: Path) -> list[Any]:
    return [_without_words(json.loads(line)) for line in file.read_text().splitlines()]


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_words(v) for k, v in value.items() if k not in ("text", "catalogue")}
    return [_without_words(v) for v in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
