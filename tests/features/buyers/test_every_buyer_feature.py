"""What every declaration about buyers must have, and what it must give on its own example."""

import re

import ibis
import ibis.expr.operations as ops
import pytest

from features.buyers.build import buyer_example_value, create_buyer_views
from features.buyers.catalogue import BUYER_COLUMNS, BUYER_FEATURES, PRESENCE
from features.declarations.exact import inexact
from features.declarations.feature import OWN, Risk
from features.declarations.filled import filled_by_all
from features.engines.duckdb_engine import connect, create_empty
from features.engines.plan import compile_plan
from features.facts.tables import TABLES
from features.reference.buyers_page import PAGES, page

CHINESE, LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]")
SUMMING = (ops.Sum, ops.Mean, ops.StandardDev, ops.Variance, ops.Covariance, ops.Correlation)

every_feature = pytest.mark.parametrize("feature", [pytest.param(f, id=f.name) for f in BUYER_FEATURES])


@every_feature
def test_its_worked_example_holds(feature):
    assert buyer_example_value(feature) == pytest.approx(feature.example.value, rel=1e-6, abs=1e-6)


@every_feature
def test_it_is_named_numbered_and_said_in_both_languages(feature):
    assert re.fullmatch(r"buyer_[a-z_]+", feature.name)
    assert re.fullmatch(r"G\d{3}", feature.code)
    assert CHINESE.search(feature.label.zh)
    assert LATIN.search(feature.label.en)
    assert not CHINESE.search(feature.label.en)
    assert feature.doc.endswith(".")
    assert "\n" not in feature.doc
    assert set(feature.window) <= {90, 180, 365, 730, None, OWN}


@every_feature
def test_it_has_no_direction_for_it_enters_no_scorecard(feature):
    assert feature.risk is Risk.UNSIGNED
    assert feature.adverse is feature.favourable is None


def test_names_and_codes_are_unique():
    assert len({c.name for c in BUYER_COLUMNS}) == len(BUYER_COLUMNS)
    assert len({f.code for f in BUYER_FEATURES}) == len(BUYER_FEATURES)
    assert set(PRESENCE) <= {c.name for c in BUYER_COLUMNS}


def test_every_expression_is_exact():
    for stage in compile_plan(BUYER_COLUMNS).stages:
        assert inexact(stage.expr) == [], stage.name


def test_the_engine_too_sees_no_float_inside_a_sum():
    """Ibis' idea of a type and DuckDB's can differ, so DuckDB is asked."""
    connection = connect(threads=1)
    connection.register("filled", filled_by_all())
    create_buyer_views(
        connection,
        "UTC",
        lambda connection: [create_empty(connection, TABLES[name]) for name in TABLES if name != "spine"],
    )
    connection.execute("CREATE TABLE spine (case_no BIGINT, supplier_id VARCHAR, as_of TIMESTAMP, tenant_id VARCHAR)")
    floats, asked = [], 0
    for stage in compile_plan(BUYER_COLUMNS).stages:
        connection.execute(f"CREATE TABLE {stage.name} AS {ibis.to_sql(stage.expr, dialect='duckdb')}")
        if summed := list(stage.expr.op().find(SUMMING)):
            (relation,) = {r for node in summed for r in node.relations}
            arguments = relation.to_expr().select(**{f"a{i}": node.arg.to_expr() for i, node in enumerate(summed)})
            kinds = connection.execute(f"DESCRIBE {ibis.to_sql(arguments, dialect='duckdb')}").fetchall()
            asked += len(kinds)
            floats += [(stage.name, name) for name, kind, *_ in kinds if kind in {"DOUBLE", "FLOAT"}]
    assert asked > 10
    assert floats == []


def test_every_code_and_column_is_on_both_pages():
    for language in PAGES:
        text = page(language)
        assert [f.code for f in BUYER_FEATURES if f"| {f.code} |" not in text] == []
        assert [c.name for c in BUYER_COLUMNS if f"`{c.name}`" not in text] == []
