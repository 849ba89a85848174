"""Ids of parties in one normal form: at import, in profiles and in what a request sends."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.declarations.catalogue import COLUMNS
from features.errors import InputError
from features.facts import ids
from features.facts.store import Facts
from features.profiles.build import build_one
from features.profiles.one_case import CaseEngine
from features.request_facts.check_sent import SentFactsChecker

pytestmark = pytest.mark.slow  # imports facts in every test

CODE = "91440300" + "MA5TEXT4X"
CODE += ids.check_digit(CODE)
FULL_WIDTH = "".join(chr(ord(c) + 0xFEE0) for c in CODE)
SPELLINGS = {
    "lower case": CODE.lower(),
    "dashes": f"{CODE[:8]}-{CODE[8:17]}-{CODE[17:]}",
    "full width": FULL_WIDTH,
    "invisible": f"\u200b{CODE[:5]}\ufeff{CODE[5:]}\u00ad",
    "padded": f"\u3000 {CODE}\u00a0",
    "blanks inside": f"{CODE[:6]} {CODE[6:]}",
}


def supplier(supplier_id: str, **cells: str) -> dict[str, str]:
    return {"supplier_id": supplier_id, "kind": "legal_person", "name": "Ash Roadworks", **cells}


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_code_in_any_spelling_is_one_supplier(market, spelled):
    contracts = [
        market.row("contracts", supplier_id=CODE),
        market.row("contracts", contract_id="C2", supplier_id=spelled),
    ]
    summary = market.load(suppliers=[supplier(CODE), supplier(spelled)], contracts=contracts)
    assert summary.quarantined == 0
    assert set(market.stored("contracts", "supplier_id")) == {CODE}
    assert market.stored("suppliers", "supplier_id") == [CODE]
    facts = Facts.open(market.facts)
    for name in (CODE, spelled):
        assert build_one(facts, name, facts.instant("2024-06-01"))["contracts_365d"][0].as_py() == 2


def test_every_column_that_names_a_party_has_the_form(market):
    tables = {
        "tenders": [market.row("tenders")],
        "bids": [market.row("bids", supplier_id=CODE.lower())],
        "conduct": [market.row("conduct", party_id=FULL_WIDTH)],
        "financings": [market.row("financings", supplier_id=f" {CODE} ")],
    }
    assert market.load(suppliers=[supplier(CODE)], **tables).quarantined == 0
    assert market.stored("bids", "supplier_id") == market.stored("conduct", "party_id") == [CODE]


def test_the_original_is_kept_and_the_summary_tells_of_it(market):
    contracts = [market.row("contracts", supplier_id=CODE), market.row("contracts", contract_id="C2")]
    contracts[1]["supplier_id"] = CODE.lower()
    summary = market.load(suppliers=[supplier(CODE)], contracts=contracts)
    (file,) = (market.facts / "spellings").glob("*.jsonl")
    assert [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] == [
        {
            "table": "contracts",
            "column": "supplier_id",
            "id": CODE,
            "given": CODE.lower(),
            "rows": 1,
            "file": "contracts.csv",
        }
    ]
    assert any("several spellings" in line for line in summary.lines())


def test_of_twins_that_are_described_differently_the_fullest_description_stays(market):
    fuller = supplier(CODE.lower(), name="ASH ROADWORKS LTD", region="north")
    for n, rows in enumerate(([supplier(CODE), fuller], [fuller, supplier(CODE)])):
        into = f"facts{n}"
        summary = market.load(f"source{n}", into=into, suppliers=rows)
        assert summary.quarantined == 0
        market.facts = market.root / into
        assert market.stored("suppliers", "region") == ["north"]


def test_other_ids_keep_their_case_and_their_dashes(market):
    names = ["MX-abc-1", "mx-abc-1", "b2f4-00aa11", "name-ASH"]
    market.load(suppliers=[supplier(name) for name in names])
    assert sorted(market.stored("suppliers", "supplier_id")) == sorted(names)


def test_a_request_may_spell_the_supplier_of_its_facts_otherwise(market):
    market.load(suppliers=[supplier(CODE)], contracts=[market.row("contracts", supplier_id=CODE)])
    facts = Facts.open(market.facts)
    engine = CaseEngine(facts, [c for c in COLUMNS if c.feature.table != "request"])
    sent = {"contracts": [{**market.row("contracts", contract_id="C7"), "supplier_id": CODE.lower()}]}
    as_of = datetime(2024, 6, 1)
    try:
        checked = SentFactsChecker(facts, engine.lookup).check(sent, about=CODE, as_of=as_of)
    finally:
        engine.close()
    assert checked.tables["contracts"]["supplier_id"].to_pylist() == [CODE]


def test_an_unknown_supplier_stays_unknown(market):
    market.load(suppliers=[supplier(CODE)], contracts=[market.row("contracts", supplier_id=CODE)])
    facts = Facts.open(market.facts)
    with pytest.raises(InputError, match="was known before"):
        build_one(facts, "nobody", facts.instant("2024-06-01"))


@given(st.text(max_size=24))
def test_the_normal_form_of_a_normal_form_is_itself(text):
    from features.facts.ids import normal_id

    assert normal_id(normal_id(text)) == normal_id(text)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=24))
def test_sql_and_python_agree_on_the_normal_form(text):
    import duckdb

    from features.facts.ids import add_function, normal_id, normal_id_sql

    con = duckdb.connect()
    add_function(con)
    for tried in (text, CODE.lower()[:4] + text, text + CODE[4:]):
        assert con.execute(f"SELECT {normal_id_sql('x')} FROM (SELECT ? AS x)", [tried]).fetchall()[0][0] == normal_id(
            tried
        )
