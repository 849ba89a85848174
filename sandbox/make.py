"""A whole market, chunk by chunk: facts in FACTS' source layout, and apart from them the truth."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.facts.tables import TABLES
from sandbox.lending.chunk import Made, Market, make_chunk
from sandbox.lending.loans import Fate, decide, financing_rows, solve_intercept
from sandbox.lending.repayments import choose
from sandbox.market.conduct import party_ids
from sandbox.market.cut import cut
from sandbox.market.firms import Chunk, make_buyers
from sandbox.market.rates import Rates, make_rates, rate_rows
from sandbox.truth.posterior import best_pds
from sandbox.truth.truth import expected_auc, read_truth, truth_table
from sandbox.world.arrow import to_arrow
from sandbox.world.clock import Calendar
from sandbox.world.seeds import Noun, stream
from sandbox.world.world import World, WorldError
from sandbox.world.world_file import read_world
from sandbox.world.world_text import world_text

CHUNK = 2_000  # suppliers made together; the bytes depend on it
TABLES_MADE = tuple(name for name in TABLES if name not in {"calendar", "outcomes", "spine"})  # rates if drawn


@dataclass(frozen=True)
class SandboxSummary:
    """What was made, in figures.

    Attributes:
        path: the folder.
        world: name of the world.
        suppliers: number of suppliers.
        seed: the seed.
        rows: rows by table.
        financings: number of loans.
        matured: loans whose outcome is known at the data cut.
        bad_rate: share of the matured that went bad.
        pd_auc: expected AUC of the best possible PD on the matured.
        loan_mean: mean loan in yuan.
        loans_per_borrower: loans for each supplier that has one.
        intercept: the solved intercept of the world's risk.
    """

    path: Path
    world: str
    suppliers: int
    seed: int
    rows: Mapping[str, int]
    financings: int
    matured: int
    bad_rate: float
    pd_auc: float
    loan_mean: float
    loans_per_borrower: float
    intercept: float


def make_sandbox(
    out: Path,
    world: Path | str | World,
    suppliers: int,
    seed: int,
    progress: Callable[[str, float | None], None] | None = None,
) -> SandboxSummary:
    """Write a synthetic market into `out`: `out/facts` for anyone, `out/truth` for tests and benchmarks.

    Args:
        out: the folder; a sandbox that is there already is replaced, anything else is refused.
        world: a TOML file, the name of a world that ships, or a world that was drawn.
        suppliers: number of suppliers.
        seed: the same seed gives the same bytes.
        progress: called with what has been made so far, in words and as a share.

    Raises:
        WorldError: the world or the arguments cannot be used, or `out` holds something else.
    """
    made, text = (world, world_text(world)) if isinstance(world, World) else read_world(world)
    if not 1 <= suppliers <= 10_000_000 or seed < 0:
        raise WorldError(f"{suppliers} suppliers with seed {seed}: wants 1 to 10,000,000 suppliers and a seed from 0.")
    _clear(out)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with Writers(partial) as writers:
        intercept = _write_chunks(writers, made, suppliers, seed, progress)
        counts = dict(writers.rows)
    manifest = {"synthetic": True, "currency": "CNY", "tz": "Asia/Shanghai", "world": made.name}
    _json(partial / "facts" / "manifest.json", {**manifest, "seed": seed, "suppliers": suppliers})
    (partial / "truth" / "world.toml").write_text(text, "utf-8")
    summary = _summary(partial, out, made, suppliers, seed, counts, intercept)
    figures = {name: None if value != value else value for name, value in vars(summary).items() if name != "path"}
    _json(partial / "truth" / "summary.json", figures)
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)
    return summary


class Writers:
    """One Parquet writer per table, a row group per chunk."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.rows, self.open = folder, dict[str, int](), dict[str, pq.ParquetWriter]()
        for part in ("facts", "truth"):
            (folder / part).mkdir(parents=True)

    def __enter__(self) -> "Writers":
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self.open.values():
            writer.close()

    def write(self, name: str, table: pa.Table) -> None:
        """Append to `name` (`facts/contracts`, `truth/financings`)."""
        if name not in self.open:
            self.open[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", table.schema, compression="zstd")
        self.open[name].write_table(table)
        self.rows[name] = self.rows.get(name, 0) + len(table)


def _write_chunks(
    writers: Writers, world: World, suppliers: int, seed: int, progress: Callable[[str, float | None], None] | None
) -> float:
    """Make and write the market chunk by chunk; returns the intercept of its risk, 0 where there are no loans."""
    calendar = Calendar.between(world.period.first, world.period.last, growth=world.market.growth)
    rates = make_rates(world, calendar, seed) if world.drawn else None
    market = Market(make_buyers(world, suppliers=suppliers, seed=seed), rates)
    intercept = None
    for number, base in enumerate(range(0, suppliers, CHUNK)):
        chunk = Chunk(world, calendar, seed, number, base, min(CHUNK, suppliers - base))
        rows = make_chunk(chunk, market)
        if intercept is None:  # solved on the first chunk that has loans, and kept
            intercept = solve_intercept(chunk, rows.candidates)
        _write(writers, rows, decide(chunk, rows.candidates, intercept or 0.0))
        if number == 0 and rates is not None:
            _write_rates(writers, rates, rows)
        if progress:
            progress(f"{base + chunk.size:,} suppliers", (base + chunk.size) / suppliers)
    return intercept or 0.0


def _write(writers: Writers, made: Made, fate: Fate) -> None:
    """Write a chunk as it is known at the cut."""
    chunk, candidates = made.chunk, made.candidates
    reports = choose(candidates.good, candidates.bad, fate.came, fate.bad)
    tables = dict(made.tables)
    tables["financings"] = financing_rows(candidates, fate, made.awards, chunk.base)
    tables["repayments"] = {**reports, "financing_id": reports["loan"]}
    tables = cut(tables, chunk.calendar.last)
    times = stream(chunk.seed, chunk.number, Noun.CORRECTIONS)
    for name in TABLES_MADE:
        if name in tables:
            texts = dict(made.texts.get(name, {}))
            if name == "conduct":
                texts["party_id"] = party_ids(tables[name], made.labels)
            writers.write(f"facts/{name}", to_arrow(name, tables[name], made.labels, times, texts))
    which = np.unique(tables["financings"]["financing_id"])
    writers.write(
        "truth/financings", truth_table(candidates, fate, best_pds(made, fate), which, made.labels, chunk.calendar.last)
    )


def _write_rates(writers: Writers, rates: Rates, made: Made) -> None:
    rows, times = rate_rows(rates, made.chunk.calendar.last), made.chunk.stream(Noun.FOREIGN)
    writers.write("facts/rates", to_arrow("rates", rows, made.labels, times))


def _summary(
    partial: Path, out: Path, world: World, suppliers: int, seed: int, counts: dict[str, int], intercept: float
) -> SandboxSummary:
    # A province has two million loans: only what is counted is read.
    truth = read_truth(partial, ["supplier_id", "amount", "matured", "pd_best", "bad"])
    matured = truth.filter(truth["matured"])
    pd, bad = matured["pd_best"].to_numpy(), matured["bad"].to_numpy()
    borrowers = pc.count_distinct(truth["supplier_id"]).as_py()
    return SandboxSummary(
        path=out,
        world=world.name,
        suppliers=suppliers,
        seed=seed,
        rows={name.removeprefix("facts/"): n for name, n in counts.items() if name.startswith("facts/")},
        financings=len(truth),
        matured=len(matured),
        bad_rate=float(bad.mean()) if len(bad) else float("nan"),
        pd_auc=expected_auc(pd, pd) if len(pd) else float("nan"),
        loan_mean=float(truth["amount"].to_numpy().mean()) if len(truth) else float("nan"),
        loans_per_borrower=len(truth) / max(borrowers, 1),
        intercept=intercept,
    )


def _clear(out: Path) -> None:
    """Refuse a folder that holds anything but a sandbox."""
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        return
    names = {p.name for p in out.iterdir()}
    made = {"manifest.json", *(f"{name}.parquet" for name in TABLES_MADE)}
    # A home holds facts as well, imported ones, beside the ledger and keys of its people.
    ours = names == {"facts", "truth"} and {p.name for p in (out / "facts").iterdir()} <= made
    if names and not ours:
        raise WorldError(f"{out} holds something other than a sandbox; name an empty or new folder.")


def _json(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=float) + "\n", "utf-8")
