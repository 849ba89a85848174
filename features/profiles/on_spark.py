"""The Spark engine, for more facts than fit on one machine: the same declarations, on a cluster or on this machine."""

import os
import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis.expr.operations as ops
import numpy as np
import pyarrow as pa

from features.declarations.feature import FeatureColumn
from features.declarations.filled import filled_rows
from features.declarations.reduction import Stage
from features.engines.duckdb_engine import by_column
from features.engines.plan import compile_plan
from features.engines.spark_sql import spark_sql
from features.errors import InputError
from features.facts.reference import REFERENCE
from features.facts.store import Facts
from features.facts.tables import TABLES, Kind, Table
from features.profiles.build import profiles_by

# Settings that change values; set in our own session, whatever the cluster's defaults are.
MEANING: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # facts are naive UTC
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, never a null
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
}
# Settings where the environment names no Spark: on this machine, without downloads, reachable from this machine only.
HERE: Mapping[str, str] = {
    "spark.master": "local[*]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "4g",
    "spark.driver.maxResultSize": "0",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": "8",
}
_SPARK_VARIABLES = ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT")

SPARK_TYPE: Mapping[Kind, str] = {
    Kind.ID: "STRING",
    Kind.TEXT: "STRING",
    Kind.ENUM: "STRING",
    Kind.INSTANT: "TIMESTAMP_NTZ",
    Kind.MONEY: "DECIMAL(18,2)",
    Kind.RATE: "DECIMAL(18,8)",
    Kind.INTEGER: "BIGINT",
    Kind.FLAG: "BOOLEAN",
    Kind.REAL: "DOUBLE",
}

_REFERENCE_TYPE: Mapping[str, str] = {
    "string": "STRING",
    "timestamp(6)": "TIMESTAMP_NTZ",
    "int64": "BIGINT",
    "float64": "DOUBLE",
}


def spark_profiles(facts: Facts, spine: pa.Table, columns: Sequence[FeatureColumn] | None = None) -> pa.Table:
    """Compute point-in-time profiles on Spark, like `build_profiles`.

    Columns that use an exponential, a logarithm, a power or an interpolated quantile agree with DuckDB's within 1e-9 of
    their size, all others bit for bit.

    Raises:
        InputError: pyspark is not installed, or Spark does not start.
    """
    session = open_session()
    attach(session, facts)
    return profiles_by(lambda cases, wanted: _run_plan(session, cases, wanted), facts, spine, columns)


def open_session() -> Any:
    """Open a session of our own: on the running Spark, on the one that the environment names, or on this machine."""
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise InputError(
            "The package pyspark is not installed.",
            where="--engine spark",
            fix="Install it with: pip install 'supplier-credit[spark]'.",
        ) from error
    # The warning does not apply: Spark receives and returns Arrow tables here.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
    builder = SparkSession.builder.appName("supplier-credit")
    if SparkSession.getActiveSession() is None and not any(name in os.environ for name in _SPARK_VARIABLES):
        builder = builder.config(map=dict(HERE))
    try:
        session = builder.getOrCreate().newSession()
    except PySparkRuntimeError as error:
        raise InputError(
            "Spark does not start.",
            where="--engine spark",
            fix="It needs a Java runtime, 17 or 21 (Debian, Ubuntu: apt-get install openjdk-17-jre-headless), on the"
            " PATH or in JAVA_HOME.",
        ) from error
    for key, value in MEANING.items():
        session.conf.set(key, value)
    return session


def attach(session: Any, facts: Facts) -> None:
    """Name every canonical table: a view on its Parquet file, or an empty one where it was never imported; `filled`."""
    session.createDataFrame(filled_rows(facts)).createOrReplaceTempView("filled")
    for name, table in TABLES.items():
        if name == "spine":
            continue
        if file := facts.tables.get(name):
            rows = session.read.schema(_schema(table)).parquet(_address(file))
        else:
            rows = session.createDataFrame([], _schema(table))
        rows.createOrReplaceTempView(name)
    for name, columns in REFERENCE.items():
        schema = ", ".join(f"`{c}` {_REFERENCE_TYPE[kind]}" for c, kind in columns.items())
        file = facts.reference.get(name)
        rows = session.read.schema(schema).parquet(_address(file)) if file else session.createDataFrame([], schema)
        rows.createOrReplaceTempView(name)


def _run_plan(session: Any, cases: pa.Table, columns: tuple[FeatureColumn, ...]) -> dict[str, np.ndarray]:
    """Run the plan for `cases` (as `spine_rows` makes them); column → float64 array by `case_no`, NaN for null."""
    plan = compile_plan(columns)
    session.createDataFrame(cases).createOrReplaceTempView("spine")
    shared_stages, persisted = _shared_stages(plan.stages), []
    try:
        for stage in plan.stages:
            rows = session.sql(spark_sql(stage.expr))
            if stage.name in shared_stages:
                persisted.append(rows.persist())
            rows.createOrReplaceTempView(stage.name)
        return by_column(rows.toArrow(), plan, cases.num_rows)
    finally:
        for rows in persisted:
            rows.unpersist()


def _shared_stages(stages: Sequence[Stage]) -> set[str]:
    """Names of the stages that several later stages read: Spark would compute them for each of those."""
    readers = Counter(node.name for stage in stages for node in set(stage.expr.op().find(ops.UnboundTable)))
    return {stage.name for stage in stages if readers[stage.name] > 1}


def _schema(table: Table) -> str:
    return ", ".join(f"`{c.name}` {SPARK_TYPE[c.kind]}" for c in table.stored)


def _address(file: Path) -> str:
    """A file's address, its glob characters escaped; every machine of a cluster must have the file at this path."""
    return "file://" + re.sub(r"([\\{}\[\]*?])", r"\\\1", str(file.resolve()))
