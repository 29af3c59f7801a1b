# The main use case on an emulator of its own. All targets can be run any number of times.

DEMO_PORT ?= 4566
DEMO_STATE := .emulator/demo
DEMO_URL := http://127.0.0.1:$(DEMO_PORT)
# Not shown: deprecations inside of amazon.aws, which nobody here can do anything about.
DEMO_ENV := DAX_EMULATOR_URL=$(DEMO_URL) ANSIBLE_DEPRECATION_WARNINGS=0
# Of many tasks, those that change something, and what they tell.
DEMO_QUIET := ANSIBLE_DISPLAY_OK_HOSTS=0 ANSIBLE_DISPLAY_SKIPPED_HOSTS=0
DEMO_PLAY := $(DEMO_ENV) ansible-playbook --inventory inventories/localstack

.PHONY: demo
demo: setup ## Join two accounts on an emulator: a cluster, site.yml twice, an item written and read, the results
	@# The first run is made with an AWS that is slow and forgetful, as the real one.
	@$(EMULATOR) start --port $(DEMO_PORT) --state $(DEMO_STATE)
	@$(DEMO_PLAY) tests/demo/create.yml
	@$(EMULATOR) start --port $(DEMO_PORT) --state $(DEMO_STATE) --preset realistic
	@$(DEMO_PLAY) playbooks/site.yml
	@$(EMULATOR) start --port $(DEMO_PORT) --state $(DEMO_STATE) --preset fast
	@echo; echo 'demo: the same once more; nothing changes, and the doctor looks at every link'
	@$(DEMO_QUIET) $(DEMO_PLAY) playbooks/site.yml -e dax_doctor=true -e dax_doctor_report_path=$(DEMO_STATE)/report.html
	@echo; echo 'demo: the client writes and reads an item across the two accounts'
	@$(DEMO_ENV) $(PY) tests/demo/item.py $(DEMO_URL) $(DEMO_STATE)
	@$(DEMO_QUIET) $(DEMO_PLAY) tests/demo/show.yml \
		-e demo_report=$(CURDIR)/$(DEMO_STATE)/report.html

.PHONY: demo-broken
demo-broken: setup ## Break a link of the running demo, ask client and doctor, mend it by the printed fix: LINK=routes SEED=7
	@$(DEMO_ENV) $(PY) tests/demo/broken.py $(DEMO_URL) $(DEMO_STATE) \
		$(if $(LINK),--link '$(LINK)') $(if $(SEED),--seed '$(SEED)')

.PHONY: demo-down
demo-down: ## Stop the demo's emulator and remove its files
	@if [ -x $(EMULATOR) ]; then $(EMULATOR) stop --port $(DEMO_PORT) --state $(DEMO_STATE); fi
	@rm -rf $(DEMO_STATE)
