"""How far a scorecard is from the sandbox's truth, without label noise (`pd_best` instead of what happened to happen).

    python benchmarks/truth.py                           # plain, interactions and shifted, 200,000 suppliers each
    CHECK=1 python benchmarks/truth.py                   # and exits 1 when a bar is missed
    python benchmarks/truth.py CANDIDATE FACTS TRUTH     # one candidate that is there already

Out of time, for the `request` scorecard: the expected AUC, in which every pair counts with the chance that the first is
bad and the second good; the mean PD; the mean `pd_best` in each decile of the model's own PD; and by how much the
expected Brier score exceeds that of `pd_best`. In a world that shifts, nothing can be right after the shift: there the
scorecard must say that it drifted, and by how much, and elsewhere it must not.
"""

import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

from markets import KEPT, Market, market  # noqa: E402
from stored_figures import store_figures  # noqa: E402

SUPPLIERS = int(os.environ.get("BENCH_SUPPLIERS", "200000"))
SEED = int(os.environ.get("BENCH_SEED", "1"))
WORLDS = os.environ.get("BENCH_WORLDS", "plain,interactions,shifted").split(",")  # names, or TOML files

AUC_WITHIN = 0.01
MEAN_WITHIN = 0.05
DECILE_WITHIN, DECILE_WITHIN_POINTS = 0.15, 0.0015
BRIER_EXCESS_MAX = 0.02  # of the Brier score of `pd_best`


@dataclass(frozen=True)
class Decile:
    """A tenth of the test by the model's own PD."""

    n: int
    mean_pd: float
    mean_best: float

    @property
    def missed(self) -> bool:
        """Whether the truth lies too far from what the model says of the decile."""
        apart = abs(self.mean_best - self.mean_pd)
        nearer = min(self.mean_pd, self.mean_best)  # so much of either
        return apart > DECILE_WITHIN * nearer and apart > DECILE_WITHIN_POINTS


@dataclass(frozen=True)
class Truth:
    """A scorecard beside the truth."""

    n: int
    auc: float
    auc_best: float
    mean_pd: float
    mean_best: float
    brier_excess: float
    deciles: tuple[Decile, ...]
    drifted: bool
    drift: str

    def missed(self, *, shifts: bool) -> list[str]:
        """The bars that are missed, in words."""
        if shifts:
            return [] if self.drifted else ["does not say that it drifted"]
        missed = []
        if self.auc_best - self.auc > AUC_WITHIN:
            missed.append(f"expected AUC {self.auc:.4f} is more than {AUC_WITHIN} below {self.auc_best:.4f}")
        if abs(self.mean_pd / self.mean_best - 1) > MEAN_WITHIN:
            missed.append(f"mean PD {self.mean_pd:.2%} is more than {MEAN_WITHIN:.0%} from {self.mean_best:.2%}")
        if self.brier_excess > BRIER_EXCESS_MAX:
            missed.append(f"the expected Brier score is {self.brier_excess:.2%} above that of pd_best")
        missed += [f"decile {i} is off" for i, d in enumerate(self.deciles, start=1) if d.missed]
        return [*missed, "says that it drifted where nothing moved"] if self.drifted else missed


def main() -> int:
    """Measure, print, and judge if asked."""
    if len(sys.argv) == 4:
        candidate, facts, truth = map(Path, sys.argv[1:])
        return judged({truth.parent.name: (measure(candidate, facts, truth), shifts(truth))})
    if len(sys.argv) != 1:
        raise SystemExit(__doc__)
    results = {}
    for world in WORLDS:
        made = market(world, SUPPLIERS, seed=SEED)
        results[world] = measure(trained(world, made), made.facts, made.truth), shifts(made.truth)
    return judged(results)


