# Targets for users and contributors. Each one first creates the environment that it needs.

# Otherwise each worker, and each program that tests start, would compile all sources again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Don't suggest upgrading pip.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet
# -P keeps the current directory off sys.path, so the installed package is imported.
TELL_BUILD := @$(BIN)/python -P -c 'from exporter.implementation import told; print(told())'

LOGS ?=
HISTORY ?=
PORT ?= 10464
PARTS ?=
SECONDS ?= 60
UPGRADE ?=
IMAGE ?= zenmux-exporter:local
PLATFORMS ?=
# Tests that start no program, with the interpreted modules only.
FAST := not real and not process and not slow and not compiled
# Short tests first; then whole files, since the servers that they start serve all tests of a file.
# The latter wait more than they compute.
PYTEST = $(BIN)/python -m pytest --cov
UNIT_TESTS = $(PYTEST) -n 3 tests/unit --dist worksteal --cov-report= --cov-fail-under=0
OTHER_TESTS = $(PYTEST) -n 5 tests/e2e tests/integration tests/oracle --dist loadfile \
	--no-loadscope-reorder --cov-append --cov-report=term
# LOGS may have several paths, and quotes around spaces. The exporter expands globs, so it finds new
# files.
WITH_LOGS := @set -f;

.PHONY: help install run stack dashboards docs test unit thorough fast coverage lint format types bench \
	torture kafka fuzz image chart deployment manual release lock licences audit clean always

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/pip:
	@echo "creating an environment in $(VENV) and installing the exporter: a minute or two"
	$(PYTHON) -m venv $(VENV)

# Only if the requirements have changed, since installing them needs the network.
$(VENV)/required: pyproject.toml requirements-dev.lock | $(BIN)/pip
	@$(BIN)/python -m tools.install $@
	@touch $@

# Changes once a compiler is installed.
$(VENV)/compiler: always | $(BIN)/pip
	@$(BIN)/python -m tools.compiler $@

# The installed package is a copy. It is reinstalled when the code has changed, without the network.
$(VENV)/run: $(VENV)/required $(VENV)/compiler pyproject.toml setup.py $(shell find exporter -name '*.py')
	rm -rf build/lib*  # otherwise deleted modules would be installed again
	$(PIP) --no-build-isolation --no-deps --force-reinstall --no-index .
	@rm $(VENV)/compiler && $(BIN)/python -m tools.compiler $(VENV)/compiler
	touch $@

$(VENV)/dev: $(VENV)/run
	@$(BIN)/python -m tools.install $@ dev
	@touch $@

$(VENV)/release: $(VENV)/dev
	@$(BIN)/python -m tools.install $@ release
	@touch $@

install: $(VENV)/run ## create the environment in .venv and install the exporter
	$(TELL_BUILD)

run: $(VENV)/run ## serve the demo, or your own logs with LOGS='/path/*.jsonl other/'; HISTORY=DIR backfills into DIR first; PORT=10465 for another port
	$(WITH_LOGS) exec $(BIN)/python -m tools.run --port='$(PORT)' --history='$(HISTORY)' $(LOGS)

stack: $(VENV)/run ## run exporter, Prometheus and Grafana without Docker; LOGS='/path/*.jsonl other/' for your own logs
	$(TELL_BUILD)
	$(WITH_LOGS) exec $(BIN)/python -m tools.stack --exporter-command='$(BIN)/zenmux-exporter' $(LOGS)

dashboards: $(VENV)/dev ## regenerate the dashboards, and the tables of panels, metrics, commands and formats
	$(BIN)/python -m grafana
	$(BIN)/python -m tools.metrics_table
	$(BIN)/python -m tools.command_tables
	$(BIN)/python -m tools.format_tables
	$(BIN)/python -m tools.panel_tables

docs: $(VENV)/dev ## build the documentation site in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "open build/site/index.html, or serve the site: $(BIN)/mkdocs serve"

# mypy uses one core, so the unit tests run beside it; its errors are shown again behind theirs.
test: ## lint, check types, run all tests (installs the Debian packages they need, if it has the rights)
	@echo "this takes about ten minutes on two cores, and a few minutes more the first time"
	.ci/packages
	@$(MAKE) --no-print-directory $(VENV)/dev
	$(TELL_BUILD)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory -j 2 types unit || { $(BIN)/mypy; exit 1; }
	$(OTHER_TESTS)

