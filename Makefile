# Everything that a person or a machine does with this repository. Needs Python 3.11 or newer; `make PYTHON=python3.13 …` names another.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Each stamp is younger than what it stands for: a second run installs nothing, and needs no network.
RUNTIME := $(VENV)/runtime.stamp
DEV := $(VENV)/dev.stamp
MACHINE := $(VENV)/machine.stamp
PROMTOOL := $(VENV)/promtool
# What needs more of a machine than Python: Debian's systemd-container and prometheus.
APART := tests/systemd tests/ops/test_alerts.py
# One more than there are cores: tests of services mostly wait.
WORKERS = $$($(BIN)/python -c 'import os; print(os.cpu_count() + 1)')
PIP_INSTALL := $(BIN)/python -m pip install -qq
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) --extra build

# pip's look for a newer pip would ask the network.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint machine package bench chaos soak mutants lock clean

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME)  ## Show a small clinic's texts from plan to phone, with nothing sent to anyone
	@$(BIN)/notifier demo

test: lint  ## Check everything: style, types, floors, tests, coverage
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses=$(WORKERS) --dist=worksteal $(APART:%=--ignore=%)
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --fail-under=100 --include='notifier/core/*'

lint: $(DEV)  ## Check style, types and the floors of the house
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

machine: $(DEV) $(MACHINE) $(PROMTOOL)  ## Check unit, packages and alerts with Debian's own tools; for root
	$(BIN)/python -m pytest $(APART)

package: $(DEV)  ## Build a wheel, and packages for Debian 12 and 13, in dist/
	@mkdir -p dist
	@$(BIN)/python -m hatchling build --target wheel --directory dist
	@systemd/deb/build 12 dist
	@systemd/deb/build 13 dist

bench: $(DEV)  ## Measure, side by side in one run
	$(BIN)/python -m tests.bench.start_up
	$(BIN)/python -m tests.bench.check_speed
	$(BIN)/python -m tests.bench.footprint

chaos: $(DEV)  ## Kill, stop, starve and mislead real daemons, and count what came of it; SECONDS=600, MESSAGES, SEED
	$(BIN)/python -m tests.chaos --seconds $(or $(SECONDS),600) $(if $(MESSAGES),--messages $(MESSAGES)) $(if $(SEED),--seed $(SEED))

soak: $(DEV)  ## Have months pass over a real daemon, and see that nothing grows, is lost or doubled; SECONDS=1800, SEED
	$(BIN)/python -m tests.soak --seconds $(or $(SECONDS),1800) $(if $(SEED),--seed $(SEED))

mutants: $(DEV)  ## Break the core in a thousand ways and list what no test notices
	PATH="$(CURDIR)/$(BIN):$$PATH" mutmut run
	@$(BIN)/mutmut results | grep -v ': caught by type check$$' || true

lock: $(DEV)  ## Pin anew what pyproject.toml asks for; UPGRADE=1 takes the newest of everything
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) --extra dev --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock

clean:  ## Remove all that was made here
	rm -rf $(VENV) build dist demo mutants htmlcov .coverage .coverage.* \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find notifier tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.lock pyproject.toml
	@command -v $(PYTHON) > /dev/null || \
		{ echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "notifier needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing what requirements.lock names into $(VENV), once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) --require-hashes --requirement requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock
	@echo "Installing what requirements-dev.lock names into $(VENV), once ..."
	@$(PIP_INSTALL) --require-hashes --requirement requirements-dev.lock
	@touch $@

# Tests under a real systemd boot a container of Debian's systemd-container. Root can install it and run them; for
# anybody else they are skipped and say so, except in CI, where they fail.
$(MACHINE):
	@if [ "$$(id -u)" = 0 ] && ! command -v systemd-nspawn > /dev/null && command -v apt-get > /dev/null; then \
		echo "Installing systemd-container, once ..."; \
		apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends systemd-container > /dev/null; \
	fi
	@mkdir -p $(@D)
	@touch $@

$(PROMTOOL): | $(DEV)
	@$(BIN)/python -m tests.ops.promtool $@