def trained(world: str, made: Market) -> Path:
    """Train on a market as anybody would, and return the candidate."""
    os.environ["SUPPLIER_CREDIT_HOME"] = str(KEPT / "home")
    from training.train import train

    started = time.perf_counter()
    candidate = train(made.facts, "loan_default", unit="request").folder
    print(f"{world}: trained in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return candidate


def measure(candidate: Path, facts_folder: Path, truth: Path) -> Truth:
    """Score every test case of a candidate and hold it against the truth."""
    import pyarrow.parquet as pq

    from features.declarations.catalogue import column
    from features.facts.store import Facts
    from features.profiles.build import build_profiles
    from models.scorecard.scorecard import Scorecard
    from training.cases import outcomes
    from training.cases.population import matrix
    from training.figures import expected_auc

    scorecard, facts = Scorecard.open(candidate), Facts.open(facts_folder)
    cases = outcomes.usable(outcomes.cases(facts, scorecard.spec.outcome.partition("/")[0]))
    since = np.datetime64(facts.instant(scorecard.spec.data["out_of_time_from"]), "us")
    cases = cases.filter(np.asarray(cases["as_of"].to_numpy(), dtype="datetime64[us]") >= since)
    columns = [column(name) for name in needed(scorecard.columns)]
    profiles = build_profiles(
        facts, cases.select(["case_id", "supplier_id", "as_of", "tenant_id", *outcomes.TERMS]), columns
    )
    pd = scorecard.pd(matrix(profiles, scorecard.columns))
    known = pq.read_table(truth / "financings.parquet", columns=["financing_id", "pd_best"]).to_pydict()
    of_case = dict(zip(known["financing_id"], known["pd_best"], strict=True))
    best = np.array([of_case[case] for case in profiles["case_id"].to_pylist()])
    parts = np.array_split(np.argsort(pd, kind="stable"), 10)
    return Truth(
        n=len(pd),
        auc=expected_auc(pd, best),
        auc_best=expected_auc(best, best),
        mean_pd=float(pd.mean()),
        mean_best=float(best.mean()),
        brier_excess=float(((pd - best) ** 2).mean() / (best * (1 - best)).mean()),
        deciles=tuple(Decile(len(rows), float(pd[rows].mean()), float(best[rows].mean())) for rows in parts),
        drifted=bool(scorecard.validation["drift"]["drifted"]),
        drift=str(scorecard.validation["drift"]["text"]),
    )


def needed(columns: tuple[str, ...]) -> list[str]:
    """The scorecard's columns, and those that its request features read, in the catalogue's order."""
    from features.declarations.catalogue import COLUMNS
    from features.declarations.request_formulas import reads

    every = [c.name for c in COLUMNS if c.feature.table != "request"]
    wanted = set(columns)
    for c in COLUMNS:
        if c.name in columns and c.feature.table == "request":
            wanted |= reads(c.feature, every)
    return [c.name for c in COLUMNS if c.name in wanted]


def shifts(truth: Path) -> bool:
    """Whether the world behind a truth changes on a day."""
    import tomllib

    return "shift" in tomllib.loads((truth / "world.toml").read_text(encoding="utf-8"))


def judged(results: dict[str, tuple[Truth, bool]]) -> int:
    """Print the tables, and return the exit code."""
    missed = {}
    for world, (truth, moves) in results.items():
        print(table(world, truth))
        missed[world] = truth.missed(shifts=moves)
    store_figures("truth", {world: asdict(truth) for world, (truth, _) in results.items()})
    for world, bars in missed.items():
        print(f"{world}: {'; '.join(bars) if bars else 'every bar is met'}")
    return int(os.environ.get("CHECK") == "1" and any(missed.values()))


def table(world: str, truth: Truth) -> str:
    """The figures of one world."""
    apart, ratio = truth.auc_best - truth.auc, truth.mean_pd / truth.mean_best
    lines = [
        f"\n{world}: {truth.n:,} cases after the split",
        f"  expected AUC     {truth.auc:.4f}    of pd_best {truth.auc_best:.4f}    apart {apart:.4f}",
        f"  mean PD          {truth.mean_pd:.3%}    pd_best    {truth.mean_best:.3%}    ratio {ratio:.3f}",
        f"  expected Brier   {truth.brier_excess:.2%} above that of pd_best",
        f"  says it drifted  {'yes' if truth.drifted else 'no'}: {truth.drift}",
        "  decile of its own PD      n    mean PD   mean pd_best   ratio",
    ]
    for i, d in enumerate(truth.deciles, start=1):
        mark = "  !" if d.missed else ""
        lines.append(
            f"  {i:>20} {d.n:>6,} {d.mean_pd:>10.3%} {d.mean_best:>14.3%} {d.mean_best / d.mean_pd:>7.2f}{mark}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
