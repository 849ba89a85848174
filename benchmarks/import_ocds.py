"""Import OCDS JSON Lines of a given size: throughput, and the peak memory of the process that imports.

    python benchmarks/import_ocds.py [MB]     # default 1000, of 10^6 bytes; CHECK=1 fails above the bar

The lines are made once and kept under var/bench/ocds.
"""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PEAK_MIB_MAX = 512
SUPPLIERS, BUYERS = 40_000, 800
CORRECTED = 0.1  # share of the processes with a second release
SEED = 7
DAY_0 = datetime(2018, 1, 1, 9)


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    home = ROOT / "var" / "bench" / "ocds"
    home.mkdir(parents=True, exist_ok=True)
    file = made(home, megabytes)
    into = home / "facts"
    shutil.rmtree(into, ignore_errors=True)
    command = [sys.executable, __file__, "--import", str(file), str(into)]
    measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    shutil.rmtree(into)
    size = file.stat().st_size
    print("| file | releases | rows | seconds | MB/s | peak memory | bar |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {size / 1e6:,.0f} MB | {measured['releases']:,} | {measured['rows']:,} | {measured['seconds']:.0f}"
        f" | {size / 1e6 / measured['seconds']:.1f} | {measured['peak_mib']:.0f} MiB | {PEAK_MIB_MAX} MiB |"
    )
    if os.environ.get("CHECK") and measured["peak_mib"] > PEAK_MIB_MAX:
        raise SystemExit(f"the import took {measured['peak_mib']:.0f} MiB, above the bar of {PEAK_MIB_MAX} MiB")


def made(home: Path, megabytes: int) -> Path:
    """Return a file of about that size, made where it is absent."""
    file = home / f"releases-{megabytes}.jsonl"
    if not file.exists():
        part = file.with_suffix(".part")
        with part.open("w", encoding="utf-8") as stream:
            size = 0
            for release in releases():
                size += stream.write(json.dumps(release, separators=(",", ":")) + "\n")
                if size >= megabytes * 1_000_000:
                    break
        part.rename(file)
    return file


def releases() -> Iterator[dict[str, Any]]:
    """Yield releases without end, of one process after the other."""
    draw = random.Random(SEED)
    number = 0
    while True:
        release = process(number, draw)
        yield release
        if draw.random() < CORRECTED:
            yield later(release, draw)
        number += 1


def process(number: int, draw: random.Random) -> dict[str, Any]:
    """One contract from its tender to its last payment, as known at its end."""
    began = DAY_0 + timedelta(minutes=number)
    tenderers = [f"S-{i:06}" for i in draw.sample(range(SUPPLIERS), draw.randint(1, 5))]
    buyer = f"B-{draw.randrange(BUYERS):04}"
    price = draw.randrange(10_000, 5_000_000) / 100
    ends = began + timedelta(days=130)
    named = [
        {"id": t, "name": f"Firm {t} Ltd", "roles": ["tenderer"], "address": {"region": t[-2:]}} for t in tenderers
    ]
    details = [
        {"id": f"b{n}", "date": on(began, 15), "status": "valid", "tenderers": [{"id": t}], "value": money(price + n)}
        for n, t in enumerate(tenderers)
    ]
    return {
        "ocid": f"ocds-bench-{number:08}",
        "id": "1",
        "date": on(ends, 90),
        "tag": ["implementation"],
        "initiationType": "tender",
        "buyer": {"id": buyer, "name": f"Bureau {buyer}"},
        "parties": [{"id": buyer, "name": f"Bureau {buyer}", "roles": ["buyer"]}, *named],
        "tender": {
            "id": "t",
            "title": f"Supply of goods, lot {number}, to {buyer}",
            "procurementMethod": "open",
            "mainProcurementCategory": draw.choice(("goods", "works", "services")),
            "value": money(round(price * 1.1, 2)),
            "tenderPeriod": {"startDate": on(began), "endDate": on(began, 20)},
        },
        "bids": {"details": details},
        "awards": [{"id": "w", "date": on(began, 30), "status": "active", "suppliers": [{"id": tenderers[0]}]}],
        "contracts": [contract(began, ends, price, draw)],
    }


def contract(began: datetime, ends: datetime, price: float, draw: random.Random) -> dict[str, Any]:
    """A contract that was delivered, accepted and paid in two parts."""
    signed = began + timedelta(days=40)
    milestones = [
        {
            "id": "d",
            "type": "delivery",
            "dueDate": on(ends),
            "dateMet": on(ends, draw.randint(-9, 20)),
            "status": "met",
        },
        {"id": "a", "type": "approval", "dueDate": on(ends, 7), "dateMet": on(ends, 25), "status": "met"},
    ]
    paid = [{"id": f"p{n}", "date": on(ends, 30 * n + 30), "value": money(round(price / 2, 2))} for n in range(2)]
    return {
        "id": "c",
        "awardID": "w",
        "status": "active",
        "dateSigned": on(signed),
        "period": {"startDate": on(signed, 1), "endDate": on(ends)},
        "value": money(price),
        "implementation": {"milestones": milestones, "transactions": paid},
    }


def later(release: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The same process a while after, its contract at another price."""
    (contract,) = release["contracts"]
    cheaper = {**contract, "value": money(round(contract["value"]["amount"] * draw.uniform(0.8, 1.2), 2))}
    date = on(datetime.fromisoformat(release["date"]), draw.randint(1, 60))
    return {**release, "id": "2", "date": date, "contracts": [cheaper]}


def money(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "CNY"}


def on(day: datetime, days: int = 0) -> str:
    return (day + timedelta(days=days)).replace(tzinfo=None).isoformat() + "Z"


def run_import(file: str, into: str) -> None:
    """Import in this process, and print what it took."""
    sys.path.insert(0, str(ROOT))
    from features.importing.import_facts import import_facts

    started = time.perf_counter()
    summary = import_facts(file, into, format="ocds")
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = {"releases": summary.records["releases"].used, "rows": summary.loaded}
    print(json.dumps({**counts, "seconds": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    run_import(*sys.argv[2:]) if sys.argv[1:2] == ["--import"] else main()
