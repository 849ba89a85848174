"""A province: facts made, imported and profiled at growing sizes, and a profile run killed and resumed.

    make bench-province                   # 1, 10 and 100 million facts; prints, and writes docs/province.md and .svg
    make bench-province SIZES="1 10"      # smaller, in minutes; prints only
    CHECK=1 make bench-province           # and exits 1 below the bars

Every step is the command line's own verb in a process of its own. Peak memory is the most the process ever held. At
the largest size the profile run is started once more in an empty home, killed by SIGKILL half-way, and run again: the
stored profiles must be the same bytes.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from province_page import write_page  # noqa: E402

SUPPLIERS_PER_MILLION = 11_000  # of facts, in the world `province`
WORLD, SEED = "province", 7
FULL = 100  # million facts: what the page is about
PROFILE_S_MAX, PROFILE_MIB_MAX = 300.0, 8e9 / 2**20
GROWTH_MAX = 1.3  # how much dearer a fact may be at the largest size than at the one before


@dataclass(frozen=True)
class Step:
    """One run of a verb."""

    seconds: float
    peak_mib: float


@dataclass(frozen=True)
class Size:
    """What one market cost.

    Attributes:
        facts: rows imported.
        suppliers: suppliers made.
        profiled: suppliers with a stored profile.
        columns: columns of a stored profile.
        steps: `sandbox`, `import` and `profile`.
    """

    facts: int
    suppliers: int
    profiled: int
    columns: int
    steps: dict[str, Step]


@dataclass(frozen=True)
class Resumed:
    """A run that was killed, and the one that took up its work."""

    killed_after_s: float
    resumed: Step
    same: bool


def main() -> int:
    """Walk the sizes from the smallest to the largest, print, and judge if asked."""
    from features.home import home

    millions = sorted({int(word) for word in sys.argv[1:]} or {1, 10, FULL})
    folder = home() / "bench-province"
    shutil.rmtree(folder, ignore_errors=True)
    sizes: list[Size] = []
    try:
        for million in millions:
            sizes.append(walk(folder / str(million), million))
            print(line(sizes[-1]), flush=True)
        again = killed_and_resumed(folder / str(millions[-1]), sizes[-1])
        print(resumed_line(again), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = {"sizes": [asdict(size) for size in sizes], "resumed": asdict(again), "cores": os.cpu_count()}
    kept = home() / "figures" / "province.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if FULL in millions:
        write_page(figures, ROOT / "docs")
    return judge(sizes, again) if os.environ.get("CHECK") == "1" else 0


def walk(folder: Path, million: int) -> Size:
    """Make, import and profile one market; what is no longer needed is removed on the way."""
    suppliers, steps = million * SUPPLIERS_PER_MILLION, {}
    market, facts = folder / "market", folder / "facts"
    steps["sandbox"] = run("sandbox", market, "--world", WORLD, "--suppliers", suppliers, "--seed", SEED, home=folder)
    steps["import"] = run("import", market / "facts", "--into", facts, home=folder)
    shutil.rmtree(market)
    steps["profile"] = run("profile", facts, "--fleet", home=folder / "first")
    manifest = stored(folder / "first")
    rows = sum(entry["rows"] for entry in json.loads((facts / "manifest.json").read_text())["tables"].values())
    return Size(rows, suppliers, manifest["rows"], len(manifest["columns"]), steps)


def killed_and_resumed(folder: Path, size: Size) -> Resumed:
    """Profile in an empty home, kill the run half-way, run it again, and compare what is stored."""
    half = size.steps["profile"].seconds / 2
    started = time.perf_counter()
    process = begin("profile", folder / "facts", "--fleet", home=folder / "second")
    time.sleep(half)
    process.send_signal(signal.SIGKILL)
    if process.wait() != -signal.SIGKILL:
        raise SystemExit("the run that was to be killed had ended before")
    after = time.perf_counter() - started
    resumed = run("profile", folder / "facts", "--fleet", home=folder / "second")
    return Resumed(after, resumed, stored(folder / "first")["sha256"] == stored(folder / "second")["sha256"])


def stored(home: Path) -> dict:
    """Manifest of the stored profiles in force."""
    current = json.loads((home / "profiles" / "current.json").read_text())
    return json.loads((home / "profiles" / current["folder"] / "manifest.json").read_text())


def begin(*words: object, home: Path) -> subprocess.Popen:
    """Start a verb of the command line."""
    code = "from cli.main import run; run()"
    env = os.environ | {"SUPPLIER_CREDIT_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, words)], env=env, stdout=subprocess.DEVNULL)


def run(*words: object, home: Path) -> Step:
    """Run a verb to its end."""
    started = time.perf_counter()
    process = begin(*words, home=home)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"supplier-credit {words[0]} ended with {process.returncode}")
    return Step(time.perf_counter() - started, usage.ru_maxrss / 1024)


def line(size: Size) -> str:
    """A size as one line of the table."""
    parts = [f"{name} {step.seconds:.1f} s {step.peak_mib:,.0f} MiB" for name, step in size.steps.items()]
    per = size.steps["profile"].seconds / size.facts * 1e6
    shape = f"{size.profiled:,} of {size.suppliers:,} suppliers × {size.columns}"
    return f"{size.facts:>12,} facts  {shape}: {', '.join(parts)}; {per:.2f} s of profiling a million facts"


def resumed_line(again: Resumed) -> str:
    """What became of the killed run."""
    same = "the same bytes" if again.same else "OTHER BYTES"
    return f"killed after {again.killed_after_s:.0f} s, resumed in {again.resumed.seconds:.1f} s: {same}"


def judge(sizes: list[Size], again: Resumed) -> int:
    """Say which bars are missed; 1 if any is."""
    profile, missed = sizes[-1].steps["profile"], []
    if profile.seconds > PROFILE_S_MAX:
        missed.append(f"profile: {profile.seconds:.0f} s, bar {PROFILE_S_MAX:.0f} s")
    if profile.peak_mib > PROFILE_MIB_MAX:
        missed.append(f"profile: {profile.peak_mib:,.0f} MiB, bar {PROFILE_MIB_MAX:,.0f} MiB")
    if not again.same:
        missed.append("the resumed run stored other bytes")
    if again.resumed.seconds >= profile.seconds:
        missed.append(f"resumed in {again.resumed.seconds:.0f} s: nothing of the killed run was kept")
    if len(sizes) > 1:
        per = [s.steps["profile"].seconds / s.facts for s in sizes[-2:]]
        if per[1] > GROWTH_MAX * per[0]:
            missed.append(f"a fact costs {per[1] / per[0]:.2f} times what it did at the size before, bar {GROWTH_MAX}")
    print("\n".join(f"BELOW THE BAR  {line}" for line in missed) or "every bar is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
