"""USAID's Supply Chain Management System: global-health purchase orders, one line each (2006–2015).

An order line sent to a vendor on a known day becomes a contract and its delivery. The order is known on the day it was
sent, the delivery only on the day it was recorded: a second row, known on that day, has its date. Lines filled from
the programme's own warehouse have no vendor, and some lines have no order date: both are counted and left out.
"""

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from features.errors import InputError
from features.intake.counts import RecordCount
from features.intake.intake import Intake
from features.sources.names import is_company, normal
from features.sources.records import Record, records_of
from features.sources.report import SourceReport
from features.sources.rows import Rows

CURRENCY = "USD"
TZ = "America/New_York"

_WAREHOUSE = "SCMS from RDC"
_COLUMNS = {
    *("ID", "Project Code", "Country", "PO Sent to Vendor Date", "Scheduled Delivery Date", "Delivered to Client Date"),
    *("Delivery Recorded Date", "Vendor", "Line Item Value"),
}


def recognises(source: Path) -> bool:
    """Whether a file, or one in the folder, has the publisher's file name."""
    return any(_is_file_name(p.name) for p in (source.iterdir() if source.is_dir() else [source]))


def read(source: Path, intake: Intake) -> SourceReport:
    """Read the delivery history, plain or zipped; rows end in CR alone, dates have two-digit years."""
    file = source if source.is_file() else _only(source)
    rows = Rows(intake)
    number = intake.file(file.name)
    excluded: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    read = used = 0
    for line, record in _records(file):
        read += 1
        ordered = _day(record["PO Sent to Vendor Date"], "%m/%d/%y")
        if record["Vendor"].strip() == _WAREHOUSE:
            excluded["filled from the programme's warehouse, which is no vendor"] += 1
        elif ordered is None:
            excluded["no date on which the order was sent"] += 1
        else:
            used += 1
            notes.update(_add_order(record, ordered, rows, file=number, line=line))
    rows.finish()
    ignored = () if source.is_file() else tuple(sorted(p.name for p in source.iterdir() if p != file))
    return SourceReport({"order lines": RecordCount(read, used, excluded)}, notes, ignored)


def _add_order(record: dict[str, str], ordered: date, rows: Rows, *, file: int, line: int) -> list[str]:
    """Add the rows of one order line; return notes on the substitutions."""
    notes = []
    vendor, project = record["Vendor"].strip(), record["Project Code"].strip()
    supplier = hashlib.sha256(normal(vendor).encode()).hexdigest()[:16]  # the publisher numbers no vendors
    due, met = (_day(record[n], "%d-%b-%y") for n in ("Scheduled Delivery Date", "Delivered to Client Date"))
    recorded = _day(record["Delivery Recorded Date"], "%d-%b-%y")
    provenance = {"source": "usaid", "source_ref": record["ID"]}
    kind = "legal_person" if is_company(vendor) else "other"
    party = {"supplier_id": supplier, "name": normal(vendor), "kind": kind, "industry": "health"}
    rows.add_party("suppliers", {**party, **provenance}, file=file, at=line)
    rows.add_party(
        "buyers", {"buyer_id": project, "region": record["Country"].strip(), **provenance}, file=file, at=line
    )
    contract = {
        "contract_id": f"usaid-{record['ID']}",
        "supplier_id": supplier,
        "buyer_id": project,
        "kind": "order",
        "category": "goods",
        "amount": record["Line Item Value"].replace(",", ""),
        "currency": "USD",
        "signed_on": ordered,
        "ends_on": due or record["Scheduled Delivery Date"],
        "known_at": ordered,
        **provenance,
    }
    delivery = {
        "milestone_id": f"usaid-{record['ID']}-delivery",
        "contract_id": contract["contract_id"],
        "kind": "delivery",
        "due_on": contract["ends_on"],
        "known_at": ordered,
        **provenance,
    }
    ended = {"end_state": "completed", "ended_on": met or record["Delivered to Client Date"]}
    if recorded is None or recorded > ordered:
        rows.add("contracts", contract, file=file, at=line)
        rows.add("milestones", delivery, file=file, at=line)
        clock = {"known_at": recorded or record["Delivery Recorded Date"]}
    else:
        notes.append("a delivery recorded no later than its order was sent is known with the order")
        clock = {}
    if due is not None and due < ordered:
        notes.append("a delivery was due before its order was sent; taken unchanged")
    rows.add("contracts", {**contract, **ended, **clock}, file=file, at=line)
    rows.add("milestones", {**delivery, "met_on": ended["ended_on"], **clock}, file=file, at=line)
    return notes


def _is_file_name(name: str) -> bool:
    return name.startswith("SCMS_Delivery_History") and name.endswith((".csv", ".csv.zip"))


def _only(folder: Path) -> Path:
    candidates = sorted(p for p in folder.iterdir() if _is_file_name(p.name))
    if not candidates:
        raise InputError("The delivery history is not here.", where=str(folder), fix="Name its CSV or ZIP file.")
    return candidates[0]


def _records(file: Path) -> Iterator[Record]:
    try:
        data = file.read_bytes() if file.suffix != ".zip" else _unzipped(file)
        text = io.StringIO(data.decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise InputError(f"Byte {error.start + 1:,} is not UTF-8.", where=file.name) from error
    yield from records_of(text, file.name, _COLUMNS)


def _unzipped(file: Path) -> bytes:
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.read(next(n for n in archive.namelist() if n.endswith(".csv")))
    except (zipfile.BadZipFile, StopIteration) as error:
        raise InputError("The file is not a ZIP archive with a CSV file in it.", where=file.name) from error


def _day(text: str, form: str) -> date | None:
    """Return the date in a cell, or None where it has text instead ("Date Not Captured")."""
    try:
        return datetime.strptime(text.strip(), form).date()
    except ValueError:
        return None
