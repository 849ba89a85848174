"""What shows the hidden level of a drawn world: private sales, cancelled invoices, firm events, slow publication.

Given the levels, each is drawn independently of the others and of the rest of the market. Events of a quarter are a
Poisson number on uniform days of it; both begin with the market or with the firm's foundation, whichever is later.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.market.drawn_firms import QUARTER, quarter_of
from sandbox.market.firms import Chunk, Suppliers
from sandbox.market.trade import Awards
from sandbox.world.arrow import WORDS
from sandbox.world.clock import NEVER, Days
from sandbox.world.rows import NONE, Rows, correction, fen, known, late_known, length, runs, stack, take
from sandbox.world.seeds import Noun

VOID_DAYS, EVENT_DAYS, STAGE_DAYS = 29, 40, 20  # most days until a cancellation, a late event, a late stage is known
SLOW_FROM, SLOW_TO = 10, 60  # days that a slow publication waits
PUBLISHED = 0.8  # share of contracts that are published at all
CONTRACT_STAGE = 6
PRIVATE = 20_000_000  # numbers of private customers begin here


@dataclass(frozen=True)
class Signals:
    """The signals of a chunk in whole days, by supplier position.

    Attributes:
        since: first day on which a supplier shows any.
        seller: supplier of each private invoice.
        issued: its day.
        void_known: day from which its cancellation is known, `NEVER` without one.
        firm: supplier of each firm event of the world's kind.
        event: its day.
        event_known: day from which it is known.
        slow: by tender, whether the contract's publication is slow.
        published: by tender, its day, `NEVER` without one.
        published_known: by tender, day from which the publication is known.
    """

    since: Days
    seller: NDArray
    issued: Days
    void_known: Days
    firm: NDArray
    event: Days
    event_known: Days
    slow: NDArray
    published: Days
    published_known: Days


def event_code(chunk: Chunk) -> int:
    """Position of the kind of firm event that shows the level."""
    assert chunk.world.drawn is not None
    return WORDS[("firm_events", "type_code")].index(chunk.world.drawn.hidden.event)


def add_signals(chunk: Chunk, firms: Suppliers, awards: Awards, tables: dict[str, Rows]) -> Signals:
    """Draw the signals and write them into the tables of the chunk."""
    assert firms.level is not None
    founded = tables["suppliers"]["founded_on"][: chunk.size]
    since = np.maximum(founded, chunk.calendar.first).astype(np.int32)
    sales, void_known = _private_sales(chunk, firms, since, length(tables["invoices"]))
    tables["invoices"] = stack(tables["invoices"], sales)
    seller = sales["supplier_id"] - chunk.base
    valid = sales["state"] == 0
    events = _events(chunk, firms, since)
    code = event_code(chunk)
    others = tables["firm_events"]
    others = take(others, others["type_code"] != code)  # this kind comes from the level alone
    events["event_id"] = length(tables["firm_events"]) + np.arange(length(events))
    tables["firm_events"] = stack(others, events)
    slow, published, published_known, tables["stages"] = _stages(chunk, firms, awards, tables["stages"])
    return Signals(
        since=since,
        seller=seller[valid],
        issued=sales["issued_on"][valid],
        void_known=void_known,
        firm=events["supplier_id"] - chunk.base,
        event=events["occurred_at"],
        event_known=events["known_day"],
        slow=slow,
        published=published,
        published_known=published_known,
    )


def _poisson(
    chunk: Chunk, firms: Suppliers, since: Days, yearly: tuple[float, ...], rng: np.random.Generator
) -> tuple[NDArray, Days]:
    """Supplier and day of events whose yearly rate follows the level."""
    assert firms.level is not None
    mean = np.array(yearly)[firms.level] * QUARTER / 365.25
    cell, _ = runs(rng.poisson(mean).ravel())
    supplier, quarter = np.divmod(cell, firms.level.shape[1])
    days = (chunk.calendar.first + quarter * QUARTER + rng.integers(0, QUARTER, len(cell))).astype(np.int32)
    happened = days >= since[supplier]
    return supplier[happened], days[happened]


def _private_sales(chunk: Chunk, firms: Suppliers, since: Days, first_id: int) -> tuple[Rows, Days]:
    """Invoices to private customers with their cancellations, and by invoice when its cancellation is known."""
    assert chunk.world.drawn is not None
    assert firms.level is not None
    rng, hidden = chunk.stream(Noun.PRIVATE_SALES), chunk.world.drawn.hidden
    supplier, issued = _poisson(chunk, firms, since, hidden.private_sales, rng)
    n = len(supplier)
    amount = fen(6_000 * firms.scale[supplier] * np.exp(0.7 * rng.standard_normal(n)))
    customers = 20 + (chunk.base + supplier) % 41
    level = firms.level[supplier, quarter_of(issued, chunk.calendar.first)]
    void = rng.random(n) < np.array(hidden.void)[level]
    rows: Rows = {
        "invoice_id": first_id + np.arange(n),
        "supplier_id": chunk.base + supplier,
        "direction": np.zeros(n, np.int64),
        "counterparty_id": PRIVATE + (chunk.base + supplier) * 64 + (rng.random(n) * customers).astype(np.int64),
        "amount": amount,
        "tax": np.where(rng.random(n) < 0.02, NONE, amount * 13 // 113),
        "issued_on": issued,
        "state": np.zeros(n, np.int64),
    }
    known(rows, issued)
    which = np.flatnonzero(void)
    at = issued[which] + rng.integers(1, VOID_DAYS + 1, len(which))
    void_known = np.full(n, NEVER, np.int32)
    void_known[which] = at
    return stack(rows, correction(rows, which, at, state=np.ones(len(which), np.int64))), void_known


def _events(chunk: Chunk, firms: Suppliers, since: Days) -> Rows:
    assert chunk.world.drawn is not None
    rng = chunk.stream(Noun.SIGNAL_EVENTS)
    supplier, occurred = _poisson(chunk, firms, since, chunk.world.drawn.hidden.events, rng)
    code, n = event_code(chunk), len(supplier)
    hired = chunk.world.drawn.hidden.event == "hiring"
    rows: Rows = {
        "supplier_id": chunk.base + supplier,
        "type_code": np.full(n, code),
        "value": rng.integers(1, 9, n).astype(float) if hired else np.full(n, np.nan),
        "occurred_at": occurred,
        "event_id": np.arange(n),
        "ends_on": np.full(n, NEVER, np.int32),
    }
    known(rows, occurred)
    return late_known(rows, rng, rate=chunk.world.mess.known_late, days=EVENT_DAYS)


def _stages(chunk: Chunk, firms: Suppliers, awards: Awards, stages: Rows) -> tuple[NDArray, Days, Days, Rows]:
    """Publish every tender's contract anew, promptly or slowly by the winner's level on the day of signature."""
    assert chunk.world.drawn is not None
    assert firms.level is not None
    rng, of = chunk.stream(Noun.SLOW_STAGES), awards.tendered
    n = len(of)
    level = firms.level[awards.supplier[of], quarter_of(awards.signed[of], chunk.calendar.first)]
    slow = rng.random(n) < np.array(chunk.world.drawn.hidden.slow_stage)[level]
    wait = np.where(slow, rng.integers(SLOW_FROM, SLOW_TO, n), 1)
    disclosed = rng.random(n) < PUBLISHED
    day = np.where(disclosed, awards.signed[of] + wait, NEVER).astype(np.int32)
    on = np.flatnonzero(disclosed)
    others = take(stages, stages["stage"] != CONTRACT_STAGE)
    rows: Rows = {
        "tender_id": on,
        "contract_id": of[on],
        "stage": np.full(len(on), CONTRACT_STAGE),
        "occurred_at": day[on],
        "stage_id": length(stages) + on,
    }
    known(rows, rows["occurred_at"])
    late_known(rows, rng, rate=chunk.world.mess.known_late, days=STAGE_DAYS)
    known_day = np.full(n, NEVER, np.int32)
    known_day[on] = rows["known_day"]
    return slow, day, known_day, stack(others, rows)
