# Lossland. `make` alone lists the commands. Everything a command makes lies inside this folder
# (scripts/env.sh).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

export PYTHON ?= python3
export LESSON_SCALE ?= quick
# What is given to make reaches a recipe as a variable of its environment, never as text of its
# script.
export NB ?=
export FORCE ?=
export JUPYTER_ARGS ?=
export GOTEST_ARGS ?=

# The report: the pages, and the interview's sheet beside them.
RENDER := go run -buildvcs=false ./cmd/lossland sheet --force -o reports/interview-sheet.html; \
	python scripts/render_report.py
# Every recipe that runs a tool of the project begins with this.
ENV := source scripts/env.sh
# Packages that load the XLA plugin: the race detector would watch C++ that it can't see, at ten
# times the cost.
RACE_SKIP_PKG := audit|command|figures|losses|onnx|report|xla|landscape|trajectory|symmetry|sam
RACE_SKIP_PKG := $(RACE_SKIP_PKG)|transform|lesson/(datasets|training)|evidence/experiments
RACE_SKIP := ^lossland(/pkg/lesson)?$$|/(bench|cmd|examples|internal/(faults|soak)
RACE_SKIP := $(RACE_SKIP)|pkg/($(RACE_SKIP_PKG)))

# A Python environment holds absolute paths: after the folder was moved or copied it is made anew.
# One that is a link is another folder's, and is used as it is.
MOVED := $(shell [ ! -e .venv/.installed ] || [ -L .venv ] || \
	[ "$$(cat .venv/.installed)" = "$$(pwd -P)" ] || echo moved)

# What is a link isn't this folder's to remove.
not-a-link = if [ -L $(1) ]; then echo >&2 "lossland: $(1) is a link, and what it leads to is \
	out of date: bring that up to date where it is, or remove the link"; exit 1; fi

##@ The lesson
.PHONY: lesson report notebook jupyter pages pdf slides
lesson: setup packages ## Execute all notebooks, write the report (LESSON_SCALE=quick or full)
	@$(ENV); python scripts/run_notebooks.py
	@$(ENV); $(RENDER)

report: $(if $(MOVED),setup,$(if $(wildcard .venv/.installed),,setup)) ## Write the report again
	@$(ENV); $(RENDER)

notebook: setup packages ## Execute one: make notebook NB=02-slice (FORCE=1: also if done)
	@$(ENV); : "$${NB:?lossland: say which: make notebook NB=02-slice}"; \
	python scripts/run_notebooks.py $${FORCE:+--force} -- $$NB

jupyter: setup packages ## Open JupyterLab with the Go kernel ready (JUPYTER_ARGS are handed on)
	@$(ENV); scripts/jupyter.sh $$JUPYTER_ARGS

pages: ## Count what a reader of the report would stumble over (needs Chromium)
	@$(ENV); python scripts/page_counts.py --verbose

pdf: ## Print the report and each chapter with Chromium (NB=02-slice: that one)
	@$(ENV); python scripts/print_report.py $$NB

slides: ## Make slides of executed notebooks, solutions closed: build/slides (NB=02-slice: that one)
	@$(ENV); python scripts/make_slides.py $$NB

##@ Set-up
.PHONY: setup setup-cuda packages doctor preflight clean distclean
KERNEL := .venv/share/jupyter/kernels/gonb/kernel.json
setup: .venv/.installed bin/.built bin/editor/gopls $(KERNEL) ## Make all that the others need

# The order-only preflight says first which tool of the system is missing.
.PHONY: moved
moved:
.venv/.installed: requirements.txt scripts/axe.txt $(MOVED) | preflight
	@$(call not-a-link,.venv)
	@echo "Python environment: .venv (560 MB; about a minute)"
	@$(ENV); "$$PYTHON" -m venv --clear .venv; .venv/bin/python scripts/install.py; pwd -P > $@

