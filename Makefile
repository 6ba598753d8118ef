# Everything here works in a fresh clone; `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install demo demo-s3 run test faults fuzz bench bench-full bench-guard servers test-unit lint types layers check audit docs lock clean

VENV := .venv/bin
RUNTIME := .venv/.runtime
DEV := .venv/.dev
BENCH := .venv/.bench

# OpenSSH's chroot needs root, so the tests run as root. They leave nothing in the tree that belongs to it.
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
PYTEST := env PYTHONDONTWRITEBYTECODE=1 $(VENV)/python -m pytest -p no:cacheprovider
# Most tests wait for a server or a quiet period, so there are more of them than cores.
TESTS ?= -n 5 --dist load --maxschedchunk 1
FAULTS ?= -n 8 --dist load --maxschedchunk 1

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(RUNTIME) ## make .venv with the locked dependencies and the project in it

demo: $(RUNTIME) ## a sample district, four deliveries and one night's sync, with a summary
	@$(VENV)/pictureday demo

demo-s3: $(DEV) ## the same demo against a local S3 server
	@tests/demo-s3.sh

run: $(RUNTIME) ## run the whole pipeline until Ctrl-C
	@$(VENV)/pictureday run

test: servers $(DEV) ## all tests, on private servers (with sudo or as root)
	$(AS_ROOT) $(PYTEST) $(TESTS)

servers:
	@tests/install-servers.sh

faults: servers $(DEV) ## every fault: killed at each durable step, disks that fail, brokers that go (under an hour)
	$(AS_ROOT) $(PYTEST) $(FAULTS) --full tests/faults tests/simulation tests/flow/test_kills.py tests/flow/test_bursts.py tests/flow/test_s3.py

fuzz: servers $(DEV) ## 100,000 damaged photos, and archives damaged in every way
	$(AS_ROOT) $(PYTEST) $(TESTS) --full tests/hostile

bench: servers $(BENCH) ## side by side with the bare decoder and four peers; writes docs/benchmarks.md
	@bench/install-peers.sh
	$(AS_ROOT) env PYTHONDONTWRITEBYTECODE=1 $(VENV)/python -m bench --write

bench-guard: $(DEV) ## has a change made photos dearer: CPU seconds against the decoder's, in the same run
	@env PYTHONDONTWRITEBYTECODE=1 $(VENV)/python -m bench.guard

bench-full: servers $(DEV) ## latency, growth, the night, a million photos, idling (most of an hour); writes docs/benchmarks.md
	$(AS_ROOT) env PYTHONDONTWRITEBYTECODE=1 $(VENV)/python -m bench.full --write

test-unit: $(DEV) ## the quick tests: no server, no root
	$(PYTEST) tests/unit

lint: $(DEV) ## ruff: mistakes and form
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .

types: $(DEV) ## mypy, strict
	$(VENV)/mypy

layers: $(DEV) ## import-linter: who may import whom
	$(VENV)/lint-imports

check: lint types layers test bench-guard ## all that CI runs

audit: $(DEV) ## pip-audit: is any locked package known to be vulnerable (needs the package index)
	@requirements/audit.sh

docs: $(DEV) ## write docs/reasons.md, docs/settings.md and docs/commands.md anew
	$(VENV)/python -m tests.meta.generate

lock: ## choose newer dependencies and write the lock files (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	$(LOCK) --upgrade --group build --output-file requirements/runtime.txt
	$(LOCK) --upgrade --group dev --constraints requirements/runtime.txt --output-file requirements/dev.txt
	$(LOCK) --upgrade --group bench --constraints requirements/dev.txt --output-file requirements/bench.txt

LOCK := uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate

clean: ## remove what was made here, but never ./var
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements/runtime.txt pyproject.toml requirements/venv.sh
	@requirements/venv.sh runtime
	@touch $@

# The runtime packages are in both files; whoever has these has those.
$(DEV): requirements/dev.txt pyproject.toml requirements/venv.sh
	@requirements/venv.sh dev
	@touch $@ $(RUNTIME)

# They have the others' packages, too.
$(BENCH): requirements/bench.txt pyproject.toml requirements/venv.sh
	@requirements/venv.sh bench
	@touch $@ $(DEV) $(RUNTIME)
