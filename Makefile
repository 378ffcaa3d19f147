# Frontdesk. Bare `make` prints this help; everything else sets up what it needs first (quick when it is there).
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup lock firmware peers run test check lint format types dead imports docs bench screenshots train selftest kernels mutants

help: ## this help
	@echo "Frontdesk: a box between an office and its telephone line."
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r target what; do printf '%-16s %s\n' "$$target" "$$what"; done

setup: ## what the project needs on this machine (Debian packages, .venv, prompts); quick the second time
	@python3 -m tools.setup
	@$(if $(filter setup,$(MAKECMDGOALS)),echo "setup: ready (make run or make test)")

lock: setup ## requirements.lock anew from pyproject.toml; `make lock RENEW=1` takes the newest versions of all
	@$(PY) -m tools.setup.lock $(if $(RENEW),--renew)

firmware: setup ## the HAT's image for its RP2040, build/hat/frontdesk-hat.uf2; minutes the first time
	@$(PY) -m tools.firmware

peers: setup ## programs that only tests talk to, unpacked under build/peers (LibreOffice, Radicale, mosquitto, opensmtpd)
	@$(PY) -m tools.peers

run: setup ## the whole box on a virtual board; prints the page's address and how to place a call
	@$(PY) -m tools.run

test: setup ## every test (two processes)
	@$(PY) -m pytest -n 2

check: setup ## lint, format, types, dead code, imports between rooms, docs (all of them, whatever fails)
	@$(MAKE) --no-print-directory -k lint format types dead imports docs

lint:
	$(PY) -m ruff check .
format:
	$(PY) -m ruff format --check .
types:
	$(PY) -m mypy
dead:
	$(PY) -m vulture
imports:
	.venv/bin/lint-imports
docs:
	$(PY) -m tools.docs_check

bench: setup ## how fast and how well, beside others; `make bench WRITE=1` updates docs/benchmarks.md
	@$(PY) -m tools.bench $(if $(WRITE),--write)

screenshots: setup ## every page at two widths into build/screenshots; LANGUAGE=fr, DARK=1
	@$(PY) -m tools.screenshots $(if $(LANGUAGE),--language $(LANGUAGE)) $(if $(DARK),--dark)

kernels: setup ## the signal tests on every BLAS kernel this processor can execute: all hear the same
	@$(PY) -m tools.kernels

mutants: setup ## do the tests notice broken call code? `make mutants NUMBER=200 SEED=1 ROOMS="rules desk"`; hours, with NEAR=1 minutes
	@$(PY) -m tools.mutants $(if $(NUMBER),--number $(NUMBER)) $(if $(SEED),--seed $(SEED)) $(if $(NEAR),--near) $(ROOMS)

train: setup ## makes the speech models anew (under an hour a language): LANGUAGE=en or fr, SPEECH_DATA=DIR
	@$(PY) -m models.recipe.environment --language $(or $(LANGUAGE),en)

selftest: setup ## the field tech's report: healthy, and with each of ten injected faults
	@$(PY) -m tools.selftest
