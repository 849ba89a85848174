"""A small synthetic market, as its source files and as imported facts; and a Spark."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.facts.store import Facts
from features.importing.import_facts import import_facts
from sandbox.make import make_sandbox


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tables of 120 suppliers."""
    out = tmp_path_factory.mktemp("market") / "sandbox"
    make_sandbox(out, "plain", 120, 11)
    return out / "facts"


@pytest.fixture(scope="session")
def facts(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """The same, imported."""
    return imported(source, tmp_path_factory.mktemp("facts"))


@pytest.fixture(scope="session")
def spine(facts: Facts) -> pa.Table:
    """Every supplier at three dates, as one tenant sees it, with terms."""
    return cases(facts, ["2021-03-01", "2023-07-15", "2025-01-31"])


@pytest.fixture(scope="session")
def cases_of():
    """The function that makes a spine of dates."""
    return cases


@pytest.fixture(scope="session")
def import_into():
    """The function that imports a folder of source tables."""
    return imported


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A Spark on two cores, set for little data: half a minute of compiling is saved."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME") or os.environ.get("CI")):
        pytest.skip("no Java runtime: install openjdk-17-jre-headless to compare Spark with DuckDB")
    from pyspark.sql import SparkSession

    from features.profiles.on_spark import HERE

    little = {
        "spark.master": "local[2]",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=128m",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }
    session = SparkSession.builder.config(map={**HERE, **little}).getOrCreate()
    yield session
    session.stop()


def imported(source: Path, into: Path) -> Facts:
    """Facts imported late enough that rows of years to come are known."""
    import_facts(source, into, now=datetime(2040, 1, 1))
    return Facts.open(into)


def cases(facts: Facts, dates: list[str]) -> pa.Table:
    import pyarrow.parquet as pq

    ids = sorted(set(pq.read_table(facts.tables["suppliers"])["supplier_id"].to_pylist()))
    tenants = sorted(set(pq.read_table(facts.tables["financings"])["tenant_id"].to_pylist()))
    pairs = [(s, facts.instant(d)) for s in ids for d in dates]
    rows = pq.read_table(facts.tables["contracts"], columns=["supplier_id", "contract_id", "buyer_id"]).to_pylist()
    contracts: dict[str, list[Any]] = {}
    for row in rows:
        contracts.setdefault(row["supplier_id"], []).append(row)
    # Some name an open contract, some one of long ago or of later, and some that of another supplier.
    asked = [contracts.get(ids[i % len(ids)] if i % 7 == 0 else s, [{}]) for i, (s, _) in enumerate(pairs)]
    asked = [named[i % len(named)] for i, named in enumerate(asked)]
    rng = np.random.default_rng(3)
    return pa.table(
        {
            "case_id": [f"{s}@{a:%Y%m%d}" for s, a in pairs],
            "supplier_id": [s for s, _ in pairs],
            "as_of": pa.array([a for _, a in pairs], pa.timestamp("us")),
            "tenant_id": [tenants[i % len(tenants)] for i in range(len(pairs))],
            "amount": pa.array([f"{v}.00" for v in rng.integers(1_000, 900_000, len(pairs))]).cast(
                pa.decimal128(18, 2)
            ),
            "days": pa.array(rng.integers(30, 300, len(pairs))),
            "category": [("goods", "works", None)[i % 3] for i in range(len(pairs))],
            "contract_id": pa.array([row.get("contract_id") for row in asked], pa.string()),
            "buyer_id": pa.array([row.get("buyer_id") for row in asked], pa.string()),
        }
    )
