"""Suppliers with their hidden quality, buyers with their own habits, and the firms' own events."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.world.clock import ALWAYS, NEVER, Calendar, Days, Reals, working_day
from sandbox.world.rows import NONE, Rows, correction, fen, known, late_known, length, runs, stack
from sandbox.world.seeds import Noun, stream
from sandbox.world.world import World

HALF_YEAR = 183
SIZES = (0.48, 0.36, 0.12, 0.04)  # micro, small, medium, large
REGISTRATION = 0  # position of financing_platform_registration among the types of firm events


@dataclass(frozen=True)
class Chunk:
    """A run of suppliers that is made together: the market is made chunk by chunk, in bounded memory."""

    world: World
    calendar: Calendar
    seed: int
    number: int
    base: int
    size: int

    def stream(self, noun: Noun) -> np.random.Generator:
        """This chunk's random stream for `noun`."""
        return stream(self.seed, self.number, noun)


@dataclass(frozen=True)
class Buyers:
    """All buyers of the market.

    Attributes:
        popularity: cumulative share of the business.
        slowness: log of the typical days a payment is late; a habit of the buyer's alone.
        level: position in FACTS' list of levels.
    """

    popularity: Reals
    slowness: Reals
    level: NDArray

    def draw(self, uniform: Reals) -> NDArray:
        """Buyers by popularity."""
        return np.searchsorted(self.popularity, uniform, side="right").clip(max=len(self.popularity) - 1)


@dataclass(frozen=True)
class Suppliers:
    """The suppliers of a chunk, by position.

    Attributes:
        kind: position in FACTS' list of kinds.
        size: position in FACTS' list of size classes.
        entry: first day on which the supplier does business.
        exit: last day on which it does.
        rate: contracts and orders in a year of ordinary business.
        scale: factor on its amounts.
        quality: hidden quality by half-year, standard normal across suppliers.
        main_buyer: the buyer it knows best.
        loyalty: share of its business with that buyer.
        category: position in FACTS' list of categories.
        registered: day of its registration on the financing platform.
        industry: position among the industries; only drawn worlds fix it here.
        level: hidden level by quarter, in drawn worlds.
        origin: position of the firm behind the id, in drawn worlds: its own, or that of its first id.
    """

    kind: NDArray
    size: NDArray
    entry: Days
    exit: Days
    rate: Reals
    scale: Reals
    quality: Reals
    main_buyer: NDArray
    loyalty: Reals
    category: NDArray
    registered: Days
    industry: NDArray | None = None
    level: NDArray | None = None
    origin: NDArray | None = None

    def quality_on(self, supplier: NDArray, days: Days, first: int) -> Reals:
        """Quality of suppliers on given days."""
        half = np.clip((days - first) // HALF_YEAR, 0, self.quality.shape[1] - 1)
        return self.quality[supplier, half]


def make_buyers(world: World, *, suppliers: int, seed: int) -> Buyers:
    """All buyers of a market with so many suppliers."""
    rng = stream(seed, 0, Noun.BUYERS)
    n = max(20, int(suppliers / world.market.suppliers_per_buyer))
    weight = (1.0 + np.arange(n)) ** -0.7
    slowness = np.log(9.0) + 0.6 * rng.standard_normal(n)
    return Buyers(np.cumsum(weight / weight.sum()), slowness, rng.choice(5, n, p=(0.03, 0.17, 0.3, 0.45, 0.05)))


def make_suppliers(chunk: Chunk, buyers: Buyers) -> Suppliers:
    """The suppliers of a chunk: many that do little business, a few that do much."""
    rng, n, market = chunk.stream(Noun.SUPPLIERS), chunk.size, chunk.world.market
    first, last = chunk.calendar.first, chunk.calendar.last
    size = rng.choice(4, n, p=SIZES)
    halves = (last - first) // HALF_YEAR + 1
    quality, keep = np.empty((n, halves)), chunk.world.quality.persistence
    quality[:, 0] = rng.standard_normal(n)
    for half in range(1, halves):
        quality[:, half] = keep * quality[:, half - 1] + np.sqrt(1 - keep**2) * rng.standard_normal(n)
    early = rng.random(n) < 0.5
    entry = np.where(early, first, first + (rng.random(n) * (last - first - 60)).astype(np.int32)).astype(np.int32)
    lasting = np.maximum(rng.exponential(8 * 365.0, n), 200).astype(np.int32)
    rate = market.contracts_per_year * np.exp(market.unevenness * rng.standard_normal(n) + 0.35 * (size - 0.7))
    chance = np.array(chunk.world.lending.registered)[size]
    wait = rng.exponential(120.0, n).astype(np.int32)
    registered = working_day(np.maximum(entry, chunk.calendar.first + 90) + 20 + wait)
    return Suppliers(
        kind=rng.choice(3, n, p=(0.87, 0.11, 0.02)),
        size=size,
        entry=entry,
        exit=np.minimum(entry + lasting, last).astype(np.int32),
        rate=rate,
        scale=np.exp(0.45 * rng.standard_normal(n) + 0.35 * (size - 0.7)),
        quality=quality,
        main_buyer=buyers.draw(rng.random(n)),
        loyalty=rng.beta(1.1, 2.2, n),
        category=rng.choice(3, n, p=(0.55, 0.15, 0.3)),
        registered=np.where(rng.random(n) < chance, registered, NEVER).astype(np.int32),
    )


def supplier_rows(chunk: Chunk, firms: Suppliers) -> tuple[Rows, dict[str, pa.Array]]:
    """The `suppliers` table; a few grow into the next size class, known on a later day."""
    rng, n = chunk.stream(Noun.FIRM_EVENTS), chunk.size
    age = rng.exponential(7 * 365.0, n).astype(np.int32) + 30
    capital = fen(np.exp(np.log(5e5) + firms.size + 0.8 * rng.standard_normal(n)), to=100_000)
    rows: Rows = {
        "supplier_id": chunk.base + np.arange(n),
        "kind": firms.kind,
        "founded_on": (firms.entry - age).astype(np.int32),
        "industry": rng.integers(0, 12, n),
        "size_class": firms.size,
        "registered_capital": np.where(rng.random(n) < 0.05, NONE, capital),
    }
    number = rows["supplier_id"]
    if firms.industry is not None and firms.origin is not None:
        second = firms.origin < np.arange(n)
        rows["industry"], number = firms.industry, chunk.base + firms.origin
        rows["founded_on"] = np.where(second, firms.entry, rows["founded_on"]).astype(np.int32)
    known(rows, ALWAYS)
    grown = np.flatnonzero((rng.random(n) < 0.02) & (firms.size < 3))
    at = rng.integers(chunk.calendar.first + 200, chunk.calendar.last, len(grown))
    rows = stack(rows, correction(rows, grown, at, size_class=firms.size[grown] + 1))
    name = pc.utf8_lpad(pc.cast(pa.array(np.concatenate([number, number[grown]])), pa.string()), 6, "0")
    region = pc.utf8_lpad(pc.cast(pa.array(rows["supplier_id"] % 11 + 1), pa.string()), 2, "0")
    return rows, {
        "name": pc.binary_join_element_wise("合成供应商", name, " "),
        "region": pc.binary_join_element_wise("合成地区", region, " "),
    }


def buyer_rows(buyers: Buyers) -> tuple[Rows, dict[str, pa.Array]]:
    """The `buyers` table."""
    numbers = np.arange(len(buyers.level))
    rows = known({"buyer_id": numbers, "level": buyers.level}, ALWAYS)
    text = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), 5, "0")
    region = pc.utf8_lpad(pc.cast(pa.array(numbers % 11 + 1), pa.string()), 2, "0")
    return rows, {
        "name": pc.binary_join_element_wise("合成采购人", text, " "),
        "region": pc.binary_join_element_wise("合成地区", region, " "),
    }


