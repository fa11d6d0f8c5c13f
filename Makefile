# Ebelge. `make` alone lists the commands. Needs Python 3.11-3.13 and make; everything else it brings itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV  := .venv
PY    := $(VENV)/bin/python
READY := $(VENV)/.ready
# What pages bring to the browser: from npm by its lock file; Node.js comes with the Python packages.
NODE_READY := node_modules/.ready
ASSETS := platform/ebelge/web/static/vendor/icons.svg
PAGES := $(shell find platform/ebelge/web -name '*.html' -o -name '*.py')
# An interpreter that is gone (another user, an upgrade) takes its packages with it: make looks at dates only.
_     := $(shell [ -x $(PY) ] || rm -f $(READY))
PIP   := $(PY) -m pip --disable-pip-version-check --quiet
DEBIAN_15 := /usr/lib/postgresql/15/bin
FAST  := not slow and not faults
# Every folder is a run of its own with servers of its own, LANES of them at a time, the longest first. Who has more
# than two processors says so (make test LANES=4); what a container may use of its machine's cannot be asked simply.
LONG := tests/jobs tests/house tests/faults tests/web tests/browser tests/api tests/documents tests/journeys tests/walks \
  tests/bank tests/checkout tests/returns tests/people tests/reconciliation tests/reseller_pages tests/gib
