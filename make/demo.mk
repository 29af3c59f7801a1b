# The main job on an emulator of its own. Both run any number of times.

DEMO_PORT ?= 4566
DEMO_STATE := .emulator/demo
DEMO_PLAY := DAX_EMULATOR_URL=http://127.0.0.1:$(DEMO_PORT) ansible-playbook --inventory inventories/localstack

.PHONY: demo
demo: setup ## Join two accounts on an emulator: a cluster, site.yml twice, an item written and read, what came of it
	@$(EMULATOR) start --port $(DEMO_PORT) --state $(DEMO_STATE)
	@$(DEMO_PLAY) tests/demo/create.yml
	@$(DEMO_PLAY) playbooks/site.yml
	@echo; echo 'demo: the same once more; nothing changes'
	@$(DEMO_PLAY) playbooks/site.yml
	@echo; echo 'demo: the client writes and reads an item across the two accounts'
	@DAX_EMULATOR_URL=http://127.0.0.1:$(DEMO_PORT) $(PY) tests/demo/item.py http://127.0.0.1:$(DEMO_PORT) $(DEMO_STATE)
	@$(DEMO_PLAY) tests/demo/show.yml

.PHONY: demo-down
demo-down: ## Stop the demo's emulator and remove what it left
	@if [ -x $(EMULATOR) ]; then $(EMULATOR) stop --port $(DEMO_PORT) --state $(DEMO_STATE); fi
	@rm -rf $(DEMO_STATE)
