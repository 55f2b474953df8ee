# kefu: `make help` says what there is. Settings: environment variables or .env, prefix KEFU_.

PYTHON ?= $(shell infra/setup/python.sh)
VENV := .venv
BIN := $(VENV)/bin
SHARE := $(VENV)/share/kefu
DONE := $(SHARE)/done
UV := VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet
JARS := $(DONE)/jars-kafka $(DONE)/jars-flink $(DONE)/jars-pages
KEFU_HOME ?= $(or $(shell sed -n 's/^KEFU_HOME=//p' .env 2>/dev/null),.kefu)

SHARED := --numprocesses=2 --dist=loadfile --no-loadscope-reorder

MAKEFLAGS += --jobs=3
# Without Python's compiled files every process compiles its libraries again: two seconds of each start.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: run test check bench clean-state help setup needs

run: setup ## set up what is missing, start everything, until Ctrl-C
	@exec $(BIN)/kefu up

test: $(DONE)/dev $(JARS) ## set up what is missing, run every test on the real parts
	@$(BIN)/python -m pytest $(SHARED)

check: $(DONE)/dev ## lint, types, unit tests: under a minute
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python -m pytest --quiet $(SHARED) tests/unit tests/contract tests/agents

bench: $(DONE)/dev $(JARS) $(DONE)/bench ## run the benchmarks, print their table
	@$(BIN)/kefu bench

clean-state: ## remove all state: topics, tables, logs
	@infra/setup/clean.sh "$(KEFU_HOME)"

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 @\2/p' Makefile | column -t -s @

setup: $(DONE)/run $(JARS) ## set up what is missing, start nothing

needs:
	@infra/setup/needs.sh "$(PYTHON)" $(VENV)

$(DONE)/venv: infra/setup/uv.txt | needs
	@echo "setup: Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r infra/setup/uv.txt
	@mkdir -p $(DONE) && touch $@

$(DONE)/run: requirements.lock pyproject.toml $(DONE)/venv
	@echo "setup: Python packages"
	@$(UV) --require-hashes -r requirements.lock
	@$(UV) --no-deps --editable .
	@touch $@

$(DONE)/dev: requirements-dev.lock pyproject.toml $(DONE)/venv
	@echo "setup: Python packages, those of the tests included"
	@$(UV) --require-hashes -r requirements-dev.lock
	@$(UV) --no-deps --editable .
	@touch $@ $(DONE)/run

$(DONE)/bench: requirements-bench.lock $(DONE)/venv
	@echo "setup: the peers of the benchmarks in .venv-bench"
	@$(PYTHON) -m venv .venv-bench
	@VIRTUAL_ENV=.venv-bench $(BIN)/uv pip install --quiet --require-hashes -r requirements-bench.lock
	@touch $@

$(DONE)/jars-%: infra/jars/%/pom.xml infra/setup/jars.sh | $(DONE)/venv
	@echo "setup: jars of $*"
	@infra/setup/jars.sh $< $(SHARE)/jars/$*
	@touch $@
