"""Public works of the Philippines (DPWH): `contracts.csv` and `bidders.csv`.

A contract counts as signed on its effectivity date; its planned end is the expiry date, which the publisher may have
revised since. How it ended, and whether its delivery was met, is known from the day of the actual completion: a second
row has it. A name "A / B / C" is a joint venture: one row for each member, with an equal share. A firm is identified by
its contractor's licence; a firm without a licence (foreign partners), by its name. The revocation of a licence is left
out: it was recorded after the outcome.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from features.intake.counts import RecordCount
from features.intake.intake import Intake
from features.sources.names import is_company, normal
from features.sources.records import records
from features.sources.report import SourceReport
from features.sources.rows import Rows

CURRENCY = "PHP"
TZ = "Asia/Manila"

_COLUMNS = {
    "contracts.csv": {
        *("contract_id", "status", "region", "office", "contractor", "start_date", "actual_completion_date"),
        *("effectivity_date", "expiry_date", "abc", "award_amount", "advertised", "bid_deadline", "award_date"),
    },
    "bidders.csv": {"contract_id", "name", "is_winner"},
}
_VENTURE = re.compile(r"\s*\(JV ID:[^)]*\)\s*$")
_LICENCE = re.compile(r"^(?P<name>.*?)\s*\((?:\[REVOKED\]\s*)?(?P<number>\d+)\)$", re.DOTALL)
_NO_DAY = "1900-01-01"  # the publisher's text for a blank


@dataclass(frozen=True)
class Firm:
    """A member of a bid or contract."""

    id: str
    name: str


def recognises(source: Path) -> bool:
    """Whether a folder has both of the publisher's files."""
    return source.is_dir() and _COLUMNS.keys() <= {p.name for p in source.iterdir()}


def read(source: Path, intake: Intake) -> SourceReport:
    """Read both files: contracts with their tenders and deliveries, then all their bidders."""
    rows, notes = Rows(intake), Counter[str]()
    numbers = {name: intake.file(name) for name in _COLUMNS}
    contracts: dict[str, dict[str, str]] = {}
    read = 0
    for line, record in records(source / "contracts.csv", _COLUMNS["contracts.csv"]):
        read += 1
        contracts[record["contract_id"]] = record
        notes.update(_add_contract(record, rows, file=numbers["contracts.csv"], line=line))
    bids: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, record in records(source / "bidders.csv", _COLUMNS["bidders.csv"]):
        bids.setdefault(record["contract_id"], []).append((line, record))
    excluded: Counter[str] = Counter()
    used = 0
    for contract_id, bidders in bids.items():
        reason = _unusable(contracts.get(contract_id))
        if reason:
            excluded[reason] += len(bidders)
            continue
        once = _each_bidder_once(bidders)
        used += len(once)
        excluded["listed twice among the bidders of one contract"] += len(bidders) - len(once)
        for line, record in once:
            _add_bid(record, contracts[contract_id], len(once), rows, file=numbers["bidders.csv"], line=line)
    rows.finish()
    counts = {"contracts": RecordCount(read, read), "bidders": RecordCount(used + excluded.total(), used, +excluded)}
    return SourceReport(counts, notes, tuple(sorted(p.name for p in source.iterdir() if p.name not in _COLUMNS)))


