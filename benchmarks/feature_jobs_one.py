"""One way of computing profiles in a process of its own: how long, how much memory at most, and what came out.

    python benchmarks/feature_jobs_one.py WAY SUBSET FACTS SPINE ANSWER.npz     # prints one JSON line

WAY is `ours`, `pandas` or `sql`; SUBSET is `plain`, `hard` or `all`. The spine is there beforehand, whatever the way.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from features.facts.store import Facts

ROOT = Path(__file__).parents[1]
RUNS = 3

SUBSETS = {
    "plain": (
        *("contracts_90d", "contracts_365d", "turnover_180d", "turnover_365d", "average_contract"),
        *("direct_award_share_730d", "deliveries_180d", "deliveries_365d", "late_delivery_rate_180d"),
        *("late_delivery_rate_365d", "acceptances_365d", "acceptance_failure_rate_730d", "bids_365d", "win_rate_730d"),
        *("single_bid_share_730d", "invoiced_amount_365d", "sales_365d", "void_invoice_rate_365d"),
    ),
    "hard": (
        *("buyers_365d", "buyer_concentration_365d", "buyer_concentration", "largest_buyer_share_730d"),
        *("returning_buyer_share_730d", "buyer_churn", "category_concentration_730d", "contract_gap_730d"),
        *("customers_365d", "customer_concentration_365d", "payee_accounts_730d"),
    ),
}


def job(way: str, subset: str, facts_folder: Path, spine_file: Path) -> Callable[[], dict[str, np.ndarray]]:
    """What is to be timed, with everything imported that it needs."""
    sys.path.insert(0, str(ROOT))
    from features.facts.store import Facts

    facts, spine = Facts.open(facts_folder), pq.read_table(spine_file)
    if way == "ours":
        return lambda: ours(facts, spine, subset)
    if way == "pandas":
        from rivals.by_pandas import answer
    else:
        from rivals.by_sql import answer
    suppliers, as_of = spine["supplier_id"].combine_chunks(), spine["as_of"][0].as_py()
    return lambda: answer(facts, suppliers, as_of, subset)


def ours(facts: "Facts", spine: pa.Table, subset: str) -> dict[str, np.ndarray]:
    """Our columns: a fleet a range of suppliers at a time, as a fleet run profiles it; other cases at once."""
    from features.declarations.catalogue import COLUMNS
    from features.engines.supplier_ranges import SIZE, split_ranges
    from features.profiles.build import build_profiles

    wanted = [c for c in COLUMNS if c.feature.table != "request" and c.name in SUBSETS.get(subset, (c.name,))]
    if spine["case_id"] != spine["supplier_id"]:
        table = build_profiles(facts, spine, wanted)
    else:
        parts, start = [], 0
        for within, count in split_ranges(spine["supplier_id"].combine_chunks(), SIZE):
            parts.append(build_profiles(facts, spine.slice(start, count), wanted, within=within))
            start += count
        table = pa.concat_tables(parts)
    return {c.name: table[c.name].to_numpy() for c in wanted}


def peak_mib() -> float:
    """Most memory that this process has held, in MiB; `ru_maxrss` would start from that of whoever forked it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Run, keep the answer, tell."""
    way, subset, facts, spine, answer = sys.argv[1:]
    run, seconds, cpu = job(way, subset, Path(facts), Path(spine)), [], []
    for _ in range(RUNS):
        started, used = time.perf_counter(), time.process_time()
        values = run()
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    peak = peak_mib()
    np.savez(answer, **values)
    measured = {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_mib": peak,
        "columns": len(values),
        "rows": len(next(iter(values.values()))),
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
