# Every target below installs what it needs into .venv first (once). `make` alone explains them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install demo real test check torture bench bench-features bench-import bench-province bench-training bench-worlds serve docs release lock sbom clean

BIN := .venv/bin
DEMO := .venv/.installed-demo
STAMP := .venv/.installed-test
TOOL := $(BIN)/supplier-credit
export UV ?= uv
TIMED := .ci/timed
PYTEST := $(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder
SYSTEM := bash -c 'requirements/install.sh java && requirements/install.sh chromium'
LINT := $(TIMED) lint bash -c '$(BIN)/ruff check . && $(BIN)/ruff format --check .'
TYPES := $(TIMED) types $(BIN)/mypy
export BENTOML_DO_NOT_TRACK := true
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export OMP_WAIT_POLICY := PASSIVE
# Without stored bytecode every process of a test would compile the project's modules anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## Say what each target does
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

# What is installed: py311.txt for using the service and training, test.txt for those and the tools of the tests.
$(DEMO): requirements/py311.txt requirements/install.sh pyproject.toml
	@requirements/install.sh demo

$(STAMP): requirements/test.txt requirements/install.sh pyproject.toml
	@$(TIMED) set-up requirements/install.sh test

install: $(DEMO) ## Install the locked packages and the project into .venv, without the tools of the tests

demo: $(DEMO) ## All steps on a sandbox market, then a running service (KEEP=0 stops at the end; DATA=folder: your facts)
	@$(TOOL) demo $(if $(DATA),--data "$(DATA)") $(if $(filter 0,$(KEEP)),--no-keep)

real: $(DEMO) ## All steps on the real data in ../shared/data; writes docs/real-data.md (REAL=folder: elsewhere)
	@$(BIN)/python benchmarks/real.py $(REAL)

test: $(STAMP) ## Everything that CI runs: lint, format, types, tests
	@$(TIMED) "Java and Chromium" $(SYSTEM)
	@$(LINT)
	@$(TYPES)
	@$(TIMED) tests $(PYTEST) -q

check: $(STAMP) ## Lint, format, types and the tests that start no process: run it between two edits
	@$(LINT)
	@$(TYPES)
	@$(TIMED) "tests that start no process" $(PYTEST) -q -m "not slow"

torture: $(STAMP) ## All tests with their full counts of drawn cases and of kills; `make test` draws fewer
	@$(TIMED) "Java and Chromium" $(SYSTEM)
	@TORTURE=1 $(TIMED) tests $(PYTEST) -q

bench: $(STAMP) ## Speed of the service and distance from the sandbox's truth (CHECK=1 fails below the bars)
	@$(BIN)/python benchmarks/load.py
	@$(BIN)/python benchmarks/truth.py

bench-features: $(STAMP) ## Time and memory of the feature jobs beside pandas and hand-written SQL, and of one case (CHECK=1: bars)
	@$(BIN)/python benchmarks/feature_jobs.py
	@$(BIN)/python benchmarks/one_case.py

bench-import: $(STAMP) ## 1 GB of OCDS JSON Lines made and imported within 512 MiB (CHECK=1 fails above)
	@$(BIN)/python benchmarks/import_ocds.py

bench-province: $(STAMP) ## 100 million facts made, imported, profiled, killed and resumed (SIZES="1 10": smaller; writes docs/province.md)
	@$(BIN)/python benchmarks/province.py $(SIZES)

bench-training: $(STAMP) ## Ways of scoring side by side, 100 small samples, a million profiles (CHECK=1 fails below the bars)
	@$(BIN)/python benchmarks/side_by_side.py
	@$(BIN)/python benchmarks/small_samples.py
	@$(BIN)/python benchmarks/million.py

bench-worlds: $(STAMP) ## Distance from the truth in drawn worlds (SEEDS="1-20" SUPPLIERS=50000; resumable; CHECK=1 fails below the bars)
	@$(BIN)/python benchmarks/worlds.py $(SEEDS) $(if $(SUPPLIERS),--suppliers $(SUPPLIERS))

serve: $(DEMO) ## Serve the promoted scorecards of SUPPLIER_CREDIT_HOME (default ./var)
	@$(TOOL) serve

docs: $(DEMO) ## Regenerate the pages that are made from the code
	@$(BIN)/python docs/generate.py

release: $(DEMO) ## Train the small sandbox scorecard that ships in models/releases anew, without declared weights
	@scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; export SUPPLIER_CREDIT_HOME=$$scratch; \
	$(TOOL) sandbox $$scratch/market --world plain --suppliers 2000 --seed 1; \
	$(TOOL) import $$scratch/market/facts --into $$scratch/facts; \
	$(TOOL) train $$scratch/facts --outcome loan_default --unit supplier --without-declared-weights --out models/releases/sandbox-history-loan

lock: ## Resolve the dependencies anew into requirements/ (needs uv)
	@requirements/lock.sh $(UV)

sbom: ## Write an SBOM (CycloneDX) of each lock into requirements/sbom, as a release needs it
	@requirements/sbom.sh

clean: ## Remove what is made: .venv and caches; var/ (facts, scorecards, scores) stays
	@rm -rf .venv build ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
