"""Columns from outside: what must be declared, which values are visible, what is refused and where."""

import gzip
import re
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engines.digest import features_digest
from features.errors import InputError
from features.facts.store import Facts
from models.scorecard.reason_catalogue import Catalogue
from models.scorecard.spec import ColumnSpec
from tests.training.outside.declared import ASKED, SCORE
from training.outside.columns import read_external
from training.outside.declarations import read_declarations

MIDNIGHT = datetime(2023, 12, 31, 16)  # 2024-01-01 00:00 in Shanghai


@pytest.fixture
def facts(tmp_path):
    return Facts(tmp_path, "CNY", "Asia/Shanghai", True, "sha256:test", {}, {"tables": {}})


def cases(*suppliers):
    """One case of each supplier on New Year's Day, called c0, c1 …"""
    names = suppliers or ("s0", "s1")
    ids = [f"c{i}" for i in range(len(names))]
    return pa.table({"case_id": ids, "supplier_id": list(names), "as_of": pa.array([MIDNIGHT] * len(ids))})


@pytest.fixture
def joined(tmp_path, facts):
    """Join a CSV of these lines, under a spec, to cases."""

    def join(*lines, spec=SCORE, of=None):
        (tmp_path / "spec.toml").write_text(spec, encoding="utf-8")
        (tmp_path / "outside.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_external(tmp_path / "outside.csv", tmp_path / "spec.toml", of or cases(), facts)

    return join


def values(external, name="bureau_score"):
    return [None if np.isnan(v) else v for v in external.joined[name].values]


@pytest.mark.parametrize(
    ("pulled_on", "visible"),
    [
        ("2023-12-31", True),  # the last microsecond of the day before
        ("2024-01-01", False),
        ("2024-01-01T00:00:00", False),  # a midnight that stands for the date
        ("2024-01-01T00:00:00+08:00", False),  # that very instant: known before means before
        ("2023-12-31T23:59:59.999999+08:00", True),
        ("2023-12-31 23:59", True),
        ("2023-12-31T15:59:59Z", True),
        ("2023-12-31T16:00:00Z", False),
        ("2030-05-05", False),
    ],
)
def test_a_value_is_visible_only_if_it_was_known_before_the_case(joined, pulled_on, visible):
    external = joined("case_id,bureau_score,pulled_on", f"c0,612,{pulled_on}", "c1,700,2023-01-01")
    assert values(external) == [612 if visible else None, 700]
    assert external.joined["bureau_score"].hidden == (not visible)


def test_a_value_without_a_date_was_never_known(joined):
    external = joined("case_id,bureau_score,pulled_on", "c0,612,", "c1,700,2023-01-01")
    assert values(external) == [None, 700]
    assert external.joined["bureau_score"].undated == 1
    assert "1 undated" in " ".join(external.notes())


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("c8,612,2023-01-01", "c9,700,2023-01-01"), "None of the 2 rows belongs to a case"),
        ((), "None of the 0 rows belongs to a case"),
        (("c0,612,", "c1,700,2024-06-01"), "of the 2 rows 1 were known on its date or later, 1 have a value without"),
        (("c0,612,2024-01-01", "c1,700,2024-06-01"), "of the 2 rows 2 were known on its date or later"),
        (("c0,,2023-01-01",), "No value was known before the case it belongs to"),
    ],
)
def test_a_file_that_says_nothing_of_any_case_is_refused(joined, lines, message):
    with pytest.raises(InputError, match=re.escape(message)):
        joined("case_id,bureau_score,pulled_on", *lines)


def test_when_a_value_became_known_is_counted_in_days_from_the_case(joined):
    external = joined(
        "case_id,bureau_score,pulled_on", "c0,612,2024-01-01T12:00:00", "c1,700,2023-12-30T00:00:00+08:00"
    )
    assert external.delays["bureau_score"].tolist() == [0.5, -2.0]


