"""Loans of other lenders enter a profile only where the operator pools them, and no answer shows their values."""

import csv

import numpy as np
import pyarrow as pa
import pytest

from features.declarations.catalogue import COLUMNS, WITHOUT_EVIDENCE, column
from features.facts.store import Facts
from features.importing.import_facts import import_facts
from features.profiles.build import build_profiles
from features.profiles.one_case import Case, CaseEngine
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.reasons import Reasons
from models.scorecard.spec import ColumnSpec

TABLES = {
    "suppliers": ({"supplier_id": "S1", "kind": "legal_person"}, {"supplier_id": "S2", "kind": "legal_person"}),
    "financings": (
        {"financing_id": "F1", "tenant_id": "own-bank", "supplier_id": "S1", "amount": "70.00"},
        {"financing_id": "F2", "tenant_id": "other-bank", "supplier_id": "S1", "amount": "90.00"},
    ),
    "repayments": (
        {"repayment_id": "R1", "financing_id": "F1", "remaining": "7.00", "days_past_due": "0"},
        {"repayment_id": "R2", "financing_id": "F2", "remaining": "60.50", "days_past_due": "33"},
    ),
}
MORE = {
    "suppliers": {},
    "financings": {"currency": "CNY", "rate": "0.05", "starts_on": "2025-01-01", "ends_on": "2025-12-31"},
    "repayments": {"currency": "CNY", "occurred_at": "2025-06-01"},
}
NAMES = ("pooled_loans_running", "pooled_outstanding", "pooled_worst_days_past_due_365d", "outstanding")


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    for name, rows in TABLES.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            out = csv.DictWriter(stream, {**rows[0], **MORE[name]})
            out.writeheader()
            out.writerows({**row, **MORE[name]} for row in rows)
    return folder


def profile(facts, tenant):
    """The columns of one supplier, from the batch and from the engine of one case, which must agree."""
    wanted = [column(name) for name in NAMES]
    case = {
        "case_id": ["c"],
        "supplier_id": ["S1"],
        "as_of": pa.array([facts.instant("2025-07-01")], pa.timestamp("us")),
    }
    (row,) = build_profiles(facts, pa.table(case | {"tenant_id": [tenant]}), wanted).to_pylist()
    (alone,) = CaseEngine(facts, wanted).profiles([Case("S1", facts.instant("2025-07-01"), tenant)])
    batch = np.array([row[name] for name in NAMES], dtype=float)
    np.testing.assert_array_equal(batch, [alone[name] for name in NAMES])
    return [row[name] for name in NAMES]


def test_the_columns_of_all_lenders_are_declared():
    assert set(NAMES) <= {c.name for c in COLUMNS}


def test_loans_of_another_lender_count_only_where_they_are_pooled(source, tmp_path):
    import_facts(source, tmp_path / "facts")
    alone = Facts.open(tmp_path / "facts")
    assert profile(alone, "own-bank") == [None, None, None, 7]
    import_facts(source, tmp_path / "facts", pooled_financing=True)
    pooled = Facts.open(tmp_path / "facts")
    assert profile(pooled, "own-bank") == [2, 67.5, 33, 7]
    assert profile(pooled, "third-bank") == [2, 67.5, 33, None]
    assert pooled.digest != alone.digest
    import_facts(source, tmp_path / "facts")
    assert Facts.open(tmp_path / "facts").pooled_financing
    import_facts(source, tmp_path / "facts", pooled_financing=False)
    assert profile(Facts.open(tmp_path / "facts"), "own-bank")[0] is None


def test_a_reason_from_pooled_loans_shows_no_value():
    name = "pooled_outstanding"
    assert name in WITHOUT_EVIDENCE
    columns = [ColumnSpec.of(column(name), [0.0, 5.0, 10.0])]
    reasons = Reasons(columns, Catalogue.of_this_code())
    block = reasons.block(points=590, base=600.0, contributions=[-10.0], values=np.array([9.0]), evidence={})
    (reason,) = block["adverse"]
    assert (reason["code"], reason["evidence"]) == ("L302", {})
