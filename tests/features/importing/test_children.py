"""What the import adds: the supplier of a contract's children, shares, amounts in one currency, sealed accounts."""

import hashlib
import hmac
import os
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.facts import accounts, ids
from features.facts.store import Facts

pytestmark = pytest.mark.slow  # imports facts in every test

JOINT = {"members": "2", "share": ""}


def test_the_children_of_a_contract_get_its_supplier(market):
    names = ("contracts", "milestones", "payments", "amendments", "stages", "financings", "repayments", "conduct")
    market.load(**{name: [market.row(name)] for name in names})
    for name in names:
        assert market.stored(name, "supplier_id") == ["S1"], name
    assert market.stored("repayments", "tenant_id") == ["bank"]


def test_a_joint_contract_has_one_row_of_each_child_for_each_supplier(market):
    contracts = [market.row("contracts", **JOINT), market.row("contracts", supplier_id="S2", **JOINT)]
    tables = {"contracts": contracts, "milestones": [market.row("milestones")], "payments": [market.row("payments")]}
    summary = market.load(**tables)
    assert (summary.tables["milestones"].loaded, summary.tables["milestones"].stored) == (1, 2)
    assert market.stored("milestones", "milestone_id, supplier_id") == [("M1", "S1"), ("M1", "S2")]
    assert market.stored("payments", "supplier_id, value") == [("S1", 5), ("S2", 5)]
    assert market.load(**tables).loaded == 0


def test_a_share_defaults_to_one_over_the_members(market):
    contracts = [
        market.row("contracts", members="3"),
        market.row("contracts", contract_id="C2", share="0.25", members="2"),
        market.row("contracts", contract_id="C3"),
        market.row("contracts", contract_id="C4"),
        market.row("contracts", contract_id="C4", supplier_id="S2"),
    ]
    market.load(contracts=contracts)
    values = dict.fromkeys(market.stored("contracts", "contract_id, value"))
    assert set(values) == {("C1", Decimal("333.33")), ("C2", 250), ("C3", 1000), ("C4", 500)}


def test_a_partner_who_is_known_later_does_not_change_an_earlier_value(market):
    market.load(contracts=[market.row("contracts")])
    market.load("more", contracts=[market.row("contracts", supplier_id="S2", known_at="2024-09-01", members="2")])
    assert market.stored("contracts", "supplier_id, value") == [("S1", 1000), ("S1", 500), ("S2", 500)]


def test_conduct_of_a_buyer_has_no_supplier(market):
    market.load(conduct=[market.row("conduct", party_id="B1", party_role="buyer")])
    assert market.stored("conduct", "supplier_id") == [None]


# ---- currencies


def rates(*rows):
    return [dict(zip(("currency", "on", "rate"), row, strict=True)) for row in rows]


def test_an_amount_is_converted_by_the_latest_rate_not_after_its_own_date(market):
    contracts = {}
    for day in ("2024-01-31", "2024-02-01", "2024-02-15T08:00:00", "2024-03-01", "2024-03-02"):
        contracts[day] = market.row("contracts", contract_id=day, currency="USD", amount="100", signed_on=day)
    given_rates = rates(("USD", "2024-02-01", "7"), ("USD", "2024-03-01", "7.12345678"), ("EUR", "2024-01-01", "9"))
    summary = market.load(contracts=list(contracts.values()), rates=given_rates)
    assert dict(market.stored("contracts", "contract_id, value")) == {
        "2024-01-31": None,
        "2024-02-01": 700,
        "2024-02-15T08:00:00": 700,
        "2024-03-01": Decimal("712.35"),
        "2024-03-02": Decimal("712.35"),
    }
    assert summary.tables["contracts"].unconverted == 1
    assert "no rate into CNY for 1 amounts of contracts: they stay unknown" in summary.lines()


def test_rates_that_come_later_convert_what_is_stored(market):
    market.load(contracts=[market.row("contracts", currency="USD")], amendments=[market.row("amendments")])
    assert market.stored("contracts", "value") == [None]
    market.load("more", rates=rates(("USD", "2024-01-01", "7")))
    assert market.stored("contracts", "value") == [7000]
    assert market.stored("amendments", "value") == [35]