def firm_event_rows(chunk: Chunk, firms: Suppliers) -> Rows:
    """The `firm_events` table: registrations on the financing platform, and what registers publish."""
    rng, last = chunk.stream(Noun.CLOCK), chunk.calendar.last
    years = (firms.exit - firms.entry) / 365.25
    owner, _ = runs(rng.poisson(0.45 * years))
    n = len(owner)
    span = (firms.exit - firms.entry)[owner]
    kind = rng.choice(np.arange(1, 8), n, p=(0.2, 0.12, 0.13, 0.13, 0.17, 0.1, 0.15))
    happened = working_day((firms.entry[owner] + rng.random(n) * span).astype(np.int32))
    hired = np.where(kind == 7, rng.integers(1, 9, n), np.nan)
    value = np.where(kind == 3, np.round(rng.lognormal(13, 1, n), -3), hired)
    registered = np.flatnonzero(firms.registered <= np.minimum(firms.exit, last))
    rows: Rows = {
        "supplier_id": chunk.base + np.concatenate([registered, owner]),
        "type_code": np.concatenate([np.full(len(registered), REGISTRATION), kind]),
        "value": np.concatenate([np.full(len(registered), np.nan), value]),
        "occurred_at": np.concatenate([firms.registered[registered], happened]).astype(np.int32),
    }
    rows["event_id"] = np.arange(length(rows))
    rows["ends_on"] = np.where(rows["type_code"] == 5, rows["occurred_at"] + 1095, NEVER).astype(np.int32)
    known(rows, rows["occurred_at"])
    late = late_known(rows, rng, rate=chunk.world.mess.known_late, days=40)
    late["known_day"][: len(registered)] = firms.registered[registered]  # lending looks at registrations
    return late
