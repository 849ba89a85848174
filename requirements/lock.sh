#!/usr/bin/env bash
# Write the locks: hashes, and no index address anywhere. One Python at a time, the one CI runs on.
set -eu
cd "$(dirname "$0")/.."
uv=${1:-uv}
command -v "$uv" >/dev/null || { echo "Missing: uv. Install it outside the project (pip install uv), or set UV=path." >&2; exit 1; }
compile() {
  "$uv" pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-emit-find-links "$@"
}
compile pyproject.toml -o requirements/py311.txt
compile pyproject.toml --extra test -c requirements/py311.txt -o requirements/test.txt
compile pyproject.toml --extra spark -c requirements/py311.txt -o requirements/spark.txt
