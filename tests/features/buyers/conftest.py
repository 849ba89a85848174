"""Buyers' profiles from a few rows, through a real import."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.buyers.build import build_buyer_profiles

CONTRACT = {
    "contract_id": "c1",
    "supplier_id": "s1",
    "buyer_id": "b1",
    "kind": "contract",
    "amount": "100.00",
    "currency": "CNY",
    "signed_on": "2024-01-10",
}


# Another buyer, with a payment that was made and an acceptance that was given: so the source reports such dates.
OTHER = {"contract_id": "c9", "supplier_id": "s3", "buyer_id": "b9", "signed_on": "2023-01-10"}
REPORTED = {
    "payments": {"payment_id": "p9", "invoiced_on": "2023-02-01", "paid_on": "2023-02-02", "amount": "1.00"},
    "milestones": {"milestone_id": "m9", "kind": "acceptance", "requested_on": "2023-02-01", "met_on": "2023-02-02"},
}


@pytest.fixture(scope="session")
def write_tables():
    """The function that writes source tables as CSV: table → list of rows."""
    return written


def written(folder: Path, **rows) -> Path:
    folder.mkdir(parents=True)
    for name, records in rows.items():
        names = list(dict.fromkeys(k for r in records for k in r))
        lines = [",".join(names), *(",".join(_cell(r.get(n)) for n in names) for r in records)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    (folder / "manifest.json").write_text(json.dumps({"currency": "CNY", "tz": "Asia/Shanghai"}))
    return folder


def _reported(name):
    row = REPORTED.get(name)
    known = {"contract_id": "c9", "known_at": "2023-02-02"} | ({"currency": "CNY"} if name == "payments" else {})
    return [known | row] if row else []


def _cell(value) -> str:
    return "" if value is None else str(value)


@pytest.fixture
def seen(tmp_path, import_into):
    """A buyer's profile at one or more instants, from a few rows; contracts default to one of buyer b1."""
    number = count()

    def profile(*as_of, buyer="b1", contracts=({},), **rows):
        given = {
            "suppliers": [{"supplier_id": s, "kind": "other"} for s in ("s1", "s2", "s3")],
            "buyers": [{"buyer_id": b} for b in ("b1", "b2", "b9")],
            "contracts": [CONTRACT | c for c in (*contracts, OTHER)],
            **{name: [*own, *_reported(name)] for name, own in rows.items()},
        }
        folder = tmp_path / str(next(number))
        facts = import_into(written(folder / "source", **given), folder / "facts")
        profiles = [build_buyer_profiles(facts, facts.instant(a), [buyer]).to_pylist()[0] for a in as_of]
        return profiles[0] if len(profiles) == 1 else profiles

    return profile


@pytest.fixture(scope="session")
def shuffled():
    """The function that writes facts in another row order and other row groups."""

    def write(facts, folder: Path):
        files = {}
        for name, file in facts.tables.items():
            table = pq.read_table(file)
            files[name] = folder / file.name
            pq.write_table(
                table.take(np.random.default_rng(2).permutation(table.num_rows)), files[name], row_group_size=777
            )
        return replace(facts, tables=files)

    return write


@pytest.fixture(scope="session")
def small_world():
    """The function that draws the rows of four buyers, or what is learned of them later."""
    return drawn


SUPPLIERS, BUYERS, FIRST = [f"s{i}" for i in range(5)], [f"b{i}" for i in range(4)], datetime(2022, 6, 1)


DATED = "2022-06-02T00:00:00+08:00"  # else the date of the contract


class Draw:
    """Draws values and rows; `learned` makes every row known from then on."""

    def __init__(self, rng: np.random.Generator, learned: datetime | None) -> None:
        self.rng, self.learned = rng, learned
        self.children = range(0, 60, 1 if learned is None else 3)

    def known(self, row: dict) -> dict:
        if self.learned is None:
            return row
        at = self.learned + timedelta(minutes=int(self.rng.integers(0, 400)) if self.rng.random() < 0.7 else 0)
        return row | {"known_at": f"{at.isoformat()}+08:00", "retracted": str(self.rng.random() < 0.2).lower()}

    def day(self, low: int, high: int) -> str:
        return (FIRST + timedelta(days=int(self.rng.integers(low, high)))).date().isoformat()

    def some(self, value, share: float = 0.8):
        return value if self.rng.random() < share else None

    def entry(self, name: str, number: int) -> str:
        return f"{name}{number}" if self.learned is None or self.rng.random() < 0.7 else f"{name}{number}-later"


def drawn(rng: np.random.Generator, learned: datetime | None = None) -> dict[str, list[dict]]:
    """Rows of every table that a buyer's profile reads; `learned` makes all of them known from then on.

    The same keys are drawn again, so that what is learned later corrects, retracts or joins what was there.
    """
    draw = Draw(rng, learned)
    return {
        "suppliers": [{"supplier_id": s, "kind": "other"} for s in SUPPLIERS],
        "buyers": [{"buyer_id": b} for b in BUYERS],
        "contracts": contracts(draw),
        "tenders": [
            draw.known(
                {"tender_id": f"t{i}", "published_on": draw.day(0, 200), "awarded_on": draw.some(draw.day(100, 400))}
            )
            for i in range(8)
        ],
        "payments": payments(draw),
        "milestones": milestones(draw),
        "amendments": [
            draw.known(
                {"amendment_id": draw.entry("a", i), "contract_id": f"c{i % 30}", "occurred_at": draw.day(50, 700)}
                | {"days_change": draw.some(int(rng.integers(-9, 60)))}
            )
            for i in draw.children
        ],
        "conduct": [
            draw.known(
                {"conduct_id": draw.entry("x", i), "party_id": BUYERS[i % 4], "party_role": "buyer", "type_code": "t"}
                | {"severity": draw.some(int(rng.integers(1, 6))), "effective_on": draw.day(0, 700)}
                | {"repaired_on": draw.some(draw.day(300, 900))}
            )
            for i in range(20)
        ],
    }


def contracts(draw: Draw) -> list[dict]:
    rows, rng = [], draw.rng
    for i in range(0, 30, 1 if draw.learned is None else 3):
        row = CONTRACT | {
            "contract_id": f"c{i}",
            "supplier_id": SUPPLIERS[i % 5],
            "buyer_id": BUYERS[rng.integers(0, 4)],
        }
        row |= {"tender_id": f"t{i % 8}", "signed_on": draw.day(0, 500), "members": 2}
        ended = draw.some(draw.day(300, 900), 0.4)
        row |= {"ended_on": ended, "end_state": ended and ("completed", "terminated_early")[rng.integers(0, 2)]}
        joint = {"supplier_id": SUPPLIERS[(i + 1) % 5]}
        rows += [draw.known(row), *([draw.known(row | joint)] if rng.random() < 0.4 else [])]
    return rows


def payments(draw: Draw) -> list[dict]:
    return [
        draw.known(
            {"payment_id": draw.entry("p", i), "contract_id": f"c{i % 30}", "invoiced_on": draw.some(draw.day(50, 600))}
            | {"known_at": DATED, "due_on": draw.some(draw.day(80, 700)), "paid_on": draw.some(draw.day(80, 800))}
            | {"amount": "1.00", "currency": "CNY"}
        )
        for i in draw.children
    ]


def milestones(draw: Draw) -> list[dict]:
    return [
        draw.known(
            {"milestone_id": draw.entry("m", i), "contract_id": f"c{i % 30}", "kind": "acceptance", "known_at": DATED}
            | {"requested_on": draw.some(draw.day(50, 600)), "met_on": draw.some(draw.day(60, 800))}
        )
        for i in draw.children
    ]
