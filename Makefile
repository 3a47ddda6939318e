# `make run` and `make test` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test lint format console chaos packaging bench bench-mixed bench-scale bench-sockets bench-growth bench-commands bench-ui wire openapi documents clean

# Without a network the first build of the console fails; everything else goes on without it.
run: $(READY)
	$(BIN)/python tools/build_console.py --if-possible
	$(BIN)/voltaro serve

test: $(READY)
	$(BIN)/python tools/build_console.py --if-possible
	$(BIN)/python -m pytest

# Builds the console if it is older than its sources in web/.
console: $(READY)
	$(BIN)/python tools/build_console.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/build_console.py --check

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A longer chaos run than the one in `make test`.
chaos: $(READY)
	VOLTARO_CHAOS_SECONDS=300 $(BIN)/python -m pytest -m chaos -s

# Builds the wheel and the Dockerfile's steps, installs them into clean environments, starts them.
packaging: $(READY)
	$(BIN)/python -m pytest -m packaging
	$(BIN)/python tools/check_dockerfile.py

# Voltaro and the frozen baseline in turns, about five minutes; docs/performance.md
bench: $(READY)
	$(BIN)/python benchmarks/throughput.py

# Stations of 1.6, 2.0.1 and 2.1 side by side; about one minute.
bench-mixed: $(READY)
	$(BIN)/python benchmarks/mixed.py

# As many sockets as the limit of open files allows, and a storm of reconnects; about four minutes.
bench-scale: $(READY)
	$(BIN)/python benchmarks/scale.py

# What carries the messages, beside the servers of other packages; about three minutes.
bench-sockets: $(READY)
	$(BIN)/python -m pip install --quiet -r benchmarks/requirements-sockets.txt
	$(BIN)/python benchmarks/sockets.py

# Whether anything grows while a fleet works, comes and goes; a quarter of an hour.
bench-soak: $(READY)
	$(BIN)/python benchmarks/soak.py

# A database with ten million readings against a small one.
bench-growth: $(READY)
	$(BIN)/python benchmarks/growth.py

# Commands to many stations, with silent ones among them.
bench-commands: $(READY)
	$(BIN)/python benchmarks/commands.py

# Frames per second of the console's list of stations, in a browser; docs/operate/console.md
bench-ui: $(READY) console
	$(BIN)/python benchmarks/console.py

# Writes docs/openapi.json anew from the code.
openapi: $(READY)
	$(BIN)/python tools/write_openapi.py

# Writes the wire types anew from the schemas of the installed ocpp package.
wire: $(READY)
	$(BIN)/python tools/generate_wire.py

# Writes the generated parts of the documents anew.
documents: $(READY)
	$(BIN)/python tools/generate_metrics_doc.py
	$(BIN)/python tools/generate_certification_doc.py
	$(BIN)/python tools/generate_messages_doc.py

$(READY): requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Voltaro needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV) build dist web/node_modules src/voltaro/_ui
