"""What buyers paid and when, and the invoices behind it. A buyer's slowness is the buyer's alone."""

import numpy as np

from sandbox.market.delivery import Deliveries
from sandbox.market.firms import Buyers, Chunk
from sandbox.market.trade import CONTRACT, Awards
from sandbox.world.clock import NEVER
from sandbox.world.rows import NONE, Rows, correction, fen, known, length, runs, stack, take
from sandbox.world.seeds import Noun


def payment_rows(chunk: Chunk, awards: Awards, buyers: Buyers, deliveries: Deliveries) -> Rows:
    """The `payments` table: one payment for each delivery that was met, known from the day of its invoice."""
    rng, mess = chunk.stream(Noun.PAYMENTS), chunk.world.mess
    of = np.flatnonzero(deliveries.met < NEVER)
    award, n = deliveries.award[of], len(of)
    parts = np.bincount(deliveries.award, minlength=len(awards.supplier))[award]
    invoiced = deliveries.met[of] + rng.integers(0, 6, n)
    due = invoiced + np.where(awards.kind[award] == CONTRACT, 30, 15)
    slow = np.exp(buyers.slowness[awards.buyer[award]] + 0.8 * rng.standard_normal(n))
    paid = np.where(rng.random(n) < 0.45, due - rng.integers(0, 12, n), due + slow)
    account = awards.supplier[award] + chunk.base
    rows: Rows = {
        "payment_id": np.arange(n),
        "contract_id": award,
        "invoiced_on": invoiced.astype(np.int32),
        "due_on": due.astype(np.int32),
        "paid_on": np.maximum(paid, invoiced + 1).astype(np.int32),
        "amount": awards.amount[award] // parts,
        "payee_account": np.where(rng.random(n) < 0.004, account + 50_000_000, account),
    }
    known(rows, rows["invoiced_on"], stated=True)
    late = np.flatnonzero(rng.random(n) < mess.known_late)
    reported = correction(rows, late, rows["paid_on"][late] + rng.integers(2, 40, len(late)))
    rows["paid_on"][late] = NEVER
    return stack(rows, reported)


def invoice_rows(chunk: Chunk, awards: Awards, payments: Rows) -> Rows:
    """The `invoices` table: sales to buyers, purchases from outside the market; some are voided later."""
    rng = chunk.stream(Noun.INVOICES)
    own = take(payments, payments["paid_on"] < NEVER)
    sold = take(own, rng.random(length(own)) < 0.45)
    award = sold["contract_id"]
    bought, _ = runs(rng.poisson(0.35, len(awards.supplier)))
    supplier = np.concatenate([awards.supplier[award], awards.supplier[bought]])
    outside = rng.integers(0, 5_000, len(bought))
    cost = fen(awards.amount[bought] / 100.0 * rng.uniform(0.15, 0.7, len(bought)))
    amount = np.concatenate([sold["amount"], cost])
    lead = (rng.random(len(bought)) * 30).astype(np.int32)
    rows: Rows = {
        "invoice_id": np.arange(len(supplier)),
        "supplier_id": chunk.base + supplier,
        "direction": np.repeat([0, 1], [len(award), len(bought)]),
        "counterparty_id": np.concatenate([awards.buyer[award], 10_000_000 + outside]),
        "amount": amount,
        "tax": np.where(rng.random(len(supplier)) < 0.02, NONE, amount * 13 // 113),
        "issued_on": np.concatenate([sold["invoiced_on"], awards.signed[bought] + lead]).astype(np.int32),
        "state": np.zeros(len(supplier), np.int64),
    }
    known(rows, rows["issued_on"])
    wrong = np.flatnonzero(rng.random(length(rows)) < 0.012)
    void = correction(
        rows, wrong, rows["known_day"][wrong] + rng.integers(1, 30, len(wrong)), state=np.ones(len(wrong), np.int64)
    )
    return stack(rows, void)
