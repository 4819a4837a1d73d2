# Everything that a user or contributor does. Each target makes its own environment first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

LOGS ?=
HISTORY ?=
PORT ?= 10464
PARTS ?=
SECONDS ?= 60

.PHONY: help install run stack dashboards test fast lint format types bench torture fuzz clean

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# What is installed is a copy: made anew when the code has changed.
$(VENV)/run: pyproject.toml setup.py $(shell find exporter -name '*.py')
	@echo "installing the exporter in $(VENV): about a minute"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	rm -rf build/lib*  # else modules that are gone would be installed again
	$(BIN)/python -m pip install --quiet .
	@# With -P the sources below this directory are not found first.
	@$(BIN)/python -P -c 'from exporter.implementation import told; print(told())'
	touch $@

$(VENV)/dev: $(VENV)/run
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

install: $(VENV)/run ## make the environment in .venv and install the exporter

run: $(VENV)/run ## serve the demo, or your own logs with LOGS='/path/*.jsonl'; HISTORY=DIR makes their past first; PORT=10465 for another port
	@$(BIN)/python -m tools.free_port '$(PORT)'
	$(if $(and $(LOGS),$(HISTORY)),$(BIN)/zenmux-exporter backfill --out='$(HISTORY)' '$(LOGS)')
	@echo "metrics and status: http://127.0.0.1:$(PORT)/ (Ctrl-C stops)"
	@$(BIN)/zenmux-exporter --web.listen-address=127.0.0.1:$(PORT) $(if $(LOGS),run '$(LOGS)',demo)

stack: $(VENV)/run ## exporter, Prometheus and Grafana without Docker; LOGS='/path/*.jsonl' for your own logs
	$(BIN)/python -m tools.stack $(if $(LOGS),'$(LOGS)')

dashboards: $(VENV)/dev ## regenerate the dashboards, their definitions and the README's table of metrics
	$(BIN)/python -m grafana
	$(BIN)/python -m tools.metrics_table
	$(BIN)/python -m tools.format_tables
	$(BIN)/python -m tools.panel_tables

test: $(VENV)/dev ## lint, strict types, all tests (installs Debian's prometheus where it may)
	.ci/packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 3 --dist loadfile

fast: $(VENV)/dev ## the tests that need no other program
	$(BIN)/python -m pytest -m 'not real'

lint: $(VENV)/dev ## lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/dev ## format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/dev ## strict types
	$(BIN)/mypy

# About half an hour; PARTS=ingest and the like are minutes.
bench: $(VENV)/dev ## measure beside peers, in one run; PARTS='ingest rendering size lag memory idle start growth flood load'
	$(BIN)/python setup.py -q build --build-lib build/bench
	PYTHONSAFEPATH=1 PYTHONPATH=build/bench:. $(BIN)/python -m benchmarks $(PARTS)

torture: $(VENV)/dev ## kill and restart the exporter for ten minutes; totals must stay exact
	PYTHONPATH=.:tests $(BIN)/python tests/torture.py 10

# Without atheris (it has wheels for Linux and macOS) the seeds are mutated without coverage.
fuzz: $(VENV)/dev ## fuzz what reads input, a minute a target; SECONDS=600 for longer, PARTS='parser lines' for some
	-$(BIN)/python -m pip install --quiet --only-binary :all: --group fuzz
	PYTHONPATH=.:tests $(BIN)/python -m fuzz --seconds=$(SECONDS) $(PARTS)

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info recorder/build recorder/*.egg-info
