# SPDX-License-Identifier: Apache-2.0
# One door: `make demo` and `make test` work in a fresh clone that has only Python 3.11 (or newer) and pip.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=
KIND ?= mbus
RUN := .venv/bin/python
# The servers for tests and tools: DATABASE_URL and REDIS_URL where set, else embedded ones without fsync.
WITH_SERVERS := $(RUN) -m config.embedded --fast run --

.PHONY: help setup demo test check bench lint types fix seed up lock messages compile-messages cases decode \
	screenshots soak vendor clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: ## Virtual environment, locked packages, front end, translations, system libraries
	@$(PYTHON) scripts/setup.py

demo: setup ## The whole product on real data; ARGS=--once ends by itself
	@$(RUN) -m config.demo $(ARGS)

test: setup ## Every test, the quick ones first; or pytest with ARGS
	@$(WITH_SERVERS) $(RUN) $(if $(ARGS),-m pytest -m "not soak" $(ARGS),scripts/check.py tests)

check: setup ## What the CI runs: lint, types, contracts, messages, tests, tests on a second PostgreSQL
	@$(WITH_SERVERS) $(RUN) scripts/check.py $(ARGS)

bench: setup ## Measured against peers; ratios go to var/bench
	@$(WITH_SERVERS) $(RUN) -m benchmarks $(ARGS)

lint: ## Style, layers, templates, locks
	@$(RUN) scripts/check.py lint

types: ## mypy
	@$(RUN) scripts/check.py types

fix: ## What the machine can mend itself
	@$(RUN) -m ruff check --fix . ; $(RUN) -m ruff format .

seed: setup ## Fill an empty database with the demo's organizations, without starting anything
	@$(RUN) -m config.demo --seed $(ARGS)

up: ## The production services of docker-compose.yml
	@docker compose up --build --detach $(ARGS)

lock: ## Lock the Python and front-end packages again; ARGS=--upgrade takes newer ones
	@$(RUN) scripts/lock.py write $(ARGS)

messages: ## Extract the strings to translate (needs gettext)
	@$(RUN) -m config.messages extract

compile-messages: ## Translations into the form that Django reads
	@$(RUN) -m config.messages compile

cases: ## Worked cases: FILE=path.yaml
	@$(RUN) -m billing.cases $(FILE)

decode: ## Telegrams: KIND=mbus|modbus|counter FILE=path
	@$(RUN) -m gateway_bridge.decode $(KIND) $(FILE)

screenshots: setup ## Four roles, phone and desktop, light and dark, into var/
	@$(RUN) -m config.screenshots $(ARGS)

soak: setup ## The slow tests
	@$(WITH_SERVERS) $(RUN) -m pytest -m soak $(ARGS)

vendor: ## Front-end files into static/vendor
	@$(RUN) scripts/vendor.py

clean: ## Stop the servers and remove what set-up and runs have made (databases too)
	@-$(RUN) -m config.embedded stop; $(RUN) -m config.embedded --fast stop
	@rm -rf .venv node_modules static/vendor staticfiles var .mypy_cache .ruff_cache .import_linter_cache .hypothesis
