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
from sandbox.market.conduct import conduct_rows, party_ids
from sandbox.market.cut import cut
from sandbox.market.delivery import dispute_rows, make_deliveries, milestone_rows
from sandbox.market.firms import Buyers, Chunk, buyer_rows, firm_event_rows, make_buyers, make_suppliers, supplier_rows
from sandbox.market.loans import Candidates, Fate, decide, financing_rows, make_candidates, paid_late, solve_intercept
from sandbox.market.paying import invoice_rows, payment_rows
from sandbox.market.repayments import choose
from sandbox.market.trade import Awards, amendment_rows, bid_rows, contract_rows, make_awards, stage_rows, tender_rows
from sandbox.market.view import History
from sandbox.truth.truth import expected_auc, read_truth, truth_table
from sandbox.world.arrow import Labels, to_arrow
from sandbox.world.clock import Calendar
from sandbox.world.ids import uscc
from sandbox.world.rows import Rows
from sandbox.world.seeds import Noun, stream
from sandbox.world.world import World, WorldError
from sandbox.world.world_file import read_world

CHUNK = 2_000  # suppliers made together; the bytes depend on it
NUMBERS = 10_000_000  # ids that a chunk may use
TABLES_MADE = tuple(name for name in TABLES if name not in {"outcomes", "rates", "spine"})


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


@dataclass(frozen=True)
class Made:
    """All rows of a chunk of suppliers, before fate has chosen among its loans."""

    chunk: Chunk
    tables: dict[str, Rows]
    texts: dict[str, dict[str, pa.Array]]
    labels: Labels
    awards: Awards
    candidates: Candidates


def make_sandbox(
    out: Path,
    world: Path | str,
    suppliers: int,
    seed: int,
    progress: Callable[[str, float | None], None] | None = None,
) -> SandboxSummary:
    """Write a synthetic market into `out`: `out/facts` for anyone, `out/truth` for tests and benchmarks.

    Args:
        out: the folder; a sandbox that is there already is replaced, anything else is refused.
        world: a TOML file, or the name of a world that ships.
        suppliers: number of suppliers.
        seed: the same seed gives the same bytes.
        progress: called with what has been made so far, in words and as a share.

    Raises:
        WorldError: the world or the arguments cannot be used, or `out` holds something else.
    """
    made, text = read_world(world)
    if not 1 <= suppliers <= 10_000_000 or seed < 0:
        raise WorldError(f"{suppliers} suppliers with seed {seed}: wants 1 to 10,000,000 suppliers and a seed from 0.")
    _clear(out)
    buyers = make_buyers(made, suppliers=suppliers, seed=seed)
    calendar = Calendar.between(made.period.first, made.period.last, growth=made.market.growth)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with Writers(partial) as writers:
        intercept = None
        for number, base in enumerate(range(0, suppliers, CHUNK)):
            chunk = Chunk(made, calendar, seed, number, base, min(CHUNK, suppliers - base))
            market = make_chunk(chunk, buyers)
            if intercept is None:  # solved on the first chunk that has loans, and kept
                intercept = solve_intercept(chunk, market.candidates)
            fate = decide(chunk, market.candidates, intercept or 0.0)
            _write(writers, market, fate)
            if progress:
                progress(f"{base + chunk.size:,} suppliers", (base + chunk.size) / suppliers)
        counts = dict(writers.rows)
    manifest = {"synthetic": True, "currency": "CNY", "tz": "Asia/Shanghai", "world": made.name}
    _json(partial / "facts" / "manifest.json", {**manifest, "seed": seed, "suppliers": suppliers})
    (partial / "truth" / "world.toml").write_text(text, "utf-8")
    summary = _summary(partial, out, made, suppliers, seed, counts, intercept or 0.0)
    figures = {name: None if value != value else value for name, value in vars(summary).items() if name != "path"}
    _json(partial / "truth" / "summary.json", figures)
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)
    return summary


def make_chunk(chunk: Chunk, buyers: Buyers) -> Made:
    """All facts of a chunk of suppliers, and the loans that may come about."""
    firms = make_suppliers(chunk, buyers)
    awards = make_awards(chunk, firms, buyers)
    deliveries = make_deliveries(chunk, awards)
    tables, texts = {}, {}
    tables["suppliers"], texts["suppliers"] = supplier_rows(chunk, firms)
    if chunk.number == 0:
        tables["buyers"], texts["buyers"] = buyer_rows(buyers)
    tables["tenders"] = tender_rows(chunk, awards)
    tables["bids"] = bid_rows(chunk, firms, awards, tables["tenders"])
    tables["contracts"] = contract_rows(chunk, awards, deliveries.ended, deliveries.end_state)
    tables["amendments"] = amendment_rows(chunk, awards)
    tables["milestones"] = milestone_rows(chunk, awards, deliveries)
    tables["payments"] = payment_rows(chunk, awards, buyers, deliveries)
    tables["stages"] = stage_rows(chunk, awards, tables["tenders"])
    tables["invoices"] = invoice_rows(chunk, awards, tables["payments"])
    tables["conduct"] = conduct_rows(chunk, firms, buyers)
    tables["disputes"] = dispute_rows(chunk, awards, deliveries)
    tables["firm_events"] = firm_event_rows(chunk, firms)
    history = History(tables["contracts"], tables["milestones"], tables["bids"], tables["conduct"])
    candidates = make_candidates(chunk, firms, awards, history, paid_late(tables["payments"], awards))
    codes = uscc(chunk.base + np.arange(chunk.size), firms.kind)
    labels = Labels(codes, chunk.base, chunk.number * NUMBERS, f"synthetic:{chunk.world.name}")
    return Made(chunk, tables, texts, labels, awards, candidates)


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
    writers.write("truth/financings", truth_table(candidates, fate, which, made.labels, chunk.calendar.last))


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
