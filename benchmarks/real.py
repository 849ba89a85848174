"""The whole road on real data that nobody on this project wrote; writes docs/real-data.md (`make real`).

    python benchmarks/real.py [FOLDER]     # default ../shared/data

Everything made from the data lives under var/real. The page names no contractor, vendor or buyer.
"""

import os
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import real_left_out
import real_page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
HOMES = ROOT / "var" / "real"
PAGE = ROOT / "docs" / "real-data.md"
CONTRACTORS = 10
TRIALS = 10  # the default of `train`
PURPOSE = "performance_guarantee"
TERM_DAYS = 180  # the contract of the service asks for it; no feature of this scorecard, see the page


@dataclass(frozen=True)
class Source:
    """One publisher's data, and how it is used.

    Attributes:
        outcomes: what is trained on it; the first is the one judged against the floor.
        out_of_time_from: first day of the test.
        family: the letter of the family whose columns are shown over all suppliers.
        max_bad: the share of rows that may be quarantined.
    """

    name: str
    format: str
    path: str
    currency: str
    tz: str
    outcomes: tuple[str, ...] = ()
    out_of_time_from: str | None = None
    family: str | None = None
    max_bad: float = 0.05


SOURCES = (
    Source("dpwh", "dpwh", "dpwh", "PHP", "Asia/Manila", ("late_delivery", "contract_failure"), "2018-01-01"),
    Source("usaid", "usaid", "usaid", "USD", "UTC", ("late_delivery",), "2013-01-01"),
    Source("fpds", "fpds", "fpds", "USD", "America/New_York", ("contract_failure",)),
    Source("cn_invoices", "cn_invoices", "cn_invoices", "CNY", "Asia/Shanghai", family="V"),
    # Two packages contradict each other about one tender, and all that hangs on it names nothing.
    Source("ocds", "ocds", "ocds", "MXN", "America/Mexico_City", max_bad=0.06),
)


@dataclass(frozen=True)
class Unlearned:
    """An outcome that could not be learned: its cases by state, and why not."""

    counts: dict[str, int]
    why: str


@dataclass
class Walked:
    """What one source's road gave.

    Attributes:
        results: by outcome, the result of training, or why there is none.
        reasons: amendments and contracts by the reason of the amendment.
        profiles: the fleet's columns of the family to show.
    """

    source: Source
    home: Path
    summary: Any
    results: dict[str, Any] = field(default_factory=dict)
    reasons: list[tuple[str, int, int]] = field(default_factory=list)
    profiles: Any = None
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def facts(self) -> Path:
        """The imported facts."""
        return self.home / "facts"


