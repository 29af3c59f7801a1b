# The suites. Each leaves a JUnit report, .cache/reports/SUITE.xml, from which `make test` counts.

REPORTS := .cache/reports
PYTEST := -m pytest --junitxml=$(CURDIR)/$(REPORTS)
# Scenarios run in so many groups side by side, each with an emulator on a port of its own, from this one on. More groups
# than cores: for much of the time a run waits for what the emulator shows late.
export MOLECULE_EMULATOR_PORT ?= 4577
export MOLECULE_GROUPS ?= 3
# Two at a time. The quick ones first, so that a mistake is reported within seconds; then those that depend on time,
# while molecule does not take all of the machine yet.
SUITES := lint unit emulator-test client-test browser-test install-test version-test sanity molecule

.PHONY: test
test: setup ## Run all suites, two at a time, until one fails; all of them with KEEP_GOING=1
	+@$(PY) tools/run_suites.py $(SUITES)

.PHONY: lint
lint: setup ## Run the linters; some of them with CHECKS="ruff mypy"
	@$(PY) tools/lint.py $(CHECKS)

.PHONY: format
format: .venv/.made ## Format the Python code
	@ruff check --quiet --fix . ; ruff format --quiet .

.PHONY: generate
generate: .venv/.made ## Write what is generated: defaults and variable tables of the roles, policies of the people who run it
	@$(PY) tools/generate.py
	@$(PY) tools/permissions.py

.PHONY: unit
unit: .venv/.made ## Run the unit tests; arguments to pytest in ARGS
	@$(PY) $(PYTEST)/unit.xml tests/unit $(ARGS)

.PHONY: emulator-test
emulator-test: .venv-emulator/.made ## Run the emulator's own tests
	@.venv-emulator/bin/python $(PYTEST)/emulator-test.xml tests/emulator $(ARGS)

.PHONY: client-test
client-test: setup ## Run the DAX clients, in all languages, against the emulator's data plane
	@$(PY) $(PYTEST)/client-test.xml tests/clients $(ARGS)

.PHONY: browser-test
browser-test: .venv/.made ## Look at report.html in the system's Chromium; skipped by name without one, a failure where REQUIRE_ALL=true
	@$(PY) $(PYTEST)/browser-test.xml tests/browser $(ARGS)

.PHONY: browser-picture
browser-picture: .venv/.made ## Take the picture of a report for the README
	@$(PY) tests/browser/world.py $(CURDIR)/docs/images/doctor.png

.PHONY: sanity
sanity: .venv/.made ## Run ansible-test sanity; arguments to it in ARGS
	@$(PY) tools/sanity.py $(ARGS)

.PHONY: molecule
molecule: setup ## Run the molecule scenarios; some with SCENARIO="site teardown", KEEP=1 leaves the emulator running
	@for port in $$(seq $(MOLECULE_EMULATOR_PORT) $$(($(MOLECULE_EMULATOR_PORT) + MOLECULE_GROUPS - 1))); do \
		$(EMULATOR) stop --port $$port --state .emulator/molecule-$$port; done
	@$(PY) tools/run_molecule.py $(SCENARIO)

.PHONY: bench
bench: setup ## Measure how long the playbooks take
	@$(PY) -m pytest tests/benchmark -s $(ARGS)

.PHONY: iam-oracle
iam-oracle: setup ## Hold the doctor's IAM evaluator against another one from npm: needs Node.js 20 and npm; ARGS="--seed 7"
	@mkdir -p .cache/iam-oracle
	@cp tests/iam_oracle/package.json tests/iam_oracle/package-lock.json tests/iam_oracle/oracle.mjs .cache/iam-oracle
	@cd .cache/iam-oracle && npm ci --silent --no-audit --no-fund
	@$(PY) tests/iam_oracle/run.py $(ARGS)
