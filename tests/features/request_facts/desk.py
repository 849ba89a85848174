"""Stored facts, the engine over them, and the facts of a request beside them."""

import csv
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.declarations.catalogue import COLUMNS
from features.facts.store import Facts
from features.importing.import_facts import import_facts
from features.profiles.one_case import Case, CaseEngine
from features.request_facts.check_sent import SentFactsChecker
from features.request_facts.schema import FactsRefused
from features.request_facts.sent_facts import SentFacts

AS_OF = datetime(2025, 6, 10, 4, 30, 0, 250_000)  # half past noon in Shanghai
PROFILED = [c for c in COLUMNS if c.feature.table != "request"]


class Desk:
    """Stored facts, the engine over them, and the checker of sent facts."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.engine = CaseEngine(facts, PROFILED)
        self.checker = SentFactsChecker(facts, self.engine.lookup)

    def take(self, sent: dict[str, Any], about: str) -> SentFacts:
        return self.checker.check(sent, about=about, as_of=AS_OF)

    def profile(self, about: str, sent: dict[str, Any] | None = None) -> dict[str, float]:
        fresh = self.take(sent, about).tables if sent else None
        return self.engine.profiles([Case(about, AS_OF, "bank-1", fresh)])[0]

    def refused(self, sent: dict[str, Any], about: str) -> list[tuple[str, str]]:
        with pytest.raises(FactsRefused) as refusal:
            self.take(sent, about)
        return list(refusal.value.errors)

    def stored(self, table: str, about: str) -> list[dict[str, Any]]:
        rows = pq.read_table(self.facts.tables[table])
        return rows.filter(pc.equal(rows["supplier_id"], about)).to_pylist()


def everything(desk: Desk, about: str) -> dict[str, list[dict[str, Any]]]:
    """New rows of every table, corrections of stored ones, and a retraction."""
    contract, *others = desk.stored("contracts", about)
    milestone, bid = desk.stored("milestones", about)[0], desk.stored("bids", about)[0]
    clocks = ("known_at", "retracted", "known_until", "source", "source_ref", "value", "restated", "payee_account")
    corrected = {n: as_sent(v) for n, v in contract.items() if n not in clocks and v is not None}
    return {
        "suppliers": [{"supplier_id": about, "kind": "sole_trader", "founded_on": "2001-02-03", "size_class": "micro"}],
        "buyers": [{"buyer_id": "NB", "region": "370200", "level": "city"}],
        "tenders": [{"tender_id": "NT", "buyer_id": "NB", "estimate": "90000.00", "currency": "CNY"}
                    | {"published_on": "2025-03-01", "awarded_on": "2025-06-01", "method": "open"}],
        "contracts": [
            corrected | {"amount": "123456.78"},
            {"contract_id": others[0]["contract_id"], "supplier_id": about, "retracted": True},
            {"contract_id": "NC", "supplier_id": about, "buyer_id": "NB", "tender_id": "NT", "kind": "contract"}
            | {"amount": "88000.00", "currency": "CNY", "signed_on": "2025-06-02", "ends_on": "2025-12-31"}
            | {"category": "goods", "method": "open", "members": 2},
        ],
        "bids": [
            {"bid_id": "NO", "tender_id": "NT", "supplier_id": about, "bidders": 3, "amount": "88000.00"}
            | {"currency": "CNY", "result": "won", "decided_on": "2025-06-01", "occurred_at": "2025-04-01"},
            {"bid_id": bid["bid_id"], "tender_id": bid["tender_id"], "supplier_id": about, "result": "withdrawn"}
            | {"occurred_at": "2025-01-07"},
        ],
        "amendments": [{"amendment_id": "NA", "contract_id": "NC", "amount_change": "-1000.00", "days_change": 30}
                       | {"occurred_at": "2025-06-05"}],
        "milestones": [
            {"milestone_id": "NM", "contract_id": "NC", "kind": "delivery", "due_on": "2025-06-04"}
            | {"met_on": "2025-06-09", "result": "passed"},
            {"milestone_id": milestone["milestone_id"], "contract_id": milestone["contract_id"]}
            | {"kind": "delivery", "due_on": "2025-05-01", "met_on": "2025-05-30", "result": "partial"},
        ],
        "payments": [{"payment_id": "NP", "contract_id": "NC", "amount": "44000.00", "currency": "CNY"}
                     | {"invoiced_on": "2025-06-06"}],
        "stages": [{"stage_id": "NS", "contract_id": "NC", "stage": "contract", "occurred_at": "2025-06-02"}],
        "invoices": [{"invoice_id": "NI", "supplier_id": about, "direction": "sale", "counterparty_id": "NB"}
                     | {"amount": "44000.00", "tax": "5000.00", "currency": "CNY", "issued_on": "2025-06-06"}
                     | {"state": "valid"}],
        "conduct": [{"conduct_id": "ND", "party_id": about, "party_role": "supplier", "type_code": "fine"}
                    | {"severity": 3, "amount": "5000.00", "effective_on": "2025-06-01", "expires_on": "2026-06-01"}],
        "disputes": [{"dispute_id": "NX", "contract_id": "NC", "supplier_id": about, "kind": "quality"}
                     | {"opened_on": "2025-06-08"}],
        "firm_events": [{"event_id": "NE", "supplier_id": about, "type_code": "branch_opened", "value": 1.5}
                        | {"occurred_at": "2025-06-03"}],
    }  # fmt: skip


def as_sent(value: Any) -> Any:
    """A stored value as a request writes it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return value if isinstance(value, int) else str(value)


def imported(facts: Facts, sent: dict[str, list[dict[str, Any]]], into: Path) -> Facts:
    """A copy of the facts into which the rows were imported, known one microsecond before the request."""
    shutil.copytree(facts.path, into / "facts")
    (into / "source").mkdir()
    known = {"known_at": (AS_OF - timedelta(microseconds=1)).isoformat() + "Z"}
    for name, rows in sent.items():
        with (into / "source" / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            out = csv.DictWriter(stream, dict.fromkeys(c for row in rows for c in (*row, *known)))
            out.writeheader()
            out.writerows(
                {c: json.dumps(v) if isinstance(v, bool) else v for c, v in (row | known).items()} for row in rows
            )
    manifest = {"synthetic": facts.synthetic}
    (into / "source" / "manifest.json").write_text(json.dumps(manifest))
    summary = import_facts(into / "source", into / "facts")
    assert (summary.quarantined, summary.read) == (0, sum(map(len, sent.values())))
    return Facts.open(into / "facts")


def equal(left: dict[str, float], right: dict[str, float]) -> list[str]:
    """Names of the columns whose bits differ."""
    assert left.keys() == right.keys()
    return [n for n in left if not np.array_equal([left[n]], [right[n]], equal_nan=True)]
