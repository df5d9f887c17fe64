# make report   the whole study and its book      (STUDY=name or path of a parameter file, GPUS=4)
#               RERUN=yes where hours of training are to be computed again
# make report RESULTS=folder   the book of results that another machine made; needs no torch
# make check    style, types and the fast tests, in a minute; the commits' own check
# make test     all tests, from scratch
# make plan     what a study will do, download and cost (STUDY=..., GPU=H200 and the like)
# make validity   how far scores can be trusted, by hundreds of retrains of the embedded study
# make lab      the notebooks in JupyterLab
# make mini-encoder   pre-train the embedded encoder anew (about an hour)

PYTHON ?= $(firstword $(foreach v,3 3.13 3.12 3.11,$(shell command -v python$(v))))
STUDY ?= mini
RESULTS ?=
GPU ?=
GPUS ?=
CORES ?= all
RERUN ?=

# In the conda environment of environment.yml everything is there; elsewhere `make` installs it.
ifeq ($(CONDA_DEFAULT_ENV),xlshare)
BIN := $(CONDA_PREFIX)/bin
INSTALLED :=
READING :=
else
BIN := $(CURDIR)/.venv/bin
INSTALLED := .venv/installed
READING := $(if $(wildcard .venv/installed),.venv/installed,.venv/reading)
endif

export PATH := $(BIN):$(PATH)
COMPUTING := torch|triton|transformers|tokenizers|accelerate|datasets|safetensors|hf-xet|peft
export TOKENIZERS_PARALLELISM := false

.PHONY: report plan check style types unit test lab book validity mini-encoder clean

ifeq ($(RESULTS),)
report: $(INSTALLED)
	xlshare run --study "$(STUDY)" --cores $(CORES) \
		$(if $(GPUS),--gpus $(GPUS)) $(if $(filter yes,$(RERUN)),--rerun)
	xlshare report --study "$(STUDY)"
else
report: book
endif

book: $(READING)
	xlshare report --study "$(STUDY)" --results "$(RESULTS)"

plan: $(INSTALLED)
	xlshare plan --study "$(STUDY)" --gpu "$(GPU)"

FAST := not study and not browser and not slow

check: $(INSTALLED)
	$(MAKE) --no-print-directory --keep-going --jobs=2 style types unit

style: $(INSTALLED)
	ruff check .
	ruff format --check .

types: $(INSTALLED)
	pyright

unit: $(INSTALLED)
	pytest -n 2 -m "$(FAST)"

test: $(INSTALLED) style types
	pytest -n 2 --dist loadfile --no-loadscope-reorder

validity: $(INSTALLED)
	$(MAKE) --no-print-directory report STUDY=validity

mini-encoder: $(INSTALLED)
	python -m xlshare.data.mini.pretrain --out results/mini-encoder
	cp results/mini-encoder/encoder/* xlshare/data/mini/encoder/

lab: $(INSTALLED)
	jupyter lab --notebook-dir notebooks

define new-environment
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "xlshare needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	"$(PYTHON)" -m venv .venv
endef

.venv/installed: pyproject.toml requirements.lock
	$(new-environment)
	pip install --quiet --disable-pip-version-check $(shell grep '^torch==' requirements.lock)
	pip install --quiet --disable-pip-version-check -r requirements.lock
	pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

# What a book is built with: all but what computes, which is most of the download.
.venv/reading: pyproject.toml requirements.lock
	$(new-environment)
	grep -vE '^($(COMPUTING))==' requirements.lock > .venv/reading.txt
	pip install --quiet --disable-pip-version-check --no-deps -r .venv/reading.txt
	pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

clean:
	rm -rf .venv .snakemake book/_build book/run
