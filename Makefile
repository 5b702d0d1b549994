# Everything that a person or a machine does with this repository. Needs Python 3.11 or newer; `make PYTHON=python3.13 …` names another.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Each stamp is younger than what it stands for: a second run installs nothing, and needs no network.
RUNTIME := $(VENV)/runtime.stamp
DEV := $(VENV)/dev.stamp
MACHINE := $(VENV)/machine.stamp
PROMTOOL := $(VENV)/promtool
BENCH := $(VENV)/bench.stamp
# All that a user may want: who has the Debian package cannot add to it.
EXTRAS := build png postgres xlsx
# Under a real systemd: one process, since it boots one machine, and beside the others, since it mostly waits.
MACHINE_TESTS := tests/systemd
MACHINE_SAID := $(VENV)/machine.log
# What the machine is made of: it cannot reach the network.
DEBIAN := systemd-container python3 ca-certificates
# One more than there are cores: tests of services mostly wait.
WORKERS = $$($(BIN)/python -c 'import os; print(os.cpu_count() + 1)')
# Files of tests lie in memory where it has room, unless TMPDIR says where: a ledger waits for the disk at each commit.
IN_MEMORY = $$($(BIN)/python -c 'import os; at = os.statvfs("/dev/shm"); \
	print("TMPDIR=/dev/shm" * (at.f_bavail * at.f_frsize > 4 << 30 and not at.f_flag & os.ST_NOEXEC))' 2> /dev/null)
PIP_INSTALL := $(BIN)/python -m pip install -qq
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade) $(EXTRAS:%=--extra %)

# pip's look for a newer pip would ask the network.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without bytecode each of the hundreds of processes that tests start would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test suite lint machine package bench chaos soak mutants lock clean

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME)  ## Show a small clinic's texts from plan to phone, with nothing sent to anyone
	@$(BIN)/notifier demo

test: lint $(MACHINE) $(PROMTOOL)  ## Check everything: style, types, floors, tests, coverage
	@$(BIN)/coverage erase
	@$(MAKE) --no-print-directory --jobs=2 suite machine SAID=$(MACHINE_SAID) || failed=1; \
		cat $(MACHINE_SAID); exit $${failed:-0}
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --fail-under=100 --include='notifier/core/*'

suite:
	env $(if $(TMPDIR),,$(IN_MEMORY)) $(BIN)/coverage run -m pytest --numprocesses=$(WORKERS) --dist=worksteal $(MACHINE_TESTS:%=--ignore=%)

lint: $(DEV)  ## Check style, types and the floors of the house
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

machine: $(DEV) $(MACHINE)  ## Check unit and packages under a real systemd; for root on Debian
	$(BIN)/python -m pytest -p no:cacheprovider --durations=0 --durations-min=1 $(MACHINE_TESTS) $(if $(SAID),> $(SAID) 2>&1)

package: $(DEV)  ## Build a wheel, and packages for Debian 12 and 13, in dist/
	@mkdir -p dist
	@$(BIN)/python -m hatchling build --target wheel --directory dist
	@systemd/deb/build 12 dist
	@systemd/deb/build 13 dist

bench: $(DEV) $(BENCH)  ## Measure, side by side in one run; the tables are kept in tests/bench/RESULTS.md
	$(BIN)/python -m tests.bench.drain
	$(BIN)/python -m tests.bench.crash
	$(BIN)/python -m tests.bench.lateness
	$(BIN)/python -m tests.bench.hosts
	$(BIN)/python -m tests.bench.growth

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
	@$(subst --extra build,,$(COMPILE)) --constraint requirements.lock tests/bench/requirements.in --output-file tests/bench/requirements.lock

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

# What else somebody might send with needs an environment of its own: the versions that it asks for are not ours.
$(BENCH): tests/bench/requirements.lock | $(DEV)
	@echo "Installing what tests/bench/requirements.lock names into $(VENV)/bench, once ..."
	@$(PYTHON) -m venv $(VENV)/bench
	@$(VENV)/bench/bin/python -m pip install -qq --require-hashes --requirement $<
	@touch $@

# Tests under a real systemd boot a container of Debian's own packages. Root can install them; for anybody else, and
# where they cannot be had, the tests are skipped and say why, except in CI, where they fail.
$(MACHINE): | $(RUNTIME)
	@if dpkg-query --show $(DEBIAN) > /dev/null 2>&1; then \
		touch $@; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		echo "Installing $(DEBIAN), once ..."; \
		apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(DEBIAN) > /dev/null && touch $@; \
	fi || true

$(PROMTOOL): | $(DEV)
	@$(BIN)/python -m tests.ops.promtool $@ || [ -z "$$CI" ]
