"""Awards: contracts and e-mall orders with their tenders and bids."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.market.firms import Buyers, Chunk, Suppliers
from sandbox.world.clock import Days, working_day
from sandbox.world.rows import NONE, Rows, correction, fen, known, late_known, length, runs, stack, take
from sandbox.world.seeds import Noun

CONTRACT, ORDER = 0, 1
OPEN, SELECTIVE, LIMITED, DIRECT, FRAMEWORK = 0, 1, 2, 3, 4
WON, LOST, DISQUALIFIED, WITHDRAWN = 0, 1, 2, 3
SHARE_UNIT = 100_000_000


@dataclass(frozen=True)
class Awards:
    """The awards of a chunk, by position; one award is one `contract_id`.

    Attributes:
        supplier: position of the winner (the leading one of a joint award).
        buyer: number of the buyer.
        kind: contract or order.
        amount: in fen.
        signed: day of signature.
        starts: planned first day.
        ends: planned last day.
        tender: position of its tender, or -1.
        quality: the winner's hidden quality on the day of signature.
        further_lot: whether an award is a lot of a tender whose first lot is another award.
    """

    supplier: NDArray
    buyer: NDArray
    kind: NDArray
    category: NDArray
    method: NDArray
    amount: NDArray
    signed: Days
    starts: Days
    ends: Days
    tender: NDArray
    quality: NDArray
    further_lot: NDArray

    @property
    def tendered(self) -> NDArray:
        """Positions of the awards behind the tenders, one for each tender, in the tenders' order."""
        return np.flatnonzero((self.tender >= 0) & ~self.further_lot)

    @property
    def tendered_amount(self) -> NDArray:
        """Amount of each tender, all lots together, in fen."""
        lots = np.flatnonzero(self.tender >= 0)
        total = np.zeros(len(self.tendered), np.int64)
        np.add.at(total, self.tender[lots], self.amount[lots])
        return total


def make_awards(chunk: Chunk, firms: Suppliers, buyers: Buyers) -> Awards:
    """Draw every award: many suppliers win a handful, a few win hundreds."""
    rng, market = chunk.stream(Noun.TRADE), chunk.world.market
    counts = rng.poisson(firms.rate * chunk.calendar.business(firms.entry, firms.exit))
    supplier, _ = runs(counts)
    n = len(supplier)
    signed = chunk.calendar.draw(rng.random(n), firms.entry[supplier], firms.exit[supplier])
    kind = np.where(rng.random(n) < market.contract_share, CONTRACT, ORDER)
    loyal = rng.random(n) < firms.loyalty[supplier]
    typical = np.where(kind == CONTRACT, market.contract_amount, market.order_amount)
    spread = np.where(kind == CONTRACT, 0.9, 0.8)
    amount = typical * firms.scale[supplier] * np.exp(spread * rng.standard_normal(n))
    days = np.where(kind == CONTRACT, rng.integers(30, 210, n), rng.integers(5, 30, n))
    starts = signed + rng.integers(0, 8, n)
    tendered = (kind == CONTRACT) & (rng.random(n) < 0.75)
    method = np.where(
        kind == ORDER,
        rng.choice([DIRECT, FRAMEWORK], n, p=(0.6, 0.4)),
        np.where(tendered, rng.choice([OPEN, SELECTIVE, LIMITED], n, p=(0.6, 0.15, 0.25)), DIRECT),
    )
    category = np.where(rng.random(n) < 0.9, firms.category[supplier], rng.integers(0, 3, n))
    awards = Awards(
        supplier=supplier,
        buyer=np.where(loyal, firms.main_buyer[supplier], buyers.draw(rng.random(n))),
        kind=kind,
        category=category,
        method=method,
        amount=np.maximum(fen(amount, to=100), 10_000),
        signed=signed,
        starts=starts.astype(np.int32),
        ends=working_day((starts + days).astype(np.int32)),
        tender=np.where(tendered, np.cumsum(tendered) - 1, -1),
        quality=firms.quality_on(supplier, signed, chunk.calendar.first),
        further_lot=np.zeros(n, bool),
    )
    return awards if chunk.world.drawn is None else _in_lots(chunk, awards)


