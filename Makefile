# Every target sets up what it needs. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
# Without compiled bytecode every stage starts 2-3 s later.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export DO_NOT_TRACK := 1

.PHONY: help repro smoke paper record bench test check plots lock clean
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

repro: $(VENV)/.base ## Run the pipeline at the laptop scale: data, models, table 1, figures
	python -m pipeline.check_params
	dvc repro
	@echo; cat metrics/table1.md

smoke: $(VENV)/.base ## Run the whole pipeline in small, in a workspace of its own
	python -m pipeline.run_scale smoke

paper: $(VENV)/.base ## Run the pipeline at the paper's own sizes, in a workspace of its own
	python -m pipeline.run_scale paper

bench: $(VENV)/.base ## Measure ours against the obvious way: benchmarks/results.md
	python -m benchmarks.compare

record: $(VENV)/.base ## Keep the last paper-scale run's metrics, times and provenance in records/
	python -m pipeline.record_run paper

test: $(VENV)/.dev ## Run the tests
	pytest

check: $(VENV)/.dev ## Lint, format, types, and whether the committed results are those of the code
	ruff check
	ruff format --check
	mypy
	python -m pipeline.check_lock

plots: $(VENV)/.base ## Write dvc_plots/index.html: curves, bars and image grids
	dvc plots show

lock: ## Resolve the dependencies again and write requirements.lock and requirements-dev.lock
	bash scripts/lock.sh $(PYTHON)

clean: ## Remove the environment and the other scales' workspaces; data and cache stay
	rm -rf $(VENV) .scales .checkpoints .timings

$(VENV)/.base: requirements.lock pyproject.toml scripts/install.sh
	bash scripts/install.sh $(PYTHON) $(VENV) requirements.lock
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.base
	bash scripts/install.sh $(PYTHON) $(VENV) requirements-dev.lock
	touch $@
