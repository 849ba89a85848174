"""What every declaration must have, and what every formula must give on its own example."""

import re
from dataclasses import replace

import ibis
import ibis.expr.operations as ops
import pytest

from features.declarations.catalogue import COLUMNS, FAMILIES, FEATURES, by_code, column, of_family
from features.declarations.exact import inexact
from features.declarations.families.history_flags import FLAGS, subject_of
from features.declarations.feature import OWN, Example, Risk, Unit
from features.declarations.filled import filled_by_all
from features.declarations.request_formulas import reads
from features.engines.duckdb_engine import attach_reference, connect
from features.engines.plan import compile_plan
from features.engines.worked_example import example_value
from features.facts.tables import SQL_TYPE, TABLES

pytestmark = pytest.mark.slow

FROM_FACTS = tuple(c for c in COLUMNS if c.feature.table in TABLES)
FROM_FACTS_FEATURES = tuple(f for f in FEATURES if f.table in TABLES)
SIGNED = tuple(f for f in FROM_FACTS_FEATURES if f.risk is not Risk.UNSIGNED)
PROFILE = [c.name for c in COLUMNS if c.feature.table != "request"]
CHINESE, LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]")
SUMMING = (ops.Sum, ops.Mean, ops.StandardDev, ops.Variance, ops.Covariance, ops.Correlation)


def named(features):
    return [pytest.param(f, id=f.name) for f in features]


every_feature = pytest.mark.parametrize("feature", named(FEATURES))


def texts(feature):
    return [t for t in (feature.label, feature.adverse, feature.favourable) if t]


@every_feature
def test_it_has_a_code_of_its_family(feature):
    assert re.fullmatch(r"[TDABCPVIFLRQ]\d{3}", feature.code)
    assert feature.family in FAMILIES
    assert by_code(feature.code) is feature


@every_feature
def test_it_speaks_both_languages(feature):
    for text in texts(feature):
        assert CHINESE.search(text.zh), text
        assert LATIN.search(text.en), text
        assert not CHINESE.search(text.en), text


@every_feature
def test_its_docstring_is_one_sentence(feature):
    assert feature.doc.endswith(".")
    assert "\n" not in feature.doc


@every_feature
def test_its_name_is_a_column_name(feature):
    assert re.fullmatch(r"[a-z][a-z_]*", feature.name)


@every_feature
def test_it_has_sentences_exactly_where_it_has_a_direction(feature):
    signed = feature.risk is not Risk.UNSIGNED
    assert signed == bool(feature.adverse) == bool(feature.favourable)
    if signed:
        assert len({feature.adverse.zh, feature.favourable.zh}) == 2
        assert len({feature.adverse.en, feature.favourable.en}) == 2


@every_feature
def test_its_windows_are_among_the_agreed(feature):
    assert set(feature.window) <= {90, 180, 365, 730, None, OWN}
    assert len(set(feature.window)) == len(feature.window)


@every_feature
def test_its_columns_carry_its_sign(feature):
    sign = {Risk.RISES: 1, Risk.FALLS: -1, Risk.UNSIGNED: 0}[feature.risk]
    assert {c.monotone for c in feature.columns} == {sign}


@pytest.mark.parametrize("feature", named(f for f in FEATURES if f.table in TABLES))
def test_its_columns_exist_where_it_says(feature):
    table = TABLES[feature.table]
    assert table.of_supplier
    assert feature.on is None or feature.on in (*table.names, "accepted_on")