def test_what_is_declared_known_at_the_case_needs_no_date(joined):
    external = joined("case_id,asked_before", "c0,3", "c1,", spec=ASKED)
    assert values(external, "asked_before") == [3, None]
    assert external.delays == {}


def test_a_column_that_does_not_say_when_it_was_known_is_refused(tmp_path):
    file = tmp_path / "spec.toml"
    file.write_text(SCORE.replace('known = "pulled_on"', ""), encoding="utf-8")
    with pytest.raises(InputError, match="does not say when its values were known") as refused:
        read_declarations(file)
    assert refused.value.where == "spec.toml, [bureau_score]"
    assert 'known = "as_of"' in refused.value.fix


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ("[bureau_score]", "[late_delivery_rate]", "is a column of the profile"),
        ("[bureau_score]", "[case_id]", "identifies a case"),
        ("[bureau_score]", "[BureauScore]", "cannot be a column's name"),
        ('code = "X001"', 'code = "D101"', "is not a code of an outside column"),
        ('code = "X001"', 'code = "X000"', "is not a code of an outside column"),
        ('code = "X001"', "", "lacks 'code'"),
        ('risk = "falls"', 'risk = "sinks"', "risk 'sinks' is none of rises, falls, unsigned"),
        ('unit = "number"', 'unit = "yuan"', "is none of count, ratio"),
        ('unit = "number"', 'units = "number"', "Unknown key 'units'"),
        ('known = "pulled_on"', "known = 2024-01-01", "`known` names a column"),
        ('adverse = { zh = "征信分偏低", en = "A low bureau score" }', "", "has a direction but lacks a sentence"),
        ('{ zh = "征信分", en = "Bureau score" }', '{ zh = "征信分" }', "must be given in both languages"),
        ('{ zh = "征信分", en = "Bureau score" }', '"Bureau score"', "must be given in both languages"),
        ('en = "Bureau score"', r'en = "Bureau\nscore"', "label, en, holds the character"),
        ('unit = "number"', 'unit = "number"\norder = ["A"]', "`order` is not an order of texts"),
        ('unit = "number"', 'unit = "number"\norder = ["A", ["B", "A"]]', "`order` is not an order of texts"),
        ("[bureau_score]", "[bureau_score", "is not TOML"),
    ],
)
def test_a_declaration_that_does_not_hold_is_refused(tmp_path, was, now, message):
    file = tmp_path / "spec.toml"
    assert was in SCORE
    file.write_text(SCORE.replace(was, now), encoding="utf-8")
    with pytest.raises(InputError, match=message.replace("`", ".")):
        read_declarations(file)


def test_a_code_speaks_for_one_column_alone(tmp_path):
    file = tmp_path / "spec.toml"
    file.write_text(SCORE + ASKED.replace("X002", "X001"), encoding="utf-8")
    with pytest.raises(InputError, match="X002 is free"):
        read_declarations(file)


def test_every_column_has_its_sentences_and_the_family_speaks_of_what_is_missing(joined):
    external = joined("case_id,bureau_score,pulled_on,asked_before", "c0,612,2023-01-01,2", spec=SCORE + ASKED)
    names = [c.name for c in external.columns]
    assert names == ["bureau_score", "asked_before", "no_external_history"]
    assert [c.monotone for c in external.columns] == [-1, 0, 0]
    specs = [ColumnSpec.of(c, [1.0, 2.0]) for c in external.columns]
    assert external.catalogue.uncovered(specs) == []
    assert external.catalogue.sentences["X001"].adverse == {"zh": "征信分偏低", "en": "A low bureau score"}
    assert external.catalogue.missing_data["X"].flags == {"no_external_history"}
    assert len(Catalogue.of_this_code().uncovered(specs)) > 0


def test_the_flag_marks_cases_of_which_nothing_was_known(joined):
    external = joined(
        "case_id,bureau_score,pulled_on", "c0,612,2023-01-01", "c1,700,2024-06-01", of=cases("a", "b", "c")
    )
    table = external.beside(cases("a", "b", "c"))
    assert table["no_external_history"].to_pylist() == [0, 1, 1]
    assert table["bureau_score"].to_pylist() == [612, None, None]
    assert external.without_row == 1


