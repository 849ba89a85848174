"""Ways of scoring side by side: on sandbox markets, and on real data that nobody on this project wrote.

    make bench-training                  # prints, and writes var/figures/training.json
    CHECK=1 make bench-training          # and exits 1 where a bar is missed

Every contender learns from the same cases, is calibrated out of fold on the same folds, and is judged on the same cases
after the split; so are the rivals that could not be served. What is proposed was chosen before those were looked at.
The bars, each of which can fail: the AUC of what is proposed lies at most 0.005 (0.015 where it learned from fewer than
500 bads) or one standard error of the difference below the best that can be served; its Brier score is at most one
standard error above the constant's; and a set with fewer than ten effective bads, before the split or after it, is not
evaluable. The standard errors are of suppliers drawn anew with both on the same draws. Beside them stand intervals of
how far each contender is ahead, which hold for all contenders of a set at once (Bonferroni) and count the suppliers
learned from as well, up to 10,000 cases.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

import real  # noqa: E402
import sba  # noqa: E402
from markets import market  # noqa: E402
from side_by_side_table import NOT_EVALUABLE, table  # noqa: E402
from stored_figures import store_figures  # noqa: E402

if TYPE_CHECKING:
    from training.learning.study import Study

SUPPLIERS = int(os.environ.get("BENCH_SUPPLIERS", "20000"))
TRIALS = int(os.environ.get("BENCH_TRIALS", "10"))  # the default of `train`
DRAWS, LEVEL = 400, 0.9
MANY_BADS, GAP_OF_MANY, GAP_OF_FEW = 500, 0.005, 0.015
RELEARNED, RELEARNED_MAX = 40, 10_000  # fits on drawn suppliers, and the cases up to which they are made
HOME = ROOT / "var" / "bench-training"


@dataclass(frozen=True)
class Set:
    """One set of cases.

    Attributes:
        facts: makes the imported facts folder, or returns None where its data is not there.
        learned: how it is gathered: outcome, unit, split, columns from outside.
        evaluable: whether it has bads enough to learn from.
    """

    name: str
    facts: Callable[[], Path | None]
    learned: Mapping[str, Any]
    evaluable: bool = True


@dataclass(frozen=True)
class Line:
    """One contender on the cases after the split."""

    name: str
    serves: bool
    auc: float | None
    low: float | None
    high: float | None
    ks: float | None
    brier: float
    error: float | None  # expected calibration error by tenths
    seconds: float
    behind: tuple[float, float] | None = None  # how far the proposed one's AUC lies behind this one's
    gap: float = 0.0  # the same as one figure
    gap_se: float = 0.0  # ... and its standard error over the suppliers that are judged on
    brier_gap: float = 0.0  # how far the proposed one's Brier score lies above this one's
    brier_gap_se: float = 0.0


@dataclass
class SetResult:
    """What one set gave."""

    n: int = 0
    bad: int = 0
    test_n: int = 0
    test_bad: int = 0
    proposed: str = NOT_EVALUABLE
    written: str = ""
    why: str = ""
    lines: list[Line] = field(default_factory=list)

    def missed(self, evaluable: bool) -> list[str]:
        """The bars that are missed."""
        if self.proposed == NOT_EVALUABLE or not evaluable:
            right = (self.proposed == NOT_EVALUABLE) == (not evaluable)
            return [] if right else [f"is {'' if evaluable else 'not '}said to be {NOT_EVALUABLE}"]
        within = GAP_OF_MANY if self.bad >= MANY_BADS else GAP_OF_FEW
        missed = [
            f"{self.written} ranks {line.gap:.3f} behind {line.name}"
            for line in self.lines
            if line.serves and line.name != "proposed" and line.gap > max(within, line.gap_se)
        ]
        flat = next(line for line in self.lines if line.name == "constant")
        if self.proposed != "constant" and flat.brier_gap > flat.brier_gap_se:
            missed.append(f"the Brier score of {self.proposed} is {flat.brier_gap:.5f} above the constant's")
        return missed


def sets() -> list[Set]:
    """The sandbox markets, and what real data there is."""
    loan = {"outcome": "loan_default", "unit": "request"}
    judged_sets = [Set(world, lambda w=world: market(w, SUPPLIERS).facts, loan) for world in ("plain", "interactions")]
    for source in real.SOURCES:
        for outcome in source.outcomes:
            learned = {"outcome": outcome, "unit": "request", "out_of_time_from": source.out_of_time_from}
            evaluable = source.name not in {"fpds", "usaid"}  # too few effective bads
            judged_sets.append(Set(f"{source.name} {outcome}", lambda s=source: published(s), learned, evaluable))
    for trial in sba.TRIALS:
        judged_sets.append(Set(f"sba {trial.name}", lambda t=trial: loans_of(t), outside(trial)))
    return judged_sets


def published(source: Any) -> Path | None:
    """A publisher's data, imported anew."""
    from cli.shared.import_run import bring_in

    data = sba.data_folder()
    if data is None:
        return None
    home = HOME / source.name
    if not (home / "facts" / "manifest.json").is_file():
        zone = {"currency": source.currency, "tz": source.tz}
        bring_in(data / source.path, home / "facts", source_format=source.format, **zone)
    return home / "facts"


