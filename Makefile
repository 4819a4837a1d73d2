# Everything that a user or contributor does. Each target makes its own environment first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Newer versions of pip are nothing to tell here.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet
# With -P the sources below this directory are not found first.
TELL_BUILD := @$(BIN)/python -P -c 'from exporter.implementation import told; print(told())'

LOGS ?=
HISTORY ?=
PORT ?= 10464
PARTS ?=
SECONDS ?= 60
# Those that start no program run where coverage sees them, and reach the floor by themselves.
FAST := not real and not process and not slow
# What programs run in processes of their own is not measured; what tests of them call is.
MEASURED := not real and not slow
COVERED = $(BIN)/python -m pytest -m '$(MEASURED)' -n 3 --dist worksteal --cov --cov-report=term
# Several paths, quotes around spaces; globs are the exporter's, which sees new files, too.
WITH_LOGS := @set -f;

.PHONY: help install run stack dashboards test fast coverage lint format types bench torture kafka fuzz \
	clean always

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/pip:
	@echo "making an environment in $(VENV) and installing the exporter: about a minute"
	$(PYTHON) -m venv $(VENV)

# Anew only when they differ, since only these need the network.
$(VENV)/required: pyproject.toml | $(BIN)/pip
	@$(BIN)/python -m tools.requirements >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else $(PIP) --requirement $@.new && mv $@.new $@; fi

# Anew once a compiler was installed.
$(VENV)/compiler: always | $(BIN)/pip
	@$(BIN)/python -m tools.compiler $@

# What is installed is a copy: made anew when the code has changed, without the network.
$(VENV)/run: $(VENV)/required $(VENV)/compiler pyproject.toml setup.py $(shell find exporter -name '*.py')
	rm -rf build/lib*  # else modules that are gone would be installed again
	$(PIP) --no-build-isolation --no-deps --force-reinstall --no-index .
	@rm $(VENV)/compiler && $(BIN)/python -m tools.compiler $(VENV)/compiler
	touch $@

$(VENV)/dev: $(VENV)/run
	@$(BIN)/python -m tools.requirements dev >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else $(PIP) --requirement $@.new && mv $@.new $@; fi
	@touch $@

install: $(VENV)/run ## make the environment in .venv and install the exporter
	$(TELL_BUILD)

run: $(VENV)/run ## serve the demo, or your own logs with LOGS='/path/*.jsonl other/'; HISTORY=DIR makes their past first; PORT=10465 for another port
	$(WITH_LOGS) exec $(BIN)/python -m tools.run --port='$(PORT)' --history='$(HISTORY)' $(LOGS)

stack: $(VENV)/run ## exporter, Prometheus and Grafana without Docker; LOGS='/path/*.jsonl other/' for your own logs
	$(TELL_BUILD)
	$(WITH_LOGS) exec $(BIN)/python -m tools.stack --exporter-command='$(BIN)/zenmux-exporter' $(LOGS)

dashboards: $(VENV)/dev ## regenerate the dashboards, their definitions and the README's table of metrics
	$(BIN)/python -m grafana
	$(BIN)/python -m tools.metrics_table
	$(BIN)/python -m tools.format_tables
	$(BIN)/python -m tools.panel_tables

test: ## lint, strict types, all tests (installs Debian's prometheus where it may)
	@echo "this takes about a quarter of an hour on two cores, and a few minutes more the first time"
	.ci/packages
	@$(MAKE) --no-print-directory $(VENV)/dev
	$(TELL_BUILD)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(COVERED)
	$(BIN)/python -m pytest -m 'not ($(MEASURED))' -n 3 --dist loadfile --no-loadscope-reorder

fast: $(VENV)/dev ## the tests that start no program and take no seconds: under a minute
	HYPOTHESIS_PROFILE=fast $(BIN)/python -m pytest -m '$(FAST)' -k 'not compiled' -n auto --dist worksteal

coverage: $(VENV)/dev ## what of exporter/ these tests run, by line and branch
	$(COVERED)

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
	PYTHONPATH=.:tests/support $(BIN)/python tests/support/torture.py 10

kafka: $(VENV)/dev ## three exporters on a real Kafka broker (Java and Maven needed): kills, replays, gaps, other numbers of replicas; SECONDS=600 for longer
	SECONDS=$(SECONDS) $(BIN)/python -m pytest -q tests/e2e/test_kafka.py tests/e2e/kafka_long.py

# Without atheris (it has wheels for Linux and macOS) the seeds are mutated without coverage.
fuzz: $(VENV)/dev ## fuzz what reads input, a minute a target; SECONDS=600 for longer, PARTS='parser lines' for some
	-$(PIP) --only-binary :all: $$($(BIN)/python -m tools.requirements fuzz)
	PYTHONPATH=.:tests/support $(BIN)/python -m fuzz --seconds=$(SECONDS) $(PARTS)

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* build dist *.egg-info recorder/build recorder/*.egg-info
