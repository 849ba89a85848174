"""A few facts, written as a source and imported."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from features.facts.store import Facts
from features.importing.import_facts import import_facts
from features.importing.summary import ImportSummary

SUPPLIERS = [{"supplier_id": "S1", "kind": "legal_person"}, {"supplier_id": "S2", "kind": "legal_person"}]
BUYERS = [{"buyer_id": "B1"}]
ROWS: dict[str, dict[str, str]] = {
    "contracts": {
        "contract_id": "C1",
        "supplier_id": "S1",
        "buyer_id": "B1",
        "kind": "contract",
        "amount": "1000.00",
        "currency": "CNY",
        "signed_on": "2024-03-01",
    },
    "milestones": {"milestone_id": "M1", "contract_id": "C1", "kind": "delivery", "due_on": "2024-04-01"},
    "payments": {"payment_id": "P1", "contract_id": "C1", "amount": "10.00", "currency": "CNY"},
    "amendments": {"amendment_id": "A1", "contract_id": "C1", "amount_change": "5", "occurred_at": "2024-05-01"},
    "tenders": {"tender_id": "T1", "published_on": "2024-01-01"},
    "bids": {"bid_id": "O1", "tender_id": "T1", "supplier_id": "S1", "result": "won", "occurred_at": "2024-02-01"},
    "conduct": {
        "conduct_id": "D1",
        "party_id": "S1",
        "party_role": "supplier",
        "type_code": "fine",
        "effective_on": "2024-02-01",
    },
    "stages": {"stage_id": "G1", "contract_id": "C1", "stage": "contract", "occurred_at": "2024-03-01"},
    "financings": {
        "financing_id": "F1",
        "tenant_id": "bank",
        "supplier_id": "S1",
        "amount": "500",
        "currency": "CNY",
        "rate": "0.05",
        "starts_on": "2024-03-05",
        "ends_on": "2024-09-05",
    },
    "repayments": {
        "repayment_id": "R1",
        "financing_id": "F1",
        "remaining": "100",
        "currency": "CNY",
        "occurred_at": "2024-06-01",
    },
}


class Market:
    """Sources under a temporary folder, and the facts imported from them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.facts = root / "facts"

    def row(self, table: str, **cells: str) -> dict[str, str]:
        """One good row of a table, with some cells changed."""
        return {**ROWS[table], **cells}

    def write(self, folder: str = "source", **tables: Any) -> Path:
        """Write tables as CSV: lists of rows (a missing cell is blank), or the file's text."""
        source = self.root / folder
        source.mkdir(exist_ok=True)
        for name, rows in {"suppliers": SUPPLIERS, "buyers": BUYERS, **tables}.items():
            if isinstance(rows, str):
                (source / f"{name}.csv").write_text(rows, encoding="utf-8")
                continue
            columns = list(dict.fromkeys(key for row in rows for key in row))
            with (source / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
                out = csv.DictWriter(stream, columns, lineterminator="\n")
                out.writeheader()
                out.writerows(rows)
        return source

    def load(
        self, folder: str = "source", into: str = "facts", max_bad: float = 1, options: Any = None, **tables: Any
    ) -> ImportSummary:
        """Write tables and import them; the account must balance."""
        summary = import_facts(self.write(folder, **tables), self.root / into, max_bad=max_bad, **(options or {}))
        for count in summary.tables.values():
            assert count.read == count.loaded + count.duplicates + count.quarantined.total()
        assert summary.read == summary.loaded + summary.duplicates + summary.quarantined
        return summary

    def stored(self, table: str, columns: str = "*") -> list[Any]:
        """What is stored of a table."""
        file = Facts.open(self.facts).tables[table]
        rows = duckdb.execute(f"SELECT {columns} FROM read_parquet(?)", [str(file)]).fetchall()
        return [row[0] for row in rows] if len(columns.split(",")) == 1 and columns != "*" else rows

    def quarantined_rows(self, summary: ImportSummary) -> list[dict[str, Any]]:
        """What an import quarantined."""
        if summary.quarantine is None:
            return []
        return [json.loads(line) for line in summary.quarantine.read_text(encoding="utf-8").splitlines()]

    def kinds(self, summary: ImportSummary) -> list[str]:
        """Why it did."""
        return sorted(row["kind"] for row in self.quarantined_rows(summary))

    def bytes(self) -> dict[str, str]:
        """Digest of every file of the facts."""
        files = sorted(p for p in self.facts.rglob("*") if p.is_file())
        return {str(p.relative_to(self.facts)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture
def market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Market:
    """An empty market."""
    monkeypatch.setenv("SUPPLIER_CREDIT_HOME", str(tmp_path / "home"))
    return Market(tmp_path)
