"""Real data that holds no fact in the sense of the canonical tables: what it lacks, counted from the files."""

import csv
import gzip
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

_ROW = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}row"


def paragraphs(data: Path) -> list[tuple[str, str]]:
    """Title and paragraph of every folder that is not imported."""
    return [
        ("Loans of US small businesses (`sba/`): no facts", _loans(data / "sba")),
        ("Finished public works of Portugal (`portugal/`): no facts", _works(data / "portugal")),
    ]


def _loans(folder: Path) -> str:
    with gzip.open(folder / "SBAnational_sample.csv.gz", "rt", encoding="utf-8-sig", newline="") as stream:
        loans = list(csv.DictReader(stream))
    with (folder / "SBAcase.11.13.17.csv").open(encoding="utf-8-sig", newline="") as stream:
        cases = sum(1 for _ in csv.DictReader(stream))
    states = Counter(loan["MIS_Status"].strip() for loan in loans)
    undated = sum(loan["MIS_Status"].strip() == "P I F" and not loan["ChgOffDate"].strip() for loan in loans)
    whole = {state: _whole_years(loans, state) for state in ("P I F", "CHGOFF")}
    return (
        f"{len(loans):,} loans of the national sample and {cases:,} of the case study. A loan is a row of "
        "`financings`, its course rows of `repayments`, and the file has neither: no interest rate, no instalment, "
        f"and of the {states['P I F']:,} loans paid in full {undated:,} without any date on which they were. So it "
        "cannot be said when a good outcome was known, and without that no loan can be learned from before a split. "
        "The one column that would tell, the term, was rewritten after the outcome: it is a whole number of years for "
        f"{whole['P I F']:.1%} of the loans paid in full and for {whole['CHGOFF']:.1%} of those charged off. Borrowers "
        "have no id, and of what they are the file tells place, trade and number of employees, of what they did "
        "nothing: every profile would be all but empty."
    )


def _whole_years(loans: list[dict[str, str]], state: str) -> float:
    terms = [int(loan["Term"]) for loan in loans if loan["MIS_Status"].strip() == state]
    return sum(term % 12 == 0 for term in terms) / len(terms)


def _works(folder: Path) -> str:
    (book,) = folder.glob("*.xlsx")
    with zipfile.ZipFile(book) as archive, archive.open("xl/worksheets/sheet1.xml") as sheet:
        rows = sum(element.tag == _ROW for _, element in ElementTree.iterparse(sheet))
    return (
        f"{rows - 1:,} ended contracts in a spreadsheet, with first and final price, planned and actual days, the kind "
        "of end and the reasons of changes. No column names the supplier, by number or by name, nor the buyer, only "
        "the municipality of the works. A contract without a supplier enters nobody's profile, its amendments hang on "
        "the contract, and of the tender the file has the year alone. It could tell how often the buyers of a district "
        "amend, but not which buyer did; nothing can be loaded without inventing a party."
    )
