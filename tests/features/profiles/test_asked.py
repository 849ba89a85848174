"""The contract and the buyer that a request names: the same figures from a batch, one case and the stored rows."""

import asyncio
from datetime import UTC

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from features.declarations.catalogue import COLUMNS
from features.facts.store import Facts
from features.fleet.write_fleet import write_fleet
from features.profiles.asked_buyer import BuyerMonths
from features.profiles.build import build_profiles
from features.profiles.one_case import Case, CaseEngine
from serving.profiles.from_facts import ProfilesFromFacts
from serving.profiles.stored import StoredProfiles

pytestmark = pytest.mark.slow

AS_OF = "2024-07-15"
OF_CONTRACT = [c for c in COLUMNS if c.feature.among == "asked_contract"]
OF_BUYER = [c for c in COLUMNS if c.feature.table == "asked_buyer"]
NAMES = {c.name for c in COLUMNS}


@pytest.fixture(scope="module")
def asked(facts: Facts) -> list[tuple[str, str, str, bool]]:
    """Contracts with supplier and buyer, and whether they are open at the instant."""
    query = (
        "SELECT supplier_id, contract_id, arg_max(buyer_id, known_at), NOT bool_or(is_over)"
        f" FROM (SELECT *, coalesce(ended_on < $1, false) AS is_over FROM '{facts.tables['contracts']}'"
        " WHERE known_at < $1 AND signed_on < $1 AND (known_until IS NULL OR known_until >= $1) AND NOT retracted)"
        " GROUP BY ALL ORDER BY ALL"
    )
    return duckdb.execute(query, [facts.instant(AS_OF)]).fetchall()


def spine(facts, rows):
    """A spine of suppliers with the contract and the buyer that each names."""
    suppliers, contracts, buyers = map(list, zip(*rows, strict=True))
    return pa.table(
        {
            "case_id": [f"{i:06}" for i in range(len(rows))],
            "supplier_id": suppliers,
            "as_of": pa.array([facts.instant(AS_OF)] * len(rows), pa.timestamp("us")),
            "contract_id": pa.array(contracts, pa.string()),
            "buyer_id": pa.array(buyers, pa.string()),
            "amount": pa.array(["1000.00"] * len(rows)).cast(pa.decimal128(18, 2)),
            "days": pa.array([90] * len(rows)),
        }
    )


def values(table, columns):
    return np.stack([table[c.name].to_numpy(zero_copy_only=False) for c in columns], axis=1)


def test_the_profile_of_a_request_has_columns_of_its_contract_and_buyer():
    wanted = {"asked_contract_value", "contract_not_found", "amount_to_contract", "asked_buyer_payment_days"}
    assert wanted <= NAMES


def test_an_open_contract_has_figures_and_another_has_none(facts, asked):
    table = build_profiles(facts, spine(facts, [row[:3] for row in asked]))
    age, not_found = (
        table[name].to_numpy(zero_copy_only=False) for name in ("asked_contract_age", "contract_not_found")
    )
    is_open = np.array([row[3] for row in asked])
    assert is_open.sum() > 50
    assert (~is_open).sum() > 50
    assert (np.isfinite(age) == is_open).all()
    assert (not_found == ~is_open).all()


def test_another_suppliers_contract_answers_as_an_unknown_one(facts, asked):
    owners: dict[str, set[str]] = {}
    for supplier, contract, *_ in asked:
        owners.setdefault(contract, set()).add(supplier)
    contract = next(contract for _, contract, _, is_open in asked if is_open and len(owners[contract]) == 1)
    other = next(supplier for supplier, *_ in asked if supplier not in owners[contract])
    table = build_profiles(facts, spine(facts, [(other, name, None) for name in (contract, "no such contract")]))
    rows = table.drop_columns(["case_id"]).to_pylist()
    assert rows[0] == rows[1]
    assert rows[0]["contract_not_found"] == 1


def test_without_a_contract_nothing_is_said_to_be_missing(facts, asked):
    (row,) = build_profiles(facts, spine(facts, [(asked[0][0], None, None)])).to_pylist()
    assert row["contract_not_found"] is None
    assert row["asked_contract_value"] is None
    assert row["asked_buyer_contracts"] is None


def test_the_figures_of_a_buyer_are_those_of_its_profile_at_the_end_of_the_month(facts, asked):
    from features.buyers.build import build_buyer_profiles

    buyers = sorted({row[2] for row in asked})[:20]
    profiles = build_buyer_profiles(facts, facts.instant("2024-07-01"), buyers)
    instants = np.full(len(buyers), np.datetime64(facts.instant(AS_OF), "us"))
    months = BuyerMonths.of(facts).values(OF_BUYER, buyers, instants)
    of_profile = {
        "asked_buyer_contracts": "buyer_contracts_365d",
        "asked_buyer_payment_days": "buyer_payment_days",
        "asked_buyer_unpaid_share": "buyer_unpaid_share",
        "asked_buyer_paid_late_share": "buyer_paid_late_share_365d",
    }
    for name, source in of_profile.items():
        expected = profiles[source].to_numpy(zero_copy_only=False)
        assert np.isfinite(expected).any()
        np.testing.assert_array_equal(months[name], expected)


def test_one_case_and_the_stored_rows_give_the_bits_of_the_batch(facts, asked, tmp_path):
    some = [asked[i] for i in np.random.default_rng(1).choice(len(asked), 60, replace=False)]
    batch = build_profiles(facts, spine(facts, [row[:3] for row in some]))
    engine = CaseEngine(facts, COLUMNS)
    cases = [Case(row[0], facts.instant(AS_OF), contract_id=row[1]) for row in some]
    alone = np.array([[profile[c.name] for c in OF_CONTRACT] for profile in engine.profiles(cases)])
    assert alone.tobytes() == np.ascontiguousarray(values(batch, OF_CONTRACT)).tobytes()
    write_fleet(facts, facts.instant(AS_OF), tmp_path, size=50)
    stored = StoredProfiles.open(tmp_path)
    assert stored is not None
    found = [stored.find(row[0], "nobody", contract_id=row[1], buyer_id=row[2]) for row in some]
    for columns in (OF_CONTRACT, OF_BUYER):
        places = [stored.place[c.name] for c in columns]
        rows = np.array([profile.values[places] for profile in found])
        np.testing.assert_array_equal(rows, values(batch, columns))
    assert np.isnan(stored.find(some[0][0], "nobody").values[[stored.place[c.name] for c in OF_CONTRACT]]).all()


def test_the_service_computes_the_figures_of_a_past_day(facts, asked):
    row = next(row for row in asked if row[3])
    (batch,) = build_profiles(facts, spine(facts, [row[:3]])).to_pylist()
    served = ProfilesFromFacts(facts)
    day = facts.instant(AS_OF).replace(tzinfo=UTC)
    found = asyncio.run(served.find(row[0], "nobody", day, contract_id=row[1], buyer_id=row[2]))
    served.close()
    assert found is not None
    names = [c.name for c in (*OF_CONTRACT, *OF_BUYER)]
    expected = np.array([batch[name] for name in names], dtype=float)
    np.testing.assert_array_equal(found.values[[served.place[name] for name in names]], expected)