FOLDERS = $(LONG) $(filter-out $(LONG),$(patsubst %/,%,$(sort $(dir $(wildcard tests/*/test_*.py)))))
LANES := 2

.PHONY: help setup run demo test check bench rounds faults screenshots lint compiled postgres-15 tools clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) $(ASSETS) compiled ## make the virtual environment and install the locked packages

# The interpreter must be able to make virtual environments (on Debian: package python3-venv).
$(PY):
	@fits='import sys, venv, ensurepip; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))'; \
	choose() { for name in $$PYTHON python3 python3.13 python3.12 python3.11 /usr/bin/python3; do \
	  if command -v "$$name" >/dev/null 2>&1 && "$$name" -c "$$fits" 2>/dev/null; then echo "$$name"; return; fi; done; }; \
	chosen=$$(choose); \
	if [ -z "$$chosen" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "== installing python3-venv"; \
	  apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && chosen=$$(choose); fi; \
	if [ -z "$$chosen" ]; then \
	  echo "No Python 3.11, 3.12 or 3.13 with the venv module is on this machine. On Debian and Ubuntu:" \
	       "apt-get install python3-venv. Or name one: make PYTHON=/path/to/python3.12 setup" >&2; exit 1; fi; \
	echo "== virtual environment in $(VENV) ($$("$$chosen" --version))"; \
	rm -rf $(VENV) && "$$chosen" -m venv $(VENV)

$(READY): requirements.lock pyproject.toml | $(PY)
	@echo "== installing the locked packages (one to three minutes the first time)"
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Where Python is told to keep nothing compiled (images of CI are), every process would compile our sources anew.
compiled: $(READY)
	@$(PY) -m compileall -q platform/ebelge billing tenants

$(NODE_READY): package.json package-lock.json .npmrc $(READY)
	@echo "== installing the locked packages of the pages"
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/npm ci --no-progress --loglevel=error >/dev/null
	@touch $@

$(ASSETS): $(NODE_READY) platform/ebelge/devstack/assets.py $(PAGES)
	@$(PY) -m ebelge.devstack.assets && touch $@

run: $(READY) $(ASSETS) compiled ## the whole product on this machine; Ctrl-C stops all of it
	@exec $(PY) -m ebelge.devstack run --tied

demo: $(READY) $(ASSETS) compiled ## send real documents of every kind through it and prove what became of them
	@exec $(PY) -m ebelge.devstack demo --tied

lint: $(READY) | build
	@echo "== ruff"
	@$(VENV)/bin/ruff check --quiet .
	@echo "== mypy --strict"
	@$(VENV)/bin/mypy platform/ebelge billing tenants
	@echo "== who may import whom"
	@$(VENV)/bin/lint-imports --no-logo >build/imports.log 2>&1 || { cat build/imports.log; exit 1; }
	@tail -n 1 build/imports.log

check: build $(ASSETS) lint ## ruff, mypy --strict, import contracts, fast tests
	@exec $(PY) -m pytest -q -m "$(FAST)"

# What runs beside each other: the checkers, the ledger on PostgreSQL 15, and every folder.
test: $(READY) $(ASSETS) compiled build tools ## everything that CI runs, on a fresh machine
	@echo "== checkers, PostgreSQL 15 and tests folder by folder, $(LANES) at a time"
	@exec $(PY) tests/lanes.py --lanes $(LANES) $(FOLDERS) -- $(MAKE) lint -- $(MAKE) postgres-15

screenshots: $(READY) $(ASSETS) compiled build tools ## the main pages, wide and narrow, into build/screenshots (NAME=overview for one)
	@exec $(PY) -m tests.browser.screenshots $(NAME)

rounds: $(READY) $(ASSETS) compiled build tools ## every page of everybody in Chromium (axe, light and dark), all journeys
	@$(PY) -m pytest -q tests/journeys
	@exec $(PY) -m pytest -q tests/browser

postgres-15: $(READY) $(ASSETS)
	@if [ -x $(DEBIAN_15)/postgres ]; then \
	  EBELGE_POSTGRES_BIN=$(DEBIAN_15) $(PY) -m pytest -q -m "not faults" \
	    $(wildcard tests/ledger tests/outbox tests/isolation tests/house/test_services.py); \
	else echo "PostgreSQL 15 is not here: skipped (apt-get install postgresql-15)"; fi

bench: $(READY) $(ASSETS) compiled build ## benchmarks beside their physical limits (NAME=sign for one); writes build/bench.json
	@exec $(PY) -m ebelge.devstack.bench $(if $(NAME),--name $(NAME)) --out build/bench.json

faults: $(READY) $(ASSETS) compiled build ## kills, wipes, restarts, restore; invariants after each
	@EBELGE_STORM_SIZE=$${EBELGE_STORM_SIZE:-25} exec $(PY) -m pytest -v -m faults

build:
	@mkdir -p build

# What some tests need beside Python: an HSM in software, independent verifiers and readers, Debian's
# servers, fonts, a browser.
tools:
	@missing=""; \
	command -v softhsm2-util >/dev/null || missing="$$missing softhsm2"; \
	command -v xmlsec1 >/dev/null || missing="$$missing xmlsec1"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	[ -x $(DEBIAN_15)/postgres ] || missing="$$missing postgresql-15"; \
	ldconfig -p 2>/dev/null | grep -q libpangoft2-1.0 \
	  || missing="$$missing libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"; \
	[ -d /usr/share/fonts/truetype/liberation ] || missing="$$missing fonts-liberation fonts-dejavu-core"; \
	command -v zbarimg >/dev/null || missing="$$missing zbar-tools"; \
	command -v qpdf >/dev/null || missing="$$missing qpdf"; \
	command -v pdftotext >/dev/null || missing="$$missing poppler-utils"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	if [ -n "$$missing" ]; then \
	  sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	  if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then \
	    echo "== installing$$missing"; \
	    $$sudo apt-get update -qq || true; \
	    for name in $$missing; do \
	      $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$name \
	        >build/apt.log 2>&1 || echo "   $$name could not be installed (see build/apt.log): its tests are skipped"; \
	    done; \
	  else echo "== not installed:$$missing; their tests are skipped. As root: apt-get install$$missing"; fi; \
	fi

clean: ## remove the virtual environment and what was built; data in var/ stays
	@rm -rf $(VENV) node_modules platform/ebelge/web/static/vendor build .mypy_cache .ruff_cache .pytest_cache
