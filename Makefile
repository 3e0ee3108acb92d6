# simlab: `make help` lists what there is to do.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test bench lint type report site clean-cache clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.run: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.test: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $(VENV)/.run $@

tests/node_modules/.set-up: tests/package-lock.json
	@if command -v npm >/dev/null; then \
	    if npm ci --prefix tests --silent --ignore-scripts --no-audit --no-fund \
	        --fetch-retries=1 --fetch-retry-mintimeout=1000 >/dev/null 2>&1; \
	    then touch $@; else echo "npm could not install axe-core: its tests will skip"; fi; fi

run: $(VENV)/.run  ## set up .venv, simulate compounding, replay published figures, say where the reports are
	@$(BIN)/simlab run compounding --K 1 4 8
	@$(BIN)/simlab replay mirage

test: $(VENV)/.test tests/node_modules/.set-up  ## set up what the tests need; style, types, the whole suite
	@$(MAKE) --no-print-directory lint type
	@$(BIN)/python -m pytest -q -n auto

lint: $(VENV)/.test  ## ruff: style and format
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .

type: $(VENV)/.test  ## mypy --strict
	@$(BIN)/mypy

bench:  ## speed against peers, in an environment of their own
	@$(MAKE) --no-print-directory -C tests/benchmarks PYTHON=$(PYTHON)

report: $(VENV)/.run  ## run every scenario with its defaults; a gallery that leads to their pages
	@$(BIN)/simlab report --gallery

$(VENV)/.docs: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $(VENV)/.run $@

site: $(VENV)/.docs  ## build the documentation in site/; runs every scenario once for its figures
	@$(BIN)/sphinx-build -q -E -W --keep-going -d build/doctrees docs site
	@echo "open site/index.html"

clean-cache: $(VENV)/.run  ## drop compiled kernels and other caches of simlab
	@$(BIN)/python -c "from simlab.cache import cache_root; import shutil; shutil.rmtree(cache_root(), ignore_errors=True)"

clean:  ## drop the environments, caches of tools and build results
	rm -rf $(VENV) .bench-venv tests/node_modules build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
