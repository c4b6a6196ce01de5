# One virtual environment in .venv, made from hashed pins; every target makes sure it is there.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
UV ?= uv
ARGS ?=
LOCK := --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick faults browser check docs format bench soak nodes crashes verifier wheel bundle deb sbom audit lock clean

help: ## show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: $(STAMP) ## make .venv with everything that is needed

# .venv must be a whole environment: one whose python is gone or cannot install (a half-made one) is made again.
$(STAMP): pyproject.toml requirements/build.txt requirements/dev.txt requirements/find-python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	    python=$$(requirements/find-python) && rm -rf $(VENV) && "$$python" -m venv $(VENV); }
	@echo "Installing into $(VENV) (a minute or two the first time)" >&2
	@$(PIP) install --require-hashes -r requirements/build.txt -r requirements/dev.txt >&2
	@$(PIP) install --no-build-isolation --no-deps --editable . >&2
	@touch $@

demo: $(STAMP) ## three systems on this machine and the connector between them; ARGS="--cases 300 --once --json"
	@$(BIN)/phanhoi demo $(ARGS)

test: $(STAMP) ## all tests, one process for each core; each file's tests stay together, each process has a server of its own
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

quick: $(STAMP) ## the tests that take less than ten seconds each
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not (slow or faults or soak or browser)" $(ARGS)

faults: $(STAMP) ## kills, crash points, a storm, a sick server room, the state machine, in short forms (some ten minutes)
	@$(BIN)/python -m pytest -m faults $(ARGS)

browser: $(STAMP) ## the console's journeys in a real Chromium (CHROMIUM=/usr/bin/chromium); screenshots in build/screenshots
	@$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

check: $(STAMP) ## lint, format, types, house rules of importing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(STAMP) ## the manual as a site in build/site, to be opened from there; a broken link is an error
	@$(BIN)/properdocs build --strict --quiet --config-file mkdocs.yml
	@echo build/site/index.vi.html

format: $(STAMP) ## bring the code into the house format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# what we are compared with is needed by nobody else
$(STAMP)-bench: $(STAMP) requirements/bench.txt
	@$(PIP) install --require-hashes -r requirements/bench.txt >&2
	@touch $@

bench: $(STAMP)-bench ## measure: one table of speed, memory and latency with its goals; ARGS is handed on (docs/performance.md)
	@$(BIN)/python -m bench $(ARGS)

crashes: $(STAMP) ## let the connector die at every point of every kind of write (many minutes)
	@$(BIN)/python -m pytest -m soak tests/acceptance/test_crash_product.py $(ARGS)

soak: $(STAMP) ## many cases under faults and kills; ARGS="--cases 10000 --profile worst --seed 7"
	@$(BIN)/python -m adapters.demo.soak $(ARGS)

nodes: $(STAMP) ## several connectors on hosts of their own, cut off and killed (root; iproute2); ARGS="--cases 20000"
	@$(BIN)/python -m adapters.demo.nodes $(ARGS)

verifier: $(STAMP) ## the log's verifier as one file: dist/phanhoi-verify.pyz
	@$(BIN)/python deploy/make_verifier.py

wheel: $(STAMP) ## wheel and sdist in dist/, reproducible
	@$(BIN)/python deploy/make_wheel.py $(ARGS)

bundle: $(STAMP) ## all wheels, installer, manual and checksums as one file, for machines without a network
	@$(BIN)/python deploy/make_bundle.py $(ARGS)

deb: $(STAMP) ## the offline bundle as a Debian package (needs dpkg-deb)
	@$(BIN)/python deploy/make_deb.py $(ARGS)

sbom: $(STAMP) ## bill of materials (CycloneDX) and licence report in dist/
	@$(BIN)/python deploy/make_sbom.py $(ARGS)

# asks the advisory service of the package index: needed by nobody who only builds or tests
$(STAMP)-audit: $(STAMP) requirements/audit.txt
	@$(PIP) install --require-hashes -r requirements/audit.txt >&2
	@touch $@

audit: $(STAMP)-audit ## known vulnerabilities of everything that is pinned (needs a network; docs/threat-model.md)
	@$(BIN)/python deploy/make_audit.py $(ARGS)

lock: ## pin requirements anew from pyproject.toml (needs uv; see CONTRIBUTING.md)
	$(UV) pip compile $(LOCK) requirements/build.in --output-file requirements/build.txt
	$(UV) pip compile $(LOCK) pyproject.toml --extra dev --output-file requirements/dev.txt
	@# what is shipped is what was tested: the same versions, less what only development needs
	$(UV) pip compile $(LOCK) pyproject.toml --constraint requirements/dev.txt --output-file requirements/runtime.txt
	$(UV) pip compile $(LOCK) pyproject.toml --extra bench --constraint requirements/dev.txt --output-file requirements/bench.txt
	$(UV) pip compile $(LOCK) pyproject.toml --extra audit --constraint requirements/dev.txt --output-file requirements/audit.txt
	$(UV) pip compile $(LOCK) pyproject.toml --extra otel --constraint requirements/dev.txt --output-file requirements/otel.txt

clean: ## remove what was made here; never var/ (the demo's data)
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