def main() -> None:
    """Walk every source, serve the contractors' scorecard, write the page."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT.parent / "shared" / "data").resolve()
    if not data.is_dir():
        raise SystemExit(f"There is no data at {data}; name its folder: make real REAL=folder")
    started = time.perf_counter()
    walked = {source.name: walk(source, data) for source in SOURCES}
    serve_contractors(walked["dpwh"])
    PAGE.write_text(real_page.page(walked, real_left_out.paragraphs(data)), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)} ({time.perf_counter() - started:.0f} s)")


def walk(source: Source, data: Path) -> Walked:
    """Import a source, train what it has outcomes for, and compute what is shown of it."""
    from cli.shared.import_run import bring_in

    home = HOMES / source.name
    shutil.rmtree(home, ignore_errors=True)
    os.environ["SUPPLIER_CREDIT_HOME"] = str(home)
    summary = bring_in(
        data / source.path,
        home / "facts",
        source_format=source.format,
        currency=source.currency,
        tz=source.tz,
        max_bad=source.max_bad,
    )
    done = Walked(source, home, summary)
    for outcome in source.outcomes:
        done.results[outcome] = learn(done.facts, outcome, source.out_of_time_from)
    done.reasons = reasons(done.facts)
    if source.family:
        done.profiles = fleet_columns(done.facts, source.family)
    return done


def learn(facts: Path, outcome: str, out_of_time_from: str | None) -> Any:
    """Train on an outcome; where that is refused, count its cases and keep the refusal."""
    from cli.shared.training_run import fit
    from features.errors import InputError
    from features.facts.store import Facts
    from training.cases import outcomes

    try:
        return fit(
            facts, outcome, unit="request", purposes=(PURPOSE,), out_of_time_from=out_of_time_from, trials=TRIALS
        )
    except InputError as error:
        return Unlearned(outcomes.counts(outcomes.cases(Facts.open(facts), outcome)), error.what)


def reasons(facts: Path) -> list[tuple[str, int, int]]:
    """How many amendments give each reason, on how many contracts, most contracts first."""
    import duckdb

    from features.facts.store import Facts

    tables = Facts.open(facts).tables
    if "amendments" not in tables:
        return []
    counted = (
        "SELECT reason, count(DISTINCT amendment_id), count(DISTINCT contract_id) AS contracts FROM read_parquet(?)"
        " WHERE reason IS NOT NULL GROUP BY reason ORDER BY contracts DESC, reason"
    )
    return duckdb.execute(counted, [str(tables["amendments"])]).fetchall()


def fleet_columns(facts: Path, family: str) -> Any:
    """The columns of one family for every supplier, on the day after the last thing known."""
    from features.declarations.catalogue import of_family
    from features.facts.store import Facts
    from features.fleet.write_fleet import default_as_of
    from features.profiles.build import build_profiles
    from features.profiles.spine import fleet_spine

    opened = Facts.open(facts)
    columns = [column for feature in of_family(family) for column in feature.columns]
    return build_profiles(opened, fleet_spine(opened, default_as_of(opened)), columns)


def serve_contractors(dpwh: Walked) -> None:
    """Serve the late-delivery scorecard, approved where its gates hold and for study where not, and ask of ten."""
    from cli.shared.client import ask
    from cli.shared.demo_steps import key_of, promote
    from cli.shared.printing import lines
    from cli.shared.served import served
    from cli.shared.terminal import out
    from cli.verbs.profile import store_fleet

    os.environ["SUPPLIER_CREDIT_HOME"] = str(dpwh.home)
    _, manifest = store_fleet(dpwh.facts)
    result = dpwh.results["late_delivery"]
    unapproved = result.folder if result.failed_gates else None
    if unapproved is None:
        promote(dpwh.home, [result.folder])
    _, key = key_of(dpwh.home, manifest)
    with served(dpwh.home, facts=dpwh.facts, unapproved=unapproved) as service:
        for case in contractors(dpwh.facts, result):
            answer = ask(case["body"], url=service.url, key=key)
            dpwh.answers.append(case | {"answer": answer})
            for line in lines(answer, currency=manifest["currency"]):
                out.print(line, markup=False)


def contractors(facts: Path, result: Any) -> list[dict[str, Any]]:
    """Ten contracts of the test with ten contractors, spread evenly over PD: what to ask, and what came of each.

    They are asked on their own effectivity dates, with their own terms as far as the data tells them.
    """
    import numpy as np

    from features.facts.store import Facts
    from training.cases import outcomes
    from training.cases.split import local_day

    opened = Facts.open(facts)
    cases = {case["case_id"]: case for case in outcomes.cases(opened, "late_delivery").to_pylist()}
    of_supplier = {row["supplier_id"]: row for row in result.test.to_pylist()}  # the last by case_id
    ranked = sorted(of_supplier.values(), key=lambda row: (row["pd"], row["case_id"]))
    chosen = [ranked[i] for i in np.linspace(0, len(ranked) - 1, CONTRACTORS).round().astype(int)]
    asked = []
    for row in chosen:
        case = cases[row["case_id"]]
        terms = {"amount": str(case["amount"]), "currency": case["currency"], "days": TERM_DAYS}
        terms |= {name: case[name] for name in ("buyer_id", "category", "method", "bidders") if case[name] is not None}
        body = {"supplier_id": row["supplier_id"], "purpose": PURPOSE, "request": terms}
        body["as_of"] = str(local_day(row["as_of"], opened))
        asked.append({"body": body, "pd": row["pd"], "bad": bool(row["bad"])})
    return asked


if __name__ == "__main__":
    main()
