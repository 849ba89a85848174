"""How often the leak detector stops by chance, how often it catches a real leak in few cases, and how long it takes.

python benchmarks/leak_noise.py            # prints; 200 draws of 120 cases with 27 bads from the clean sandbox
python benchmarks/leak_noise.py --write    # and writes the table into docs/external-columns*.md
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sba_page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

DRAWS = int(os.environ.get("BENCH_DRAWS", "200"))
SUPPLIERS = int(os.environ.get("BENCH_SUPPLIERS", "4000"))
CASES, BADS = 120, 27
LARGE = (300_000, 155)

LEAKS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "an amount that only the bad have": lambda bad, rng: bad * rng.uniform(100, 10_000, len(bad)),
    "filled in for the bad alone": lambda bad, rng: np.where(bad == 1, rng.normal(size=len(bad)), np.nan),
    "bad at both ends": lambda bad, rng: rng.normal(size=len(bad)) + bad * rng.choice([-5.0, 5.0], len(bad)),
    "a rising column of AUC 0.98": lambda bad, rng: rng.normal(size=len(bad)) + 2.904 * bad,
    "a rising column of AUC 0.95": lambda bad, rng: rng.normal(size=len(bad)) + 2.326 * bad,
    "an honest column of AUC 0.87": lambda bad, rng: rng.normal(size=len(bad)) + 1.593 * bad,
}
ZH = (
    *("干净沙盒的全部列", "只有坏样本才有的金额", "只给坏样本填写", "两端都坏"),
    *("上升的列，AUC 0.98", "上升的列，AUC 0.95", "如实的列，AUC 0.87"),
)


@dataclass(frozen=True)
class Drawn:
    """In how many of the draws something stopped, and in how many it warned."""

    what: str
    stopped: int
    warned: int


def main() -> None:
    """Measure, print, write if asked."""
    columns, values, bad, supplier = clean()
    results = [chance(columns, values, bad, supplier)]
    results += [caught(what, make, bad, supplier) for what, make in LEAKS.items()]
    names_by_language = {"en": [d.what for d in results], "zh": ZH}
    heads = {"en": ("of the draws", "stop", "warn"), "zh": ("抽样中", "停止", "警告")}
    parts = {}
    for lang, names in names_by_language.items():
        rows = [
            (name, f"{draws.stopped / DRAWS:.1%}", f"{draws.warned / DRAWS:.1%}")
            for name, draws in zip(names, results, strict=True)
        ]
        parts[lang] = {"noise": sba_page.markdown(heads[lang], rows)}
    print(f"{DRAWS} draws of {CASES} cases, {BADS} bad, {len(columns)} columns\n\n{parts['en']['noise']}\n")
    print(f"{LARGE[1]} columns of {LARGE[0]:,} cases judged in {speed():.0f} s")
    if "--write" in sys.argv:
        sba_page.fill(parts)


def clean() -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Columns, values, outcomes and suppliers of the training cases of a clean market."""
    from features.facts.store import Facts
    from features.importing.import_facts import import_facts
    from sandbox.make import make_sandbox
    from training.learning.training_data import gather

    with tempfile.TemporaryDirectory() as scratch:
        make_sandbox(Path(scratch), "plain", SUPPLIERS, 1)
        import_facts(Path(scratch) / "facts", Path(scratch) / "imported")
        facts = Facts.open(Path(scratch) / "imported")
        options = {"unit": "request", "spine": None, "out_of_time_from": None}
        data = gather(facts, "loan_default", **options, progress=lambda _: None)
    sample = data.sample(data.split.training)
    return list(sample.columns), sample.values, sample.bad, np.array(sample.supplier)


def draws(bad: np.ndarray) -> Sequence[np.ndarray]:
    """The rows of every draw."""
    rng = np.random.default_rng(3)
    bads, goods = np.flatnonzero(bad == 1), np.flatnonzero(bad == 0)
    parts = (
        (rng.choice(bads, BADS, replace=False), rng.choice(goods, CASES - BADS, replace=False)) for _ in range(DRAWS)
    )
    return [np.concatenate(part) for part in parts]


def chance(columns: list[str], values: np.ndarray, bad: np.ndarray, supplier: np.ndarray) -> Drawn:
    """How often any column of a clean market stops or warns."""
    from training.learning import leaks

    verdicts = [{f.verdict for f in leaks.judge(columns, values[i], bad[i], supplier[i].tolist())} for i in draws(bad)]
    return Drawn(
        "all columns of the clean sandbox", sum("stop" in v for v in verdicts), sum("warn" in v for v in verdicts)
    )


def caught(
    what: str, make: Callable[[np.ndarray, np.random.Generator], np.ndarray], bad: np.ndarray, supplier: np.ndarray
) -> Drawn:
    """How often one made column stops or warns."""
    from training.learning import leaks

    rng, stopped, warned = np.random.default_rng(5), 0, 0
    for i in draws(bad):
        verdicts = {f.verdict for f in leaks.judge(["x"], make(bad[i], rng)[:, None], bad[i], supplier[i].tolist())}
        stopped += "stop" in verdicts
        warned += "stop" not in verdicts and "warn" in verdicts
    return Drawn(what, stopped, warned)


def speed() -> float:
    """Seconds for a large training."""
    from training.learning import leaks

    rng = np.random.default_rng(1)
    rows, width = LARGE
    values = rng.normal(size=LARGE)
    values[rng.random(LARGE) < 0.2] = np.nan
    bad = (rng.random(rows) < 0.05).astype(float)
    supplier = [f"s{i // 3}" for i in range(rows)]
    started = time.perf_counter()
    leaks.judge([f"c{j}" for j in range(width)], values, bad, supplier)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
