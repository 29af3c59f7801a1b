# Two environments: .venv (Ansible and the tools) and .venv-emulator (LocalStack, which pins its own boto3). Both are
# created by uv, which pip installs into .cache/bootstrap, and updated only when their lock file changed.

UV := .cache/bootstrap/bin/uv
export UV_PYTHON_DOWNLOADS := never
# A company's own certificate authority is known to the system.
export UV_SYSTEM_CERTS ?= 1
# The Python to build on: PYTHON=python3.12 make setup
PYTHON ?=

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)

.PHONY: setup
setup: .venv/.made .venv-emulator/.made ## Create .venv and .venv-emulator

.cache/bootstrap/.made: requirements/uv.txt
	@PATH="$${PATH#$(CURDIR)/.venv/bin:}"; python=; for candidate in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
		if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python=$$candidate; break; fi; done; \
	[ -n "$$python" ] || { echo 'Python 3.11 or newer is needed: install it, or name it: make PYTHON=/path/to/python3' >&2; exit 1; }; \
	rm -rf .cache/bootstrap .venv .venv-emulator; mkdir -p .cache; \
	$$python -m venv .cache/bootstrap || { echo 'python3 lacks the module venv: on Debian and Ubuntu, install python3-venv' >&2; exit 1; }
	@.cache/bootstrap/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.made: requirements/dev.txt .cache/bootstrap/.made
	@echo 'setup: .venv'
	@[ -x $(PY) ] || $(UV) venv --quiet --clear --python .cache/bootstrap/bin/python .venv
	@$(UV) pip sync --quiet --python .venv --require-hashes requirements/dev.txt
	@touch $@

.venv-emulator/.made: requirements/emulator.txt tests/emulator/pyproject.toml .cache/bootstrap/.made
	@echo 'setup: .venv-emulator'
	@[ -x .venv-emulator/bin/python ] || $(UV) venv --quiet --clear --python .cache/bootstrap/bin/python .venv-emulator
	@$(UV) pip sync --quiet --python .venv-emulator --require-hashes requirements/emulator.txt
	@$(UV) pip install --quiet --python .venv-emulator --no-deps \
		--build-constraints requirements/emulator.txt --editable tests/emulator
	@touch $@

.PHONY: lock
lock: .cache/bootstrap/.made ## Lock requirements/*.in into *.txt; newest versions with UPGRADE=1
	$(COMPILE) requirements/uv.in --output-file requirements/uv.txt
	$(COMPILE) requirements/dev.in --output-file requirements/dev.txt
	$(COMPILE) requirements/emulator.in --override requirements/overrides.txt --output-file requirements/emulator.txt
