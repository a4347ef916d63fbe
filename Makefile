# Every target makes .venv by itself and installs what it needs; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
ARGS ?=
# What is soaked may take longer than pyproject.toml allows a test.
PATIENT := -o timeout=3600 -o faulthandler_timeout=3700

export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test check golden bench bench-peers newest soak crash clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target what; do \
		printf '  make %-11s %s\n' "$$target" "$$what"; done

demo: $(READY)  ## build the example store and run the main job on it: take over, plan, apply, check, history, restore
	@examples/store/demo.sh

test: $(READY)  ## run the tests, all but the soak (ARGS='-k name' for pytest)
	$(BIN)/python -m pytest -m "not soak" -n auto $(ARGS)

check: $(READY)  ## check format, lint, types and the contracts between the rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

golden: $(READY)  ## rewrite the expected plans and transcripts; read the diff before you commit it
	$(BIN)/python -m pytest tests/corpus --update
	UPDATE_TRANSCRIPTS=1 $(BIN)/python -m pytest tests/cli/test_transcripts.py tests/docs/test_store_example.py

bench: $(READY)  ## measure, as ratios to floors of the same run: some minutes (ARGS=--full for 5,000,000 rows)
	$(BIN)/python tests/bench/bench.py $(ARGS)

bench-peers: $(READY) .venv-peers/.installed  ## make the same changes with Alembic, Django, sqlite-utils and peewee
	$(BIN)/python tests/bench/peers.py $(ARGS)

newest: $(READY)  ## run corpus, unit and property tests on the newest SQLite from PyPI (SQLITE_FROM=apsw: another)
	PYTHONPATH=tests/newest $(BIN)/python -c 'import sqlite3; print("SQLite", sqlite3.sqlite_version)'
	PYTHONPATH=tests/newest $(BIN)/python -m pytest -m "not soak" -n auto tests/corpus tests/unit $(ARGS)
	PYTHONPATH=tests/newest $(BIN)/python -m pytest -m "not soak" -n auto tests/property $(ARGS)

crash: $(READY)  ## kill the program at every call, cut its power, and let every call fail; prints what was tried
	$(BIN)/python -m pytest tests/crash -n auto $(PATIENT) $(ARGS)

soak: $(READY) crash  ## run the tests that take minutes, the crashes, and the properties by many random examples
	$(BIN)/python -m pytest -m soak --ignore=tests/crash --ignore=tests/property -n auto $(PATIENT) $(ARGS)
	$(BIN)/python -m pytest -m soak tests/property/test_mutants.py -n auto $(PATIENT) $(ARGS)
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest tests/property --ignore=tests/property/test_mutants.py -n auto \
		$(PATIENT) $(ARGS)

clean:  ## remove everything that make made, .venv included
	rm -rf $(VENV) .venv-peers build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf examples/store/backups examples/store/store.db*
	find reconcile tests examples -name __pycache__ -type d -prune -exec rm -rf {} +

# pip can read [dependency-groups] from 25.1 on; where it is new enough, nothing is fetched for it.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "reconcile needs Python 3.11 or newer, and '$(PYTHON)' is not:"; $(PYTHON) --version; \
		echo "Name another one:  make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip' || { \
		echo "'$(PYTHON)' cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv"; \
		exit 1; } >&2
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@$(BIN)/python -m pip install --quiet --only-binary :all: --group oracles || \
		echo "no wheels of other SQLites for this platform: the tests that need them are skipped" >&2
	@touch $@

# Other tools, in an environment of their own: what they bring along may not reach ours.
.venv-peers/.installed:
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet alembic django sqlite-utils peewee
	@touch $@
