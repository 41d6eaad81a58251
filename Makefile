# Pingyi 评议: every target in one line of `make help`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8000
N ?= 200
HOST ?= 127.0.0.1
export PORT HOST
export PINGYI_HOME ?= $(CURDIR)/var

PY := .venv/bin/python
CATALOGUES := survey/web/translations
ENGLISH := $(CATALOGUES)/en/LC_MESSAGES/messages

.PHONY: help run setup setup-dev test lint types fmt messages bench proof proxy demo gallery docs requirements clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup ## set everything up, load the sample district and serve (PORT, HOST, PINGYI_HOME)
	@exec tools/serve

setup: .venv/installed $(ENGLISH).mo ## install what `make run` needs
	@tools/system check run

setup-dev: .venv/installed-dev $(ENGLISH).mo ## install what tests need beyond that
	@tools/system check test

.venv/installed: requirements.txt tools/system
	@tools/system install run
	@test -x $(PY) || python3 -m venv .venv
	$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt tools/system
	@tools/system install test
	@test -x $(PY) || python3 -m venv .venv
	$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch .venv/installed $@

$(ENGLISH).mo: $(ENGLISH).po | .venv/installed
	@.venv/bin/pybabel -q compile -d $(CATALOGUES)

test: setup-dev ## run the whole suite, on SQLite and PostgreSQL, browser journeys included
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: setup-dev ## check style, imports and spelling of names
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types: setup-dev ## check types
	.venv/bin/mypy

fmt: setup-dev ## format the code and mend what can be mended
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

messages: setup-dev ## collect the console's texts, so that new ones can be translated (see babel.cfg)
	$(PY) -m babel.messages.frontend -q extract -F babel.cfg -k lazy --add-location=file -o $(CATALOGUES)/messages.pot .
	.venv/bin/pybabel -q update -l en -i $(CATALOGUES)/messages.pot -d $(CATALOGUES) \
	  --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

bench: setup-dev ## print the benchmarks (ratios first)
	$(PY) -m bench

proof: setup-dev ## kill web, database and opener N times on each database: is an answer lost? (N=200)
	$(PY) -m tests.proof -n $(N)
	$(PY) -m tests.proof.items -n $(N)

proxy: N = 10000
proxy: setup-dev ## send N forms through a network that drops, delays, doubles and lies (N=10000)
	$(PY) -m tests.network -n $(N)

demo: setup ## load the sample district and let simulated residents answer
	.venv/bin/flask demo load
	.venv/bin/flask demo answer --count 2000

gallery: setup-dev ## take the pictures of docs/gallery.md again
	$(PY) tools/gallery.py

docs: setup-dev ## take the pictures of README and docs again
	$(PY) tools/screenshots.py

requirements: ## resolve dependencies again (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q pyproject.toml -o requirements.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q --group dev pyproject.toml -c requirements.txt -o requirements-dev.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q --group signing -c requirements-dev.txt -o requirements-signing.txt

clean: ## remove the environment and caches; the data folder stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
