"""What training makes of 120 cases with 27 bads, a hundred times over, on fresh cases of the same market.

    make bench-training                  # prints, and writes var/figures/small_samples.json
    CHECK=1 make bench-training          # and exits 1 where a bar is missed

Each draw is a bank's: 120 financings of as many suppliers, from before the split, and nothing after it to test on; its
probabilities are set to the population's bad rate by `--central-tendency`. What training then proposes is judged on the
same 20,000 later cases, beside the rival: the one column whose order does best in the draw's own cross-validation, and
beside every contender, because what was declared beforehand was declared by people who knew the sandbox.
The bars: the mean AUC of what is proposed is not below the rival's; the mean probability is within a tenth of the
population's rate; every draw names what cannot be concluded.
"""

import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

from markets import market  # noqa: E402
from stored_figures import store_figures  # noqa: E402

if TYPE_CHECKING:
    from training.learning.fit import Sample
    from training.learning.training_data import TrainingData

DRAWS = int(os.environ.get("BENCH_DRAWS", "100"))
SUPPLIERS = int(os.environ.get("BENCH_SUPPLIERS", "40000"))
TRIALS = int(os.environ.get("BENCH_TRIALS", "2"))
CASES, BADS, FRESH = 120, 27, 20_000
RATE_WITHIN = 0.10


@dataclass(frozen=True)
class Draw:
    """What one draw gave on the fresh cases.

    Attributes:
        proposed: the contender's name.
        auc: of what is written.
        rival: the rival's column, and `rival_auc` its AUC.
        mean_pd: of the fresh cases, after the central tendency was given.
        contenders: every contender's AUC.
        warned: whether the result names what cannot be concluded.
    """

    proposed: str
    written: str
    auc: float
    rival: str
    rival_auc: float
    mean_pd: float
    contenders: dict[str, float]
    warned: bool
    seconds: float


def main() -> int:
    """Draw, learn, judge, print, and fail if asked and a bar is missed."""
    from features.facts.store import Facts
    from training.learning.training_data import gather

    facts = market("plain", SUPPLIERS).facts
    data = gather(
        Facts.open(facts), "loan_default", unit="request", spine=None, out_of_time_from=None, progress=lambda _: None
    )
    fresh = np.random.default_rng(0).permutation(np.flatnonzero(data.split.test))[:FRESH]
    draws = []
    for seed in range(DRAWS):
        draws.append(drawn(data, seed, fresh))
        if seed % 10 == 9:
            print(f"{seed + 1} of {DRAWS} draws", file=sys.stderr, flush=True)
    return judged(draws, float(data.bad.mean()), len(fresh))


def drawn(data: "TrainingData", seed: int, fresh: np.ndarray) -> Draw:
    """Learn from one draw and judge on the fresh cases."""
    from training.evidence.too_few_cases import cannot_conclude
    from training.figures import auc
    from training.learning.study import study
    from training.learning.tendency import Tendency
    from training.learning.tuning import Budget

    started = time.perf_counter()
    chosen = np.zeros(len(data.bad), dtype=bool)
    chosen[choose(data, np.random.default_rng(seed))] = True
    nothing = np.zeros(len(data.bad), dtype=bool)
    split = replace(data.split, training=chosen, waiting=nothing, test=nothing, unseen=nothing)
    mine = replace(data, split=split)
    rate = Tendency(float(data.bad.mean()), "all financings")
    studied = study(mine, budget=Budget(trials=TRIALS), tendency=rate)
    name, direction = best_column(studied.sample)
    values = direction * filled(data.values[fresh, data.names.index(name)], studied.sample, name)
    bad, pd = data.bad[fresh], studied.pd_served[fresh]
    return Draw(
        proposed=studied.proposal.name,
        written=studied.proposal.written,
        auc=float(auc(bad, pd) or 0.5),
        rival=name,
        rival_auc=float(auc(bad, values) or 0.5),
        mean_pd=float(pd.mean()),
        contenders={n: float(auc(bad, one.pd(data.values[fresh])) or 0.5) for n, one in studied.learned.items()},
        warned=bool(cannot_conclude(BADS, CASES - BADS, 0, 0)),
        seconds=time.perf_counter() - started,
    )


