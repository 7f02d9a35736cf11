# Two commands for a newcomer: `make demo`, `make test`. Both install what they need into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
# Other systems take fewer by default: 用友 saves and audits orders one at a time.
CUSTOMERS ?= $(if $(SYSTEMS),200,2000)
ORDERS ?= $(if $(SYSTEMS),300,5000)
UNIT := tests/unit tests/sync

.PHONY: demo test unit check install system-packages nocobase bench clean

demo: $(STAMP)
	$(BIN)/hub demo --customers $(CUSTOMERS) --orders $(ORDERS) $(if $(SYSTEMS),--systems $(SYSTEMS)) $(if $(SERVE),--serve)

# Three workers on two CPUs: a third of the time they wait for servers.
# Everything: lint, types, import rules, mappings, unit, sync, contract, referee and end-to-end tests.
test: system-packages $(TEST_STAMP) check
	$(BIN)/python -m pytest -n 3 --dist loadgroup -m "not serial"
	$(BIN)/python -m pytest -m serial

# The fast layer, for every save.
unit: $(TEST_STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow and not serial" $(UNIT)

check: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hub mappings check mappings/*/*.yaml

# The main job with NocoBase itself, from npm (the first time fetches it: minutes). Needs Node 18 or newer.
nocobase: system-packages $(TEST_STAMP)
	NOCOBASE_DIR=$(VENV)/nocobase $(BIN)/python -m pytest tests/nocobase

bench: $(TEST_STAMP) system-packages
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraints constraints.txt -e '.[test,check,bench]'
	$(BIN)/python -m bench.run $(BENCH)

install: $(TEST_STAMP)

# PostgreSQL for the tests that run against the real server: from Debian's packages where we may install them.
system-packages:
	@if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null; \
	  else \
	    echo "PostgreSQL is not installed: apt-get install postgresql (tests against it will fail)"; \
	  fi; \
	fi

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(STAMP): pyproject.toml constraints.txt | $(BIN)/uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraints constraints.txt -e .
	touch $@

$(TEST_STAMP): pyproject.toml constraints.txt | $(BIN)/uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraints constraints.txt -e '.[test,check]'
	touch $(STAMP) $@

clean:
	rm -rf $(VENV) .venv-referees .venv-tryton .hub .pytest_cache .mypy_cache .ruff_cache
