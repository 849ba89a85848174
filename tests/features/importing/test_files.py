"""Files as people send them: other encodings and delimiters, rows too long, amounts with more decimals, full disks."""

import errno
import gzip
import json
import shutil

import duckdb
import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.importing.facts_writer import FactsWriter
from features.importing.import_facts import import_facts
from tests.features.sources.release import RELEASE

pytestmark = pytest.mark.slow  # imports facts in every test

NAMED = "supplier_id,name,kind\nS1,Étoile,legal_person\nS2,Café,other\n"


def names(facts) -> list[str]:
    return [row[0] for row in duckdb.execute("SELECT name FROM read_parquet(?)", [str(facts)]).fetchall()]


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_a_file_that_is_not_utf8_is_named_with_its_first_bad_byte(market, ending):
    source = market.write(contracts=[market.row("contracts")])
    (source / "suppliers.csv").unlink()
    content = NAMED.encode("iso-8859-1")
    packed = gzip.compress(content) if ending.endswith("gz") else content
    (source / f"suppliers.{ending}").write_bytes(packed)
    bad = content.index(b"\xc9") + 1
    with pytest.raises(InputError, match=f"Byte {bad} is not UTF-8") as error:
        import_facts(source, market.facts)
    assert f"suppliers.{ending}" in str(error.value)
    assert "--encoding" in str(error.value)
    import_facts(source, market.facts, encoding="ISO-8859-1")
    assert names(Facts.open(market.facts).tables["suppliers"]) == ["Étoile", "Café"]


def test_the_first_bad_byte_is_counted_through_a_large_file(market):
    head = "supplier_id,name,kind\n" + "".join(f"S{i},é,other\n" for i in range(400_000))
    source = market.write()
    (source / "suppliers.csv").write_bytes(head.encode() + b"S0,\xff,other\n")
    with pytest.raises(InputError, match=f"Byte {len(head.encode()) + 4:,} is not UTF-8"):
        import_facts(source, market.facts)


@pytest.mark.parametrize("name", ["p.json", "p.jsonl"])
def test_a_package_in_another_encoding_is_named_so_and_may_be_declared(tmp_path, name):
    release = {**RELEASE, "parties": [{**RELEASE["parties"][0], "name": "Compañía"}, *RELEASE["parties"][1:]]}
    package = release if name.endswith("l") else {"releases": [release]}
    text = json.dumps(package, ensure_ascii=False)
    (tmp_path / name).write_bytes(text.encode("iso-8859-1"))
    with pytest.raises(InputError, match=r"not UTF-8|not_utf8"):
        import_facts(tmp_path / name, tmp_path / "facts", format="ocds", max_bad=0)
    import_facts(tmp_path / name, tmp_path / "facts", format="ocds", encoding="iso-8859-1")
    facts = Facts.open(tmp_path / "facts")
    assert "Compañía" in names(facts.tables["suppliers"]) + names(facts.tables["buyers"])


def test_an_encoding_that_is_not_the_files_or_unknown_is_refused(market):
    source = market.write(suppliers=NAMED)
    with pytest.raises(InputError, match="Unknown encoding"):
        import_facts(source, market.facts, encoding="ebcdic")
    (source / "suppliers.csv").write_bytes(NAMED.encode("iso-8859-1"))
    with pytest.raises(InputError, match="The file is not gb18030"):
        import_facts(source, market.facts, encoding="gb18030")


