"""Spark and DuckDB give the same profiles from the same declarations."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import duckdb
import ibis
import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.shared.exits import Exit
from features.declarations.catalogue import COLUMNS
from features.declarations.exact import exact_std, exact_sum, herfindahl, ratio, real, square_sum
from features.declarations.request_formulas import reads
from features.engines.plan import compile_plan
from features.engines.spark_sql import spark_sql
from features.errors import InputError
from features.facts.store import Facts
from features.facts.tables import TABLES
from features.profiles.build import build_profiles
from features.profiles.on_spark import open_session, spark_profiles
from sandbox.make import make_sandbox
from tests.features.profiles.extremes import import_extremes

FROM_FACTS = tuple(c for c in COLUMNS if c.feature.table in TABLES)
INEXACT = (ops.Exp, ops.Log, ops.Ln, ops.Log2, ops.Log10, ops.Power, ops.Quantile, ops.MultiQuantile)
DATES = ["2021-03-01", "2023-07-15", "2025-01-31"]
LAST = "2261-12-31"  # after the farthest date of the extremes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def market(tmp_path_factory, import_into) -> Facts:
    """The facts of 150 suppliers and of one of extremes, in a folder whose name is no plain word."""
    folder = tmp_path_factory.mktemp("spark")
    make_sandbox(folder / "market", "interactions", 150, 5)
    facts = import_into(folder / "market" / "facts", folder / "事实 [1] 100% {a,b}")
    (folder / "extremes").mkdir()
    shutil.copy(folder / "market" / "facts" / "manifest.json", folder / "extremes")
    return import_extremes(folder / "extremes", facts.path)


@pytest.fixture(scope="module")
def cases(market, cases_of) -> pa.Table:
    """Every supplier at three dates, and the one of extremes when all of its dates have passed."""
    every, last = cases_of(market, DATES), cases_of(market, [LAST])
    return pa.concat_tables([every, last.filter(pc.equal(last["supplier_id"], "S"))])


@pytest.fixture(scope="module")
def written(spark, market, cases, tmp_path_factory) -> dict[str, pa.Table]:
    """What the command line writes for a spine, by engine."""
    folder = tmp_path_factory.mktemp("written")
    at = cases.column_names.index("as_of")
    instants = cases["as_of"].cast(pa.timestamp("us", tz="UTC"))
    pq.write_table(cases.set_column(at, "as_of", instants), folder / "spine.parquet")
    for engine in ("duckdb", "spark"):
        wanted = ["--spine", str(folder / "spine.parquet"), "--out", str(folder / engine), "--engine", engine]
        done = CliRunner().invoke(app, ["profile", str(market.path), *wanted], catch_exceptions=False)
        assert done.exit_code == 0
    return {engine: pq.read_table(folder / engine) for engine in ("duckdb", "spark")}


@pytest.fixture(scope="module")
def on_duckdb(written) -> pa.Table:
    return written["duckdb"]


@pytest.fixture(scope="module")
def on_spark(written) -> pa.Table:
    return written["spark"]


def values(table: pa.Table, name: str) -> np.ndarray:
    return table[name].to_numpy(zero_copy_only=False)


def nodes(column) -> set[type]:
    """The kinds of operations that a column's value passes through, from the facts to the profile."""
    if column.feature.table == "request":
        read = reads(column.feature, [c.name for c in COLUMNS if c.feature.table != "request"])
        return set().union(*(nodes(c) for c in COLUMNS if c.name in read))
    if column.feature.table not in TABLES:
        return set()
    return {type(node) for stage in compile_plan((column,)).stages for node in stage.expr.op().find(ops.Value)}


def test_the_market_holds_corrections_retractions_and_facts_known_late(market):
    def count(table: str, which: str) -> int:
        return duckdb.read_parquet(str(market.tables[table])).filter(which).shape[0]

    assert count("contracts", "known_until IS NOT NULL") > 10
    assert count("contracts", "retracted") > 0
    assert count("milestones", "known_at > met_on") > 100


def test_both_engines_give_the_same_rows_and_columns(on_spark, on_duckdb):
    assert on_spark.column_names[4:] == [c.name for c in COLUMNS]
    assert on_spark.schema == on_duckdb.schema
    assert on_spark.num_rows > 400
    assert on_spark.select(on_spark.column_names[:4]) == on_duckdb.select(on_duckdb.column_names[:4])


@pytest.mark.parametrize("column", COLUMNS, ids=lambda c: c.name)
def test_spark_gives_duckdbs_values(on_spark, on_duckdb, column):
    """Within a billionth; the same bits where no exponential, logarithm, power or interpolated quantile is used."""
    ours, theirs = values(on_duckdb, column.name), values(on_spark, column.name)
    np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=0)
    if not nodes(column) & set(INEXACT):
        assert theirs.tobytes() == ours.tobytes()


def test_most_columns_are_held_to_the_same_bits():
    exact_columns = [c.name for c in COLUMNS if not nodes(c) & set(INEXACT)]
    assert len(exact_columns) > 0.8 * len(COLUMNS)
    assert {"turnover_365d", "buyer_concentration", "contract_size_spread_730d"} <= set(exact_columns)
    assert not {"turnover_decayed", "contract_gap_730d"} & set(exact_columns)


