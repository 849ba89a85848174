"""The view against a second reading of FACTS: row by row, in instants, from the tables as written."""

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from math import isclose
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sandbox.lending.chunk import Market, make_chunk
from sandbox.market.firms import Chunk, make_buyers, make_suppliers
from sandbox.truth.truth import read_truth
from sandbox.view.view import Cases, History, history_view
from sandbox.world.clock import NEVER, Calendar
from sandbox.world.rows import Rows, length, stack, take
from sandbox.world.world_file import read_world

TZ = ZoneInfo("Asia/Shanghai")
Row = dict[str, Any]
ALWAYS = datetime(1, 1, 2, tzinfo=UTC)


class Past:
    """What one supplier's tables show on an instant, worked out the slow way."""

    def __init__(self, facts: dict[str, list[Row]], supplier: str, tenant: str, as_of: datetime) -> None:
        self.as_of, self.supplier = as_of, supplier
        own = [r for r in facts["contracts"] if r["supplier_id"] == supplier]
        self.contracts = self.visible(own, "contract_id", "signed_on")
        signed = {r["contract_id"]: r["signed_on"] for r in own}
        here = {r["contract_id"] for r in self.contracts}
        steps = [
            {**r, "known_at": r["known_at"] or signed[r["contract_id"]]}
            for r in facts["milestones"]
            if r["contract_id"] in here
        ]
        self.milestones = self.visible(steps, "milestone_id", None)
        self.bids = self.visible([r for r in facts["bids"] if r["supplier_id"] == supplier], "bid_id", "occurred_at")
        conduct = [r for r in facts["conduct"] if r["party_role"] == "supplier" and r["party_id"] == supplier]
        self.conduct = self.visible(conduct, "conduct_id", "effective_on")
        lent = [r for r in facts["financings"] if r["supplier_id"] == supplier and r["tenant_id"] == tenant]
        self.loans = {r["financing_id"]: r for r in self.visible(lent, "financing_id", "starts_on")}
        reports = [r for r in facts["repayments"] if r["financing_id"] in self.loans]
        self.reports = self.visible(reports, "repayment_id", "occurred_at")

    def visible(self, rows: list[Row], key: str, event: str | None) -> list[Row]:
        versions = defaultdict(list)
        for row in rows:
            known_at = row["known_at"] or (row[event] if event else ALWAYS)
            if known_at < self.as_of:
                versions[row[key]].append((known_at, row))
        latest = [max(found, key=lambda pair: pair[0])[1] for found in versions.values()]
        return [r for r in latest if not r["retracted"] and (event is None or r[event] < self.as_of)]

    def happened(self, value: datetime | None) -> bool:
        return value is not None and value < self.as_of

    def within(self, value: datetime | None, days: int) -> bool:
        return self.happened(value) and value >= self.as_of - timedelta(days=days)

    def value(self, row: Row) -> float:
        return float(row["amount"]) * float(row["share"] or 1 / (row["members"] or 1))


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def deliveries(past: Past) -> dict[str, float]:
    due = [m for m in past.milestones if m["kind"] == "delivery" and past.happened(m["due_on"])]
    late = [m for m in due if not past.happened(m["met_on"]) or m["met_on"] > m["due_on"]]

    def weight(m: Row) -> float:
        return 0.5 ** ((past.as_of - m["due_on"] - timedelta(microseconds=1)) / timedelta(days=1) / 180 + 1 / 180)

    judged = [m for m in past.milestones if m["kind"] == "acceptance" and past.within(m["met_on"], 730) and m["result"]]
    return {
        "late_delivery_share_365d": share(
            sum(past.within(m["due_on"], 365) for m in late), sum(past.within(m["due_on"], 365) for m in due)
        ),
        "late_delivery_decayed": share(sum(map(weight, late)), sum(map(weight, due))),
        "failed_acceptance_share_730d": share(sum(m["result"] != "passed" for m in judged), len(judged)),
    }


def trade(past: Past) -> dict[str, float]:
    recent = sum(past.value(c) for c in past.contracts if past.within(c["signed_on"], 365))
    two_years = [c for c in past.contracts if past.within(c["signed_on"], 730)]
    before = sum(past.value(c) for c in two_years) - recent
    buyers: dict[str, float] = defaultdict(float)
    for contract in two_years:
        buyers[contract["buyer_id"]] += past.value(contract)
    ended = [c for c in past.contracts if past.within(c["ended_on"], 730)]
    return {
        "contracts": len(past.contracts),
        "contracts_365d": sum(past.within(c["signed_on"], 365) for c in past.contracts),
        "value_365d": recent,
        "value_trend": share(recent - before, recent + before),
        "largest_buyer_share_730d": share(max(buyers.values(), default=0.0), sum(buyers.values())),
        "early_terminations_730d": sum(c["end_state"] == "terminated_early" for c in ended),
    }


