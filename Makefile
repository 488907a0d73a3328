# `make` lists the targets. Everything runs in .venv, which is made on first use.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test gpu-python test-gpu sanitize bench-gpu test-all lint type format bench docs docs-test studies check clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/package: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/installed: .venv/package
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: .venv/package  ## a real protein, end to end: a table, a picture, files in output/
	$(BIN)/python -m chebtucker demo --output output

test: .venv/installed  ## the tests that take a few minutes
	$(BIN)/python -m pytest -q -m 'not slow'

# The GPU targets run with $(PYTHON) where that has CuPy, and install nothing there; else in .venv.
# Warnings of whatever versions there are do not end the tests.
HAS_CUPY = $(shell $(PYTHON) -c 'import cupy, pytest' 2>/dev/null && echo yes)
GPU = $(if $(HAS_CUPY),$(PYTHON),$(BIN)/python)
GPU_TESTS = $(GPU) -m pytest -q -rs -W default -m gpu
test-gpu sanitize bench-gpu: export PYTHONPATH = $(CURDIR)

gpu-python:
	@$(if $(HAS_CUPY),,$(MAKE) --no-print-directory .venv/installed)

test-gpu: gpu-python  ## the tests that need a CUDA device; each skips and says why without one
	$(GPU_TESTS) tests/test_cuda_*.py tests/test_bench_gpu.py

sanitize: gpu-python  ## the kernels on a device under compute-sanitizer
	@command -v compute-sanitizer >/dev/null || \
	  { echo 'compute-sanitizer is not there: it comes with the CUDA toolkit'; exit 2; }
	for tool in memcheck racecheck initcheck; do \
	  CHEBTUCKER_SANITIZE=1 compute-sanitizer --tool $$tool --error-exitcode 1 \
	    $(GPU_TESTS) tests/test_cuda_kernels.py || exit 1; \
	done

bench-gpu: gpu-python  ## the benchmark of CUDA devices: correctness, their rates, tables
	$(GPU) benchmarks/bench_gpu.py

test-all: .venv/installed  ## all tests, the large systems too
	$(BIN)/python -m pytest -q

lint: .venv/installed  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: .venv/installed  ## mypy, strict
	$(BIN)/mypy

format: .venv/installed  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/installed  ## benchmarks: Markdown tables, JSON in output/
	$(BIN)/python benchmarks/bench_potential.py
	$(BIN)/python benchmarks/bench_functions.py
	$(BIN)/python benchmarks/bench_functions.py --gallery
	$(BIN)/python benchmarks/bench_angular.py
	$(BIN)/python benchmarks/bench_distributed.py --quick

.venv/docs-installed: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,docs]'
	@touch $@

docs: .venv/docs-installed  ## the documentation, in output/site/index.html
	rm -rf output/site docs/gallery docs/api/generated
	$(BIN)/sphinx-build -q -E -W --keep-going -d output/doctrees docs output/site

docs-test: docs  ## the documentation in a headless Chromium: links, errors, requests
	$(BIN)/python -m pytest -q -m site

studies: .venv/package  ## the pages of docs/studies again, some minutes; DATA=folder of published files
	$(BIN)/python docs/make_studies.py $(if $(DATA),--data $(DATA))

check: lint type test  ## what must pass before a commit

clean:  ## remove the environment and what the demo wrote
	rm -rf .venv output docs/gallery docs/api/generated