unit: $(VENV)/dev ## run the unit tests
	$(UNIT_TESTS)

thorough: $(VENV)/dev ## the same tests with more kills, seeds and random examples: much longer
	THOROUGH=1 $(UNIT_TESTS)
	THOROUGH=1 $(OTHER_TESTS)

fast: $(VENV)/dev ## quick tests that start no program: a minute or two
	HYPOTHESIS_PROFILE=fast $(BIN)/python -m pytest -m '$(FAST)' -n auto --dist worksteal

coverage: $(VENV)/dev ## measure line and branch coverage of exporter/
	$(UNIT_TESTS) -m 'not real'
	$(OTHER_TESTS) -m 'not real'

lint: $(VENV)/dev ## run ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/dev ## format and fix with ruff
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/dev ## run mypy in strict mode
	$(BIN)/mypy

# About half an hour; single parts take minutes.
bench: $(VENV)/dev ## benchmark against other programs; PARTS='ingest rendering size lag memory idle start growth flood load'
	$(BIN)/python setup.py -q build --build-lib build/bench
	PYTHONSAFEPATH=1 PYTHONPATH=build/bench:. $(BIN)/python -m benchmarks $(PARTS)

torture: $(VENV)/dev ## kill and restart the exporter for ten minutes; totals must stay exact
	PYTHONPATH=.:tests/support $(BIN)/python tests/support/torture.py 10

kafka: $(VENV)/dev ## test three exporters on a real Kafka broker (needs Java and Maven): kills, replays, gaps, changed replicas; SECONDS=600 for longer
	SECONDS=$(SECONDS) $(BIN)/python -m pytest -q tests/e2e/test_kafka.py tests/e2e/kafka_long.py

# Without atheris (it has wheels for Linux and macOS) seeds are mutated without coverage guidance.
fuzz: $(VENV)/dev ## fuzz the code that reads input, a minute per target; SECONDS=600 for longer, PARTS='parser lines' for some targets
	-$(PIP) --only-binary :all: $$($(BIN)/python -m tools.requirements fuzz)
	PYTHONPATH=.:tests/support $(BIN)/python -m fuzz --seconds=$(SECONDS) $(PARTS)

image: ## build the image with Docker; PLATFORMS='linux/amd64 linux/arm64' for other platforms, IMAGE=name:tag
	docker buildx build --tag '$(IMAGE)' $(foreach one,$(PLATFORMS),--platform $(one)) \
		--build-arg VERSION="$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' exporter/__init__.py)" \
		--build-arg REVISION="$$(git describe --always --dirty --abbrev=40 --exclude='*')" \
		--build-arg BRANCH="$$(git rev-parse --abbrev-ref HEAD)" \
		--build-arg CREATED="$$(git log -1 --format=%cI)" \
		--build-arg SOURCE_DATE_EPOCH="$$(git log -1 --format=%ct)" .

chart: $(VENV)/dev ## package the Helm chart, with dashboards and rules, in build/chart
	@mkdir -p build/chart
	SOURCE_DATE_EPOCH="$$(git log -1 --format=%ct)" $(BIN)/python -m tools.chart build/chart

# The first run builds Helm, which takes three minutes.
deployment: $(VENV)/dev ## validate compose file and chart against their schemas; needs Go to install helm and kubeconform
	$(BIN)/python -m tools.schemas .schemas
	export PATH="$$PATH:$$(go env GOPATH)/bin"; \
	command -v kubeconform >/dev/null || go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0; \
	command -v helm >/dev/null || go install helm.sh/helm/v3/cmd/helm@v3.22.0; \
	$(BIN)/python -m pytest tests/integration/deployment

manual: $(VENV)/dev ## write manual pages and shell completion to build/share
	SOURCE_DATE_EPOCH="$$(git log -1 --format=%ct)" $(BIN)/python -m tools.manual build/share

release: $(VENV)/release ## build the release files in dist (docs/release.md)
	$(BIN)/python -m tools.release dist

lock: $(VENV)/release ## update the lock files after a change of requirements; UPGRADE=--upgrade for the newest versions
	$(BIN)/python -m tools.lock $(UPGRADE)

licences: $(VENV)/dev ## list the licences of all installed packages, for runtime and development
	$(BIN)/python -m tools.licences dev

audit: $(VENV)/release ## check the locked versions for known vulnerabilities
	$(BIN)/python -m tools.audit

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* .schemas build dist *.egg-info recorder/build recorder/*.egg-info
