"""Make `examples/faulty`: thirty invented suppliers whose files have the faults that real ones have.

python examples/make_faulty.py             # writes examples/faulty anew, with the same bytes

Every fault stands in `FAULTS` with the code that the quality report gives it.
"""

import csv
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples" / "faulty"
SEED, SUPPLIERS, BUYERS = 20, 28, 5
FIRST, LAST = date(2023, 1, 9), date(2025, 9, 30)
SOURCE = "county"

Row = dict[str, object]

STAND_IN = "SUP-<NA>"

FAULTS: dict[str, list[tuple[str, Row]]] = {
    "STAND_IN_ID": [
        ("suppliers", {"supplier_id": STAND_IN, "name": "Several firms", "kind": "other"}),
        *(
            ("contracts", {"contract_id": f"X-NA-{i}", "supplier_id": STAND_IN, "amount": f"{amount}.00"})
            for i, amount in enumerate((48200, 910, 377500))
        ),
    ],
    "SPREADSHEET_ID": [
        ("suppliers", {"supplier_id": "5.1707E+14", "name": "Rounded Timber", "kind": "legal_person"}),
        ("suppliers", {"supplier_id": "517072210.0", "name": "Point Timber", "kind": "legal_person"}),
    ],
    "SEVERAL_IDS": [
        ("suppliers", {"supplier_id": "660172; 660185", "name": "Two partners", "kind": "legal_person"}),
        ("contracts", {"contract_id": "X-TWO", "supplier_id": "660172; 660185", "amount": "15300.00"}),
    ],
    "TWIN_IDS": [("suppliers", {"supplier_id": "f-1003", "name": "Firm 3 (branch)", "kind": "legal_person"})],
    "NAME_SHARED": [("suppliers", {"supplier_id": "F-2099", "name": "FIRM 5", "kind": "legal_person"})],
    "NAME_CHANGED": [
        (
            "suppliers",
            {"supplier_id": "F-1006", "name": "Harbour Kitchens", "kind": "legal_person", "known_at": "2024-11-04"},
        )
    ],
    "KIND_CHANGED": [
        (
            "suppliers",
            {"supplier_id": "F-1007", "name": "Firm 7", "kind": "sole_trader", "known_at": "2024-11-04"},
        )
    ],
    "BUYER_IS_SUPPLIER": [
        ("buyers", {"buyer_id": "F-1008", "name": "Firm 8"}),
        ("contracts", {"contract_id": "X-SELF", "supplier_id": "F-1008", "buyer_id": "F-1008", "amount": "820.00"}),
    ],
    "NEGATIVE_CONTRACT": [("contracts", {"contract_id": "X-NEG", "supplier_id": "F-1001", "amount": "-61400.00"})],
    "STAND_IN_AMOUNT": [("contracts", {"contract_id": "X-ONE", "supplier_id": "F-1002", "amount": "1.00"})],
    "AMOUNT_IS_ID": [("contracts", {"contract_id": "X-20240712", "supplier_id": "F-1004", "amount": "20240712.00"})],
    "AMOUNT_BEYOND_OTHERS": [
        ("contracts", {"contract_id": "X-BIG", "supplier_id": "F-1009", "amount": "74000000000.00"})
    ],
    "EQUAL_TWINS": [
        (
            "contracts",
            {"contract_id": f"X-LOT-{lot}", "supplier_id": "F-1010", "amount": "31818.00", "signed_on": "2024-05-20"},
        )
        for lot in (1, 2, 3, 4)
    ],
    "CHANGE_IS_TOTAL": [
        ("contracts", {"contract_id": "X-CHG", "supplier_id": "F-1011", "amount": "9900.00"}),
        (
            "amendments",
            {"amendment_id": "X-A1", "contract_id": "X-CHG", "amount_change": "9900.00", "occurred_at": "2024-09-02"},
        ),
    ],
    "FRAMEWORK": [
        ("tenders", {"tender_id": "X-FRAME", "buyer_id": "B-1", "method": "framework", "published_on": "2024-02-01"}),
        *(
            (
                "contracts",
                {
                    "contract_id": f"X-FRAME-{i}",
                    "supplier_id": f"F-{1012 + i}",
                    "tender_id": "X-FRAME",
                    "method": "framework",
                    "amount": "6000000.00",
                },
            )
            for i in range(3)
        ),
    ],
    "END_BEFORE_START": [
        ("contracts", {"contract_id": "X-END", "supplier_id": "F-1015", "amount": "4410.00", "ends_on": "2023-06-30"})
    ],
    "SIGNED_AFTER_PUBLISHED": [
        (
            "contracts",
            {
                "contract_id": "X-LATE",
                "supplier_id": "F-1016",
                "amount": "5120.00",
                "signed_on": "2205-04-02",
                "known_at": "2025-04-03",
            },
        )
    ],
    "SIGNED_LONG_BEFORE": [
        ("contracts", {"contract_id": "X-OLD", "supplier_id": "F-1017", "amount": "660.00", "signed_on": "1924-07-01"})
    ],
    "MET_BEFORE_SIGNED": [
        ("contracts", {"contract_id": "X-MET", "supplier_id": "F-1018", "amount": "7700.00"}),
        (
            "milestones",
            {
                "milestone_id": "X-M1",
                "contract_id": "X-MET",
                "kind": "delivery",
                "due_on": "2024-09-01",
                "met_on": "2021-09-01",
            },
        ),
    ],
}
"""The faulty rows by the code that each is found by; cells that are left out are filled like an ordinary row's."""


