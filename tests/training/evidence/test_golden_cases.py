"""Golden cases: spread over risk, and anonymous."""

import numpy as np
import pyarrow as pa

from training.evidence import golden_cases

CASES = pa.table(
    {
        "case_id": [f"case-{i}" for i in range(100)],
        "supplier_id": ["s"] * 100,
        "contract_id": ["c"] * 100,
        "buyer_id": ["b"] * 100,
        "amount": [1000 + i for i in range(100)],
        "days": [90] * 100,
        "bidders": pa.nulls(100, pa.int64()),
        "category": ["goods"] * 100,
        "method": ["open"] * 100,
    }
)
PROFILES = pa.table(
    {"case_id": CASES["case_id"], "rate": pa.array(np.arange(100.0)), "null": pa.nulls(100, pa.float64())}
)


def test_golden_cases_reach_from_the_safest_to_the_riskiest():
    rows = golden_cases.golden_rows(CASES, PROFILES, np.arange(100.0)[::-1].copy(), with_terms=True)
    rates = [r["profile"]["rate"] for r in rows]
    assert len(rows) >= 20
    assert (rates[0], rates[-1]) == (99.0, 0.0)
    assert rates == sorted(rates, reverse=True)


def test_golden_cases_say_nothing_of_whose_they_are():
    row = golden_cases.golden_rows(CASES, PROFILES, np.arange(100.0), with_terms=True)[0]
    assert row == {
        "profile": {"rate": 0.0, "null": None},
        "terms": {"amount": 1000, "days": 90, "category": "goods", "method": "open"},
    }


def test_a_supplier_scorecards_golden_cases_have_no_terms():
    assert golden_cases.golden_rows(CASES, PROFILES, np.arange(100.0), with_terms=False)[0]["terms"] is None
