# make env | demo | test | lint | bench        PYTHON=python3.12 picks another interpreter for the environment

PYTHON ?= python3
DEMO ?= examples/stuck/train.py
BENCH ?=

# What is run inside the environment finds its own tools first.
BIN := .venv/bin
# Made last, so that an installation that was interrupted is begun again.
STAMP := .venv/.complete

.PHONY: env demo test lint bench

env: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("unstuck needs Python 3.10 or newer: make env PYTHON=python3.11" if sys.version_info < (3, 10) else 0)'
	@echo "making .venv: about 1.5 GB with a CPU build of torch, a minute or two"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: env
	$(BIN)/unstuck debug $(DEMO)

test: env
	$(BIN)/python -m pytest -n auto

lint: env
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: env
	$(BIN)/python -m bench $(BENCH)
