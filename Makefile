# Every target sets up what it needs. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
# The last stages of paper A: its tables, its page, its models.
PAPER_A := write_report write_page export_model
# Of paper B: its tables, its page.
PAPER_B := write_skipmodal_tables write_skipmodal_page
# DVC alone runs one stage after another; the flow uses all cores. It starts more slowly, so DVC is
# asked first whether there is anything to do.
bring_up_to_date = dvc repro --dry $(1) 2> /dev/null | tail -1 | grep "up to date" || python -m flows.run_graph $(1)
# Without compiled bytecode every stage starts 2-3 s later.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export DO_NOT_TRACK := 1

.PHONY: help repro report compare smoke paper record skipmodal skipmodal-full skipmodal-record additions photos real bench flow readme why heal verify repair gc ready serve release demo test check plots lock clean
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 18

repro: $(VENV)/.flow ready ## Run paper A's part at the laptop scale: data, models, table 1, report
	python -m pipeline.check_params
	$(call bring_up_to_date,$(PAPER_A))
	@echo; cat metrics/table1.md

report: ready ## Bring the report up to date: one HTML page with tables, pictures and sound
	dvc repro write_page
	@echo; echo "Open $(CURDIR)/data/report/index.html"

compare: $(VENV)/.base ## After repro: say whether your figures agree with the committed ones
	python -m pipeline.compare $(OPTIONS)

smoke: $(VENV)/.base ## Run the whole pipeline in small, in a workspace of its own
	python -m pipeline.run_scale smoke

paper: $(VENV)/.flow ## Run the pipeline at the paper's own sizes, in a workspace of its own
	python -m flows.run_graph --scale paper $(PAPER_A)

skipmodal: $(VENV)/.flow ready ## Run paper B's part of the pipeline at the laptop scale: networks, speech, tables, page
	python -m pipeline.check_params
	$(call bring_up_to_date,$(PAPER_B) export_skipmodal)
	@echo; cat metrics/skipmodal/tables.md
	@echo; echo "Open $(CURDIR)/data/report/skipmodal.html"

skipmodal-full: $(VENV)/.flow ## Fill all of paper B's six tables, in a workspace of its own
	python -m flows.run_graph --scale skipmodal $(PAPER_B)

skipmodal-record: $(VENV)/.base ## Keep those tables' metrics, times and provenance in records/
	python -m pipeline.record_run skipmodal

additions: $(VENV)/.flow ## Run paper B without each of our additions, in a workspace of its own
	python -m flows.run_graph --scale additions $(PAPER_B)

photos: $(VENV)/.flow ## Run paper B on photographs and sentences of your own: make photos CROSSMODAL_PHOTOS=FOLDER
	python -m flows.run_graph --scale photos $(PAPER_B) export_skipmodal

real: $(VENV)/.base ## Try paper B at its own sizes on real pieces: make real CROSSMODAL_REAL_DATA=FOLDER
	python -m pipeline.run_scale real evaluate_skipmodal@paper-0

bench: $(VENV)/.dev ## Measure ours against the obvious way, 20 minutes: benchmarks/results/
	python -m benchmarks.compare $(OPTIONS)

readme: $(VENV)/.base ## Bring the tables of README.md and docs/ up to date with what was measured
	python -m pipeline.update_readme

record: $(VENV)/.base ## Keep the last paper-scale run's metrics, times and provenance in records/
	python -m pipeline.record_run paper

flow: $(VENV)/.flow ## Like repro, independent stages side by side: make flow OPTIONS="--scale smoke"
	python -m flows.run_graph $(OPTIONS)

why: $(VENV)/.flow ## Say what is out of date, and what has changed from what to what
	python -m flows.why $(OPTIONS)

heal: $(VENV)/.flow ## Clear up after a killed run: locks, dvc.lock, orphaned processes
	python -m flows.heal

verify: $(VENV)/.flow ## Hash all cached and written data again; name what is damaged
	python -m flows.verify $(OPTIONS)

repair: $(VENV)/.flow ## Fetch or make again what is damaged
	python -m flows.verify --repair $(OPTIONS)

gc: $(VENV)/.flow ## Delete cached data that no workspace, branch or tag uses; asks before
	python -m flows.gc $(OPTIONS)

serve: $(VENV)/.flow ## Prefect's server, a worker and the schedules on this machine, in the browser
	python -m flows.serve $(OPTIONS)

release: ready ## Pack the trained models of both papers with checksums, to hand them on: data/release
	dvc repro export_model export_skipmodal
	python -m pipeline.release

demo: $(VENV)/.demo ## Try the trained models in the browser: words, speech and pictures
	python -m crossmodal.demo $(OPTIONS)

test: $(VENV)/.dev ## Run the tests, a process for every core up to four
	pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev ## Lint, format, types, and whether the committed results are those of the code
	ruff check
	ruff format --check
	mypy
	python -m flows.check_lock

plots: ready ## Write dvc_plots/index.html: curves, bars and image grids, readable offline
	python -m pipeline.plots $(OPTIONS)

lock: ## Write the lock files anew from pyproject.toml: make lock OPTIONS="--upgrade-package dvc"
	bash scripts/lock.sh $(PYTHON) $(OPTIONS)

clean: ## Remove the environment and the other scales' workspaces; data and cache stay
	rm -rf $(VENV) .scales .checkpoints .timings .logs

# Where there is no Git, DVC has to be told.
ready: $(VENV)/.base
	@python -m pipeline.dvc

$(VENV)/.base: requirements.lock pyproject.toml scripts/install.sh scripts/installer.lock
	bash scripts/install.sh $(PYTHON) $(VENV) requirements.lock
	touch $@

$(VENV)/.flow: requirements-flow.lock $(VENV)/.base
	bash scripts/install.sh $(PYTHON) $(VENV) requirements-flow.lock
	touch $@

$(VENV)/.demo: requirements-demo.lock $(VENV)/.base
	bash scripts/install.sh $(PYTHON) $(VENV) requirements-demo.lock
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.base
	bash scripts/install.sh $(PYTHON) $(VENV) requirements-dev.lock
	touch $@
