# Real accounts: the check before a first run, and the suite for two accounts that may hold nothing of value.

INVENTORY ?= inventories/mine

.PHONY: aws-check
aws-check: .venv/.made ## Read two real accounts and say whether everything is there; of INVENTORY=inventories/mine
	@ansible-playbook --inventory $(INVENTORY) playbooks/check.yml $(ARGS)