def the_rest(past: Past) -> dict[str, float]:
    recent = [b for b in past.bids if past.within(b["occurred_at"], 730)]
    decided = [b for b in recent if past.happened(b["decided_on"])]
    active = [
        c["severity"] or 0
        for c in past.conduct
        if (c["expires_on"] is None or c["expires_on"] >= past.as_of) and not past.happened(c["repaired_on"])
    ]

    def past_due(r: Row) -> int:
        since = r["occurred_at"] - past.loans[r["financing_id"]]["ends_on"]
        return r["days_past_due"] if r["days_past_due"] is not None else max(since.days, 0) * (r["remaining"] > 0)

    return {
        "win_share_730d": share(sum(b["result"] == "won" for b in decided), len(decided)),
        "mean_bidders_730d": share(sum(b["bidders"] for b in recent), len(recent)),
        "active_conduct_severity": max(active, default=0),
        "own_loans": len(past.loans),
        "own_worst_days_past_due": max(map(past_due, past.reports), default=0),
        "own_worst_days_past_due_365d": max(
            (past_due(r) for r in past.reports if past.within(r["occurred_at"], 365)), default=0
        ),
    }


def test_the_view_is_what_facts_rules_show_in_the_written_tables(small: Path, facts: dict[str, list[Row]]):
    truth = read_truth(small).to_pylist()
    picked = [truth[i] for i in np.random.default_rng(1).permutation(len(truth))[:120]]
    picked += [t for t in truth if t["own_worst_days_past_due"] > 30][:20]
    assert len({t["supplier_id"] for t in picked}) > 50
    for case in picked:
        as_of = datetime.combine(case["starts_on"], time(), TZ).astimezone(UTC)
        past = Past(facts, case["supplier_id"], case["tenant_id"], as_of)
        for name, value in (deliveries(past) | trade(past) | the_rest(past)).items():
            assert isclose(case[name], value, rel_tol=1e-9, abs_tol=1e-9), (case["financing_id"], name)


@pytest.fixture(scope="module")
def history() -> tuple[History, Cases]:
    world, _ = read_world("plain")
    calendar = Calendar.between(world.period.first, world.period.last, growth=world.market.growth)
    chunk = Chunk(world, calendar, seed=5, number=0, base=0, size=120)
    buyers = make_buyers(world, suppliers=120, seed=5)
    made = make_chunk(chunk, Market(buyers)).tables
    assert len(make_suppliers(chunk, buyers).kind) == 120
    day = np.full(120, 18_800, np.int32)
    cases = Cases(np.arange(120), day, np.full(120, 5_000_000), np.full(120, 90))
    return History(made["contracts"], made["milestones"], made["bids"], made["conduct"]), cases


def disturb(rows: Rows, rng: np.random.Generator, *, day: int) -> Rows:
    """Add corrections, retractions and new rows, all of them known on `day` or later."""
    copies = take(rows, rng.random(length(rows)) < 0.5)
    n = length(copies)
    copies["known_day"] = (day + rng.integers(0, 50, n)).astype(np.int32)
    copies["retracted"] = rng.random(n) < 0.5
    for name in copies:
        if name not in {"known_day", "retracted", "known_stated"} and not name.endswith("_id") and name != "party":
            copies[name] = rng.permutation(copies[name])
    new = take(copies, rng.random(n) < 0.3)
    for name in ("milestone_id", "bid_id", "conduct_id", "contract_id"):
        if name in new and (name != "contract_id" or "milestone_id" not in new):
            new[name] = new[name] + 1_000_000
    new["retracted"][:] = False
    return stack(rows, copies, new)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_known_on_the_day_or_later_never_changes_the_view(history: tuple[History, Cases], seed: int):
    known, cases = history
    rng = np.random.default_rng(seed)
    later = History(**{name: disturb(rows, rng, day=int(cases.day[0])) for name, rows in vars(known).items()})
    before = history_view(known, cases, half_life_days=180)
    after = history_view(later, cases, half_life_days=180)
    assert sum(before["contracts"]) > 500
    for name, values in before.items():
        np.testing.assert_allclose(after[name], values, rtol=1e-12, atol=1e-12, err_msg=name)


def test_a_delivery_still_open_counts_as_late(history: tuple[History, Cases]):
    known, cases = history
    open_ended = {**known.milestones, "met_on": np.full(length(known.milestones), NEVER, np.int32)}
    view = history_view(History(known.contracts, open_ended, known.bids, known.conduct), cases, half_life_days=180)
    assert set(view["late_delivery_share_365d"]) <= {0.0, 1.0}
    assert view["late_delivery_share_365d"].max() == 1.0
