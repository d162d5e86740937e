# Everything here works on a machine that has Python 3.11 or newer with venv and pip, and nothing else.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow lint format bench bench-retrieval clean

help:  ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.all  ## make .venv with everything in it

demo: $(VENV)/.base  ## the whole chain on small generated clips, with no key and no network
	$(BIN)/vibekit demo vibekit-demo

test: $(VENV)/.all  ## run the tests that are quick
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(VENV)/.all  ## run the others: kills, browsers, documents, the wheel
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.all  ## formatting, rules, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.all  ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.all  ## measure, and write bench.json
	$(BIN)/python -m benchmarks

bench-retrieval: $(VENV)/.all  ## measure restricted search beside other engines (half an hour, 9 GB)
	-$(PIP) -e '.[bench-hnswlib]'
	$(BIN)/python -m benchmarks retrieval --docs docs

clean:  ## remove .venv and everything that was made
	rm -rf $(VENV) dist build bench.json bench-clips.html vibekit-demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "no Python found: install Python 3.11 or newer, or say: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11; say: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e .
	@touch $@

$(VENV)/.all: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e '.[decord,openai,student,siglip2,text,ray,bench,dev]'
	@touch $(VENV)/.base $@
