# make demo      the default study, offline: minutes on a laptop
# make test      the everyday tests;  make test-all  the slow ones too
# make lint      style and Snakemake's own lint
# make env       the environment alone
PYTHON ?= python3
CORES ?= 2
# For a machine that should get torch without CUDA: make env PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"
PIP_ARGS ?=
# More words for the run of make demo.
ARGS =
BIN := .venv/bin
# Tests in processes of their own, a file's together (tests/conftest.py).
PROCESSES := --numprocesses $(CORES) --dist loadscope --no-loadscope-reorder

.PHONY: demo test test-all lint env clean-env

demo: env
	$(BIN)/snakemake --cores $(CORES) --configfile config.yaml $(ARGS)

test: env
	$(BIN)/python -m pytest $(PROCESSES) -m "not slow"

test-all: env
	$(BIN)/python -m pytest $(PROCESSES)

lint: env
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

env: .venv/complete

# torch first and with what it needs: on Linux its CUDA libraries are packages of their own, which no lock for all
# machines can name. Everything else exactly as locked.
.venv/complete: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) --constraint requirements.lock $$(grep '^torch==' requirements.lock)
	$(BIN)/python -m pip install --quiet --no-deps --requirement requirements.lock
	@touch $@

clean-env:
	rm -rf .venv