@pytest.mark.parametrize("feature", named(f for f in FEATURES if f.table != "quality"))
def test_its_worked_example_holds(feature):
    assert feature.example is not None
    assert example_value(feature) == pytest.approx(feature.example.value, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("feature", named(f for f in FEATURES if f.example))
def test_its_example_is_a_possible_value_of_its_unit(feature):
    value = feature.example.value
    if feature.unit is Unit.FLAG:
        assert value in (0, 1)
    if feature.unit is Unit.COUNT:
        assert value == int(value) >= 0
    if feature.unit is Unit.DAYS:
        assert value >= 0


@pytest.mark.parametrize("feature", named(f for f in FEATURES if f.evidence))
def test_its_evidence_are_profile_columns(feature):
    named_columns = {c.feature.name for c in COLUMNS} | {c.name for c in COLUMNS}
    assert set(feature.evidence) <= named_columns


@pytest.mark.parametrize("feature", named(f for f in FEATURES if f.table == "request"))
def test_a_request_feature_reads_terms_and_profile_alone(feature):
    terms = {"amount", "days", "bidders", "category", "method", "contract_asked"}
    assert reads(feature, PROFILE)
    assert reads(feature, PROFILE) <= terms | set(PROFILE)


def test_names_and_codes_are_unique():
    assert len({c.name for c in COLUMNS}) == len(COLUMNS)
    assert len({f.code for f in FEATURES}) == len(FEATURES)


def test_the_profile_is_as_wide_as_promised():
    families = {f.family for f in FEATURES}
    assert len(FEATURES) >= 50
    assert len(COLUMNS) >= 120
    assert families == set(FAMILIES) == set("TDABCPVIFLRQ")


def test_a_column_is_found_by_its_name():
    late_rate = column("late_delivery_rate_180d")
    assert late_rate.window_days == 180
    assert late_rate.code == "D101"


@pytest.mark.parametrize("letter", [letter for letter, family in FAMILIES.items() if family.flag])
def test_a_family_carries_one_flag_for_no_history(letter):
    family = FAMILIES[letter]
    flag = column(family.flag)
    assert flag.feature.family == letter
    assert flag.monotone == 0
    assert flag.feature.table == family.tables[0]
    assert [f for f in of_family(letter) if f.absent is not None] == list(FLAGS[letter])


@pytest.mark.parametrize(
    "feature", named(f for f in FROM_FACTS_FEATURES if f.risk is not Risk.UNSIGNED and f.family in FLAGS)
)
def test_a_signed_feature_has_a_flag_over_the_rows_that_it_counts(feature):
    """A monotone constraint sends a null to the safe side; the flag lets a model tell it from a clean record."""
    subject = subject_of(feature)
    flag = column(f"no_{subject.name}_history").feature
    assert (flag.table, flag.family) == (feature.table, feature.family)
    assert example_value(replace(flag, example=Example(rows={}, value=1))) == 1


@pytest.mark.parametrize(
    ("flag", "rows", "value"),
    [
        ("no_delivery_history", {"kind": "acceptance", "due_on": ["2025-02-01"], "met_on": ["2025-02-01"]}, 1),
        ("no_delivery_history", {"kind": "delivery", "due_on": ["2025-02-01"]}, 0),
        ("no_delivery_history", {"kind": "delivery", "due_on": ["2025-02-01"], "source": "silent"}, 1),
        ("no_acceptance_history", {"kind": "delivery", "met_on": ["2025-02-01"], "result": "passed"}, 1),
        ("no_acceptance_history", {"kind": "acceptance", "met_on": ["2025-02-01"], "result": "passed"}, 0),
        ("no_amendment_history", {"occurred_at": ["2025-02-01"]}, 0),
        ("no_dispute_history", {"opened_on": ["2025-02-01"]}, 0),
        ("no_repayment_history", {"occurred_at": ["2025-02-01"]}, 0),
        ("no_estimate_history", {"occurred_at": ["2025-02-01"], "amount": ["9.00"]}, 1),
        ("no_payment_history", {"invoiced_on": [None]}, 1),
    ],
)
def test_a_flag_counts_what_its_formulas_count(flag, rows, value):
    assert example_value(replace(column(flag).feature, example=Example(rows=rows, value=value))) == value


def test_a_family_says_that_nothing_is_known_under_a_code_of_data_quality():
    codes = [f.null_code for f in FAMILIES.values()]
    assert all(re.fullmatch(r"Q2\d\d", code) for code in codes)
    assert len(set(codes)) == len(codes)
    for family in FAMILIES.values():
        for text in (family.label, family.null_adverse, family.null_favourable):
            assert CHINESE.search(text.zh)
            assert LATIN.search(text.en)


@pytest.mark.parametrize("table", sorted({c.feature.table for c in FROM_FACTS}))
def test_every_expression_is_exact(table):
    for stage in compile_plan(tuple(c for c in FROM_FACTS if c.feature.table == table)).stages:
        assert inexact(stage.expr) == [], stage.name


def test_the_engine_too_sees_no_float_inside_a_sum():
    """Ibis' idea of a type and DuckDB's can differ, so DuckDB is asked."""
    connection = connect(threads=1)
    connection.register("filled", filled_by_all())
    for name, table in TABLES.items():
        columns = ", ".join(f'"{c.name}" {SQL_TYPE[c.kind]}' for c in table.stored)
        connection.execute(f"CREATE TABLE {name} ({columns})" if name != "spine" else _SPINE)
    attach_reference(connection, {})
    floats, asked = [], 0
    for stage in compile_plan(tuple(FROM_FACTS)).stages:
        connection.execute(f"CREATE TABLE {stage.name} AS {ibis.to_sql(stage.expr, dialect='duckdb')}")
        summed = list(stage.expr.op().find(SUMMING))
        if summed:
            (relation,) = {r for node in summed for r in node.relations}
            arguments = relation.to_expr().select(**{f"a{i}": node.arg.to_expr() for i, node in enumerate(summed)})
            kinds = connection.execute(f"DESCRIBE {ibis.to_sql(arguments, dialect='duckdb')}").fetchall()
            asked += len(kinds)
            floats += [(stage.name, name) for name, kind, *_ in kinds if kind in {"DOUBLE", "FLOAT"}]
    assert asked > 50
    assert floats == []


_SPINE = (
    "CREATE TABLE spine (case_no BIGINT, supplier_id VARCHAR, as_of TIMESTAMP, tenant_id VARCHAR, contract_id VARCHAR)"
)
