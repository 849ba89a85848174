"""All facts of a chunk of suppliers, and the loans that may come about."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sandbox.lending.loans import Candidates, make_candidates, paid_late
from sandbox.market.conduct import conduct_rows
from sandbox.market.delivery import dispute_rows, make_deliveries, milestone_rows
from sandbox.market.drawn_firms import drawn_firms
from sandbox.market.firms import Buyers, Chunk, Suppliers, buyer_rows, firm_event_rows, make_suppliers, supplier_rows
from sandbox.market.mess import by_sources, convenience_rows, in_currencies, transferred
from sandbox.market.paying import invoice_rows, payment_rows
from sandbox.market.rates import Rates
from sandbox.market.signals import Signals, add_signals
from sandbox.market.trade import Awards, amendment_rows, bid_rows, contract_rows, make_awards, stage_rows, tender_rows
from sandbox.view.drivers import DrawnHistory
from sandbox.view.view import History
from sandbox.world.arrow import Labels
from sandbox.world.ids import uscc
from sandbox.world.rows import Rows, length, stack

NUMBERS = 10_000_000  # ids that a chunk may use


@dataclass(frozen=True)
class Market:
    """What all chunks of a market share: its buyers, and the exchange rates of a drawn world."""

    buyers: Buyers
    rates: Rates | None = None


@dataclass(frozen=True)
class Made:
    """All rows of a chunk of suppliers, before fate has chosen among its loans.

    Attributes:
        signals: what shows the hidden levels, in a drawn world.
    """

    chunk: Chunk
    tables: dict[str, Rows]
    texts: dict[str, dict[str, pa.Array]]
    labels: Labels
    awards: Awards
    candidates: Candidates
    firms: Suppliers
    signals: Signals | None


def make_chunk(chunk: Chunk, market: Market) -> Made:
    """Make a chunk of suppliers with everything that happens to them."""
    buyers, drawn = market.buyers, chunk.world.drawn
    firms = make_suppliers(chunk, buyers)
    if drawn is not None:
        firms = drawn_firms(chunk, firms)
    awards = make_awards(chunk, firms, buyers)
    further_odds = np.zeros(len(awards.supplier))
    if drawn is not None and firms.industry is not None:
        further_odds = np.array(drawn.industries.late_delivery)[firms.industry[awards.supplier]]
    deliveries = make_deliveries(chunk, awards, further_odds)
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
    late, signals = paid_late(tables["payments"], awards), None
    history: History | DrawnHistory
    if drawn is None:
        history = History(tables["contracts"], tables["milestones"], tables["bids"], tables["conduct"])
    else:
        assert market.rates is not None
        tables["contracts"] = transferred(chunk, tables["contracts"])
        ended = convenience_rows(chunk, awards, deliveries, length(tables["amendments"]))
        tables["amendments"] = stack(tables["amendments"], ended)
        in_currencies(chunk, awards, market.rates, tables)
        by_sources(chunk, awards, tables)
        signals = add_signals(chunk, firms, awards, tables)
        history = DrawnHistory(chunk, tables, drawn.mess.without_met)
    candidates = make_candidates(chunk, firms, awards, history, late)
    codes = uscc(chunk.base + np.arange(chunk.size), firms.kind)
    labels = Labels(codes, chunk.base, chunk.number * NUMBERS, f"synthetic:{chunk.world.name}")
    return Made(chunk, tables, texts, labels, awards, candidates, firms, signals)
