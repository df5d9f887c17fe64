# make report   the whole study and its book      (STUDY=name or path of a parameter file)
# make test     all tests, from scratch
# make plan     what a study will do, download and cost (STUDY=..., GPU=H200 and the like)
# make lab      the notebooks in JupyterLab
# make mini-encoder   pre-train the embedded encoder anew (hours)

PYTHON ?= $(firstword $(foreach v,3 3.13 3.12 3.11,$(shell command -v python$(v))))
STUDY ?= mini
RESULTS ?= results
GPU ?=
CORES ?= all
FILE := $(if $(wildcard $(STUDY)),$(STUDY),notebooks/studies/$(STUDY).yaml)

# In the conda environment of environment.yml everything is there; elsewhere `make` installs it.
ifeq ($(CONDA_DEFAULT_ENV),xlshare)
BIN := $(CONDA_PREFIX)/bin
INSTALLED :=
else
BIN := $(CURDIR)/.venv/bin
INSTALLED := .venv/installed
endif

export PATH := $(BIN):$(PATH)
export TOKENIZERS_PARALLELISM := false

.PHONY: report plan test lab book mini-encoder clean

report: $(INSTALLED)
	snakemake --profile notebooks/profile --cores $(CORES) --config study="$(FILE)"
	python -m xlshare.book --study "$(FILE)"

book: $(INSTALLED)
	python -m xlshare.book --study "$(FILE)" --results "$(RESULTS)"

plan: $(INSTALLED)
	python -m xlshare.plan --study "$(FILE)" --gpu "$(GPU)"

test: $(INSTALLED)
	ruff check .
	pytest

mini-encoder: $(INSTALLED)
	python -m xlshare.mini.pretrain --out results/mini-encoder
	cp results/mini-encoder/encoder/* xlshare/mini/encoder/

lab: $(INSTALLED)
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