def test_the_extremes_are_among_them(on_duckdb):
    (last,) = on_duckdb.filter(pc.equal(on_duckdb["case_id"], "S@22611230")).to_pylist()
    assert last["registered_capital"] > 9e13
    assert last["average_delay"] > 365 * 500


def test_a_table_that_was_never_imported_leaves_the_same_columns_unknown(spark, market, cases):
    columns = [c for c in COLUMNS if c.feature.table in {"milestones", "quality"}]
    without = replace(market, tables={n: f for n, f in market.tables.items() if n != "milestones"})
    some = cases.slice(0, 30).select(["case_id", "supplier_id", "as_of"])
    assert spark_profiles(without, some, columns) == build_profiles(without, some, columns)


# Sums on both sides of the widths at which a double, 64 and 128 bits end, and of the middle between two doubles.
WHOLE = [
    sign * ((1 << bits) + step)
    for bits in (52, 53, 54, 55, 61, 62)
    for step in (-3, -2, -1, 0, 1, 2, 3, 6, 513, 1025, 1537)
    for sign in (1, -1)
]
ROWS = ibis.table(
    {
        "g": "int64",
        "n": "int64",
        "x": "float64",
        "money": "decimal(18,2)",
        "none": "decimal(18,2)",
        "on": "timestamp(6)",
    },
    name="rows",
)
REDUCED = {
    "sum": real(ROWS.n.sum()),
    "squares": real(square_sum(ROWS.n)),
    "money": real(ROWS.money.sum()),
    "spread": exact_std(ROWS.money),
    "concentration": herfindahl(ROWS.n),
    "fixed": exact_sum(ROWS.x),
    "rounded": exact_sum(ROWS.x, scale=0),
    "share": ratio(ROWS.n.sum(), ROWS.n.count() - ROWS.n.count()),
    "ninth": ratio(ROWS.n.max(), ROWS.money.min()) / 90.0 + 0.1,
    "latest": real(ROWS.none.argmax(ibis.struct({"on": ROWS.on, "n": ROWS.n}))),
    "oldest": real(ROWS.on.max().delta(ROWS.on.min(), unit="microsecond")),
}


def hostile() -> pa.Table:
    """Groups of two to four rows whose sums, squares, halves and gaps are awkward."""
    rng = np.random.default_rng(8)
    groups = [(g, n + part) for g, n in enumerate(WHOLE) for part in range(1 + g % 3)]
    size = len(groups)
    cents = [Decimal(int(v)).scaleb(-2) for v in rng.integers(-(10**16), 10**16, size)]
    return pa.table(
        {
            "g": pa.array([g for g, _ in groups], pa.int64()),
            "n": pa.array([n for _, n in groups], pa.int64()),
            "x": np.round(rng.uniform(-1e6, 1e6, size), 6) + rng.choice([0.0, 5e-7, 0.5], size),
            "money": pa.array(cents, pa.decimal128(18, 2)),
            "none": pa.array([c if i % 2 else None for i, c in enumerate(cents)], pa.decimal128(18, 2)),
            "on": pa.array(rng.integers(-(8 * 10**15), 9 * 10**15, size), pa.timestamp("us")),
        }
    )


@pytest.mark.parametrize("name", REDUCED)
def test_a_reduction_has_duckdbs_bits_at_every_width(spark, name):
    rows = hostile()
    expr = ROWS.group_by("g").aggregate(v=REDUCED[name]).order_by("g")
    spark.createDataFrame(rows).createOrReplaceTempView("rows")
    ours = duckdb.sql(str(ibis.to_sql(expr, dialect="duckdb"))).to_arrow_table()
    theirs = spark.sql(spark_sql(expr)).toArrow()
    assert values(theirs, "v").tobytes() == values(ours, "v").tobytes()
    assert name == "share" or ours["v"].null_count < ours.num_rows


def test_without_java_it_says_what_to_install(market, tmp_path):
    wanted = ["profile", str(market.path), "--as-of", "2023-07-15", "--out", str(tmp_path / "out"), "--engine", "spark"]
    call = [sys.executable, "-c", "from cli.main import run; run()", *wanted]
    nowhere = os.environ | {"JAVA_HOME": str(tmp_path)}
    done = subprocess.run(call, env=nowhere, capture_output=True, text=True, timeout=120)
    assert done.returncode == Exit.BAD_INPUT
    assert "openjdk-17-jre-headless" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_pyspark_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(InputError) as refused:
        open_session()
    assert "supplier-credit[spark]" in refused.value.fix


@pytest.mark.parametrize("other", [["--fleet"], ["--buyers", "--out", "b"], ["--supplier", "S"]])
def test_spark_is_for_files_of_cases(market, other):
    done = CliRunner().invoke(app, ["profile", str(market.path), *other, "--engine", "spark"])
    assert "nothing else" in str(done.exception)