def loans_of(trial: Any) -> Path | None:
    """Loans of US small businesses, as `benchmarks/sba.py` makes them."""
    data = sba.data_folder()
    return sba.make(trial, data).facts if data is not None else None


def outside(trial: Any) -> dict[str, Any]:
    """How they are gathered: all their columns come from outside."""
    from training.learning.training_data import Choices

    choices = Choices(external=trial.home / "external.csv", external_spec=trial.home / "honest.toml")
    return {"outcome": "given", "unit": "supplier", "out_of_time_from": trial.out_of_time_from, "choices": choices}


def judged(one: Set, facts: Path) -> SetResult:
    """Learn every contender and judge it after the split."""
    from features.errors import InputError
    from features.facts.store import Facts
    from training.learning.study import study
    from training.learning.training_data import gather
    from training.learning.tuning import Budget
    from training.validation.measures.evidence import evaluable

    defaults = {"spine": None, "out_of_time_from": None, "progress": lambda _: None}
    try:
        data = gather(Facts.open(facts), **{**defaults, **one.learned})
    except InputError as error:
        return SetResult(why=str(error))
    studied = study(data, budget=Budget(trials=TRIALS))
    test = data.split.test
    bad, values = data.bad[test], data.values[test]
    pds = {name: learned.pd(values) for name, learned in studied.learned.items()} | {"proposed": studied.tested_pd}
    seconds = {name: learned.seconds for name, learned in studied.learned.items()}
    lines = [
        line(n, bad, pd, seconds.get(n, 0.0), n == "proposed" or studied.learned[n].contender.serves)
        for n, pd in pds.items()
    ]
    if not evaluable(bad, data.supplier[test]):
        return SetResult(why=f"The test's {int(bad.sum())} bads are of too few suppliers.")
    apart_by = apart(studied, pds)
    return SetResult(
        n=len(studied.sample.bad),
        bad=int(studied.sample.bad.sum()),
        test_n=len(bad),
        test_bad=int(bad.sum()),
        proposed=studied.proposal.name,
        written=studied.proposal.written,
        why=studied.proposal.why["en"],
        lines=[Line(**{**vars(line), **apart_by.get(line.name, {})}) for line in lines],
    )


def line(name: str, bad: np.ndarray, pd: np.ndarray, seconds: float, serves: bool) -> Line:
    """The figures of one contender."""
    from training.figures import auc_interval, brier, ks
    from training.validation.statistics.goodness import calibration_error

    interval = auc_interval(bad, pd, level=LEVEL)
    error = calibration_error(bad, pd)["value"]
    return Line(name, serves, interval.value, interval.low, interval.high, ks(bad, pd), brier(bad, pd), error, seconds)


