"""A home to measure: a market of 20,000 suppliers and more, walked through once and kept under var/bench."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Some suppliers have no history, and would be answered without a score: enough are made that those with one suffice.
SUPPLIERS_MADE = 24_000
WORLD = "interactions"  # where LightGBM is proposed: the dearest scorecard to serve
EARLIER_DAYS = (30, 60, 90, 120)  # before the fleet's date: what a request with `as_of` asks for
READY_S = 90.0


def bench_home(suppliers_min: int) -> tuple[Path, dict[str, Any]]:
    """Return the home and what a client must know of it, building it where it is absent or of other code."""
    sys.path.insert(0, str(ROOT))
    home = (ROOT / "var" / "bench").resolve()
    os.environ["SUPPLIER_CREDIT_HOME"] = str(home)
    if not usable(home):
        shutil.rmtree(home, ignore_errors=True)
        build(home)
    made = json.loads((home / "bench.json").read_text(encoding="utf-8"))
    assert len(made["suppliers"]) >= suppliers_min
    return home, made


def usable(home: Path) -> bool:
    """Whether a home was built, and by code that computes the same features and keeps the same promotion ledger."""
    from features.engines.digest import features_digest
    from models.errors import LedgerError
    from models.promotion.champions import champion

    if not (home / "bench.json").is_file():
        return False
    try:
        served = champion(home, "contract_loan")
    except LedgerError:
        return False
    if served is None:
        return False
    declaration = json.loads((served.folder / "scorecard.json").read_text(encoding="utf-8"))
    try:
        return declaration["features_digest"] == features_digest([column["name"] for column in declaration["columns"]])
    except (KeyError, ValueError):  # a column that this code no longer declares
        return False


def build(home: Path) -> None:
    """Walk the road once."""
    from datetime import timedelta

    import numpy as np
    import pyarrow.parquet as pq

    from cli.shared.demo_steps import Start, champions_of, facts_of, key_of
    from cli.verbs.profile import store_fleet
    from features.facts.store import Facts, instant

    facts = facts_of(Start(suppliers=SUPPLIERS_MADE, world=Path(WORLD)), home)
    folder, manifest = store_fleet(facts)
    champions_of(facts, home, units=("request",))
    _, key = key_of(home, manifest)
    opened = Facts.open(facts)
    as_of = instant(manifest["as_of"].replace("Z", "+00:00"), manifest["tz"])
    made = {
        "key": key,
        "suppliers": [name.decode() for name in np.load(folder / "ids.npy").tolist()],
        "buyers": sorted(set(pq.read_table(opened.tables["buyers"], columns=["buyer_id"])["buyer_id"].to_pylist())),
        "currency": manifest["currency"],
        "earlier": [(as_of - timedelta(days=days)).isoformat() + "+00:00" for days in EARLIER_DAYS],
    }
    (home / "bench.json").write_text(json.dumps(made), encoding="utf-8")


def wait_for(port: int, process: subprocess.Popen) -> None:
    """Wait until the port takes a connection, or the process is gone."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"the process to measure ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answered at port {port} within {READY_S:.0f} s")
