# make run    sets everything up and serves the demo table at http://127.0.0.1:8000
# make test   sets everything up and passes all tests
# make check  format, lint, types, architecture, migrations, lock files
# make fix    format and what the linters can mend
# make bench  speed against yardsticks, as ratios
# make bench-client  from a key in one browser to the change in another, memory of a tab, script
# make pictures  the documents' pictures anew, taken by the browser tests
# make shapes    the client's types of requests and answers anew (make check compares)
# make lock   write the lock files anew (needs uv)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
HAVE_CHROMIUM := test -x "$${CHROMIUM_PATH:-/usr/bin/chromium}"
CLIENT_SOURCES := $(shell find client -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: setup run check test fix migrate backup bench bench-client pictures shapes lock clean test-server test-client check-server check-client browser

setup: $(STAMPS)/python $(STAMPS)/client

run: setup
	$(BIN)/rowlock serve

check: check-server check-client

test: test-server test-client

check-server: $(STAMPS)/python
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.check_migrations
	$(BIN)/python -m tests.check_lock_files

check-client: $(STAMPS)/client $(STAMPS)/python
	$(BIN)/python -m tests.print_openapi >$(STAMPS)/openapi.json
	cd client && npm run shapes -- --check
	cd client && npm run check

# The types of the HTTP interface's requests and answers, for the client.
shapes: $(STAMPS)/modules $(STAMPS)/python
	$(BIN)/python -m tests.print_openapi >$(STAMPS)/openapi.json
	cd client && npm run shapes

test-server: $(STAMPS)/python
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-client: $(STAMPS)/client browser
	cd client && npm run test
	cd client && npm run size
	@if $(HAVE_CHROMIUM); then cd client && npm run e2e; \
	else echo "SKIPPED: the browser tests, since there is no Chromium here (set CHROMIUM_PATH to one)"; fi

fix: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd client && npm run fix

migrate: $(STAMPS)/python
	$(BIN)/alembic upgrade head

backup: $(STAMPS)/python
	$(BIN)/rowlock export backups/by-hand.csv --force

bench: $(STAMPS)/python
	$(BIN)/python -m bench

bench-client: $(STAMPS)/client browser
	cd client && npm run bench

pictures: $(STAMPS)/client browser
	cd client && PICTURES=1 npm run e2e -- accessibility --grep 1280

lock:
	uv pip compile $(LOCK_FLAGS) pyproject.toml -o requirements.lock
	uv pip compile $(LOCK_FLAGS) --extra dev pyproject.toml -o requirements-dev.lock

LOCK_FLAGS := --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --quiet

clean:
	rm -rf $(VENV) client/node_modules backend/rowlock/static .mypy_cache .ruff_cache .pytest_cache .hypothesis

# With uv where there is one, else with pip: both check the hashes. The lock names everything: left to look for what it
# needs, pip stumbles over a newer release of what is asked for with an extra (coverage[toml]). So it only checks after.
$(STAMPS)/python: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Rowlock needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	if command -v uv >/dev/null; then \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock && \
		uv pip install --quiet --python $(BIN)/python --no-deps -e . ; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
			--require-hashes -r requirements-dev.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e . && \
		$(BIN)/python -m pip check --disable-pip-version-check ; \
	fi
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/modules: client/package-lock.json client/package.json
	cd client && npm ci --no-audit --no-fund
	mkdir -p $(STAMPS) && touch $@

$(STAMPS)/client: $(STAMPS)/modules $(CLIENT_SOURCES)
	cd client && npm run build
	touch $@

# The browser tests need a Chromium; where one can be installed it is.
browser:
	@$(HAVE_CHROMIUM) || ( test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		apt-get update -qq && apt-get install -y -qq chromium >/dev/null ) || true
