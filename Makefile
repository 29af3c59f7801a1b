# Everything a developer does with the collection. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Never a copy of the collection that happens to be installed for the user; amazon.aws comes with ansible in .venv.
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/collections

PY := .venv/bin/python
EMULATOR := .venv-emulator/bin/dax-emulator

include make/setup.mk make/check.mk make/demo.mk make/release.mk make/aws.mk

.PHONY: help
help: ## List the targets
	@echo 'make TARGET, one of'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: clean
clean: demo-down ## Remove environments, caches and everything else that make created
	rm -rf .venv .venv-emulator .cache .emulator .nox dist