def choose(data: "TrainingData", rng: np.random.Generator) -> np.ndarray:
    """Places of the drawn cases: of 120 suppliers, 27 of the cases bad."""
    suppliers = np.asarray(data.cases["supplier_id"].to_pylist(), dtype=object)
    places, taken = [], set()
    for bad, n in ((1, BADS), (0, CASES - BADS)):
        left = n
        for place in rng.permutation(np.flatnonzero(data.split.training & (data.bad == bad))):
            if left and suppliers[place] not in taken:
                taken.add(suppliers[place])
                places.append(place)
                left -= 1
    return np.array(places)


def best_column(sample: "Sample") -> tuple[str, float]:
    """The column whose order, in the direction that the rest of the draw shows, does best out of fold."""
    from training.figures import auc
    from training.learning.folds import judging

    folds = judging(sample)
    skills = []
    for name in sample.columns:
        values = filled(sample.values[:, list(sample.columns).index(name)], sample, name)
        shown = [direction(values[f.learned], sample.bad[f.learned]) for f in folds]
        aucs = [auc(sample.bad[f.judged], d * values[f.judged]) for f, d in zip(folds, shown, strict=True)]
        skills.append(float(np.mean([0.5 if one is None else one for one in aucs])))
    place = int(np.argmax(skills))
    name = sample.columns[place]
    return name, direction(filled(sample.values[:, place], sample, name), sample.bad)


def filled(values: np.ndarray, sample: "Sample", name: str) -> np.ndarray:
    """A column's values, those that are missing at the draw's median."""
    known = sample.values[:, list(sample.columns).index(name)]
    known = known[np.isfinite(known)]
    return np.where(np.isfinite(values), values, np.median(known) if len(known) else 0.0)


def direction(values: np.ndarray, bad: np.ndarray) -> float:
    """1 where high values are bad, -1 where low ones are."""
    from training.figures import auc

    return 1.0 if (auc(bad, values) or 0.5) >= 0.5 else -1.0


def judged(draws: list[Draw], rate: float, fresh: int) -> int:
    """Print the table, store_figures the figures, and return the exit code."""
    ours, rival = np.array([d.auc for d in draws]), np.array([d.rival_auc for d in draws])
    ratio = np.array([d.mean_pd for d in draws]) / rate
    gap = ours - rival
    means = {n: float(np.mean([d.contenders[n] for d in draws])) for n in draws[0].contenders}
    columns = Counter(d.rival for d in draws).most_common(3)
    print(
        f"\n{len(draws)} draws of {CASES} cases, {BADS} bad; judged on {fresh:,} later cases; population {rate:.2%} bad"
    )
    print(f"  {'':34}{'mean':>8}{'10 %':>8}{'50 %':>8}{'90 %':>8}")
    for what, x in (
        ("AUC of what is proposed", ours),
        ("AUC of the draw's own best column", rival),
        ("ahead of it", gap),
        ("mean PD to the population's rate", ratio),
    ):
        cells = "".join(f"{v:>8.3f}" for v in (x.mean(), *np.quantile(x, (0.1, 0.5, 0.9))))
        print(f"  {what:34}{cells}")
    print(f"  standard error of the mean gap {gap.std(ddof=1) / np.sqrt(len(gap)):.4f}")
    print("  mean AUC of each contender: " + ", ".join(f"{n} {value:.3f}" for n, value in means.items()))
    print(f"  proposed {dict(Counter(d.proposed for d in draws))}, written {dict(Counter(d.written for d in draws))}")
    print(f"  columns picked most often {columns}; {sum(d.seconds for d in draws) / len(draws):.1f} s a draw")
    missed = []
    if gap.mean() < 0:
        missed.append(f"mean AUC {ours.mean():.4f} is below the column's {rival.mean():.4f}")
    if abs(ratio.mean() - 1) > RATE_WITHIN:
        missed.append(f"mean PD is {ratio.mean():.2f} of the population's rate")
    if not all(d.warned for d in draws):
        missed.append("a draw has no warning about what cannot be concluded")
    store_figures("small_samples", {"rate": rate, "fresh": fresh, "draws": [asdict(d) for d in draws]})
    print("; ".join(missed) if missed else "every bar is met")
    return int(os.environ.get("CHECK") == "1" and bool(missed))


if __name__ == "__main__":
    sys.exit(main())