bin/.built: go.mod go.sum | preflight
	@echo "Tools: bin/gonb bin/goimports bin/staticcheck (about a minute)"
	@$(ENV); mkdir -p bin; go build -o bin/ tool
	@touch $@

# gopls is in a module of its own: it needs another version of golang.org/x/tools. It is in a folder
# of its own, since the kernel starts it where it finds it, which costs 15 seconds, and a run
# without a reader needs no completion.
bin/editor/gopls: scripts/gopls/go.mod scripts/gopls/go.sum | preflight
	@echo "Completion: bin/editor/gopls (half a minute)"
	@$(ENV); mkdir -p bin/editor; rm -f bin/gopls; \
	cd scripts/gopls; go build -o ../../bin/editor/ tool
	@touch $@

$(KERNEL): scripts/configure_jupyter.py .venv/.installed
	@$(ENV); python scripts/configure_jupyter.py

# So that the first cell of a notebook needn't compile GoMLX, which takes a minute.
packages: | setup
	@echo "Go packages: pkg/... (the first time a minute)"
	@$(ENV); go build ./pkg/... github.com/janpfeifer/gonb/gonbui

setup-cuda: setup ## Add CUDA's plugin and libraries (3 GB), for GOMLX_BACKEND=xla:cuda
	@$(ENV); .venv/bin/python -m pip install --quiet --no-deps --require-hashes \
	--requirement scripts/requirements-cuda.txt
	@$(ENV); GOMLX_BACKEND=xla:cuda go run -buildvcs=false ./cmd/lossland doctor

preflight:
	@scripts/preflight.sh

doctor: ## Say what is there, what is missing and the command that mends it
	@scripts/preflight.sh >/dev/null 2>&1 || { scripts/preflight.sh --found; exit 1; }
	@$(ENV); go run -buildvcs=false ./cmd/lossland doctor

clean: ## Remove executed notebooks, reports and temporary files
	@rm -rf build .cache/tmp reports/*.html

distclean: clean ## Remove everything that make made: environment, tools, caches
	@chmod -R u+w .cache 2>/dev/null || true
	@rm -rf .venv bin .cache

##@ Tests
.PHONY: test test-go test-notebooks test-scripts check race
test: setup test-go test-scripts test-notebooks ## Every test, and every notebook executed anew

test-go: setup
	@$(ENV); go vet ./...; go test -count=1 -timeout 45m $$GOTEST_ARGS ./...

test-scripts: setup
	@$(ENV); bash scripts/preflight_test.sh; \
	python -m unittest discover --quiet --start-directory scripts --pattern '*_test.py'

# From clean: no training of another day counts. The notebooks' faults are tried on what these
# leave.
# override: the folder is removed, and must not be one that somebody keeps trainings in.
test-notebooks test-mutants: override export LESSON_CACHE = $(CURDIR)/build/test-cache
test-notebooks: setup packages
	@rm -rf "$$LESSON_CACHE"
	@$(ENV); python scripts/run_notebooks.py --force
	@$(ENV); $(RENDER)
	@$(ENV); python scripts/page_counts.py --verbose || [ $$? = 2 ]

race: setup ## The Go tests of the packages without XLA under the race detector
	@$(ENV); go test -race -count=1 $$(go list ./... | grep -vE '$(RACE_SKIP)$$|$(RACE_SKIP)/')

check: setup ## The small gate: go.mod, format, vet, staticcheck, columns, race
	@$(ENV); scripts/check.sh
	@$(MAKE) race

##@ Upkeep
.PHONY: lock notebooks-clean help
lock: ## Resolve requirements.in into requirements.txt
	@$(ENV); scripts/lock.sh

notebooks-clean: setup ## Drop outputs and stray metadata from notebooks/*.ipynb
	@$(ENV); python scripts/nb.py clean notebooks/*.ipynb

help: ## List the commands
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { print "\n" substr($$0, 5) } \
	/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Benchmarks and evidence bring their own commands.
-include mk/*.mk
