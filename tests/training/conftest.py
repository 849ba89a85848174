"""Facts written row by row in the file format of an import, and a study of a small market."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.facts.store import Facts
from features.facts.tables import TABLES, Kind
from tests.training.fewer_columns import left_out

if TYPE_CHECKING:
    from models.scorecard.spec import Spec
    from training.learning.study import Study

ARROW = {
    Kind.INSTANT: pa.timestamp("us"),
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.RATE: pa.decimal128(18, 8),
    Kind.INTEGER: pa.int64(),
    Kind.FLAG: pa.bool_(),
    Kind.REAL: pa.float64(),
}
DEFAULTS = {"currency": "CNY", "amount": 1000, "kind": "contract", "buyer_id": "b1", "rate": 0.05, "tenant_id": "t1"}
EVENT = {"milestones": "met_on", "payments": "paid_on", "outcomes": "matured_on"}


def end_of_day(text):
    """A bare date as an import stores it: the last microsecond of that day in Shanghai, in UTC."""
    return datetime.fromisoformat(text) + timedelta(hours=16) - timedelta(microseconds=1)


def stored(table, row):
    values = {**{c.name: DEFAULTS.get(c.name) for c in table.stored}, **row}
    for column in table.stored:
        value = values[column.name]
        if column.kind is Kind.INSTANT and isinstance(value, str):
            values[column.name] = end_of_day(value)
        elif column.kind in (Kind.MONEY, Kind.RATE) and value is not None:
            values[column.name] = Decimal(str(value))
    values["known_at"] = values["known_at"] or values.get(table.event or EVENT.get(table.name)) or datetime(2000, 1, 1)
    values["retracted"] = bool(values["retracted"])
    return values


@pytest.fixture
def facts_of(tmp_path):
    """Write tables given as lists of rows; a later row of the same key supersedes the earlier."""

    def write(**tables):
        files = {}
        for name, rows in tables.items():
            table = TABLES[name]
            sorted_rows = sorted((stored(table, r) for r in rows), key=lambda r: r["known_at"])
            for i, row in enumerate(sorted_rows):
                later = [r for r in sorted_rows[i + 1 :] if all(r[k] == row[k] for k in (*table.key, "supplier_id"))]
                row["known_until"] = later[0]["known_at"] if later else None
            schema = pa.schema([(c.name, ARROW.get(c.kind, pa.string())) for c in table.stored])
            files[name] = tmp_path / f"{name}.parquet"
            pq.write_table(pa.Table.from_pylist(sorted_rows, schema=schema), files[name])
        return Facts(tmp_path, "CNY", "Asia/Shanghai", True, "sha256:test", files, {"tables": {}})

    return write


@dataclass(frozen=True)
class Learned:
    """A market, what was learned from it, and how that was examined.

    Attributes:
        applicants: suppliers who asked, by the imported spine.
    """

    facts: Facts
    studied: "Study"
    spec: "Spec"
    validation: Mapping[str, Any]
    applicants: tuple[str, ...]


@pytest.fixture(scope="session")
def learned(tmp_path_factory) -> Learned:
    """A study of 1,000 suppliers, shared by every test that needs one: change copies of it."""
    from features.importing.import_facts import import_facts
    from sandbox.make import make_sandbox
    from training.candidate import declaration
    from training.evidence.validate_study import examine
    from training.learning.study import study
    from training.learning.training_data import Choices, gather
    from training.learning.tuning import Budget

    folder = tmp_path_factory.mktemp("learned")
    make_sandbox(folder, "plain", 1000, 11)
    ids = sorted(set(pq.read_table(folder / "facts" / "suppliers.parquet")["supplier_id"].to_pylist()))
    applicants = tuple(ids[:120])
    lines = [f"a{i},{supplier},2025-06-01" for i, supplier in enumerate((*applicants, *applicants[:30]))]  # some twice
    (folder / "facts" / "spine.csv").write_text("\n".join(["case_id,supplier_id,as_of", *lines]) + "\n")
    import_facts(folder / "facts", folder / "imported")
    facts = Facts.open(folder / "imported")
    choices = Choices(without=left_out())
    data = gather(
        facts,
        "loan_default",
        unit="request",
        spine=None,
        out_of_time_from=None,
        progress=lambda _: None,
        choices=choices,
    )
    studied = study(data, budget=Budget(trials=1))
    spec = declaration(facts, studied, unit="request", purposes=("contract_loan",))
    return Learned(facts, studied, spec, examine(facts, studied, spec, data.catalogue), applicants)
