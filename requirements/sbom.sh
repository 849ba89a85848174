#!/usr/bin/env bash
# Install the SBOM tool into a temporary venv, as locked in sbom-tool.txt, and write an SBOM of each lock.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
  -r requirements/sbom-tool.txt
"$scratch/venv/bin/python" requirements/sbom.py
