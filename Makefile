# make start   prepares everything and opens the course      (ARGS=--no-browser prints the address)
# make test    prepares everything and runs every test
# make masters runs the masters again after a change and writes release/ anew
# make widgets checks, tests and builds the front ends after a change in js/

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.ready

.PHONY: setup start test system widgets masters

setup: $(STAMP)

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 start")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev,grading]"
	touch $(STAMP)

start: setup
	$(BIN)/course start $(ARGS)

test: setup system js/node_modules
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

# Browser and sandbox are Debian packages: as root on Debian they install themselves, elsewhere they are named.
system:
	@sh tests/system_packages.sh

js/node_modules: js/package-lock.json
	cd js && npm ci --silent --no-audit --no-fund
	touch js/node_modules

widgets: js/node_modules
	cd js && npm run check && npm test && npm run build

EXECUTE := $(BIN)/jupyter nbconvert --to notebook --execute --inplace --log-level=ERROR \
	--ExecutePreprocessor.store_widget_state=False --ExecutePreprocessor.record_timing=False

masters: setup
	for unit in source/*/*.ipynb; do $(EXECUTE) $$unit || exit 1; done
	sed -i.bak -E 's/("model_id": ")[0-9a-f]+/\1widget/' source/*/*.ipynb  # they are random: each run would change all masters
	rm source/*/*.ipynb.bak
	$(BIN)/course release
