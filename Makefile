# `make up` and `make test` install everything they need. `make` alone lists the commands.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
STAMP := .venv/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup up test test-crash check bench docs clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv with everything in it

$(STAMP): pyproject.toml
	@scripts/setup

up: setup ## run the example application; stop with Ctrl-C
	@.venv/bin/serein up examples/orders

test: setup ## run all tests; names what it skips, and why
	@$(PY) -m pytest -rsR -n 3 --dist worksteal $(ARGS)

test-crash: setup ## kill the server many more times than `make test` does (KILLS=500)
	@SEREIN_CRASH_KILLS=$${KILLS:-500} $(PY) -m pytest tests/crash

check: setup ## format, lint, types, imports
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports

bench: setup ## measure Serein and its peers side by side
	@$(PY) -m bench $(ARGS)

docs: setup ## write the generated pages of docs/
	@$(PY) -m scripts.operations && $(PY) -m scripts.command_line

clean: ## remove what the commands above made
	@rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache bench/results examples/*/.serein