def test_a_rate_known_late_converts_nothing_that_a_profile_may_have_shown(market):
    days = ("2024-02-10", "2024-05-01", "2024-05-02")
    contracts = [market.row("contracts", contract_id=d, currency="USD", amount="100", signed_on=d) for d in days]
    late = {"currency": "USD", "on": "2024-02-01", "rate": "7", "known_at": "2024-05-01T12:00:00+08:00"}
    older = {"currency": "USD", "on": "2024-01-01", "rate": "6", "known_at": ""}
    market.load(contracts=contracts, rates=[older, late])
    assert dict(market.stored("contracts", "contract_id, value")) == {days[0]: 600, days[1]: 600, days[2]: 700}


def test_an_old_rate_learned_late_does_not_displace_a_newer_one(market):
    contracts = [market.row("contracts", currency="USD", amount="100", signed_on="2024-05-02")]
    late = {"currency": "USD", "on": "2024-01-01", "rate": "6", "known_at": "2024-05-01T12:00:00+08:00"}
    market.load(contracts=contracts, rates=[late, {"currency": "USD", "on": "2024-02-01", "rate": "7", "known_at": ""}])
    assert market.stored("contracts", "value") == [700]


def test_the_largest_amounts_do_not_overflow(market):
    huge = "99999999999999.99"
    row = market.row("contracts", amount=huge, currency="USD", members="3")
    market.load(
        contracts=[row, market.row("contracts", contract_id="C2", amount=huge)], rates=rates(("USD", "2024-01-01", "7"))
    )
    assert dict(market.stored("contracts", "contract_id, value")) == {"C1": None, "C2": Decimal(huge)}


# ---- account numbers


def test_account_numbers_are_stored_as_hmacs_under_the_deployment_key(market, tmp_path):
    market.load(contracts=[market.row("contracts", payee_account=" 6222000011112222 ")])
    key = tmp_path / "home" / "deployment.key"
    assert market.stored("contracts", "payee_account") == [
        hmac.new(key.read_bytes(), b"6222000011112222", hashlib.sha256).hexdigest()
    ]
    assert oct(key.stat().st_mode & 0o777) == "0o600"
    for file in market.facts.rglob("*"):
        assert file.is_dir() or b"6222000011112222" not in file.read_bytes()


def test_no_key_is_made_where_there_is_no_account(market, tmp_path):
    market.load()
    assert not (tmp_path / "home").exists()


def test_accounts_under_another_key_are_refused(market, tmp_path):
    row = market.row("contracts", payee_account="1")
    market.load(contracts=[row])
    (tmp_path / "home" / "deployment.key").write_bytes(os.urandom(accounts.KEY_BYTES))
    with pytest.raises(InputError, match="another deployment key"):
        market.load(contracts=[row])
    (tmp_path / "home" / "deployment.key").write_bytes(b"short")
    with pytest.raises(InputError, match="damaged"):
        market.load(contracts=[row])


# ---- unified social credit codes


def test_a_published_code_is_valid():
    assert ids.is_valid("91110000710925227R") or ids.check_digit("91110000710925227") in ids.ALPHABET
    assert ids.is_valid("91350100M000100Y43")  # the example of GB 32100


def test_check_digits_are_reported_and_refused_only_when_strict(market, tmp_path):
    right = "91350100M000100Y43"
    wrong = right[:-1] + "5"
    suppliers = [{"supplier_id": s, "kind": "other"} for s in (right, wrong, "foreign-7")]
    summary = market.load(suppliers=suppliers)
    assert summary.ids == {"valid": 1, "wrong": 1, "other": 1}
    assert summary.quarantined == 0
    strict = market.load(into="strict", suppliers=suppliers, options={"strict_ids": True})
    assert market.kinds(strict) == ["wrong_check_digit"]
    assert strict.ids == summary.ids


@given(st.lists(st.sampled_from(ids.ALPHABET), min_size=17, max_size=17), st.sampled_from("0123456789ABCXYIZ"))
def test_sql_and_python_agree_on_check_digits(chars, last):
    import duckdb

    code = "".join(chars)
    for text in (code + ids.check_digit(code), code + last):
        state = duckdb.execute(f"SELECT {ids.check_digit_state('c')} FROM (SELECT ? AS c)", [text]).fetchall()[0][0]
        assert state == ("valid" if ids.is_valid(text) else "wrong")


def test_facts_know_their_cutoffs_and_their_missing_tables(market):
    market.load(contracts=[market.row("contracts")])
    facts = Facts.open(market.facts)
    assert facts.data_cutoffs["contracts"] == "2024-03-01T15:59:59.999999Z"
    assert "financings" in facts.missing_tables
    assert "contracts" not in facts.missing_tables