def firms(names: str) -> list[Firm]:
    """Return the members of "A (1) / B (2) (JV ID: …)", in order, each once."""
    by_id: dict[str, Firm] = {}
    for part in _VENTURE.sub("", names).split(" / "):
        licensed = _LICENCE.match(part.strip())
        name = normal(licensed["name"] if licensed else part)
        # The publisher writes one licence with and without leading zeros.
        number = (
            f"pcab-{int(licensed['number'])}" if licensed else f"name-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        )
        by_id.setdefault(number, Firm(number, name))
    return list(by_id.values())


def _add_contract(record: dict[str, str], rows: Rows, *, file: int, line: int) -> list[str]:
    """Add a contract's rows; return notes on the substitutions."""
    notes = []
    members = firms(record["contractor"])
    provenance = {"source": "dpwh", "source_ref": record["contract_id"]}
    _add_firms(members, provenance, rows, file=file, line=line)
    office = {"buyer_id": record["office"], "name": record["office"], "region": record["region"], "level": "other"}
    rows.add_party("buyers", {**office, **provenance}, file=file, at=line)
    if _bidding_day(record):
        rows.add("tenders", {**_tender(record), **provenance}, file=file, at=line)
    else:
        notes.append("a contract has no date of bidding: it gets no tender, and its bids are left out")
    if not record["award_date"]:
        notes.append("a blank award date: the bidders' result counts as known from the effectivity date")
    if len(members) > 1:
        notes.append("a joint venture: one row for each member, with an equal share")
    for known_at, ended in _versions(record):
        clock = {**provenance, "known_at": known_at}
        for member in members:
            row = {**_contract(record, member, len(members)), **(ended or {}), **clock}
            rows.add("contracts", row, file=file, at=line)
        met = ended["ended_on"] if ended and ended["end_state"] == "completed" else None
        rows.add("milestones", {**_delivery(record), "met_on": met, **clock}, file=file, at=line)
    return notes


def _versions(record: dict[str, str]) -> list[tuple[str, dict[str, str] | None]]:
    """Return the versions of a contract's end with their `known_at`: first without an end, then with it on that day."""
    began, ended = record["effectivity_date"], record["actual_completion_date"]
    state = {"Completed": "completed", "Terminated": "terminated_early"}.get(record["status"])
    if state is None:
        return [(began, None)]
    end = {"end_state": state, "ended_on": ended}
    return [(began, None), (ended, end)] if ended > began else [(began, end)]


def _delivery(record: dict[str, str]) -> dict[str, object]:
    return {
        "milestone_id": f"{record['contract_id']}-delivery",
        "contract_id": record["contract_id"],
        "kind": "delivery",
        "due_on": record["expiry_date"],
    }


def _each_bidder_once(bidders: list[tuple[int, dict[str, str]]]) -> list[tuple[int, dict[str, str]]]:
    """Return each bidder once, as the winner if it is listed as both (a licence with and without leading zeros)."""
    by_members: dict[tuple[str, ...], tuple[int, dict[str, str]]] = {}
    for line, record in sorted(bidders, key=lambda b: b[1]["is_winner"] != "True"):
        by_members.setdefault(tuple(sorted(f.id for f in firms(record["name"]))), (line, record))
    return sorted(by_members.values(), key=lambda b: b[0])


def _contract(record: dict[str, str], member: Firm, members: int) -> dict[str, object]:
    return {
        "contract_id": record["contract_id"],
        "supplier_id": member.id,
        "buyer_id": record["office"],
        "tender_id": record["contract_id"] if _bidding_day(record) else None,
        "kind": "contract",
        "category": "works",
        "amount": record["award_amount"].replace(",", ""),
        "currency": "PHP",
        "signed_on": record["effectivity_date"],
        "starts_on": record["start_date"],
        "ends_on": record["expiry_date"],
        "members": members,
        "share": None if members == 1 else f"{1 / members:.8f}",
    }


def _tender(record: dict[str, str]) -> dict[str, object]:
    return {
        "tender_id": record["contract_id"],
        "buyer_id": record["office"],
        "category": "works",
        "estimate": record["abc"].replace(",", ""),
        "currency": "PHP",
        "published_on": _day(record["advertised"]) or _bidding_day(record),
        "deadline": _bidding_day(record),
        "awarded_on": _day(record["award_date"]),
    }


def _add_bid(
    record: dict[str, str], contract: dict[str, str], bidders: int, rows: Rows, *, file: int, line: int
) -> None:
    members = firms(record["name"])
    provenance = {"source": "dpwh", "source_ref": record["contract_id"]}
    _add_firms(members, provenance, rows, file=file, line=line)
    together = "+".join(sorted(m.id for m in members))
    bid = {
        "tender_id": record["contract_id"],
        "buyer_id": contract["office"],
        "bidders": bidders,
        "result": "won" if record["is_winner"] == "True" else "lost",
        "decided_on": _day(contract["award_date"]) or contract["effectivity_date"],
        "occurred_at": _bidding_day(contract),
        **provenance,
    }
    for member in members:
        alone = together if len(members) == 1 else hashlib.sha256(together.encode()).hexdigest()[:16]
        named = {"bid_id": f"{record['contract_id']}-{alone}-{member.id}", "supplier_id": member.id}
        rows.add("bids", {**named, **bid}, file=file, at=line)


def _add_firms(members: list[Firm], provenance: dict[str, str], rows: Rows, *, file: int, line: int) -> None:
    for firm in members:
        kind = "legal_person" if is_company(firm.name) else "other"
        row = {"supplier_id": firm.id, "name": firm.name, "kind": kind, "industry": "construction", **provenance}
        rows.add_party("suppliers", row, file=file, at=line)


def _unusable(contract: dict[str, str] | None) -> str | None:
    if contract is None:
        return "their contract is not in contracts.csv"
    if not _bidding_day(contract):
        return "no date of bidding"
    return None if contract["effectivity_date"] or _day(contract["award_date"]) else "no date of the award"


def _bidding_day(record: dict[str, str]) -> str | None:
    return _day(record["bid_deadline"])


def _day(text: str) -> str | None:
    """Return the date in a cell that has it as midnight; None for a blank."""
    day = text.strip().removesuffix(" 00:00:00.0000000")
    return None if day in {"", _NO_DAY} else day
