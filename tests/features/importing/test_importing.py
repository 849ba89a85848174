"""Importing canonical tables: what is loaded, what is not, and that the state is always whole."""

import gzip

import duckdb
import pytest

from features.errors import InputError
from features.facts.store import Facts
from features.importing.import_facts import detect, import_facts
from features.importing.summary import ImportRefused
from features.intake.intake import connect

pytestmark = pytest.mark.slow  # imports facts in every test

# ---- what is loaded


def test_every_row_read_is_loaded_a_duplicate_or_quarantined(market):
    rows = [market.row("contracts"), market.row("contracts"), market.row("contracts", contract_id="C2", amount="much")]
    summary = market.load(contracts=rows)
    count = summary.tables["contracts"]
    assert (count.read, count.loaded, count.duplicates, count.quarantined) == (3, 1, 1, {"bad_number": 1})
    assert "read 6 = loaded 4 + duplicates 1 + quarantined 1" in summary.lines()


def test_the_summary_names_no_supplier(market):
    named = [
        {"supplier_id": "91330106MA2XXXXX0K", "kind": "legal_person", "name": "Secret Works"},
        {"supplier_id": "S1", "kind": "other"},
    ]
    text = "\n".join(market.load(suppliers=named, contracts=[market.row("contracts", supplier_id="S9")]).lines())
    assert "Secret" not in text
    assert "91330106" not in text
    assert "S9" not in text


def test_repeating_an_import_changes_nothing(market):
    rows = [
        market.row("contracts"),
        market.row("contracts", amount="7"),
        market.row("contracts", amount="7"),
        market.row("contracts", signed_on="never"),
    ]
    first = market.load(contracts=rows, milestones=[market.row("milestones")])
    before = market.bytes()
    again = market.load(contracts=rows, milestones=[market.row("milestones")])
    assert before == market.bytes()
    assert (first.changed, again.changed) == (True, False)
    assert again.loaded == 0
    assert first.digest == again.digest


def test_the_same_facts_give_the_same_bytes_in_any_row_order(market):
    many = [market.row("contracts", contract_id=f"C{i}", signed_on=f"2024-03-{i % 28 + 1:02}") for i in range(200)]
    assert market.load("a", into="x", contracts=many).digest == market.load("b", into="y", contracts=many[::-1]).digest


def test_the_same_facts_give_the_same_bytes_at_any_thread_count(market, monkeypatch):
    rows = [{"supplier_id": f"S{i * 7919 % 130_003}", "kind": "other", "name": f"n{i % 977}"} for i in range(130_003)]
    source = market.write(suppliers=rows)
    digests = set()
    for threads in (1, 3):

        def connected(scratch, threads=threads):
            con = connect(scratch)
            con.execute(f"SET threads = {threads}")
            return con

        monkeypatch.setattr("features.intake.intake.connect", connected)
        digests.add(import_facts(source, market.root / f"at-{threads}").digest)
    assert len(digests) == 1


def test_a_second_import_is_merged_with_the_first(market):
    market.load(contracts=[market.row("contracts")])
    market.load("more", contracts=[market.row("contracts", contract_id="C2")], milestones=[market.row("milestones")])
    assert sorted(market.stored("contracts", "contract_id")) == ["C1", "C2"]
    assert market.stored("milestones", "milestone_id, supplier_id") == [("M1", "S1")]


def test_parquet_and_gzip_give_the_same_facts_as_csv(market, tmp_path):
    rows = [
        market.row("contracts"),
        market.row("contracts", contract_id="C2", amount="5.5", signed_on="2024-03-02T10:00:00"),
    ]
    digest = market.load(contracts=rows).digest
    source = market.write("zipped", contracts=rows)
    plain = source / "contracts.csv"
    (source / "contracts.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert digest == import_facts(source, tmp_path / "zipped_facts").digest
    source = market.write("parquet", contracts=rows)
    plain = source / "contracts.csv"
    typed = (
        "SELECT * REPLACE (CAST(signed_on AS TIMESTAMP) AS signed_on, CAST(amount AS DOUBLE) AS amount)"
        f" FROM read_csv('{plain}', all_varchar = true)"
    )
    duckdb.execute(f"COPY ({typed}) TO '{source / 'contracts.parquet'}'")
    plain.unlink()
    assert digest == import_facts(source, tmp_path / "parquet_facts").digest


def test_unknown_files_are_listed_and_ignored(market):
    source = market.write()
    (source / "notes.txt").write_text("hello")
    assert import_facts(source, market.facts).ignored == ("notes.txt",)


def test_the_sources_manifest_says_that_facts_are_synthetic(market):
    source = market.write()
    (source / "manifest.json").write_text('{"synthetic": true, "currency": "EUR", "tz": "Europe/Berlin"}')
    import_facts(source, market.facts)
    facts = Facts.open(market.facts)
    assert (facts.synthetic, facts.currency, facts.tz) == (True, "EUR", "Europe/Berlin")


def test_synthetic_and_real_facts_do_not_mix(market):
    market.load()
    source = market.write("other")
    (source / "manifest.json").write_text('{"synthetic": true}')
    with pytest.raises(InputError, match="real"):
        import_facts(source, market.facts)


def test_a_header_without_rows_makes_a_table_that_is_there_and_empty(market):
    market.load(contracts=",".join(market.row("contracts")) + "\n")
    facts = Facts.open(market.facts)
    assert "contracts" not in facts.missing_tables
    assert market.stored("contracts") == []
    assert "contracts" not in facts.data_cutoffs


def test_stored_bytes_are_those_of_the_manifest(market):
    market.load(contracts=[market.row("contracts")])
    facts = Facts.open(market.facts)
    facts.verify()
    facts.tables["contracts"].write_bytes(b"PAR1")
    with pytest.raises(InputError, match="changed after"):
        facts.verify()


# ---- what refuses an import


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "missing"),
        ("supplier_id\nS1\n", "'kind' is missing"),
        ("supplier_id,kind,colour\nS1,other,red\n", "Unknown column 'colour'"),
        ("supplier_id,kind,kind\nS1,other,other\n", "twice"),
        ("supplier_id,kind,value\nS1,other,1\n", "Unknown column 'value'"),
        ('supplier_id,kind\nS1,"other\n', "never closed"),
    ],
)
def test_a_bad_header_or_an_open_quote_refuses_the_import(market, text, match):
    with pytest.raises(InputError, match=match):
        market.load(suppliers=text)
    assert not market.facts.exists()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "latin-1"])
