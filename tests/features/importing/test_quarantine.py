"""What is quarantined, where it is said to stand, and why."""

import pytest

from features.importing.import_facts import import_facts

pytestmark = pytest.mark.slow  # imports facts in every test


@pytest.mark.parametrize(
    ("table", "row", "column", "kind"),
    [
        ("contracts", {"kind": "gift"}, "kind", "unknown_value"),
        ("contracts", {"signed_on": "2024-02-30"}, "signed_on", "bad_date"),
        ("contracts", {"signed_on": "4440-01-01"}, "signed_on", "bad_date"),
        ("contracts", {"signed_on": "Date Not Captured"}, "signed_on", "bad_date"),
        ("contracts", {"amount": "1,000"}, "amount", "bad_number"),
        ("contracts", {"amount": "NaN"}, "amount", "bad_number"),
        ("contracts", {"amount": "1e308"}, "amount", "bad_number"),
        ("contracts", {"amount": "100000000000000"}, "amount", "out_of_range"),
        ("contracts", {"amount": "-9999999999999999.99"}, "amount", "out_of_range"),
        ("contracts", {"members": "1000000000"}, "members", "out_of_range"),
        ("contracts", {"amount": "1_000"}, "amount", "bad_number"),
        ("contracts", {"amount": ""}, "amount", "missing_value"),
        ("contracts", {"contract_id": " "}, "contract_id", "missing_value"),
        ("contracts", {"contract_id": "a\nb"}, "contract_id", "bad_id"),
        ("contracts", {"contract_id": "x" * 129}, "contract_id", "bad_id"),
        ("contracts", {"currency": "XXX"}, "currency", "bad_currency"),
        ("contracts", {"currency": "yuan"}, "currency", "bad_currency"),
        ("contracts", {"members": "2.5"}, "members", "bad_number"),
        ("contracts", {"members": "0"}, "members", "out_of_range"),
        ("contracts", {"share": "1.5"}, "share", "out_of_range"),
        ("contracts", {"supplier_id": "S9"}, "supplier_id", "broken_reference"),
        ("contracts", {"buyer_id": "B9"}, "buyer_id", "broken_reference"),
        ("contracts", {"end_state": "completed"}, "end_state", "end_without_date"),
        ("contracts", {"retracted": "maybe"}, "retracted", "unknown_value"),
        ("milestones", {"contract_id": "C9"}, "contract_id", "broken_reference"),
        ("payments", {"contract_id": "C9"}, "contract_id", "broken_reference"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_place_and_reason(market, table, row, column, kind):
    tables = {
        "contracts": [market.row("contracts"), market.row("contracts", **{"contract_id": "C2", **row})]
        if table == "contracts"
        else [market.row("contracts")]
    }
    if table != "contracts":
        tables[table] = [market.row(table, **{f"{table[:-1]}_id": "X"}), market.row(table, **row)]
    summary = market.load(**tables)
    (entry,) = market.quarantined_rows(summary)
    assert (table, f"{table}.csv", 3, column, kind) == tuple(
        entry[k] for k in ("table", "file", "line", "column", "kind")
    )
    assert entry["reason"]


def test_rows_that_hang_on_a_quarantined_row_are_quarantined_with_it(market):
    summary = market.load(
        contracts=[market.row("contracts", amount="?")],
        milestones=[market.row("milestones")],
        payments=[market.row("payments")],
    )
    kinds = sorted(row["kind"] for row in market.quarantined_rows(summary))
    assert kinds == ["bad_number", "broken_reference", "broken_reference"]


def test_a_row_with_too_few_or_too_many_fields_is_quarantined_with_its_line(market):
    lines = [
        'S1,other,"two\nlines"',
        "",
        "S2,other",
        "S3,other,a,b",
        'S4,oth"er,x',
        "S5,other,fine",
        "S6,nothing,x",
        "",
    ]
    text = "\n".join(["supplier_id,kind,name", *lines])
    summary = market.load(suppliers=text)
    assert [(row["line"], row["kind"]) for row in market.quarantined_rows(summary)] == [
        (5, "field_count"),
        (6, "field_count"),
        (7, "unknown_value"),
        (9, "unknown_value"),
    ]
    assert summary.tables["suppliers"].loaded == 2


def test_lines_are_counted_right_in_a_large_file(market):
    rows = [{"supplier_id": f"S{i}", "kind": "other" if i not in {7, 299_998} else "?"} for i in range(300_000)]
    assert [row["line"] for row in market.quarantined_rows(market.load(suppliers=rows))] == [9, 300_000]


def test_without_buyers_a_contracts_buyer_is_taken_as_it_is(market, tmp_path):
    source = market.write(contracts=[market.row("contracts")])
    (source / "buyers.csv").unlink()
    assert import_facts(source, tmp_path / "facts").tables["contracts"].loaded == 1


def test_of_two_rows_with_one_key_and_clock_and_different_content_none_is_loaded(market):
    rows = [market.row("contracts"), market.row("contracts", amount="2000"), market.row("contracts")]
    other = market.row("contracts", contract_id="C2")
    summary = market.load(contracts=[*rows, other])
    places = [(row["kind"], row["line"]) for row in market.quarantined_rows(summary)]
    assert places == [("conflict", 2), ("conflict", 3), ("conflict", 4)]
    assert market.stored("contracts", "contract_id") == ["C2"]


def test_a_row_that_differs_from_a_stored_one_of_its_key_and_clock_is_quarantined(market):
    market.load(contracts=[market.row("contracts")])
    later = market.load("more", contracts=[market.row("contracts", amount="3000")])
    assert [row["kind"] for row in market.quarantined_rows(later)] == ["conflict"]
    assert market.stored("contracts", "amount") == [1000]


def test_a_row_from_two_sources_is_a_duplicate(market):
    summary = market.load(
        contracts=[market.row("contracts", source="a"), market.row("contracts", source="b", amount="1000")]
    )
    assert summary.tables["contracts"].duplicates == 1


def test_a_reason_never_holds_the_cells_value(market):
    summary = market.load(
        contracts=[
            market.row("contracts", payee_account="6222000011112222", amount="6222"),
            market.row("contracts", kind="6222"),
        ]
    )
    assert "6222" not in summary.quarantine.read_text()