def apart(studied: "Study", pds: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """By how much AUC and Brier score of what is proposed lie behind each contender's, with what chance explains."""
    from training.figures import auc

    test = studied.data.split.test
    bad, supplier = studied.data.bad[test], studied.data.supplier[test]
    judged, learned = of_judged(studied, pds), of_learned(studied)
    reach, intervals = NormalDist().inv_cdf(1 - (1 - LEVEL) / 2 / (len(pds) - 1)), {}
    for name, pd in pds.items():
        gap = auc(bad, pd) - auc(bad, pds["proposed"])
        se = np.hypot(spread(judged, name, "proposed"), spread(learned, name, studied.proposal.written))
        squares = (pds["proposed"] - bad) ** 2 - (pd - bad) ** 2
        sums = np.bincount(np.unique(supplier, return_inverse=True)[1], weights=squares - squares.mean())
        intervals[name] = {
            "behind": (float(gap - reach * se), float(gap + reach * se)),
            "gap": float(gap),
            "gap_se": spread(judged, name, "proposed"),
            "brier_gap": float(squares.mean()),
            "brier_gap_se": float(np.sqrt((sums**2).sum()) / len(squares)),
        }
    return intervals


def spread(aucs: Mapping[str, list[float]], name: str, other: str) -> float:
    """Standard deviation of how far apart two are over the same draws; 0 where nothing was drawn."""
    if name not in aucs:
        return 0.0
    return float(np.nanstd(np.asarray(aucs[name]) - np.asarray(aucs[other]), ddof=1))


def of_judged(studied: "Study", pds: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """AUCs with the suppliers that are judged on drawn anew."""
    from training.validation.measures.ranked import Ranked
    from training.validation.measures.resample import numbered, supplier_counts

    test = studied.data.split.test
    (codes,), n = numbered(np.asarray(studied.data.cases["supplier_id"].to_pylist(), dtype=str)[test])
    draws = list(supplier_counts(n, draws=DRAWS))
    ranked = {name: Ranked.of(studied.data.bad[test], pd, codes) for name, pd in pds.items()}
    return {name: [r.figures(counts)[0] for counts in draws] for name, r in ranked.items()}


def of_learned(studied: "Study") -> dict[str, list[float]]:
    """AUCs with the suppliers that are learned from drawn anew, where that many fits are quickly made."""
    from training.figures import auc
    from training.validation.measures.resample import numbered, supplier_counts

    sample, test = studied.sample, studied.data.split.test
    if len(sample.bad) > RELEARNED_MAX:
        return {}
    bad, values = studied.data.bad[test], studied.data.values[test]
    (codes,), n = numbered(np.asarray(sample.supplier, dtype=str))
    aucs: dict[str, list[float]] = {name: [] for name in studied.learned}
    for counts in supplier_counts(n, draws=RELEARNED):
        drawn = sample.rows(np.repeat(np.arange(len(codes)), counts[codes]))
        for name, one in studied.learned.items():
            aucs[name].append(auc(bad, one.contender.learn(drawn).margin(values)))
    return aucs


def main() -> int:
    """Judge every set, print, and fail if asked and a bar is missed."""
    started, results, missed = time.perf_counter(), {}, {}
    wanted = set(sys.argv[1:])
    for one in sets():
        if wanted and one.name not in wanted:
            continue
        os.environ["SUPPLIER_CREDIT_HOME"] = str(HOME / "home")
        facts = one.facts()
        if facts is None:
            print(f"\n{one.name}: no data at ../shared/data; name its folder in SUPPLIER_DATA", flush=True)
            continue
        results[one.name] = judged(one, facts)
        missed[one.name] = results[one.name].missed(one.evaluable)
        print(table(one.name, results[one.name]), flush=True)
    print(f"\n* could not be served. {time.perf_counter() - started:.0f} s")
    store_figures("training", {name: {**vars(t), "lines": [vars(x) for x in t.lines]} for name, t in results.items()})
    for name, bars in missed.items():
        print(f"{name}: {'; '.join(bars) if bars else 'every bar is met'}")
    return int(os.environ.get("CHECK") == "1" and any(missed.values()))


if __name__ == "__main__":
    sys.exit(main())