@pytest.mark.parametrize(("sign", "called"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_a_file_with_another_delimiter_is_named_so(market, sign, called):
    source = market.write(suppliers=NAMED.replace(",", sign))
    with pytest.raises(InputError, match=f"suppliers.csv: The cells are separated by {called}"):
        import_facts(source, market.facts)


def test_a_row_that_is_too_long_is_named_so(market):
    text = f"supplier_id,name,kind\nS1,{'x' * 6_000_000},other\nS2,b,other\nS3,{'y' * 600_000},other\n"
    summary = market.load(suppliers=text)
    assert [(row["kind"], row["line"]) for row in market.quarantined_rows(summary)] == [
        ("too_long", 2),
        ("too_long", 4),
    ]
    assert market.stored("suppliers", "supplier_id") == ["S2"]


# ---- ids that a spreadsheet changed


@pytest.mark.parametrize("text", ["9.137E+17", "9.137e+17", "9E+17", "9.137E17"])
def test_an_id_that_a_spreadsheet_shortened_is_quarantined(market, text):
    suppliers = [{"supplier_id": text, "kind": "other"}, {"supplier_id": "S1", "kind": "other"}]
    rows = [market.row("contracts", contract_id=f"C{i}", supplier_id=text) for i in (1, 2)]
    summary = market.load(suppliers=suppliers, contracts=[*rows, market.row("contracts", contract_id="C3")])
    found = market.quarantined_rows(summary)
    assert [(row["kind"], row["column"]) for row in found] == [("spreadsheet_id", "supplier_id")] * 3
    assert "spreadsheet" in found[0]["reason"]


def test_ids_that_look_a_little_like_numbers_are_left_alone(market):
    ids = ["12E5", "1E10", "9.1", "E+17", "2024-E+3", "0045"]
    assert market.load(suppliers=[{"supplier_id": i, "kind": "other"} for i in ids]).quarantined == 0


def test_a_reference_that_lost_its_leading_zeros_names_the_spreadsheet(market):
    suppliers = [{"supplier_id": s, "kind": "other"} for s in ("0045671234", "S1")]
    rows = [
        market.row("contracts", supplier_id="45671234"),
        market.row("contracts", contract_id="C2", supplier_id="77"),
    ]
    found = market.quarantined_rows(market.load(suppliers=suppliers, contracts=rows))
    assert [row["kind"] for row in found] == ["leading_zeros_lost", "broken_reference"]
    assert ["leading zeros" in row["reason"] for row in found] == [True, False]


# ---- money with more decimals than the table has


@pytest.mark.parametrize("amount", ["1000.005", "0.001", "1.23456e2"])
def test_an_amount_with_more_decimals_is_not_changed_but_quarantined(market, amount):
    summary = market.load(contracts=[market.row("contracts", amount=amount), market.row("contracts", contract_id="C2")])
    assert [(r["kind"], r["column"]) for r in market.quarantined_rows(summary)] == [("too_many_decimals", "amount")]


@pytest.mark.parametrize("amount", ["1000.5000", "1000", "1.5e3", "99999999999999.99"])
def test_zeros_behind_the_cents_change_nothing(market, amount):
    assert market.load(contracts=[market.row("contracts", amount=amount)]).quarantined == 0


def test_parquet_has_the_rule_too_and_binary_noise_is_none(market):
    source = market.write()
    columns = "'C' || i AS contract_id, 'S1' AS supplier_id, 'B1' AS buyer_id, 'contract' AS kind, 'CNY' AS currency"
    amounts = "[0.1::DOUBLE + 0.2::DOUBLE, 77.125, 123456789012.34]"
    duckdb.execute(
        f"COPY (SELECT {columns}, DATE '2024-01-05' AS signed_on, {amounts}[i] AS amount FROM range(1, 4) t(i))"
        f" TO '{source / 'contracts.parquet'}'"
    )
    summary = import_facts(source, market.facts, max_bad=1)
    assert [(row["kind"], row["row"]) for row in market.quarantined_rows(summary)] == [("too_many_decimals", 2)]


def test_a_publishers_amount_is_rounded_and_the_summary_says_so(tmp_path):
    release = json.loads(json.dumps(RELEASE))
    release["contracts"][0]["value"] = {"amount": 1234.5678, "currency": "CNY"}
    (tmp_path / "p.json").write_text(json.dumps({"releases": [release]}))
    summary = import_facts(tmp_path / "p.json", tmp_path / "facts", format="ocds")
    assert any("rounded" in line for line in summary.lines())
    facts = Facts.open(tmp_path / "facts")
    assert duckdb.execute(f"SELECT amount FROM '{facts.tables['contracts']}'").fetchall()[0][0] * 100 == 123457


# ---- a full disk


def test_a_full_disk_is_named_as_itself_while_a_file_is_unpacked(market, monkeypatch):
    source = market.write(suppliers=NAMED)
    (source / "suppliers.csv.gz").write_bytes(gzip.compress((source / "suppliers.csv").read_bytes()))
    (source / "suppliers.csv").unlink()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(InputError, match="The disk is full"):
        import_facts(source, market.facts)


def test_a_full_disk_is_named_as_itself_while_a_table_is_written(market, monkeypatch):
    def full(*_):
        raise duckdb.IOException('Could not write file "x": No space left on device')

    monkeypatch.setattr(FactsWriter, "write_table", full)
    with pytest.raises(InputError, match="The disk is full"):
        market.load(contracts=[market.row("contracts")])
