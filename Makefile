# make report   the whole study and its book      (STUDY=name or path of a parameter file)
# make test     all tests, from scratch
# make lab      the notebooks in JupyterLab

PYTHON ?= $(firstword $(foreach v,3 3.13 3.12 3.11,$(shell command -v python$(v))))
STUDY ?= mini
RESULTS ?= results
CORES ?= all
FILE := $(if $(wildcard $(STUDY)),$(STUDY),notebooks/studies/$(STUDY).yaml)
BIN := .venv/bin

export PATH := $(CURDIR)/$(BIN):$(PATH)
export TOKENIZERS_PARALLELISM := false

.PHONY: report test lab book clean

report: .venv/installed
	snakemake --profile notebooks/profile --cores $(CORES) --config study="$(FILE)"
	python -m xlshare.book --study "$(FILE)"

book: .venv/installed
	python -m xlshare.book --study "$(FILE)" --results "$(RESULTS)"

test: .venv/installed
	ruff check .
	pytest

lab: .venv/installed
	jupyter lab --notebook-dir notebooks

.venv/installed: pyproject.toml requirements.lock
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "xlshare needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	"$(PYTHON)" -m venv .venv
	pip install --quiet --disable-pip-version-check $(shell grep '^torch==' requirements.lock)
	pip install --quiet --disable-pip-version-check -r requirements.lock
	pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

clean:
	rm -rf .venv .snakemake book/_build book/run
