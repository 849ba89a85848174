"""Loans of US small businesses: what the leak detector finds in their columns, and what honest columns are worth.

    python benchmarks/sba.py            # prints; data in ../shared/data, or where $SUPPLIER_DATA says
    python benchmarks/sba.py --write    # and writes the tables into docs/external-columns*.md

The facts hold suppliers and outcomes alone, and every column comes from outside. Two specs are tried: one that believes
the file, and says that everything was known at approval, and an honest one. All that is made lies under var/sba.
"""

import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sba_page
from sba_columns import COLUMNS, OF_CALIFORNIA, Outside, write_columns, write_spec
from sba_loans import CALIFORNIA, NATIONAL, Label, Loan, Publication, ever, loans, recently, within, write_facts

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
HOMES = ROOT / "var" / "sba"
NOTHING: Mapping[str, str] = MappingProxyType({})
FLOOR = "floor of `national`, one untuned LightGBM: AUC 0.657, logistic 0.611, Brier 0.195 (constant 0.202)"


@dataclass(frozen=True)
class Trial:
    """One publication under one rule of what is bad and when that was known."""

    name: str
    publication: Publication
    columns: tuple[Outside, ...]
    label: Callable[[Loan], Label | None]
    out_of_time_from: str

    @property
    def home(self) -> Path:
        """Where all of it lies."""
        return HOMES / self.name


TRIALS = (
    Trial("national", NATIONAL, COLUMNS, ever, "2004-10-01"),
    Trial("national-recent", NATIONAL, COLUMNS, recently, "2004-10-01"),
    Trial("national-known", NATIONAL, COLUMNS, within, "2004-10-01"),
    Trial("california", CALIFORNIA, (*COLUMNS, *OF_CALIFORNIA), ever, "2007-01-01"),
)
SHOWN = ("national", "california")  # whose columns are listed on the page
TERM_SHOWN = "national-recent"  # which is also trained with the column that looks honest and is not


@dataclass(frozen=True)
class Made:
    """A trial's files."""

    facts: Path
    external: Path
    honest: Path
    with_term: Path  # the honest one, and the term
    naive: Path
    counts: Counter[str]


@dataclass(frozen=True)
class Skills:
    """What the leak detector found in every column that a spec declares, and on how many cases, bads."""

    findings: tuple[Any, ...]
    n: int
    bad: int

    @property
    def stopping(self) -> list[str]:
        """The columns that stop training."""
        return sorted({f.column for f in self.findings if f.verdict == "stop"})


def main() -> None:
    """Make, judge, be refused, train, print."""
    started = time.perf_counter()
    data = data_folder()
    if data is None:
        raise SystemExit("There is no data at ../shared/data; name its folder in SUPPLIER_DATA.")
    results, parts = {}, {lang: {} for lang in sba_page.PAGES}
    for trial in TRIALS:
        os.environ["SUPPLIER_CREDIT_HOME"] = str(trial.home)
        made = make(trial, data)
        print(f"\n{trial.name}: {', '.join(f'{n:,} {state}' for state, n in sorted(made.counts.items()))}")
        skills = judge(trial, made, made.naive)
        for lang in parts if trial.name in SHOWN else ():
            day = {"n": skills.n, "bad": skills.bad, "day": trial.out_of_time_from, "lang": lang}
            parts[lang][f"skills-{trial.name}"] = sba_page.skills(skills.findings, trial.columns, **day)
        print(refusal(trial, made))
        results[trial.name] = train(trial, made, made.honest)
        if trial.name == TERM_SHOWN:
            results[f"{trial.name}, with the term"] = train(trial, made, made.with_term, {"term_months": "to show it"})
    for lang, texts in parts.items():
        texts["figures"] = sba_page.figures(results, lang=lang)
    print("", *parts["en"].values(), FLOOR, f"({time.perf_counter() - started:.0f} s)", sep="\n\n")
    if "--write" in sys.argv:
        sba_page.fill(parts)


def data_folder() -> Path | None:
    """The folder of real data, or None where it is not there."""
    folder = Path(os.environ.get("SUPPLIER_DATA", ROOT.parent / "shared" / "data")).resolve()
    return folder if (folder / "sba").is_dir() else None


def make(trial: Trial, data: Path) -> Made:
    """Write facts, outside file and both specs anew, and import the facts."""
    from features.importing.import_facts import import_facts

    shutil.rmtree(trial.home, ignore_errors=True)
    loan_rows = list(loans(data, trial.publication))
    counts = write_facts(trial.home / "source", loan_rows, trial.label)
    import_facts(trial.home / "source", trial.home / "facts", currency="USD", tz="America/New_York")
    files = ("facts", "external.csv", "honest.toml", "with-term.toml", "naive.toml")
    made = Made(*(trial.home / name for name in files), counts)
    write_columns(made.external, loan_rows, trial.columns)
    write_spec(made.honest, trial.columns, believed=())
    write_spec(made.with_term, trial.columns, believed=("term_months",))
    write_spec(made.naive, trial.columns, believed=[c.name for c in trial.columns])
    return made


def judge(trial: Trial, made: Made, spec: Path) -> Skills:
    """Run the leak detector over the training cases, as training does."""
    import pyarrow as pa

    from features.facts.store import Facts
    from training.cases import outcomes
    from training.cases.population import matrix
    from training.cases.split import split
    from training.learning import leaks
    from training.outside.columns import read_external

    facts = Facts.open(made.facts)
    cases = outcomes.usable(outcomes.cases(facts, "given"))
    learned = cases.filter(pa.array(split(cases, at=facts.instant(trial.out_of_time_from)).training))
    external = read_external(made.external, spec, learned, facts)
    names, bad = [c.name for c in external.columns], learned["bad"].to_numpy().astype(float)
    values, supplier = matrix(external.beside(learned), names), learned["supplier_id"].to_pylist()
    return Skills(leaks.judge(names, values, bad, supplier, delays=external.delays), len(bad), int(bad.sum()))


def refusal(trial: Trial, made: Made) -> str:
    """What training says to the naive spec."""
    from features.errors import InputError

    try:
        train(trial, made, made.naive)
    except InputError as error:
        return f"naive spec: {error}"
    return "naive spec: TRAINED, which it should not have been"


def train(trial: Trial, made: Made, spec: Path, accepted: Mapping[str, str] = NOTHING) -> Any:
    """Train on outside columns alone, out of time."""
    from cli.shared.training_run import fit

    choices = {"external": made.external, "external_spec": spec, "accepted_leaks": accepted}
    return fit(made.facts, "given", unit="supplier", out_of_time_from=trial.out_of_time_from, choices=choices)


if __name__ == "__main__":
    main()
