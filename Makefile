# make start   prepares everything and opens the course      (ARGS=--no-browser prints the address)
# make test    prepares everything and runs every test
# make masters runs the masters again after a change and writes release/ anew

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: setup start test masters widgets browser

setup: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 start")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,grading]"
	touch $(STAMP)

start: setup
	$(BIN)/course start $(ARGS)

test: setup browser
	$(BIN)/python -m pytest $(ARGS)

# The browser tests and the sandbox need two Debian packages; as root on Debian they install themselves.
browser:
	@sh tests/system_packages.sh

widgets:
	cd js && npm ci --no-audit --no-fund && npm run check && npm test && npm run build

EXECUTE := $(BIN)/jupyter nbconvert --to notebook --execute --inplace --log-level=ERROR \
	--ExecutePreprocessor.store_widget_state=False --ExecutePreprocessor.record_timing=False

masters: setup
	for unit in source/*/*.ipynb; do $(EXECUTE) $$unit || exit 1; done
	$(BIN)/course release
