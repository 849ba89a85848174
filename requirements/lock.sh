#!/usr/bin/env bash
# Write the locks: hashes, and no index address anywhere. One Python for all of them, the one CI runs on.
# test.txt holds all packages; the other two hold a part of it, at the same versions.
set -eu
cd "$(dirname "$0")/.."
uv=${1:-uv}
command -v "$uv" >/dev/null || { echo "Missing: uv. Install it outside the project (pip install uv), or set UV=path." >&2; exit 1; }
compile() {
  "$uv" pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-emit-find-links "$@"
}
compile pyproject.toml --extra test -o requirements/test.txt
compile pyproject.toml --extra training --extra build -c requirements/test.txt -o requirements/py311.txt
compile pyproject.toml -c requirements/test.txt -o requirements/serving.txt
compile requirements/sbom-tool.in -o requirements/sbom-tool.txt
