#!/usr/bin/env bash
# DuckDB 2.0.0 and ibis 12.0.0: the middle of 0.01 and 0.02 in a DECIMAL(18,2) is 0.015. DuckDB cuts its quantile to 0.01;
# its own average is 0.015, but ibis fetches the mean at the scale of the column, as 0.01.
# This project sums exactly, counts, and divides doubles; quantiles are taken of doubles.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ibis-framework[duckdb]==12.0.0 duckdb==2.0.0 sqlglot==30.17.0 pyarrow
"$folder/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import duckdb
import ibis

mean, quantile, double = duckdb.sql(
    "SELECT avg(x), quantile_cont(x, 0.5), quantile_cont(x::DOUBLE, 0.5) "
    "FROM (VALUES (0.01::DECIMAL(18,2)), (0.02::DECIMAL(18,2))) AS t(x)"
).fetchall()[0]
table = ibis.memtable({"x": [Decimal("0.01"), Decimal("0.02")]}, schema={"x": "decimal(18,2)"})
fetched = ibis.duckdb.connect().to_pyarrow(table.x.mean()).as_py()
print(f"DuckDB: mean {mean}, quantile {quantile}, quantile of doubles {double}; ibis: mean {fetched}")
assert (mean, quantile, double) == (0.015, Decimal("0.01"), 0.015)
assert fetched == Decimal("0.01")
PYTHON