def test_a_row_may_be_found_by_its_supplier_and_date(joined):
    lines = ("supplier_id,as_of,bureau_score,pulled_on", "s1,2024-01-01,700,2023-01-01", "s1,2024-02-01,1,2023-01-01")
    external = joined(*lines)
    assert values(external) == [None, 700]
    assert (external.without_row, external.without_case) == (1, 1)


def test_a_row_of_a_supplier_counts_for_all_its_cases(joined):
    external = joined("supplier_id,bureau_score,pulled_on", "s1,700,2023-01-01", of=cases("s1", "s0", "s1"))
    assert values(external) == [700, None, 700]


def test_one_row_for_all_cases_of_a_supplier_cannot_be_known_on_each_of_their_dates(joined):
    with pytest.raises(InputError, match="one row for all the cases"):
        joined("supplier_id,asked_before", "s1,3", spec=ASKED)


@pytest.mark.parametrize(
    ("lines", "message", "where"),
    [
        (
            ["case_id,bureau_score,pulled_on", "c0,6l2,2023-01-01"],
            "'6l2' is not a number",
            "line 2, column bureau_score",
        ),
        (["case_id,bureau_score,pulled_on", "c0,$60.00,2023-01-01"], "is not a number", "line 2, column bureau_score"),
        (["case_id,bureau_score,pulled_on", "c0,1e999,2023-01-01"], "not below", "line 2, column bureau_score"),
        (
            ["case_id,bureau_score,pulled_on", "", "c0,1,2/28/1997"],
            "'2/28/1997' is not a date",
            "line 3, column pulled_on",
        ),
        (["case_id,bureau_score,pulled_on", "c0,1,2023-02-30"], "is not a date", "line 2, column pulled_on"),
        (
            ["case_id,bureau_score,pulled_on", "c0,1,2023-01-01", "c0,2,2023-01-01"],
            "appears twice, first in line 2",
            "line 3",
        ),
        (["case_id,bureau_score,pulled_on", ",1,2023-01-01"], "has no case", "line 2, column case_id"),
        (["case_id,bureau_score,pulled_on", "c0,1"], "2 fields, the header 3", "line 2"),
        (["case_id,bureau_score", "c0,1"], "no column 'pulled_on'", "outside.csv"),
        (["case_id,pulled_on", "c0,2023-01-01"], "no column 'bureau_score'", "outside.csv"),
        (["loan,bureau_score,pulled_on", "c0,1,2023-01-01"], "has no column that identifies the case", "outside.csv"),
        (["case_id,bureau_score,bureau_score,pulled_on", "c0,1,1,2023-01-01"], "appears twice", "outside.csv"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(joined, lines, message, where):
    with pytest.raises(InputError) as refused:
        joined(*lines)
    assert message in str(refused.value)
    assert where in refused.value.where


def test_a_bad_value_is_counted_with_its_like(joined):
    with pytest.raises(InputError, match="1 more like it"):
        joined("case_id,bureau_score,pulled_on", "c0,x,2023-01-01", "c1,y,2023-01-01")


def test_a_line_is_counted_where_a_cell_runs_over_several(joined):
    with pytest.raises(InputError) as refused:
        joined("case_id,bureau_score,pulled_on,note", 'c0,1,2023-01-01,"two\nlines"', "c1,x,2023-01-01,")
    assert "line 4" in refused.value.where


def test_text_has_the_place_that_the_spec_gives_it(joined):
    spec = ASKED.replace('unit = "count"', 'unit = "number"\norder = ["good", ["fair", "so-so"], "poor"]')
    external = joined("case_id,asked_before", "c0, so-so ", "c1,poor", spec=spec)
    assert values(external, "asked_before") == [1, 2]
    assert external.to_json()["columns"]["asked_before"]["order"] == ["good", "fair", "so-so", "poor"]
    with pytest.raises(InputError, match="'dire' is none of good, fair, so-so, poor"):
        joined("case_id,asked_before", "c0,dire", spec=spec)


def test_a_flag_is_0_or_1_or_true_or_false(joined):
    spec = ASKED.replace('unit = "count"', 'unit = "flag"')
    assert values(joined("case_id,asked_before", "c0,TRUE", "c1,0", spec=spec), "asked_before") == [1, 0]
    with pytest.raises(InputError, match="neither 0 nor 1"):
        joined("case_id,asked_before", "c0,2", spec=spec)


def test_columns_that_nobody_declared_are_listed_and_ignored(joined):
    external = joined("case_id,bureau_score,pulled_on,name,share", "c0,1,2023-01-01,Acme,$3", "c1,2,2023-01-01,,")
    assert external.ignored == ("name", "share")
    assert "name, share" in " ".join(external.notes())


def test_parquet_compressed_and_plain_csv_say_the_same(tmp_path, facts, joined):
    plain = joined("case_id,bureau_score,pulled_on", "c0,612.5,2023-12-31", "c1,,2024-01-01")
    packed = tmp_path / "outside.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "outside.csv").read_bytes()))
    dates = pa.array([datetime(2023, 12, 31), datetime(2024, 1, 1)], pa.timestamp("us"))
    table = pa.table(
        {"case_id": ["c0", "c1"], "bureau_score": [612.5, float("nan")], "pulled_on": dates.cast(pa.date32())}
    )
    pq.write_table(table, tmp_path / "outside.parquet")
    for file in (packed, tmp_path / "outside.parquet"):
        other = read_external(file, tmp_path / "spec.toml", cases(), facts)
        assert values(other) == values(plain) == [612.5, None]
        assert other.delays["bureau_score"].tolist() == plain.delays["bureau_score"].tolist()
        assert other.digest != plain.digest


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.csv.gz", b"no gzip"), ("x.parquet", b"no parquet"), ("x.csv", b"\xff\xfe"), ("x.xls", b"")],
)
def test_a_damaged_file_is_refused(tmp_path, facts, name, content):
    (tmp_path / "spec.toml").write_text(SCORE, encoding="utf-8")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_external(tmp_path / name, tmp_path / "spec.toml", cases(), facts)
    assert name in refused.value.where


def test_the_record_tells_the_file_the_spec_and_when_each_column_was_known(joined):
    record = joined("case_id,bureau_score,pulled_on", "c0,612,2023-01-01", "c1,700,2024-06-01", "c9,1,").to_json()
    assert record["file"].startswith("sha256:")
    assert (record["cases_without_a_row"], record["rows_without_a_case"]) == (0, 1)
    assert record["columns"]["bureau_score"] == {
        "code": "X001",
        "known": "pulled_on",
        "label": {"zh": "征信分", "en": "Bureau score"},
        "adverse": {"zh": "征信分偏低", "en": "A low bureau score"},
        "favourable": {"zh": "征信分较高", "en": "A good bureau score"},
        "known_values": 1,
        "hidden": 1,
        "undated": 0,
    }


def test_no_running_code_has_the_digest_of_outside_columns(joined):
    external = joined("case_id,bureau_score,pulled_on", "c0,1,2023-01-01")
    names = ["late_delivery_rate", "bureau_score"]
    assert external.features_digest(names) != features_digest(names)
    assert external.features_digest(names).startswith("sha256:")
    reworded = joined("case_id,bureau_score,pulled_on", "c0,1,2023-01-01", spec=SCORE.replace("A low", "A poor"))
    assert reworded.features_digest(names) != external.features_digest(names)
    commented = joined("case_id,bureau_score,pulled_on", "c0,1,2023-01-01", spec="# ours\n" + SCORE)
    assert commented.features_digest(names) == external.features_digest(names)


def test_the_gate_says_that_the_service_cannot_compute_them(joined):
    gate = joined("case_id,bureau_score,pulled_on", "c0,1,2023-01-01").gate
    assert not gate.passed
    assert "bureau_score" in gate.text