def test_another_encoding_refuses_the_import(market, encoding):
    source = market.write()
    text = "supplier_id,kind,name\nS1,legal_person,{}\n".format("é" if encoding == "latin-1" else "中国")
    (source / "suppliers.csv").write_bytes(text.encode(encoding))
    with pytest.raises(InputError, match=r"UTF-8|missing|Unknown column"):
        import_facts(source, market.facts, max_bad=1)


def test_a_byte_order_mark_is_no_trouble(market):
    assert market.load(suppliers="\ufeffsupplier_id,kind\nS1,other\nS2,other\n").tables["suppliers"].loaded == 2


def test_too_many_bad_rows_refuse_the_import_and_change_nothing(market):
    market.load(contracts=[market.row("contracts")])
    before = market.bytes()
    bad = [market.row("contracts", contract_id=f"X{i}", kind="gift") for i in range(10)]
    with pytest.raises(ImportRefused, match="10 unknown_value") as refused:
        market.load("more", contracts=bad, max_bad=0.05)
    assert before == market.bytes()
    assert "contracts.csv line 2, column kind" in str(refused.value)


def test_another_currency_or_zone_than_at_first_is_refused(market):
    market.load()
    with pytest.raises(InputError, match="currency CNY, not EUR"):
        market.load(options={"currency": "EUR"})
    with pytest.raises(InputError, match="tz Asia/Shanghai"):
        market.load(options={"tz": "UTC"})


@pytest.mark.parametrize("options", [{"currency": "XXX"}, {"tz": "Mars/Base"}, {"format": "magic"}])
def test_a_setting_that_is_none_is_refused(market, options):
    with pytest.raises(InputError):
        market.load(options=options)


def test_facts_without_suppliers_are_refused(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "buyers.csv").write_text("buyer_id\nB1\n")
    with pytest.raises(InputError, match="no suppliers"):
        import_facts(tmp_path / "source", tmp_path / "facts")


def test_a_table_in_two_forms_is_refused(market):
    source = market.write()
    (source / "suppliers.csv.gz").write_bytes(b"")
    with pytest.raises(InputError, match="twice"):
        import_facts(source, market.facts)


def test_a_file_that_is_not_what_it_is_called_is_refused(market):
    for name, content in (("contracts.parquet", b"no"), ("contracts.csv.gz", b"no")):
        source = market.write(name)
        (source / name).write_bytes(content)
        with pytest.raises(InputError, match=r"not Parquet|not gzip"):
            import_facts(source, market.facts)


def test_the_format_is_found_out_from_the_files(market, tmp_path):
    assert detect(market.write()) == "tables"
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "a.jsonl").write_text("{}")
    assert detect(tmp_path / "releases") == "ocds"
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match="Name the format"):
        detect(tmp_path / "nothing")


def test_progress_names_every_table_and_never_runs_backwards(market):
    steps = []
    market.load(contracts=[market.row("contracts")], options={"progress": lambda *step: steps.append(step)})
    assert {"suppliers", "buyers", "contracts"} <= {what for what, _, _ in steps}
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)
    assert all(done <= of for _, done, of in steps)


def test_a_source_or_a_target_that_cannot_be_is_refused(market, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        import_facts(tmp_path / "nowhere", market.facts)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Facts cannot be stored here"):
        import_facts(market.write(), tmp_path / "file")


def test_a_folder_with_a_manifest_of_its_own_is_not_imported_into(market):
    source = market.write()
    (source / "manifest.json").write_text('{"synthetic": true}')
    with pytest.raises(InputError, match="not the manifest"):
        import_facts(source, source)
