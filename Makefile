# Two commands on a fresh machine: `make demo` and `make test`. Both need Python 3.11 or newer, make and a package index.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check faults bench lock

.venv: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch .venv/ready

demo: .venv
	$(BIN)/roaming-gateway demo

check: .venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/basedpyright --level error
	$(BIN)/lint-imports --no-logo

# The fault harness forks, so it runs in a process without threads of its own.
WORKERS ?= 2
test: check
	$(BIN)/python -m pytest -n $(WORKERS) --ignore=tests/faults
	$(BIN)/python -m pytest tests/faults

# Kills workers, loses answers, cuts databases; PostgreSQL too where ROAMING_GATEWAY_TEST_POSTGRES names a server.
ROUNDS ?= 100
GATHER ?= 10000
faults: .venv
	$(BIN)/python -m tests.faults --rounds $(ROUNDS) --gather $(GATHER)

# What is measured of OICP is chosen by OICP="--only crawl --crawl 200000"; FastAPI beside it needs the extra `bench`.
OICP ?=
# The same of OCHP: OCHP="--sizes 1000 10000" leaves out the list of 100,000, which takes minutes and gigabytes as a whole.
OCHP ?=
bench: .venv
	$(BIN)/python benchmarks/wire.py
	$(BIN)/python benchmarks/delivery.py
	$(BIN)/python benchmarks/publishing.py
	$(BIN)/python benchmarks/oicp.py $(OICP)
	$(BIN)/python benchmarks/ochp.py $(OCHP)

# Pins everything anew, with hashes and without any host name.
lock: .venv
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--extra bench --extra dev --extra postgres --extra zeep --python-version 3.11 pyproject.toml -o requirements.lock