def _in_lots(chunk: Chunk, awards: Awards) -> Awards:
    """Split some tendered awards into two to four lots, each a contract; the further ones come last."""
    assert chunk.world.drawn is not None
    rng = chunk.stream(Noun.LOTS)
    split = np.flatnonzero((awards.tender >= 0) & (rng.random(len(awards.tender)) < chunk.world.drawn.mess.lots))
    split = split[awards.amount[split] >= 100_000]
    lots = rng.integers(2, 5, len(split))
    source, _ = runs(lots - 1)
    columns = {name: np.concatenate([values, values[split[source]]]) for name, values in vars(awards).items()}
    part = awards.amount[split] // lots
    columns["amount"][split] = awards.amount[split] - part * (lots - 1)
    columns["amount"][len(awards.amount) :] = part[source]
    columns["further_lot"][len(awards.amount) :] = True
    return Awards(**columns)


def contract_rows(chunk: Chunk, awards: Awards, ended: Days, end_state: NDArray) -> Rows:
    """The `contracts` table: one row per award and member, with its mess."""
    rng, n, mess = chunk.stream(Noun.CLOCK), len(awards.supplier), chunk.world.mess
    extra = np.where((awards.tender >= 0) & (rng.random(n) < 0.025), rng.integers(1, 3, n), 0)
    award, place = runs(extra + 1)
    # A partner is another supplier of the chunk: neighbours by position, so that no award has one twice.
    supplier = (awards.supplier[award] + place * 7) % chunk.size
    members = extra[award] + 1
    even = rng.random(n)[award] < 0.5
    share = np.where(place == 0, 60, 40 // np.maximum(members - 1, 1)) * (SHARE_UNIT // 100)
    joint = members > 1
    rows: Rows = {
        "contract_id": award,
        "supplier_id": chunk.base + supplier,
        "buyer_id": awards.buyer[award],
        "tender_id": awards.tender[award],
        "kind": awards.kind[award],
        "category": awards.category[award],
        "method": awards.method[award],
        "amount": awards.amount[award],
        "signed_on": awards.signed[award],
        "starts_on": awards.starts[award],
        "ends_on": awards.ends[award],
        "end_state": end_state[award],
        "ended_on": ended[award],
        "payee_account": chunk.base + supplier,
        "members": np.where(joint, members, NONE),
        "share": np.where(joint & ~even, share, NONE),
    }
    known(rows, rows["signed_on"])
    late_known(rows, rng, rate=mess.known_late, days=30)
    wrong = np.flatnonzero(rng.random(length(rows)) < mess.corrected)
    later = rows["known_day"][wrong] + rng.integers(5, 200, len(wrong))
    fixed = correction(rows, wrong, later)
    # What was first reported had a digit too many or a tenth too little.
    rows["amount"][wrong] = np.where(rng.random(len(wrong)) < 0.2, 10, 0.9) * rows["amount"][wrong]
    doubtful = np.flatnonzero((rng.random(length(rows)) < mess.retracted) & (rows["members"] == NONE))
    doubtful = np.setdiff1d(doubtful, wrong)
    withdrawn = correction(rows, doubtful, rows["known_day"][doubtful] + rng.integers(3, 120, len(doubtful)))
    withdrawn["retracted"][:] = True
    return stack(rows, fixed, withdrawn)


def tender_rows(chunk: Chunk, awards: Awards) -> Rows:
    """The `tenders` table, and on which day each was published and decided."""
    rng = chunk.stream(Noun.STAGES)
    of = awards.tendered
    n = len(of)
    awarded = awards.signed[of] - rng.integers(3, 21, n)
    deadline = awarded - rng.integers(1, 8, n)
    published = deadline - rng.integers(15, 30, n)
    rows: Rows = {
        "tender_id": awards.tender[of],
        "buyer_id": awards.buyer[of],
        "method": awards.method[of],
        "category": awards.category[of],
        "estimate": fen(awards.tendered_amount / 100.0 * rng.uniform(1.0, 1.3, n), to=10_000),
        "published_on": published.astype(np.int32),
        "deadline": deadline.astype(np.int32),
        "awarded_on": awarded.astype(np.int32),
    }
    known(rows, rows["published_on"])
    return late_known(rows, rng, rate=chunk.world.mess.known_late / 2, days=10)


def bid_rows(chunk: Chunk, firms: Suppliers, awards: Awards, tenders: Rows) -> Rows:
    """The `bids` table: the winner's, and the losers', who are suppliers in business by chance and size."""
    rng, mess = chunk.stream(Noun.BIDS), chunk.world.mess
    of = awards.tendered
    losers = 1 + rng.poisson(2.6, len(of))
    tender, place = runs(losers + 1)
    n = len(tender)
    quality = firms.quality[:, firms.quality.shape[1] // 2]
    eager = np.cumsum(np.sqrt(firms.rate) * np.exp(-0.25 * quality))
    other = np.searchsorted(eager, rng.random(n) * eager[-1]).clip(max=chunk.size - 1)
    supplier = np.where(place == 0, awards.supplier[of][tender], other)
    occurred = tenders["deadline"][tender] - rng.integers(0, 6, n)
    amount = awards.tendered_amount[tender] / 100.0 * np.where(place == 0, 1.0, rng.uniform(0.99, 1.2, n))
    result = np.where(place == 0, WON, rng.choice([LOST, DISQUALIFIED, WITHDRAWN], n, p=(0.9, 0.07, 0.03)))
    rows: Rows = {
        "tender_id": tender,
        "supplier_id": chunk.base + supplier,
        "buyer_id": awards.buyer[of][tender],
        "bidders": losers[tender] + 1,
        "amount": fen(amount, to=100),
        "result": result,
        "decided_on": tenders["awarded_on"][tender],
        "occurred_at": occurred.astype(np.int32),
    }
    known(rows, rows["occurred_at"])
    late_known(rows, rng, rate=mess.known_late, days=30)
    awake = (firms.entry[supplier] <= occurred + 90) & (occurred <= firms.exit[supplier])
    twice = (place > 0) & (other == awards.supplier[of][tender])
    rows = take(rows, ((place == 0) | awake) & ~twice)
    rows["bid_id"] = np.arange(length(rows))
    undone = np.flatnonzero(rng.random(length(rows)) < mess.retracted)
    withdrawn = correction(rows, undone, rows["known_day"][undone] + rng.integers(3, 60, len(undone)))
    withdrawn["retracted"][:] = True
    return stack(rows, withdrawn)


def amendment_rows(chunk: Chunk, awards: Awards) -> Rows:
    """The `amendments` table: more money, more days, or both."""
    rng = chunk.stream(Noun.DISPUTES)
    of = np.flatnonzero((awards.kind == CONTRACT) & (rng.random(len(awards.kind)) < 0.08))
    n = len(of)
    change = np.where(rng.random(n) < 0.6, fen(awards.amount[of] / 100.0 * rng.uniform(-0.1, 0.2, n), to=100), NONE)
    rows: Rows = {
        "amendment_id": np.arange(n),
        "contract_id": of,
        "amount_change": change,
        "days_change": np.where((change == NONE) | (rng.random(n) < 0.4), rng.integers(5, 60, n), NONE),
        "reason": rng.integers(0, 4, n),
        "occurred_at": (awards.starts[of] + rng.random(n) * (awards.ends - awards.starts)[of]).astype(np.int32),
    }
    known(rows, rows["occurred_at"])
    return late_known(rows, rng, rate=chunk.world.mess.known_late, days=30)


def stage_rows(chunk: Chunk, awards: Awards, tenders: Rows) -> Rows:
    """The `stages` table: what was disclosed on the way to a contract."""
    rng = chunk.stream(Noun.STAGES)
    of = awards.tendered
    parts = []
    days = (tenders["published_on"] - 40, tenders["published_on"], tenders["awarded_on"], awards.signed[of] + 1)
    for stage, share, happened in zip((2, 4, 5, 6), (0.5, 0.95, 0.9, 0.8), days, strict=True):
        on = np.flatnonzero(rng.random(len(of)) < share)
        contract = of[on] if stage == 6 else np.full(len(on), -1)
        parts.append(
            {
                "tender_id": on,
                "contract_id": contract,
                "stage": np.full(len(on), stage),
                "occurred_at": happened[on].astype(np.int32),
            }
        )
    rows: Rows = stack(*parts)
    rows["stage_id"] = np.arange(length(rows))
    known(rows, rows["occurred_at"])
    return late_known(rows, rng, rate=chunk.world.mess.known_late, days=20)
