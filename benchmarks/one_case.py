"""Time of one supplier's profile from facts, in process: the plan of every feature, for suppliers of about 500 facts.

    make bench-features             # prints the table among others
    CHECK=1 make bench-features     # and exits 1 above the bars

One case at a time on two threads, no answer kept, in a process with the service's GLIBC_TUNABLES. Beside it what a
statement costs for 8 and for 50 waiting cases, and where the time of one goes.
"""

import cProfile
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(ROOT := Path(__file__).parents[1]))

from cli.shared.demo_steps import Start, facts_of
from features.declarations.catalogue import COLUMNS
from features.engines.duckdb_engine import ask
from features.facts.history import OF_TENANT
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.profiles.one_case import Case, CaseEngine
from features.request_facts.check_sent import SentFactsChecker
from serving.launch import MALLOC

FACTS_EACH, SUPPLIERS_ASKED, SUPPLIERS_MADE = 500, 400, 8_000
P50_MS_MAX, P99_MS_MAX = 25.0, 60.0
THREADS = 2
AS_OF = datetime(2025, 6, 30, 16)
STEPS = {
    "records": "cut the suppliers' rows out of the facts",
    "result_iterator": "run the plans and read what they give",
}


def main() -> int:
    """Measure, print, and judge if asked."""
    if "GLIBC_TUNABLES" not in os.environ:  # read when a process starts
        return subprocess.run([sys.executable, __file__], env=os.environ | {"GLIBC_TUNABLES": MALLOC}).returncode
    facts = Facts.open(facts_of(Start(suppliers=SUPPLIERS_MADE), ROOT / "var" / "bench-one-case"))
    cases, counts = of_about(facts, FACTS_EACH)
    engine = CaseEngine(facts, COLUMNS, threads=THREADS)
    engine.profiles(cases[:1])  # The first run fills caches.
    p50, p99 = measured("one case", cases, 1, engine)
    print(f"{len(engine.columns)} columns, suppliers of {min(counts)} to {max(counts)} facts, {THREADS} threads")
    for together in (8, 50):
        measured(f"{together} cases together", cases, together, engine)
    print_sent(cases, engine, SentFactsChecker(facts, engine.lookup))
    print_steps(lambda: [engine.profiles([case]) for case in cases], len(cases))
    engine.close()
    met = p50 <= P50_MS_MAX and p99 <= P99_MS_MAX
    print("every bar is met" if met else f"missed: p50 at most {P50_MS_MAX} ms, p99 at most {P99_MS_MAX} ms")
    return 0 if met or not os.environ.get("CHECK") else 1


def of_about(facts: Facts, size: int) -> tuple[list[Case], list[int]]:
    """The cases of the suppliers whose number of facts is nearest to a size, and those numbers."""
    tables = [n for n, t in TABLES.items() if t.of_supplier and n in facts.tables]
    rows = " UNION ALL ".join(f"SELECT supplier_id FROM {name}" for name in tables)
    query = (
        f"SELECT supplier_id, count(*) FROM ({rows}) WHERE supplier_id IS NOT NULL GROUP BY supplier_id"
        f" ORDER BY abs(count(*) - {size}), supplier_id LIMIT {SUPPLIERS_ASKED}"
    )
    suppliers = ask(facts, query)
    assert set(tables) >= OF_TENANT, "the market has loans"
    tenant = ask(facts, "SELECT min(tenant_id) FROM financings")[0][0]
    return [Case(supplier, AS_OF, tenant) for supplier, _ in suppliers], [count for _, count in suppliers]


def measured(name: str, cases: list[Case], together: int, engine: CaseEngine) -> tuple[float, float]:
    """Print and return p50 and p99 in milliseconds of a statement."""
    times = []
    for start in range(0, len(cases) - together + 1, together):
        began = time.perf_counter()
        engine.profiles(cases[start : start + together])
        times.append((time.perf_counter() - began) * 1e3)
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    print(f"{name:28s} n {len(times):4d}   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   p99 {p99:6.1f} ms")
    return float(p50), float(p99)


def print_sent(cases: list[Case], engine: CaseEngine, checker: SentFactsChecker) -> None:
    """Print what checking sent facts takes, a contract and two deliveries, and a profile with them."""
    checked, profiled = [], []
    for case in cases:
        sent = sent_about(case.supplier_id)
        began = time.perf_counter()
        sent_facts = checker.check(sent, about=case.supplier_id, as_of=case.as_of)
        taken = time.perf_counter()
        engine.profiles([replace(case, sent_facts=sent_facts.tables)])
        checked.append((taken - began) * 1e3)
        profiled.append((time.perf_counter() - taken) * 1e3)
    for name, times in (("sent facts, checked", checked), ("one case with them", profiled)):
        p50, p95, p99 = np.percentile(times, [50, 95, 99])
        print(f"{name:28s} n {len(times):4d}   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   p99 {p99:6.1f} ms")


def sent_about(supplier: str) -> dict[str, list[dict[str, str]]]:
    """A contract with a new buyer and two deliveries, as a request sends them."""
    contract = {"contract_id": "NEW", "supplier_id": supplier, "buyer_id": "NEW", "kind": "contract"}
    contract |= {"amount": "250000.00", "currency": "CNY", "signed_on": "2025-06-20"}
    deliveries = [{"milestone_id": f"NEW/{i}", "contract_id": "NEW", "kind": "delivery"} for i in range(2)]
    return {"buyers": [{"buyer_id": "NEW"}], "contracts": [contract], "milestones": deliveries}


def print_steps(work: Callable[[], object], times: int) -> None:
    """Print where the time goes, under Python's profiler (which slows Python's own part)."""
    profile = cProfile.Profile()
    profile.runcall(work)
    spent: dict[str, float] = {}
    for (_, _, function), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[function] = max(cumulative, spent.get(function, 0.0))
    print("where the time of one case goes, under a profiler")
    for function, description in STEPS.items():
        print(f"  {description:44s} {spent[function] / times * 1e3:6.2f} ms")


if __name__ == "__main__":
    sys.exit(main())
