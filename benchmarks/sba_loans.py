"""The SBA's loans as facts and outside columns: two publications of one register, read by one rule.

Borrowers have no id, so a firm is its name and place, sealed. What a bank could not have known on the day of approval
lies in the same file as what it could, which is what the files are good for here.
"""

import csv
import gzip
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

LAST = date(2014, 12, 31)  # both files end in 2014: a two-digit year that lies beyond is one of the last century
SAS_EPOCH = date(1960, 1, 1)
WATCHED_YEARS = 7  # 82 % of the charge-offs come within
RECENT = date(2003, 1, 1)


@dataclass(frozen=True)
class Publication:
    """One file, and how it writes dates."""

    name: str
    file: str
    day: Callable[[str], date | None]


def american(text: str) -> date | None:
    """`2/28/1997` or `30-Jan-10`."""
    if not text:
        return None
    if "/" in text:
        return datetime.strptime(text, "%m/%d/%Y").date()
    day = datetime.strptime(text, "%d-%b-%y").date()
    return day if day <= LAST else day.replace(year=day.year - 100)


def of_sas(text: str) -> date | None:
    """Days since 1960."""
    return SAS_EPOCH + timedelta(days=int(text)) if text else None


NATIONAL = Publication("national", "SBAnational_sample.csv.gz", american)
CALIFORNIA = Publication("california", "SBAcase.11.13.17.csv", of_sas)


@dataclass(frozen=True)
class Loan:
    """One loan as published, its cells without blanks, its dates read."""

    cells: Mapping[str, str]
    approved_on: date
    disbursed_on: date | None
    charged_off_on: date | None

    @property
    def id(self) -> str:
        """The loan's number."""
        return self.cells["LoanNr_ChkDgt"]

    @property
    def firm(self) -> str:
        """The borrower, by name and place, sealed."""
        identity = f"{self.cells['Name'].upper()}|{self.cells['State']}|{self.cells['Zip']}"
        return "name-" + hashlib.sha256(identity.encode()).hexdigest()[:12]

    @property
    def charged_off(self) -> bool | None:
        """Whether it was ever charged off; None where the register does not say what became of it."""
        return {"CHGOFF": True, "P I F": False}.get(self.cells["MIS_Status"])

    def number(self, name: str) -> float | None:
        """A cell as a number: `$60,000.00` is one."""
        text = self.cells.get(name, "").replace("$", "").replace(",", "").strip()
        return float(text) if text else None


def loans(data: Path, publication: Publication) -> Iterator[Loan]:
    """Every loan of a publication."""
    path = data / "sba" / publication.file
    opening = gzip.open if path.suffix == ".gz" else open
    with opening(path, "rt", encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            cells = {name: text.strip() for name, text in row.items()}
            days = (publication.day(cells[name]) for name in ("ApprovalDate", "DisbursementDate", "ChgOffDate"))
            approved, disbursed, charged_off = days
            assert approved is not None, cells["LoanNr_ChkDgt"]
            yield Loan(cells, approved, disbursed, charged_off)


@dataclass(frozen=True)
class Label:
    """What became of a loan, and from which day on that was known."""

    bad: bool
    known_on: date


def ever(loan: Loan) -> Label | None:
    """Charged off by the end of the file, as if that had been known on the day of approval: the floor's own rule."""
    return None if loan.charged_off is None else Label(loan.charged_off, loan.approved_on)


def recently(loan: Loan) -> Label | None:
    """The same, for the programme as it is since 2003: before, other kinds of loan were guaranteed."""
    return ever(loan) if loan.approved_on >= RECENT else None


def within(loan: Loan) -> Label | None:
    """Charged off within seven years of approval, known when these are over, whatever became of it before."""
    if loan.charged_off is None or (loan.charged_off and loan.charged_off_on is None):
        return None
    over = _years_later(loan.approved_on, WATCHED_YEARS)
    bad = bool(loan.charged_off and loan.charged_off_on and loan.charged_off_on < over)
    return Label(bad, over) if over <= LAST else None


def write_facts(folder: Path, loans: list[Loan], label: Callable[[Loan], Label | None]) -> Counter[str]:
    """Write suppliers and outcomes as canonical tables; return how many loans ended how."""
    counts: Counter[str] = Counter()
    rows = []
    for loan in loans:
        outcome = label(loan)
        counts["unknown" if outcome is None else "bad" if outcome.bad else "good"] += 1
        if outcome is not None:
            rows.append((loan.id, loan.firm, loan.approved_on, outcome.known_on, int(outcome.bad)))
    folder.mkdir(parents=True, exist_ok=True)
    firms = {loan.firm: (loan.firm, "other", loan.cells["State"]) for loan in loans}
    write(folder / "suppliers.csv", ("supplier_id", "kind", "region"), firms.values())
    write(folder / "outcomes.csv", ("case_id", "supplier_id", "as_of", "matured_on", "bad"), rows)
    return counts


def write(path: Path, header, rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def _years_later(day: date, years: int) -> date:
    return date(day.year + years, day.month, min(day.day, 28) if day.month == 2 else day.day)
