# Real accounts: the check before a first run, and the suite for two accounts that may hold nothing of value.

INVENTORY ?= inventories/mine

.PHONY: aws-check
aws-check: .venv/.made ## Read two real accounts and say whether everything is there; of INVENTORY=inventories/mine
	@ansible-playbook --inventory $(INVENTORY) playbooks/check.yml $(ARGS)

.PHONY: aws-test
aws-test: .venv/.made ## A whole first run on two real accounts, recorded: PROFILE_A= PROFILE_B= [REGION=] [BUDGET=] [SWEEP=1]
	@PYTHONPATH=tests/aws $(PY) -m aws_suite --profile-a '$(PROFILE_A)' --profile-b '$(PROFILE_B)' \
		$(if $(REGION),--region '$(REGION)') $(if $(BUDGET),--budget '$(BUDGET)') $(if $(SWEEP),--sweep) \
		$(if $(ENDPOINT),--endpoint '$(ENDPOINT)')
