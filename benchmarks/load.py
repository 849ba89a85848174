"""Speed of `POST /v1/scores`, reasons and durable commit included, against the real BentoML service.

    make bench                      # prints the figures and writes var/figures/load.json
    CHECK=1 make bench              # and exits 1 below the bars

Eight closed-loop clients on keep-alive connections, in a process of their own that shares the machine's cores with the
service; suppliers drawn uniformly from a fleet of 20,000 or more, a new idempotency key for every request, no answer
kept anywhere. Beside it, in the same run and from the same scorecard and profiles, a bare uvicorn app that only
computes the score and its contributions.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from home import bench_home, wait_for

SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
WARM_UP_S = 3.0
CLIENTS = 8
SUPPLIERS_MIN, COLUMNS_MIN, TREES_MIN = 20_000, 100, 300
SAMPLED_ANSWERS_MIN = 20


@dataclass(frozen=True)
class Bar:
    """What a road must reach for `CHECK=1` to pass."""

    requests_a_second: float
    p99_ms: float | None


COLUMNS = (
    ("requests/s", "requests_a_second", ".0f"),
    *((f"{q} ms", f"{q}_ms", ".1f") for q in ("p50", "p95", "p99", "max")),
    ("errors", "errors", "d"),
    ("n", "requests", ",d"),
    ("scored", "scored", ".1%"),
)
BARS = {"stored profile": Bar(300, 30), "from facts": Bar(20, None)}


def main() -> int:
    """Build or reuse the home, measure the three, print, and judge if asked."""
    home, made = bench_home(SUPPLIERS_MIN)
    from cli.shared.served import served

    shape = check_shape(home)
    with tempfile.TemporaryDirectory() as scratch:
        job = job_of(home, made, Path(scratch))
        results = {}
        with served(home) as service:
            results["stored profile"] = measure(job | {"port": service.settings.port}, Path(scratch))
            earlier = {"port": service.settings.port, "as_of": made["earlier"]}
            results["from facts"] = measure(job | earlier, Path(scratch))
            check_recorded(service, job["key"], results["stored profile"]["kept"])
        results["bare uvicorn"] = bare(job, home, Path(scratch))
    figures = {name: summary(result) for name, result in results.items()}
    report = {"shape": shape, "machine": machine(), "clients": CLIENTS, "seconds": SECONDS, "figures": figures}
    figures_file = home.parent / "figures" / "load.json"
    figures_file.parent.mkdir(parents=True, exist_ok=True)
    figures_file.write_text(json.dumps(report, indent=1))
    show(report)
    return judge(figures) if os.environ.get("CHECK") == "1" else 0


def check_shape(home: Path) -> dict[str, int]:
    """Refuse to measure something smaller than promised."""
    from models.promotion.champions import champion

    served = champion(home, "contract_loan")
    assert served is not None
    booster = (served.folder / "booster.txt").read_text(encoding="utf-8")
    profiles = home / "profiles"
    folder = profiles / json.loads((profiles / "current.json").read_text())["folder"]
    shape = {
        "suppliers": json.loads((folder / "manifest.json").read_text())["rows"],
        "columns": len(json.loads((served.folder / "scorecard.json").read_text())["columns"]),
        "trees": booster.count("\nTree="),
    }
    assert shape["suppliers"] >= SUPPLIERS_MIN, shape
    assert shape["columns"] >= COLUMNS_MIN, shape
    assert shape["trees"] >= TREES_MIN, shape
    return shape


def job_of(home: Path, made: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """The job that every client process reads."""
    (scratch / "suppliers").write_text("\n".join(made["suppliers"]), encoding="utf-8")
    return {
        "path": "/v1/scores",
        "key": made["key"],
        "suppliers": str(scratch / "suppliers"),
        "buyers": made["buyers"],
        "currency": made["currency"],
        "as_of": [],
        "clients": CLIENTS,
        "seconds": SECONDS,
        "warm_up_s": WARM_UP_S,
    }


def measure(job: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """Run the clients in their own process and return what they saw."""
    fresh = {"seed": random.SystemRandom().randrange(2**31), "run": uuid.uuid4().hex}
    (scratch / "job.json").write_text(json.dumps(job | fresh), encoding="utf-8")
    script = Path(__file__).with_name("closed_loop.py")
    done = subprocess.run([sys.executable, str(script), str(scratch / "job.json")], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def bare(job: dict[str, Any], home: Path, scratch: Path) -> dict[str, Any]:
    """Measure the bare scorer the same way."""
    from serving.launch import free_port

    port = free_port()
    script = Path(__file__).with_name("bare.py")
    env = os.environ | {"PYTHONPATH": str(script.parents[1]), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, str(script), str(home), str(port)], env=env)
    try:
        wait_for(port, process)
        return measure(job | {"port": port}, scratch)
    finally:
        process.terminate()
        process.wait(10)


def check_recorded(service: Any, key: str, kept: list[str]) -> None:
    """Every sampled answer adds up, and is the one the ledger gives back."""
    import httpx

    assert len(kept) >= SAMPLED_ANSWERS_MIN, "too few answers to look at"
    with httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {key}"}, trust_env=False) as client:
        for text in kept[:: max(1, len(kept) // 50)]:
            answer = json.loads(text)
            recorded = client.get(answer["links"]["self"])
            assert recorded.status_code == 200, answer["score_id"]
            assert recorded.content == text.encode(), "the ledger holds another answer"
            if answer["status"] == "not_scorable":
                continue
            reasons = answer["supplier"]["reasons"]
            parts = [r["points"] for side in ("adverse", "favourable") for r in reasons[side]]
            total = reasons["base_points"] + sum(parts) + reasons["other_points"]
            assert abs(total - answer["supplier"]["points"]) < 1e-6, answer


def summary(result: dict[str, Any]) -> dict[str, Any]:
    """Requests a second, quantiles of latency, and everything that was neither a score with reasons nor a refusal."""
    latencies = np.array(result["latencies_ms"])
    answered = result["verdicts"].get("scored", 0) + result["verdicts"].get("not scorable", 0)
    errors = len(latencies) - min(result["statuses"].get("200", 0), answered)
    p50, p95, p99 = (float(q) for q in np.quantile(latencies, (0.5, 0.95, 0.99)))
    return {
        "requests": len(latencies),
        "requests_a_second": len(latencies) / result["seconds"],
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "max_ms": float(latencies.max()),
        "errors": errors,
        "statuses": result["statuses"],
        "scored": result["verdicts"].get("scored", 0) / len(latencies),
    }


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    import sqlite3
    from importlib.metadata import version

    libraries = {name: version(name) for name in ("bentoml", "fastapi", "uvicorn", "lightgbm", "duckdb")}
    return {"cores": os.cpu_count(), "python": sys.version.split()[0], "sqlite": sqlite3.sqlite_version} | libraries


def show(report: dict[str, Any]) -> None:
    """Print the figures as a table."""
    shape = report["shape"]
    print(f"\nPOST /v1/scores, {report['clients']} clients, {report['machine']['cores']} cores shared with them")
    print(
        f"{shape['suppliers']:,} suppliers, {shape['columns']} columns, {shape['trees']} trees; reasons, durable commit"
    )
    print(f"{'':16}" + "".join(f"{head:>12}" for head, _, _ in COLUMNS))
    for name, f in report["figures"].items():
        print(f"{name:16}" + "".join(f"{f[key]:>12{shape}}" for _, key, shape in COLUMNS))


def judge(figures: dict[str, dict[str, Any]]) -> int:
    """Say which bars are missed; 1 if any is."""
    missed = []
    for name, bar in BARS.items():
        f = figures[name]
        if f["requests_a_second"] < bar.requests_a_second:
            missed.append(f"{name}: {f['requests_a_second']:.0f} requests/s, bar {bar.requests_a_second:.0f}")
        if bar.p99_ms is not None and f["p99_ms"] > bar.p99_ms:
            missed.append(f"{name}: p99 {f['p99_ms']:.1f} ms, bar {bar.p99_ms:.0f} ms")
    missed += [f"{name}: {f['errors']} errors, {f['statuses']}" for name, f in figures.items() if f["errors"]]
    print("\n".join(f"BELOW THE BAR  {line}" for line in missed) or "every bar is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