def make_faulty(folder: Path) -> None:
    """Write the example into a new folder: one CSV file per table, a spine of terms, and the manifest."""
    tables = ordinary()
    for rows in FAULTS.values():
        for name, row in rows:
            if name == "contracts":
                row = {**contract("", "", "0", date(2024, 7, 1)), **row}
            tables.setdefault(name, []).append({**row, "source": SOURCE})
    folder.mkdir(parents=True)
    for name, rows in sorted(tables.items()):
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            out = csv.DictWriter(stream, columns, lineterminator="\n", restval="")
            out.writeheader()
            out.writerows(rows)
    manifest = {"synthetic": True, "currency": "CNY", "tz": "Asia/Shanghai"}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def ordinary() -> dict[str, list[Row]]:
    """Return the rows without a fault: contracts with deliveries and payments, a few loans, and a spine of terms."""
    draw = np.random.default_rng(SEED)
    tables: dict[str, list[Row]] = {name: [] for name in ("contracts", "milestones", "payments", "spine")}
    firms = [f"F-{1001 + i}" for i in range(SUPPLIERS)]
    tables["suppliers"] = [
        {"supplier_id": firm, "name": f"Firm {i}", "kind": "legal_person", "founded_on": f"{1990 + i}-03-01"}
        for i, firm in enumerate(firms, start=1)
    ]
    tables["buyers"] = [{"buyer_id": f"B-{i}", "name": f"Office {i}"} for i in range(1, BUYERS + 1)]
    for firm in firms:
        for _ in range(int(draw.integers(3, 9, endpoint=True))):
            add_contract(tables, firm, draw)
        day = LAST - timedelta(days=int(draw.integers(10, 200, endpoint=True)))
        terms = {
            "amount": f"{int(draw.integers(10, 300, endpoint=True))}000.00",
            "currency": "CNY",
            "days": int(draw.choice(np.array([60, 90, 180]))),
        }
        tables["spine"].append({"case_id": f"ask-{firm}", "supplier_id": firm, "as_of": day, **terms})
    tables["financings"] = [
        {
            "financing_id": f"L-{i}",
            "tenant_id": "county-bank",
            "supplier_id": firm,
            "amount": f"{40 + 5 * i}000.00",
            "currency": "CNY",
            "rate": "0.051",
            "starts_on": date(2024, 1, 8) + timedelta(days=9 * i),
            "ends_on": date(2024, 7, 8) + timedelta(days=9 * i),
        }
        for i, firm in enumerate(firms[:6])
    ]
    tables["repayments"] = [report(loan, "0.00", 0, loan["ends_on"]) for loan in tables["financings"][:4]]
    late, running = tables["financings"][4:]
    tables["repayments"].append(report(late, "18400.00", 97, date(2024, 11, 20)))
    tables["repayments"].append(report(running, "12000.00", 0, date(2025, 9, 1)))
    return {
        name: [row if name == "spine" else {**row, "source": SOURCE} for row in rows] for name, rows in tables.items()
    }


def report(loan: Row, remaining: str, days_past_due: int, day: object) -> Row:
    """Return a bank's report on a loan."""
    return {
        "repayment_id": f"R-{loan['financing_id']}",
        "financing_id": loan["financing_id"],
        "remaining": remaining,
        "currency": "CNY",
        "days_past_due": days_past_due,
        "occurred_at": day,
    }


def add_contract(tables: dict[str, list[Row]], firm: str, draw: np.random.Generator) -> None:
    """Add one contract of a firm with its delivery and its payment."""
    number = len(tables["contracts"]) + 1
    signed = FIRST + timedelta(days=int(draw.integers(0, (LAST - FIRST).days - 120, endpoint=True)))
    amount = f"{int(draw.integers(3, 95, endpoint=True))}{int(draw.integers(100, 999, endpoint=True))}.00"
    row = contract(f"K-{number}", firm, amount, signed, buyer=f"B-{int(draw.integers(1, BUYERS, endpoint=True))}")
    tables["contracts"].append(row)
    due = signed + timedelta(days=60)
    met = due + timedelta(days=int(draw.choice(np.array([-9, -4, -1, 0, 0, 3, 12]))))
    tables["milestones"].append(
        {"milestone_id": f"M-{number}", "contract_id": f"K-{number}", "kind": "delivery", "due_on": due, "met_on": met}
    )
    tables["payments"].append(
        {
            "payment_id": f"P-{number}",
            "contract_id": f"K-{number}",
            "invoiced_on": met,
            "due_on": met + timedelta(days=30),
            "paid_on": met + timedelta(days=int(draw.integers(5, 55, endpoint=True))),
            "amount": amount,
            "currency": "CNY",
        }
    )


def contract(number: str, firm: str, amount: str, signed: date, *, buyer: str = "B-1") -> Row:
    """Return an ordinary contract; this source never says when one ended."""
    return {
        "contract_id": number,
        "supplier_id": firm,
        "buyer_id": buyer,
        "kind": "contract",
        "category": "goods",
        "amount": amount,
        "currency": "CNY",
        "signed_on": signed,
    }


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    make_faulty(FOLDER)
